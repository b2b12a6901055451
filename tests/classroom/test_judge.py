"""What comes out of the sandbox is a claim: only right and whole values earn points."""

import pytest

from course_lib.classroom.judge import (
    Heard,
    NotAnOutcome,
    Run,
    draw_trial,
    read_outcome,
    verdict_on,
)
from course_lib.classroom.submission import prepare
from course_lib.classroom.verdicts import Verdict
from course_lib.exercises import codec, registry
from course_lib.exercises.observe import observe
from tests.answers import book
from tests.classroom.notebooks import changed, code, empty, full, lesson, place

NAME, SEED = "count_pairs", 7
EXERCISE = lesson().exercises[NAME]
TRIAL = draw_trial(EXERCISE, SEED)
book.load("tokenization")


def claim(outcome):
    """Return an outcome as the sandbox sends it."""
    fields = {**vars(outcome), "raised_kinds": list(outcome.raised_kinds)}
    fields["raised"] = list(outcome.raised) if outcome.raised else None
    for part in ("value", "inputs_after"):
        fields[part] = codec.encode(fields[part])
    return fields


def heard_of(answer):
    call = registry.call_of("tokenization", EXERCISE)
    outcomes = [observe(call, answer, codec.copy(case)) for case in TRIAL.cases]
    return Heard({place: claim(outcome) for place, outcome in enumerate(outcomes)}, "done")


def verdict(heard, ended="", submission=None, errors=None):
    submission = submission or prepare(lesson(), full())
    run = Run({NAME: heard}, errors or {}, ended)
    return verdict_on(lesson(), submission, NAME, TRIAL, SEED, run, set())


RIGHT = heard_of(book.RIGHT[NAME]["count_with_a_counter"])


def test_a_right_answer_gets_all_its_points():
    result = verdict(RIGHT)
    assert (result.verdict, result.points, result.seed) == (Verdict.PASSED, 2.0, SEED)


def test_a_wrong_answer_gets_none_and_its_mistake_a_name():
    answer, misconception = book.WRONG[NAME]["count_each_word_once"]
    result = verdict(heard_of(answer))
    assert (result.verdict, result.points) == (Verdict.FAILED, 0.0)
    assert result.finding.misconception == misconception


def test_the_visible_inputs_come_first_and_fresh_ones_differ_between_submissions():
    other = draw_trial(EXERCISE, SEED + 1)
    n_visible = len(list(EXERCISE.cases(__import__("numpy").random.default_rng(0), False)))
    assert TRIAL.encoded[:n_visible] == other.encoded[:n_visible]
    assert TRIAL.encoded[n_visible:] != other.encoded[n_visible:]
    assert draw_trial(EXERCISE, SEED).encoded == TRIAL.encoded


@pytest.mark.parametrize("lost", [0, len(TRIAL.cases) // 2, len(TRIAL.cases) - 1])
def test_a_case_without_an_outcome_earns_nothing(lost):
    outcomes = {place: one for place, one in RIGHT.outcomes.items() if place != lost}
    result = verdict(Heard(outcomes, "done"))
    assert (result.verdict, result.points) == (Verdict.CRASHED, 0.0)


@pytest.mark.parametrize(
    ("how", "why", "expected"),
    [
        ("signal 9", "", Verdict.CRASHED),
        ("exit 3", "", Verdict.CRASHED),
        ("time", "", Verdict.TIMED_OUT),
        ("", "time", Verdict.TIMED_OUT),
        ("", "memory", Verdict.CRASHED),
        ("", "output", Verdict.CRASHED),
        ("", "", Verdict.CRASHED),
    ],
)
def test_all_outcomes_are_worth_nothing_if_their_process_did_not_end_well(how, why, expected):
    result = verdict(Heard(RIGHT.outcomes, how), why)
    assert (result.verdict, result.points) == (expected, 0.0)
    assert result.note


def test_an_untouched_exercise_was_not_attempted():
    result = verdict(RIGHT, submission=prepare(lesson(), empty()))
    assert (result.verdict, result.points) == (Verdict.NOT_ATTEMPTED, 0.0)


def test_a_function_that_is_not_there_is_a_mistake_with_the_cells_error():
    heard = Heard({}, "done", missing=NAME)
    result = verdict(heard, errors={NAME: "SyntaxError: '(' was never closed"})
    assert result.verdict is Verdict.FAILED
    assert result.finding.misconception == "not_defined"
    assert "never closed" in result.finding.got


def test_right_values_after_a_hand_in_the_machinery_wait_for_a_person():
    def reach(notebook):
        notebook["cells"].insert(place(notebook, NAME), code("import gc"))

    submission = prepare(lesson(), changed(full(), reach))
    result = verdict(RIGHT, submission=submission)
    assert (result.verdict, result.points) == (Verdict.NEEDS_REVIEW, 0.0)
    assert "import gc" in result.note


GOOD = RIGHT.outcomes[0]


@pytest.mark.parametrize(
    "forged",
    [
        None,
        [],
        "passed",
        {},
        {**GOOD, "extra": 1},
        {key: part for key, part in GOOD.items() if key != "value"},
        {**GOOD, "type_name": 3},
        {**GOOD, "type_name": "list"},
        {**GOOD, "printed": "x" * 100_000},
        {**GOOD, "raised": "ValueError"},
        {**GOOD, "raised": ["ValueError"]},
        {**GOOD, "raised_kinds": [3]},
        {**GOOD, "value": None},
        {**GOOD, "value": "{"},
        {**GOOD, "value": '{"tensor": {"dtype": "load", "shape": [1], "data": "AA=="}}'},
        {**GOOD, "value": '{"tensor": {"dtype": "float32", "shape": [-5], "data": "AA=="}}'},
        {**GOOD, "value": '{"spam": 1}'},
        {**GOOD, "value": '{"dict": [[[], 1]]}'},
        {**GOOD, "value": "[" * 100_000},
    ],
)
def test_a_message_that_our_code_never_sends_is_tampering(forged):
    with pytest.raises(NotAnOutcome):
        read_outcome(forged)
    result = verdict(Heard({**RIGHT.outcomes, 0: forged}, "done"))
    assert (result.verdict, result.points) == (Verdict.TAMPERED, 0.0)


def test_a_judge_that_fails_leaves_the_decision_to_a_person(monkeypatch):
    def broken(*_):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("course_lib.classroom.judge.mistake_in", broken)
    result = verdict(RIGHT)
    assert (result.verdict, result.points) == (Verdict.NEEDS_REVIEW, 0.0)
    assert "a fault of ours" in result.note
