"""Lesson 03 as a learner meets it: it runs, its widgets answer, an exercise fails and passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "03_attention"
SCALE, GRID = "scale_stepper(one_query)", "heads_grid(seen.pieces"
PROGRESS = 'progress("attention")'
EXERCISES = 9


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=600) as notebook:
        yield notebook


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
    answer_all_right(learners, "attention")


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
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
