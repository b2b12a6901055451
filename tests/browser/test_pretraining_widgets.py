"""The widgets of lesson 06 as a browser draws them: by keyboard, in both themes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems, opened_cells

CELLS = [
    """# bill
from course_lib.study.widgets.training_bill import training_bill
training_bill()""",
    """# rates
from course_lib.study.widgets.rate_explorer import rate_explorer
rate_explorer()""",
]


@pytest.fixture
def notebook(page, lab, request):
    """The cells above, run in JupyterLab."""
    name = f"{request.node.name}.ipynb"  # a kernel of its own for each test
    return opened_cells(page, lab, name, CELLS)


def test_a_bill_is_worked_out_by_keyboard(notebook):
    page, output = notebook.page, notebook.output("# bill")
    said = output.locator("[aria-live=polite]")
    expect(said).to_contain_text("Llama 3 8B on 15 trillion tokens: 7.20e23 FLOPs")
    output.get_by_role("button", name="GPT-3 175B").press("Space")
    expect(said).to_contain_text("GPT-3 175B on 300 billion tokens: 3.15e23 FLOPs")
    output.get_by_role("button", name="A100").press("Enter")
    expect(said).to_contain_text("On 1,024 A100s")
    output.get_by_label("Chips").fill("0")
    page.keyboard.press("Tab")
    expect(said).to_have_text("Chips must be from 1 to 10,000,000, and it is 0.")
    output.get_by_label("Chips").fill("1")
    page.keyboard.press("Tab")
    expect(said).to_contain_text("On 1 A100 at 40% of the peak")
    output.get_by_label("Tokens, billions").fill("600")
    page.keyboard.press("Tab")
    expect(said).to_contain_text("GPT-3 175B on 600 billion tokens")
    output.get_by_role("button", name="20 a parameter").press("Enter")
    expect(said).to_contain_text("20, as for Chinchilla")


def test_a_rate_is_chosen_by_keyboard(notebook):
    output = notebook.output("# rates")
    said = output.locator("[aria-live=polite]")
    expect(said).to_contain_text("Rate 0.001 without warm-up: learned slowly.")
    output.get_by_role("button", name="10", exact=True).press("Space")
    expect(said).to_contain_text("Rate 10 without warm-up: diverged.")
    output.get_by_role("button", name="30 steps").press("Enter")
    expect(said).to_contain_text("Rate 10 with 30 steps of warm-up: diverged.")


def test_nothing_is_inaccessible_or_lost_in_either_theme(notebook):
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.set_theme(theme)
        assert accessibility_problems(notebook.page, ".jp-OutputArea-output") == []
        for name in ("# bill", "# rates"):
            too_wide = notebook.output(name).evaluate(
                """area => [...area.querySelectorAll('.ttt')].map(part =>
                     part.scrollWidth > part.clientWidth + 1 ||
                     part.getBoundingClientRect().right > area.getBoundingClientRect().right + 1)"""
            )
            assert too_wide == [False], f"{name} in {theme}"
