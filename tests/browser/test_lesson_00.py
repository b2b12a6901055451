"""Lesson 00 as a learner meets it: it runs, its widget writes, its practice exercise passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "00_start"
WIDGET = "again_and_again(prompt"
PROGRESS = 'progress("start")'


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=300) as notebook:
        yield notebook


def test_an_empty_notebook_runs_to_its_end(learners):
    assert learners.errors() == ["gradient_step: not yet (not attempted)."]
    expect(learners.output("environment_check()")).to_contain_text("Everything that the lessons")
    expect(learners.output("step = mine(")).to_contain_text("the library's")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 1 pass, for practice")


def test_one_writes_by_keyboard_and_takes_it_back(learners):
    widget, keyboard = learners.output(WIDGET), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    expect(said).to_have_text("Choose the next token")
    widget.get_by_role("button", name="·moon").focus()
    keyboard.press("Space")
    expect(said).to_have_text("You took ·moon, guess 2, 5.0%.")
    widget.get_by_role("button", name="Draw one for me").focus()
    keyboard.press("Enter")
    expect(said).to_contain_text("All 2 of your tokens together")
    for _ in range(2):
        widget.get_by_role("button", name="Take back").click()
    expect(said).to_have_text("Choose the next token")
    widget.get_by_role("button", name="·cat").click()
    expect(said).to_contain_text("You took ·cat, guess 1, 7.1%.")


def test_the_practice_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def gradient_step(w, b, x, target, lr):"
    right = "error = b + sum(i * j for i, j in zip(w, x)) - target"
    for sign, expected in (("+", "The gradient points uphill"), ("-", "right, well done")):
        learners.set_source(
            answer,
            f"{answer}\n    {right}\n    lr *= 2\n"
            f"    return [i {sign} lr * error * j for i, j in zip(w, x)], b {sign} lr * error",
        )
        learners.run_cell(answer)
        learners.run_cell("check(gradient_step)")
        expect(learners.output("check(gradient_step)")).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("1 of 1 pass, for practice")


def test_the_knowledge_check_by_keyboard_alone(learners):
    answer_all_right(learners, "start")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
