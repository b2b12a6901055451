"""The widgets of lesson 08 as a browser draws them: by keyboard, in both themes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems, opened_cells

CELLS = [
    """# frontier
from course_lib.study.widgets.frontier_view import frontier_view
frontier_view()""",
    """# feed
from types import SimpleNamespace
from course_lib.study.feed import Answer, Look
from course_lib.study.widgets.sample_feed import sample_feed
from course_lib.tinyville.preferences import Features
asked = ["what pet does ben have ?", "please tell me , which colour does mia love ?"] * 2
longer = "hello ! ben keeps a goat ." + " simon is a gardener ." * 4
looks = [
    Look(0, [Answer(text, "ben keeps a goat .", -1.25, Features(1, 0, 0, 0)) for text in asked]),
    Look(10, [Answer(text, longer, 8.5, Features(1, 1, 4, 0)) for text in asked]),
    Look(20, [Answer(text, "", 9.5, Features(0, 0, 0, 0)) for text in asked]),
]
sample_feed(SimpleNamespace(looks=looks))""",
]


@pytest.fixture
def notebook(page, lab, request):
    """The cells above, run in JupyterLab."""
    name = f"{request.node.name}.ipynb"  # a kernel of its own for each test
    return opened_cells(page, lab, name, CELLS)


def test_a_method_and_its_beta_are_chosen_by_keyboard(notebook):
    output = notebook.output("# frontier")
    said = output.locator("[aria-live=polite]")
    expect(said).to_contain_text("PPO with beta 0.3, after 80 steps: true reward 2.07")
    output.get_by_role("button", name="0.1", exact=True).press("Space")
    expect(said).to_contain_text("PPO with beta 0.1, after 80 steps: true reward 1.76")
    output.get_by_role("button", name="GRPO").press("Enter")
    expect(said).to_contain_text("GRPO with beta 0.05")
    expect(output.get_by_role("button", name="0.3", exact=True)).to_have_count(0)
    output.get_by_role("button", name="0.15", exact=True).press("Space")
    expect(said).to_contain_text("GRPO with beta 0.15, after 80 steps: true reward 1.89")
    output.get_by_role("button", name="best-of-n").press("Space")
    output.get_by_role("button", name="64", exact=True).press("Enter")
    expect(said).to_contain_text("best-of-n with n = 64: true reward 2.17, at most 3.17 nats")
    expect(said).to_contain_text("rises, then falls")
    output.get_by_role("button", name="PPO").press("Space")
    expect(said).to_contain_text("PPO with beta 0.1")  # which is still chosen


def test_a_feed_is_stepped_through_by_keyboard(notebook):
    page, output = notebook.page, notebook.output("# feed")
    said = output.locator("[aria-live=polite]")
    expect(said).to_contain_text("Step 0 of 20: proxy −1.25, true reward 2.00 on average")
    output.get_by_role("button", name="On").press("Enter")
    expect(said).to_contain_text("Step 10 of 20: proxy up by 9.75, true reward down by 3.00")
    expect(said).to_contain_text("likes these answers better")
    expect(said).to_contain_text("in truth they are worse")
    output.get_by_label("Look, 1 to 3").fill("99")
    page.keyboard.press("Tab")
    expect(said).to_contain_text("Step 20 of 20")
    expect(output.locator(".ttt-said").first).to_have_text("(nothing: it ends the answer at once)")
    output.get_by_role("button", name="Back").press("Space")
    expect(output.locator(".ttt-said").first).to_contain_text("simon is a gardener")


def test_nothing_is_inaccessible_or_lost_in_either_theme(notebook):
    notebook.output("# feed").get_by_role("button", name="On").press("Enter")  # long answers
    expect(notebook.output("# feed").locator("[aria-live=polite]")).to_contain_text("Step 10")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.set_theme(theme)
        assert accessibility_problems(notebook.page, ".jp-OutputArea-output") == []
        for name in ("# frontier", "# feed"):
            too_wide = notebook.output(name).evaluate(
                """area => [...area.querySelectorAll('.ttt')].map(part =>
                     part.scrollWidth > part.clientWidth + 1 ||
                     part.getBoundingClientRect().right > area.getBoundingClientRect().right + 1)"""
            )
            assert too_wide == [False], f"{name} in {theme}"
