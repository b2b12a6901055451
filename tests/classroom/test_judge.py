"""What comes out of the sandbox is a claim: only right and whole values earn points."""

import pytest

from course_lib.classroom.answers import answered
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
from tests.classroom.notebooks import answers, cell, changed, code, empty, full, lesson, place

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
    result = verdict(Heard(RIGHT.outcomes, how, began=True), why)
    assert (result.verdict, result.points) == (expected, 0.0)
    assert result.note


def test_an_exercise_that_began_took_the_time_itself_another_waits_for_a_person():
    assert verdict(Heard({}, began=True), "time").verdict is Verdict.TIMED_OUT
    assert verdict(Heard({}), "time").verdict is Verdict.NEEDS_REVIEW


def test_an_untouched_exercise_was_not_attempted():
    result = verdict(RIGHT, submission=prepare(lesson(), empty()))
    assert (result.verdict, result.points) == (Verdict.NOT_ATTEMPTED, 0.0)


def test_an_exercise_that_the_learners_version_of_the_lesson_may_not_have_is_no_zero():
    def from_before(notebook):
        notebook["metadata"]["tokens_to_trust"] = {"source": "an older one"}
        notebook["cells"].remove(cell(notebook, NAME))

    submission = prepare(lesson(), changed(empty(), from_before))
    assert verdict(RIGHT, submission=submission).verdict is Verdict.NEEDS_REVIEW


def test_a_function_that_is_not_there_is_a_mistake_with_the_cells_error():
    heard = Heard({}, "done", missing=NAME)
    result = verdict(heard, errors={NAME: "SyntaxError: '(' was never closed"})
    assert result.verdict is Verdict.FAILED
    assert result.finding.misconception == "not_defined"
    assert "never closed" in result.finding.got


def test_right_values_after_a_hand_in_the_machinery_wait_for_a_person():
    def reach(notebook):
        notebook["cells"].insert(place(notebook, NAME), code("import ctypes"))

    submission = prepare(lesson(), changed(full(), reach))
    result = verdict(RIGHT, submission=submission)
    assert (result.verdict, result.points) == (Verdict.NEEDS_REVIEW, 0.0)
    assert "import ctypes" in result.note


SOFTMAX = lesson("03_attention")
HONEST = answers("03_attention")["stable_softmax"]
DEFINE = "def stable_softmax(x, dim):\n    return x"


def softmax_verdict(text, errors=None):
    """Return the verdict on lesson 03's softmax, of which all values are right."""
    name = "stable_softmax"
    exercise = SOFTMAX.exercises[name]
    trial = draw_trial(exercise, SEED)
    call = registry.call_of("attention", exercise)
    book.load("attention")
    answer = next(iter(book.RIGHT[name].values()))
    outcomes = [claim(observe(call, answer, codec.copy(case))) for case in trial.cases]
    run = Run({name: Heard(dict(enumerate(outcomes)), "done")}, errors or {}, "")
    submission = prepare(SOFTMAX, answered(SOFTMAX, {name: text}))
    return verdict_on(SOFTMAX, submission, name, trial, SEED, run, {"scaled"})


@pytest.mark.parametrize(
    ("text", "errors", "why"),
    [
        (f"{HONEST}\n\nstable_softmax = max", {}, "something else"),
        (f"@swap\n{DEFINE}", {}, "something else"),
        (f"{DEFINE}\n1/0\n{HONEST}", {"stable_softmax": "ZeroDivisionError"}, "more than once"),
        (f"{HONEST}\n    methodcaller", {}, "may reach"),
        (f"def own(x):\n    return x.softmax(-1)\n\n{HONEST}\n    own", {}, "helper"),
        (f"one = two = torch.softmax\nown = lambda x: two(x)\n{HONEST}\n    own", {}, "helper"),
        (f"from torch import softmax as own\n{HONEST}\n    own(x)", {}, "helper"),
    ],
)
def test_where_a_name_is_forbidden_the_text_has_to_be_what_is_called(text, errors, why):
    result = softmax_verdict(text, errors)
    assert result.verdict is Verdict.NEEDS_REVIEW and why in result.note


@pytest.mark.parametrize(
    "text",
    [
        HONEST,
        f"{DEFINE}\n\n{HONEST}",
        f"%%time\n{HONEST}",
        f"{HONEST}\nprint(stable_softmax)",
        f"{HONEST}\n    own(x)\n\ndef own(x):\n    return x\n\nprint(torch.softmax(own(x)))",
    ],
)
def test_a_plain_definition_is_enough(text):
    assert softmax_verdict(text).verdict is Verdict.PASSED
    assert softmax_verdict(HONEST, {"stable_softmax": "an error"}).verdict is Verdict.PASSED


def test_a_helper_may_be_called_like_something_of_a_demonstration():
    call = "    scaled(x)"
    passed = softmax_verdict(f"def scaled(x):\n    return x\n\n{HONEST}\n{call}")
    assert passed.verdict is Verdict.PASSED
    failed = softmax_verdict(f"{HONEST}\n{call}")
    assert failed.finding.misconception == "uses_a_demonstration_name"


def test_a_computer_without_memory_is_no_fault_of_the_submission():
    result = verdict(Heard({}, "signal 9"), ended="shortage")
    assert result.verdict is Verdict.NEEDS_REVIEW and "--again" in result.note


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
