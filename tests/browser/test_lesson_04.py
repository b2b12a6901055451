"""Lesson 04 as a learner meets it: it runs, its widgets answer, an exercise fails and passes."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "04_blocks"
DEPTH, BUDGET = "depth_stepper(wiring=", "budget(count)"
PROGRESS = 'progress("blocks")'
EXERCISES = 8


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=600) as notebook:
        yield notebook


def test_an_empty_notebook_runs_to_its_end(learners):
    assert len(learners.errors()) == EXERCISES  # the checks, and nothing else
    attempted = [error for error in learners.errors() if "not attempted" not in error]
    assert [error.split(":")[0] for error in attempted] == ["post_norm_block"]  # the bug hunt
    expect(learners.output('load = mine("load_weights")')).to_contain_text("the library's")
    expect(learners.output("said = tokenizer.decode(greedy(smol")).to_contain_text("Paris")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 20 points")


def test_layers_are_stacked_by_keyboard(learners):
    widget, keyboard = learners.output(DEPTH), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    expect(said).to_contain_text("12 layers, pre-norm with RMSNorm")
    widget.get_by_role("button", name="Double").focus()
    for _ in range(3):  # 24, 48, and no deeper
        keyboard.press("Space")
    expect(said).to_contain_text("48 layers, pre-norm with RMSNorm: RMS from 1.00 to 2.35")
    widget.get_by_role("button", name="norms only").focus()
    keyboard.press("Space")
    expect(said).to_contain_text("norms only with RMSNorm")
    expect(said).to_contain_text("to 1.00.")
    field = widget.get_by_label("Layers:")
    field.fill("1")
    keyboard.press("Enter")
    expect(said).to_contain_text("1 layer, norms only")


def test_a_shape_is_changed_by_keyboard_and_what_does_not_fit_is_said(learners):
    widget, keyboard = learners.output(BUDGET), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    expect(said).to_contain_text("134,515,008 parameters")
    expect(said).to_contain_text("75.0% without embeddings")
    keys = widget.get_by_label("n_kv_head:")
    keys.fill("9")
    keyboard.press("Enter")
    expect(said).to_contain_text("66.6% without embeddings")
    keys.fill("4")
    keyboard.press("Enter")
    expect(said).to_contain_text("n_head must be a multiple of n_kv_head")
    widget.get_by_role("button", name="GPT-3 175B").focus()
    keyboard.press("Space")
    expect(said).to_contain_text("174,591,270,912 parameters")


def test_the_knowledge_check_by_keyboard_alone(learners):
    answer_all_right(learners, "blocks")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def block(x, norm_1, attention, norm_2, feed_forward):"
    first = "x = x + attention(norm_1(x))"
    for second, expected in (
        ("feed_forward(norm_2(x))", "in place of adding"),
        ("x + feed_forward(norm_2(x))", "right, 2 points"),
    ):
        learners.set_source(answer, f"{answer}\n    {first}\n    return {second}")
        learners.run_cell(answer)
        learners.run_cell("check(block)")
        expect(learners.output("check(block)")).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("2 of 20 points")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
