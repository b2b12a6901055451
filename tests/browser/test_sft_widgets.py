"""The widgets of lesson 07 as a browser draws them: by keyboard, in both themes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems, opened_cells

CELLS = [
    """# mask
from course_lib.study.widgets.mask_view import mask_view
mask_view()""",
    """# rank
from course_lib.study.widgets.rank_slider import rank_slider
rank_slider()""",
]


@pytest.fixture
def notebook(page, lab, request):
    """The cells above, run in JupyterLab."""
    name = f"{request.node.name}.ipynb"  # a kernel of its own for each test
    return opened_cells(page, lab, name, CELLS)


def test_what_to_learn_from_is_chosen_by_keyboard(notebook):
    output = notebook.output("# mask")
    said = output.locator("[aria-live=polite]")
    expect(said).to_contain_text("The loss counts 7 of 21 tokens")
    output.get_by_role("button", name="two turns").press("Space")
    expect(said).to_contain_text("The loss counts 13 of 42 tokens")
    expect(output.locator(".ttt-message")).to_have_count(4)
    output.get_by_role("button", name="everything").press("Enter")
    expect(said).to_contain_text("it goes on after its answer with the user's next question")
    output.get_by_role("button", name="the answers without their end").press("Space")
    expect(said).to_contain_text("never learns to stop")
    expect(output.locator(".ttt-talk .ttt-learned")).to_have_count(11)
    output.get_by_role("button", name="the answers", exact=True).press("Enter")
    output.get_by_role("button", name="a refusal").press("Space")
    expect(output.locator(".ttt-talk .ttt-learned").first).to_contain_text("·i")


def test_a_rank_is_chosen_by_keyboard(notebook):
    output = notebook.output("# rank")
    said = output.locator("[aria-live=polite]")
    expect(said).to_contain_text("Rank 8 in query and value: 460,800 numbers are trained")
    output.get_by_role("button", name="256", exact=True).press("Space")
    expect(said).to_contain_text("Rank 256 in query and value: 14,745,600 numbers")
    expect(said).to_contain_text("Beside value (192 × 576) they do already")
    output.get_by_role("button", name="every matrix of the blocks").press("Enter")
    expect(said).to_contain_text("78,151,680 numbers are trained, 58.1% of 134,515,008")
    output.get_by_role("button", name="1", exact=True).press("Enter")
    expect(said).to_contain_text("Rank 1 in every matrix of the blocks: 305,280 numbers")


def test_nothing_is_inaccessible_or_lost_in_either_theme(notebook):
    mask = notebook.output("# mask")
    mask.get_by_role("button", name="two turns").press("Space")  # the longest strips
    mask.get_by_role("button", name="everything").press("Space")
    expect(mask.locator("[aria-live=polite]")).to_contain_text("41 of 42")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.set_theme(theme)
        assert accessibility_problems(notebook.page, ".jp-OutputArea-output") == []
        for name in ("# mask", "# rank"):
            too_wide = notebook.output(name).evaluate(
                """area => [...area.querySelectorAll('.ttt')].map(part =>
                     part.scrollWidth > part.clientWidth + 1 ||
                     part.getBoundingClientRect().right > area.getBoundingClientRect().right + 1)"""
            )
            assert too_wide == [False], f"{name} in {theme}"
