"""A mistake that an answer has from another one is told so."""

import pytest

from course_lib.classroom.builds_on import names_called, with_what_they_build_on
from course_lib.classroom.verdicts import ExerciseResult, Verdict
from course_lib.exercises.exercise import Finding

TEXTS = {
    "merge_pair": {"merge_pair": "def merge_pair(ids):\n    return ids"},
    "train": {"train": "def train(ids):\n    return merge_pair(merge_pair(count(ids)))"},
}


def result(name: str, verdict: Verdict) -> ExerciseResult:
    found = Finding("wrong", "f(1)", "2", "3", "Look at the sum.")
    return ExerciseResult(name, verdict, 0.0, 2.0, 1, found if verdict is Verdict.FAILED else None)


def causes(first: Verdict, second: Verdict) -> list[str | None]:
    results = [result("merge_pair", first), result("train", second)]
    found = with_what_they_build_on(results, TEXTS)
    assert [one.exercise for one in found] == ["merge_pair", "train"]
    return [one.finding and one.finding.cause for one in found]


@pytest.mark.parametrize("first", [Verdict.FAILED, Verdict.TIMED_OUT, Verdict.NOT_ATTEMPTED])
def test_the_answer_below_is_named_once(first):
    _, cause = causes(first, Verdict.FAILED)
    assert cause == "It calls your `merge_pair`, not right yet: mend that first. Look at the sum."


def test_nothing_is_said_of_an_answer_that_is_right():
    assert causes(Verdict.PASSED, Verdict.FAILED) == [None, "Look at the sum."]
    assert causes(Verdict.FAILED, Verdict.PASSED) == ["Look at the sum.", None]


def test_an_answer_that_waits_for_a_person_is_not_called_wrong():
    assert causes(Verdict.NEEDS_REVIEW, Verdict.FAILED) == [None, "Look at the sum."]


def test_an_argument_is_not_taken_for_the_answer_of_its_name():
    assert names_called("def cost(text, encode):\n    return len(encode(text))") == []


def test_an_answer_that_calls_itself_is_not_blamed_on_itself():
    texts = {"walk": {"walk": "def walk(tree):\n    return walk(tree[0])"}}
    (one,) = with_what_they_build_on([result("walk", Verdict.FAILED)], texts)
    assert one.finding.cause == "Look at the sum."


def test_text_that_is_no_python_calls_nothing():
    assert names_called("def f(:") == names_called("(" * 10_000) == []
