"""Lesson 03 as a learner meets it: it runs, its widgets answer, an exercise fails and passes."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from course_lib.study.questions import questions_of
from tests.browser.jupyterlab import Notebook, accessibility_problems

ROOT = Path(__file__).parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
NAME = "03_attention"
SCALE, GRID = "scale_stepper(one_query)", "heads_grid(seen.pieces"
PROGRESS = 'progress("attention")'
EXERCISES = 9


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shutil.copy(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", lab.root / f"{NAME}.ipynb")
    notebook = Notebook(context.new_page(), lab, f"{NAME}.ipynb")
    notebook.run_all(timeout=600)
    yield notebook
    context.close()


def test_an_empty_notebook_runs_to_its_end(learners):
    assert len(learners.errors()) == EXERCISES  # the checks, and nothing else
    attempted = [error for error in learners.errors() if "not attempted" not in error]
    assert [error.split(":")[0] for error in attempted] == ["mask_first"]  # the bug hunt
    expect(learners.output("attend = mine(")).to_contain_text("the library's")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 20 points")


def test_wider_vectors_saturate_by_keyboard(learners):
    widget, keyboard = learners.output(SCALE), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    expect(said).to_contain_text("D = 64, not divided")
    widget.get_by_role("button", name="Double").focus()
    keyboard.press("Space")
    expect(said).to_contain_text("D = 128, not divided")
    widget.get_by_label("Divide by the root of D").focus()
    keyboard.press("Space")
    expect(said).to_contain_text("D = 128, divided by its root")
    field = widget.get_by_label("Width D")
    field.fill("5000")
    keyboard.press("Enter")
    expect(said).to_contain_text("D = 1,024")


def test_the_grid_answers_to_pointing_typing_and_buttons(learners):
    widget, keyboard = learners.output(GRID), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    expect(said).to_contain_text("Layer 13, head 8: “·it” takes 0.80 from “·cat”.")
    expect(widget.locator(".ttt-chosen")).to_have_attribute("title", "layer 13, head 8: 0.80")
    widget.get_by_label("Head:").fill("7")
    keyboard.press("Enter")
    expect(said).to_contain_text("Layer 13, head 7")
    widget.get_by_role("button", name="Go to the head that takes most").click()
    expect(said).to_contain_text("Layer 13, head 8")
    mat = widget.get_by_role("button", name="mat", exact=True)
    mat.last.focus()  # the second row: the token looked at
    keyboard.press("Space")
    expect(said).to_contain_text("from “·mat”")
    mat.first.click()  # the first row: the token that looks
    expect(said).to_contain_text("“·mat” takes")


def test_the_knowledge_check_by_keyboard_alone(learners):
    area = learners.output('quiz("attention")')
    keyboard = learners.page.keyboard
    questions = questions_of("attention")
    area.get_by_role("button").first.focus()
    for number, question in enumerate(questions):
        for option in question["options"]:
            if option["right"]:
                keyboard.press("Space")
                expect(area.locator(".ttt-why").nth(number)).to_contain_text("Right")
            keyboard.press("Tab")
    expect(area).to_contain_text(f"{len(questions)} of {len(questions)} right")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def attention_scores(q, k):"
    for divisor, expected in (("1", "Likely cause"), ("q.size(-1) ** 0.5", "right, 2 points")):
        learners.set_source(answer, f"{answer}\n    return q @ k.transpose(-2, -1) / {divisor}")
        learners.run_cell(answer)
        learners.run_cell("check(attention_scores)")
        expect(learners.output("check(attention_scores)")).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("2 of 20 points")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, theme.split()[-1].lower())
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []


def keep_screenshots(page, theme: str) -> None:
    """Save the open notebook, screen by screen."""
    SCREENSHOTS.mkdir(exist_ok=True)
    panel = page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
    height = panel.evaluate("panel => panel.scrollHeight")
    step = panel.evaluate("panel => panel.clientHeight") - 40
    for number, top in enumerate(range(0, height, step), start=1):
        panel.evaluate("(panel, top) => { panel.scrollTop = top }", top)
        page.wait_for_timeout(100)
        page.screenshot(path=SCREENSHOTS / f"{NAME}-{theme}-{number:02}.png")
