"""The widgets and pictures of the course as a browser draws them, in both themes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems, opened_cells

CELLS = [
    """# chart
from matplotlib import pyplot as plt
from course_lib.study import figures
figures.use_style()
fig, ax = plt.subplots()
ax.plot([1, 2, 4], label="doubling")
figures.label_lines(ax)
figures.show(fig, alt="One line that doubles.")""",
    """# strip
from course_lib.study.strips import token_strip
token_strip(["Token", "ization", "!"], ids=[4421, 2065, 0], title="Three tokens")""",
    """# table
from course_lib.study.tables import table
table([["words", 25_670]], ["Cut into", "Vocabulary"], "What to see")""",
    """# stepper
from course_lib.study.widgets.merge_stepper import merge_stepper
merge_stepper([[0, 1, 2], [0, 1, 2, 3]], [1, 1], [(0, 1), (4, 2)], dict(enumerate("lowe")))""",
    """# typing
from course_lib.study.widgets.tokenize_strip import tokenize_strip
tokenize_strip("low", {"bytes": lambda text: [(b, bytes([b])) for b in text.encode()]})""",
    """# next token
import torch
from course_lib.study.widgets.next_controls import next_controls
logits = [4.0, 3.0, 2.0, 1.0] + [0.0] * 16
next_controls("a", None, {"Long": "a b" * 99}, lambda _: torch.tensor(logits), " token {}".format)
""",
]


@pytest.fixture
def notebook(page, lab, request):
    """The cells above, run in JupyterLab."""
    name = f"{request.node.name}.ipynb"  # a kernel of its own for each test
    return opened_cells(page, lab, name, CELLS)


def test_every_control_works_by_keyboard(notebook):
    page, stepper, typing = notebook.page, notebook.output("# stepper"), notebook.output("# typing")
    said = stepper.locator("[aria-live=polite]")
    expect(said).to_contain_text("Before the first merge")
    stepper.get_by_role("button", name="Next merge").focus()
    page.keyboard.press("Space")
    expect(said).to_contain_text("After 1 merge: l + o became lo, token 4")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("After 2 merges: lo + w became low, token 5")
    stepper.get_by_label("Merges made").focus()
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text("After 1 merge")

    typing.get_by_label("Type here").focus()
    page.keyboard.press("End")
    page.keyboard.type(" ddé")  # letters that JupyterLab has shortcuts for
    expect(typing.locator("[aria-live=polite]")).to_have_text("Tokens in this text: 8 by bytes")
    expect(typing).to_contain_text("<c3>")


def test_settings_are_typed_and_a_wrong_one_is_said(notebook):
    page, output = notebook.page, notebook.output("# next token")
    said = output.locator("[aria-live=polite]")
    expect(said).to_contain_text("Temperature 1: 20 of 20 tokens are kept.")
    output.get_by_label("Top-k").fill("2")
    page.keyboard.press("Tab")
    expect(said).to_contain_text("Temperature 1, top-k 2: 2 of 20 tokens are kept.")
    page.keyboard.type("0")  # Tab has selected what stands in the next field
    page.keyboard.press("Tab")
    expect(said).to_have_text("Top-p must be above 0 and at most 1, and it is 0.")
    output.get_by_role("button", name="All off").press("Enter")
    expect(said).to_contain_text("20 of 20 tokens are kept.")
    output.get_by_role("button", name="Long").press("Space")
    expect(output).to_contain_text("After: … a·ba·b")


def test_nothing_is_inaccessible_or_lost_in_either_theme(notebook):
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        notebook.set_theme(theme)
        assert accessibility_problems(notebook.page, ".jp-OutputArea-output") == []
        for name in ("# chart", "# strip", "# table", "# stepper", "# typing", "# next token"):
            too_wide = notebook.output(name).evaluate(
                """area => [...area.querySelectorAll('.ttt, .ttt-figure')].map(part =>
                     part.scrollWidth > part.clientWidth + 1 ||
                     part.getBoundingClientRect().right > area.getBoundingClientRect().right + 1)"""
            )
            assert too_wide == [False], f"{name} in {theme}"


def test_figures_follow_the_theme_and_have_alt_text(notebook):
    notebook.set_theme("JupyterLab Light")
    picture = notebook.output("# chart").get_by_alt_text("One line that doubles.")
    expect(picture).to_have_css("filter", "none")
    notebook.set_theme("JupyterLab Dark")
    expect(picture).to_have_css("filter", "invert(0.9333) hue-rotate(180deg)")
