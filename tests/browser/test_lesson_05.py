"""Lesson 05 as a learner meets it: it runs, its widgets answer, an exercise fails and passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "05_sampling"
WRITING, CONTROLS = 'writing_stepper("The best', 'next_controls("The capital'
PROGRESS = 'progress("sampling")'
EXERCISES = 8


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=600) as notebook:
        yield notebook


def test_an_empty_notebook_runs_to_its_end(learners):
    assert len(learners.errors()) == EXERCISES  # the checks, and nothing else
    attempted = [error for error in learners.errors() if "not attempted" not in error]
    assert [error.split(":")[0] for error in attempted] == ["nucleus"]  # the bug hunt
    expect(learners.output('Cache = mine("KVCache")')).to_contain_text("the library's")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 20 points")


def test_a_text_is_written_and_taken_back_by_keyboard(learners):
    widget, keyboard = learners.output(WRITING), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    likeliest = widget.get_by_role("button").first
    expect(likeliest).to_contain_text("the")
    likeliest.focus()
    keyboard.press("Space")
    expect(likeliest).to_contain_text("people")  # what comes next after “the”
    expect(said).to_contain_text("Token 1, the likeliest")
    undo = widget.get_by_role("button", name="Undo")
    undo.focus()
    keyboard.press("Space")
    expect(likeliest).to_contain_text("the")
    widget.get_by_role("button", name="Draw one").focus()
    keyboard.press("Space")
    expect(undo).to_be_enabled()


def test_a_temperature_and_a_filter_change_what_is_kept(learners):
    widget, keyboard = learners.output(CONTROLS), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    expect(said).to_contain_text("49,152 of 49,152 tokens are kept")
    widget.get_by_label("Top-k").fill("2")
    keyboard.press("Tab")
    expect(said).to_contain_text("2 of 49,152 tokens are kept")
    widget.get_by_label("Temperature").fill("0")
    keyboard.press("Tab")
    expect(said).to_contain_text("1 of 49,152 tokens")


def test_the_knowledge_check_by_keyboard_alone(learners):
    answer_all_right(learners, "sampling")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def min_p_filter(logits, min_p):"
    for best, expected in (
        ("logits.amax()", "Likely cause"),
        ("logits.amax(dim=-1, keepdim=True)", "right, 2 points"),
    ):
        lines = (
            answer,
            "    if not 0 <= min_p <= 1:",
            "        raise ValueError('min_p must be from 0 to 1')",
            f"    least = {best} + torch.tensor(float(min_p)).log()",
            "    return logits.masked_fill(logits < least, float('-inf'))",
        )
        learners.set_source(answer, "\n".join(lines))
        learners.run_cell(answer)
        learners.run_cell("check(min_p_filter)")
        expect(learners.output("check(min_p_filter)")).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("2 of 20 points")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
