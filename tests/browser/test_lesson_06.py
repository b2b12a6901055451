"""Lesson 06 as a learner meets it: it runs, its widgets answer, an exercise fails and passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "06_pretraining"
SAMPLES = "samples_by_step(village_run)"
PROGRESS = 'progress("pretraining")'
EXERCISES = 9


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=1200) as notebook:
        yield notebook


def test_an_empty_notebook_runs_to_its_end(learners):
    assert len(learners.errors()) == EXERCISES  # the checks, and nothing else
    attempted = [error for error in learners.errors() if "not attempted" not in error]
    assert [error.split(":")[0] for error in attempted] == ["training_loss"]  # the bug hunt
    expect(learners.output('limit = mine("clip_gradients")')).to_contain_text("the library's")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 20 points")


def test_the_samples_are_walked_by_keyboard(learners):
    widget, keyboard = learners.output(SAMPLES), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    before = said.inner_text()
    widget.get_by_role("button", name="On").focus()
    keyboard.press("Space")
    expect(said).not_to_have_text(before)


def test_the_knowledge_check_by_keyboard_alone(learners):
    answer_all_right(learners, "pretraining")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def bits_per_byte(total_nats, n_bytes):"
    for nats, expected in (("total_nats", "Likely cause"), ("total_nats / log(2)", "right, 1 ")):
        lines = (
            answer,
            "    if n_bytes < 1:",
            "        raise ValueError('n_bytes must be at least 1')",
            f"    return {nats} / n_bytes",
        )
        learners.set_source(answer, "\n".join(lines))
        learners.run_cell(answer)
        learners.run_cell("check(bits_per_byte)")
        expect(learners.output("check(bits_per_byte)")).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("1 of 20 points")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
