"""Lesson 01 as a learner meets it: JupyterLab, a real browser, the released notebook."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from course_lib.study.questions import questions_of
from tests.browser.jupyterlab import Lab, Notebook, accessibility_problems

ROOT = Path(__file__).parents[2]
SCREENSHOTS = Path(__file__).parent / "screenshots"
NAME = "01_tokenization"
EXERCISES = 8


def opened(page: Page, lab: Lab, folder: str) -> Notebook:
    """Open a copy of the lesson from notebooks/ or solutions/ and run all its cells."""
    copy = lab.root / f"{folder}.ipynb"
    shutil.copy(ROOT / folder / NAME / f"{NAME}.ipynb", copy)
    notebook = Notebook(page, lab, copy.name)
    notebook.run_all()
    return notebook


@pytest.fixture(scope="module")
def shared_page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def learners(shared_page, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    return opened(shared_page, lab, "notebooks")


def test_an_empty_notebook_runs_to_its_end(learners):
    assert len(learners.errors()) == EXERCISES  # the checks, and nothing else
    attempted = [error for error in learners.errors() if "not attempted" not in error]
    assert [error.split(":")[0] for error in attempted] == ["encode_word"]  # the bug hunt
    expect(learners.output('progress("tokenization")')).to_contain_text("0 of 20 points")


def test_the_merge_stepper_steps(learners):
    stepper = learners.output("merge_stepper(corpus")
    said = stepper.locator("[aria-live=polite]")
    expect(said).to_contain_text("Before the first merge")
    for expected in ("token 9", "token 10", "token 11"):
        stepper.get_by_role("button", name="Next merge").click()
        expect(said).to_contain_text(expected)
    stepper.get_by_role("button", name="Back").click()
    expect(said).to_contain_text("token 10")


def test_the_strip_follows_what_is_typed(learners):
    strip = learners.output("tokenize_strip(sentence")
    strip.get_by_label("Type here").fill("strawberry")
    expect(strip.locator("[aria-live=polite]")).to_contain_text("3 by GPT-2, 3 by cl100k_base")
    strip.get_by_label("Type here").fill("")
    expect(strip.locator("[aria-live=polite]")).to_contain_text("0 by GPT-2")


def test_the_knowledge_check_by_keyboard_alone(learners):
    area = learners.output('quiz("tokenization")')
    keyboard = learners.page.keyboard
    area.get_by_role("button").first.focus()
    for number, question in enumerate(questions_of("tokenization"), start=1):
        options = question["options"]
        right = [option["right"] for option in options].index(True)
        for place in range(len(options)):
            if place == right:
                keyboard.press("Space")
                expect(area.locator(".ttt-why").nth(number - 1)).to_contain_text("Right")
            keyboard.press("Tab")
    n = len(questions_of("tokenization"))
    expect(area).to_contain_text(f"{n} of {n} right")
    learners.run_cell('progress("tokenization")')
    expect(learners.output('progress("tokenization")')).to_contain_text(f"{n} of {n} right")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def merge_pair(ids, pair, new_id):"
    learners.set_source(
        answer, f"{answer}\n    ids.remove(pair[0])\n    return ids + [new_id]"
    )
    learners.run_cell(answer)
    learners.run_cell("check(merge_pair)")
    shown = learners.output("check(merge_pair)")
    expect(shown).to_contain_text("not yet")
    expect(shown).to_contain_text("Likely cause")
    expect(shown).not_to_contain_text("Traceback")
    learners.set_source(
        answer,
        f"{answer}\n    merged, rest = [], list(ids)\n    while rest:\n"
        "        hit = tuple(rest[:2]) == pair\n"
        "        merged.append(new_id if hit else rest[0])\n"
        "        rest = rest[2 if hit else 1:]\n    return merged",
    )
    learners.run_cell(answer)
    learners.run_cell("check(merge_pair)")
    expect(shown).to_contain_text("merge_pair: right, 2 points")
    learners.run_cell('progress("tokenization")')
    expect(learners.output('progress("tokenization")')).to_contain_text("2 of 20 points")


def test_nothing_the_lesson_shows_is_out_of_reach(learners):
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []


def test_the_solution_as_it_looks(page, lab):
    page.set_viewport_size({"width": 1280, "height": 1500})
    notebook = opened(page, lab, "solutions")
    assert notebook.errors() == []
    expect(notebook.output('progress("tokenization")')).to_contain_text("20 of 20 points")
    keep_screenshots(page)
    assert accessibility_problems(page, ".jp-OutputArea-output") == []


def keep_screenshots(page: Page) -> None:
    """Save the open notebook, screen by screen."""
    SCREENSHOTS.mkdir(exist_ok=True)
    panel = page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer").first
    height = panel.evaluate("panel => panel.scrollHeight")
    step = panel.evaluate("panel => panel.clientHeight") - 40
    for number, top in enumerate(range(0, height, step), start=1):
        panel.evaluate("(panel, top) => { panel.scrollTop = top }", top)
        page.wait_for_timeout(100)
        page.screenshot(path=SCREENSHOTS / f"{NAME}-{number:02}.png")
