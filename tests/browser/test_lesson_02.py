"""Lesson 02 as a learner meets it: it runs, its widgets move by keyboard, its bug is mended."""

import pytest
from playwright.sync_api import expect

from tests.browser.jupyterlab import accessibility_problems
from tests.browser.lesson import answer_all_right, keep_screenshots, released

NAME = "02_embeddings"
WALK, TURN = "map_walk(", "turning_pairs(query"
PROGRESS = 'progress("embeddings")'


@pytest.fixture(scope="module")
def learners(browser, lab):
    """The released lesson after Run All; the tests below use it one after the other."""
    with released(browser, lab, NAME, timeout=500) as notebook:
        yield notebook


def test_an_empty_notebook_runs_to_its_end(learners):
    errors = learners.errors()
    assert [error for error in errors if "not attempted" not in error] == [errors[-2]]
    assert errors[-2].startswith("add_positions: not yet")  # the faulty program is an attempt
    assert len(errors) == 8
    expect(learners.output("lookup = mine(")).to_contain_text("the library's")
    expect(learners.output(PROGRESS)).to_contain_text("0 of 20")


def test_the_query_walks_over_the_map_by_keyboard(learners):
    widget, keyboard = learners.output(WALK), learners.page.keyboard
    said = widget.locator(".ttt-title[aria-live=polite]")
    expect(said).to_contain_text("The query is cat. Nearest other words: ")
    widget.get_by_role("button", name="Right").focus()
    keyboard.press("Space")
    expect(said).to_contain_text("The query is cat, moved 1 to the right.")
    widget.get_by_label("Word:").focus()
    keyboard.press("Control+a")
    keyboard.type("soup")
    expect(said).to_contain_text("The query is soup. Nearest other words: ")
    expect(widget.get_by_role("img")).to_be_visible()


def test_pairs_turn_by_keyboard_and_the_score_stays(learners):
    widget, keyboard = learners.output(TURN), learners.page.keyboard
    said = widget.locator("[aria-live=polite]")
    expect(said).to_contain_text("Query at 2, key at 0: distance 2")
    score = said.inner_text().split("score ")[1]
    widget.get_by_role("button", name="Both one on").focus()
    keyboard.press("Enter")
    expect(said).to_have_text(f"Query at 3, key at 1: distance 2, score {score}")
    widget.get_by_label("Query position:").focus()
    keyboard.press("ArrowUp")
    expect(said).to_contain_text("Query at 4, key at 1: distance 3")
    expect(widget.get_by_role("img")).to_have_count(4)


def test_the_bug_is_found_and_mended(learners):
    answer, test = "def add_positions(x, table):", "check(add_positions)"
    for line, expected in (
        ("x + table[: x.size(0)].unsqueeze(1)", "not yet"),
        ("x + table[: x.size(1)]", "right, 2 points"),
    ):
        learners.set_source(
            answer,
            f"{answer}\n    if x.size(1) > len(table):\n        raise ValueError('too long')\n"
            f"    return {line}",
        )
        learners.run_cell(answer)
        learners.run_cell(test)
        expect(learners.output(test)).to_contain_text(expected)
    learners.run_cell(PROGRESS)
    expect(learners.output(PROGRESS)).to_contain_text("2 of 20")


def test_the_knowledge_check_by_keyboard_alone(learners):
    answer_all_right(learners, "embeddings")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nothing_is_out_of_reach_in_either_theme(learners, theme):
    learners.set_theme(theme)
    keep_screenshots(learners.page, f"{NAME}-{theme.split()[-1].lower()}")
    assert accessibility_problems(learners.page, ".jp-OutputArea-output") == []
