"""Lesson 08 as a learner meets it: it runs, its widgets answer, an exercise fails and passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "08_rlhf"
FRONTIER, FEED = "frontier_view()", "sample_feed(feed)"
PROGRESS = 'progress("rlhf")'
EXERCISES = 8


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=1200) as notebook:
        yield notebook


def test_an_empty_notebook_runs_to_its_end(learners):
    assert len(learners.errors()) == EXERCISES  # the checks, and nothing else
    attempted = [error for error in learners.errors() if "not attempted" not in error]
    assert [error.split(":")[0] for error in attempted] == ["penalized_returns"]  # the bug hunt
    first_use = learners.output('loss_of_pairs = mine("bradley_terry_loss")')
    expect(first_use).to_contain_text("the library's")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 20 points")


def test_the_widgets_answer_the_keyboard(learners):
    for widget, button in ((FRONTIER, "GRPO"), (FEED, "On")):
        output = learners.output(widget)
        said = output.locator("[aria-live=polite]")
        before = said.inner_text()
        output.get_by_role("button", name=button, exact=True).press("Space")
        expect(said).not_to_have_text(before)


def test_the_knowledge_check_by_keyboard_alone(learners):
    answer_all_right(learners, "rlhf")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def bradley_terry_loss(chosen, rejected):"
    attempts = {"rejected - chosen": "Likely cause", "chosen - rejected": "right, 2 "}
    for margin, expected in attempts.items():
        learners.set_source(answer, f"{answer}\n    return -F.logsigmoid({margin}).mean()")
        learners.run_cell(answer)
        learners.run_cell("check(bradley_terry_loss)")
        expect(learners.output("check(bradley_terry_loss)")).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("2 of 20 points")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
