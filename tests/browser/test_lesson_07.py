"""Lesson 07 as a learner meets it: it runs, its widgets answer, an exercise fails and passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "07_sft"
MASK, RANKS = "mask_view()", "rank_slider()"
PROGRESS = 'progress("sft")'
EXERCISES = 7


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=1200) as notebook:
        yield notebook


def test_an_empty_notebook_runs_to_its_end(learners):
    assert len(learners.errors()) == EXERCISES  # the checks, and nothing else
    attempted = [error for error in learners.errors() if "not attempted" not in error]
    assert [error.split(":")[0] for error in attempted] == ["chat_targets"]  # the bug hunt
    expect(learners.output('render = mine("render_chat")')).to_contain_text("the library's")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 20 points")


def test_the_widgets_answer_the_keyboard(learners):
    for widget, button in ((MASK, "everything"), (RANKS, "256")):
        output = learners.output(widget)
        said = output.locator("[aria-live=polite]")
        before = said.inner_text()
        output.get_by_role("button", name=button, exact=True).press("Space")
        expect(said).not_to_have_text(before)


def test_the_knowledge_check_by_keyboard_alone(learners):
    answer_all_right(learners, "sft")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def masked_loss(logits, targets, mask):"
    for divisor, expected in (("mask.numel()", "Likely cause"), ("mask.sum()", "right, 2 ")):
        lines = (
            answer,
            '    loss = F.cross_entropy(logits[mask], targets[mask], reduction="sum")',
            f"    return loss / max({divisor}, 1)",
        )
        learners.set_source(answer, "\n".join(lines))
        learners.run_cell(answer)
        learners.run_cell("check(masked_loss)")
        expect(learners.output("check(masked_loss)")).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("2 of 20 points")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
