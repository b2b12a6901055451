"""Lesson 01 as a learner meets it: JupyterLab, a real browser, the released notebook."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, opened, released

NAME = "01_tokenization"
EXERCISES = 8


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME) as notebook:
        yield notebook


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
    answer_all_right(learners, "tokenization")


def test_an_exercise_fails_with_a_reason_and_then_passes(learners):
    answer = "def merge_pair(ids, pair, new_id):"
    learners.set_source(answer, f"{answer}\n    ids.remove(pair[0])\n    return ids + [new_id]")
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
    notebook = opened(page, lab, "solutions", NAME)
    assert notebook.errors() == []
    expect(notebook.output('progress("tokenization")')).to_contain_text("20 of 20 points")
    keep_screenshots(page, NAME)
    assert accessibility_problems(page, ".jp-OutputArea-output") == []
