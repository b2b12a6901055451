"""Right answers pass and wrong ones are named. ANSWER_SEEDS sets how many fresh seeds are tried."""

import os
from importlib import import_module
from types import SimpleNamespace

import pytest

from course_lib.exercises import registry
from course_lib.exercises.exercise import VISIBLE_SEED, find_mistake
from tests.answers import book
from tests.answers.kill_table import FILE, kill_table

SEEDS = int(os.environ.get("ANSWER_SEEDS", "3"))
for topic in book.topics():
    book.load(topic)

EXERCISES = [
    (topic, name)
    for topic in registry.topics()
    if topic in book.topics()
    for name in registry.exercises_of(topic)
]
RIGHT = [(exercise, name) for exercise, answers in book.RIGHT.items() for name in answers]
WRONG = [(exercise, name) for exercise, answers in book.WRONG.items() for name in answers]


def mistake(exercise_name, answer, seed, thorough):
    topic, exercise = registry.find(exercise_name)
    call = registry.call_of(topic, exercise)
    return find_mistake(exercise, call, answer, seed=seed, thorough=thorough)


@pytest.mark.parametrize(("exercise", "name"), RIGHT)
def test_a_right_answer_passes(exercise, name):
    answer = book.RIGHT[exercise][name]
    assert mistake(exercise, answer, VISIBLE_SEED, thorough=False) is None
    for seed in range(SEEDS):
        assert mistake(exercise, answer, seed, thorough=True) is None, f"seed {seed}"


@pytest.mark.parametrize(("exercise", "name"), WRONG)
def test_a_wrong_answer_is_named(exercise, name):
    answer, misconception = book.WRONG[exercise][name]
    visible = mistake(exercise, answer, VISIBLE_SEED, thorough=False)
    assert visible is not None, "it passes the visible check"
    assert visible.misconception == misconception, visible
    fresh = mistake(exercise, answer, seed=1, thorough=True)
    assert fresh.misconception == misconception, fresh


@pytest.mark.parametrize(("exercise", "name"), WRONG)
def test_a_finding_says_all_that_a_learner_needs(exercise, name):
    answer, _ = book.WRONG[exercise][name]
    finding = mistake(exercise, answer, VISIBLE_SEED, thorough=False)
    for part in (finding.what, finding.expected, finding.got, finding.cause):
        assert part.strip(), finding
        assert len(part) < 420, "too long to read in the evening"
    assert "object at 0x" not in repr(finding)
    assert finding.expected != finding.got, "nobody can see what is wrong"


@pytest.mark.parametrize(("topic", "exercise"), EXERCISES)
def test_what_the_library_hands_out_passes(topic, exercise):
    library = import_module(f"course_lib.exercises.{topic}.library")
    functions = registry.exercises_of(topic)[exercise].functions
    if functions == (exercise,):
        answer = getattr(library, exercise)
    else:
        answer = SimpleNamespace(**{name: getattr(library, name) for name in functions})
    for seed in range(SEEDS):
        assert mistake(exercise, answer, seed, thorough=True) is None, f"seed {seed}"


@pytest.mark.parametrize(("topic", "exercise"), EXERCISES)
def test_every_exercise_has_enough_answers(topic, exercise):
    right, wrong = book.RIGHT[exercise], book.WRONG[exercise]
    assert len(right) >= 2
    assert len(wrong) >= 5
    names = {misconception for _, misconception in wrong.values()}
    assert len(names) >= 5, "wrong in five different ways"


def test_no_answer_belongs_to_no_exercise():
    assert {*book.RIGHT, *book.WRONG} == {exercise for _, exercise in EXERCISES}


def test_the_kill_table_is_fresh():
    assert FILE.read_text(encoding="utf-8") == kill_table(), (
        "docs/kill-table.md is out of date: python -m tests.answers.kill_table"
    )
