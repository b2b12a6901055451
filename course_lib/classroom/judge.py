"""The judge: which inputs an answer is put to, and what its outcomes are worth.

It runs in the grader's own process, where no learner code runs, over plain data. What comes out of
the sandbox is a claim: read with care, compared with the judge's own truth, never believed.
"""

import ast
import random
import re
from contextlib import suppress
from dataclasses import dataclass, field, fields
from itertools import takewhile
from typing import Any

import numpy as np

from course_lib.classroom.handed_in import NEWER_PYTHON
from course_lib.classroom.lesson import GradedLesson
from course_lib.classroom.modules_in_use import imported
from course_lib.classroom.submission import Submission
from course_lib.classroom.taught import is_setup
from course_lib.classroom.verdicts import ExerciseResult, Verdict
from course_lib.exercises import codec
from course_lib.exercises.answer_text import UNREADABLE, mistake_in_text
from course_lib.exercises.exercise import (
    VISIBLE_SEED,
    Exercise,
    Finding,
    mistake_in,
)
from course_lib.exercises.names import forbidden_uses
from course_lib.exercises.observe import Outcome

NOTHING = "course_lib.classroom.inside.nothing.Nothing"
NO_IMPORT = ("ModuleNotFoundError", "ImportError")
UNREAD_CELL = "grading cannot read a cell (it may be nested too deeply), so it was not run"
OTHER_VERSION = "the notebook is of another version of the lesson, and has no cell for it"
NOT_READ = ("SyntaxError", "IndentationError", "TabError")
NO_PYTHON = "Python cannot read this cell. Look at the line that it names, and at the one above it."
NOT_THERE = (
    "Did the cell stop before its definition was done, or does the function have another name? "
    "Restart the kernel and run all cells from the top."
)
# Ways to a function without its name.
INDIRECT = ("getattr", "vars", "__dict__", "__getattribute__", "attrgetter", "methodcaller")
INDIRECT += ("getattr_static", "getmembers", "get_type_hints", "loads")
# Ways to let it work where nobody sees which of torch's functions are called.
UNWATCHED = ("jit", "fx", "_dynamo", "cpp_extension", "_thread", "threading", "Thread")
UNWATCHED += ("concurrent", "ThreadPoolExecutor", "ThreadPool", "multiprocessing", "subprocess")


class NotAnOutcome(ValueError):
    """The sandbox has sent something that its own code never sends."""


@dataclass(frozen=True)
class Trial:
    """The inputs of one exercise for one submission.

    Attributes:
        seed: of the fresh ones.
        cases: plain data; those of the visible check first.
        encoded: the same as text, for the sandbox.
    """

    seed: int
    cases: list[dict]
    encoded: list[str]


@dataclass
class Heard:
    """What the sandbox said about one exercise.

    Attributes:
        outcomes: by the place of their case.
        ended: how its process ended: "done", "time", "signal 9", ... ; "" if it never said so.
        missing: a function that was not there, or "".
        began: whether its turn came.
        called: names of torch's functions that were called, if the exercise forbids any.
    """

    outcomes: dict[int, Any]
    ended: str = ""
    missing: str = ""
    began: bool = False
    called: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Run:
    """What came out of the sandbox for one submission; nothing in it can be trusted but `ended`.

    Attributes:
        heard: by exercise.
        errors: by cell, the error that ended it, as text.
        ended: "" where the run ended by itself, else "time", "memory", "shortage" of the computer's
            memory, "processes", "disk", "output".
        finished: whether the last step was reached.
        cpu_seconds: processor time.
    """

    heard: dict[str, Heard]
    errors: dict[str, str]
    ended: str
    finished: bool = False
    cpu_seconds: float = 0.0


def draw_trial(exercise: Exercise, seed: int) -> Trial:
    """Draw the inputs: those that the learner's own check uses, then fresh ones."""
    visible = exercise.cases(np.random.default_rng(VISIBLE_SEED), False)
    fresh = exercise.cases(np.random.default_rng(seed), True)
    cases = [*visible, *fresh]
    return Trial(seed, cases, [codec.encode(case) for case in cases])


def fresh_seed() -> int:
    """Return a seed that nobody can guess."""
    return random.SystemRandom().getrandbits(48)


def verdict_on(
    lesson: GradedLesson,
    submission: Submission,
    name: str,
    trial: Trial | None,
    seed: int,
    run: Run,
    demo_names: set[str],
) -> ExerciseResult:
    """Judge one exercise of a submission.

    Args:
        trial: its inputs; None for an exercise that nobody has worked at.
        seed: that the inputs were drawn from.
        run: what came out of the sandbox.
        demo_names: names that only demonstration cells make.
    """
    exercise, most = lesson.exercises[name], lesson.points(name)
    heard = run.heard.get(name, Heard({}))

    def result(verdict: Verdict, finding: Finding | None = None, note: str = "") -> ExerciseResult:
        points = most if verdict is Verdict.PASSED else 0.0
        return ExerciseResult(name, verdict, points, most, seed, finding, note)

    if name in submission.untouched:
        why = UNREAD_CELL if submission.unread else ""
        why = OTHER_VERSION if name in submission.not_given else why
        return result(Verdict.NEEDS_REVIEW if why else Verdict.NOT_ATTEMPTED, note=why)
    try:
        finding = _mistake_in_texts(exercise, submission, name, demo_names)
        if finding is not None:
            return result(Verdict.FAILED, finding)
        finding, complete = _first_mistake(exercise, trial, heard, run.errors.get(name, ""))
        if finding is not None:
            return result(*_mistaken(lesson, finding, submission, name, run))
        if not complete:
            return result(*_unfinished(heard, run.ended))
        reasons = _reasons_to_look(exercise, submission, name, run.errors, heard.called)
    except NotAnOutcome as error:
        return result(Verdict.TAMPERED, note=f"the sandbox's messages were forged: {error}")
    except Exception as error:  # noqa: BLE001 - a judge that fails must not fail the learner
        return result(Verdict.NEEDS_REVIEW, note=f"the judge failed: {error!r}"[:500])
    if reasons:
        return result(Verdict.NEEDS_REVIEW, note=f"all values are right, but {reasons}")
    return result(Verdict.PASSED)


def _mistake_in_texts(
    exercise: Exercise, submission: Submission, name: str, demo_names: set[str]
) -> Finding | None:
    """Return what the text of an answer shows before it runs."""
    not_made = demo_names - submission.made[name]
    own = _written_out(submission.helpers.get(name, []))
    for function, text in submission.texts[name].items():
        finding = mistake_in_text(exercise, function, text, not_made, own)
        if finding is not None:
            return finding
    return None


def _written_out(statements: list[str]) -> set[str]:
    """Return the names of functions and classes that statements write out."""
    names = set()
    for node in (node for text in statements for node in ast.walk(ast.parse(text))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
                names.add(name)
    return names


def setup_error(lesson: GradedLesson, submission: Submission, run: Run) -> str:
    """Return the error that ended a set-up cell which stands as it was released, or ""."""
    failed = (step for step in submission.steps if step.cell in run.errors)
    ours = (step for step in failed if is_setup(step.cell))
    return next((run.errors[s.cell] for s in ours if lesson.is_as_released(s.cell, s.source)), "")


def _mistaken(
    lesson: GradedLesson, finding: Finding, submission: Submission, name: str, run: Run
) -> tuple[Verdict, Finding | None, str]:
    """Return the verdict on an exercise in which a mistake was found."""
    error, broken = run.errors.get(name, ""), setup_error(lesson, submission, run)
    if name in submission.elsewhere:
        why = "its answer, or a helper of it, stands in a cell that comes before or is not run"
        return Verdict.NEEDS_REVIEW, finding, why
    newer = any(alarm.kind == NEWER_PYTHON for alarm in submission.alarms)
    if finding.misconception == "not_defined" and newer and error.startswith("SyntaxError"):
        why = "its cell may be Python of a newer version than the one that grades"
        return Verdict.NEEDS_REVIEW, finding, why
    if lost := _lost_import(finding, error, submission, run.errors):
        return Verdict.NEEDS_REVIEW, finding, f"it needs what cannot be imported here: {lost}"
    if _is_defined_again_with_an_error(submission, name, run.errors):
        why = "it is defined more than once, and a cell that does so ended in an error"
        return Verdict.NEEDS_REVIEW, finding, why
    if submission.unread:
        return Verdict.NEEDS_REVIEW, finding, UNREAD_CELL
    if finding.misconception == "not_attempted":
        return Verdict.NOT_ATTEMPTED, None, ""
    if broken:
        return Verdict.NEEDS_REVIEW, finding, f"the lesson's own set-up cell ended in {broken}"
    verdict = Verdict.TIMED_OUT if finding.misconception == "too_slow" else Verdict.FAILED
    return verdict, finding, ""


def _lost_import(
    finding: Finding, error: str, submission: Submission, errors: dict[str, str]
) -> str:
    """Return the error of an import for want of which an answer failed, "" where none did."""
    if finding.misconception == "not_defined" and error.startswith(NO_IMPORT):
        return error
    if finding.misconception == "raised" and finding.got.startswith(NO_IMPORT):
        return finding.got
    lost = set(re.findall(r"NameError: name '(\w+)' is not defined", f"{finding.got} {error}"))
    for step in submission.steps:
        failed = errors.get(step.cell, "")
        if lost and failed.startswith(NO_IMPORT):
            names = set(imported(ast.parse(step.source), {}))
            if "*" in names or lost & names:
                return failed
    return ""


def _first_mistake(
    exercise: Exercise, trial: Trial, heard: Heard, error: str
) -> tuple[Finding | None, bool]:
    """Return (the first mistake or None, whether every case has an outcome)."""
    if heard.missing:
        return _not_defined(heard.missing, error), False
    for place, inputs in enumerate(trial.cases):
        if place not in heard.outcomes:
            return None, False
        outcome = read_outcome(heard.outcomes[place])
        if NOTHING in (outcome.type_name, outcome.not_plain):
            return _calls_the_course(exercise.tried(inputs)), False
        finding = mistake_in(exercise, inputs, outcome)
        if finding is not None:
            return finding, False
    return None, heard.ended == "done"


def read_outcome(claim: Any) -> Outcome:
    """Return an outcome from what the sandbox sent.

    Raises:
        NotAnOutcome: if its parts have other types than `observe` gives them, or contradict.
    """
    names = [field.name for field in fields(Outcome)]
    if type(claim) is not dict or sorted(claim) != sorted(names):
        raise NotAnOutcome("other fields than an outcome has")
    for name in ("type_name", "not_plain", "raised_by", "where", "printed"):
        if type(claim[name]) is not str or len(claim[name]) > 20_000:
            raise NotAnOutcome(f"`{name}` is no short text")
    kinds = claim["raised_kinds"]
    if type(kinds) is not list or any(type(kind) is not str for kind in kinds):
        raise NotAnOutcome("`raised_kinds` are no names")
    raised = claim["raised"]
    if raised is not None:
        if type(raised) is not list or [type(part) for part in raised] != [str, str]:
            raise NotAnOutcome("`raised` is no pair of texts")
        raised = tuple(raised)
    value, after = _decoded(claim["value"]), _decoded(claim["inputs_after"])
    told, plain = claim["type_name"], not claim["not_plain"]
    if raised is None and plain and not _agree(told, value):
        raise NotAnOutcome(f"a {codec.type_name(value)} that is called {told[:60]}")
    parts = {"value": value, "inputs_after": after, "raised": raised, "raised_kinds": tuple(kinds)}
    return Outcome(**{**claim, **parts})


def _decoded(text: Any) -> Any:
    if type(text) is not str:
        raise NotAnOutcome("a value that is no text")
    try:
        return codec.decode(text)
    except Exception as error:  # noqa: BLE001 - whatever was sent, it is not what `encode` writes
        raise NotAnOutcome(f"a value that cannot be read ({type(error).__name__})") from None


def _agree(told: str, value: Any) -> bool:
    """Return whether a value can have the exact type it is said to have."""
    real = codec.type_name(value)
    return told == real or (real == "dict" and told.startswith("collections."))


def _not_defined(function: str, error: str) -> Finding:
    return Finding(
        "not_defined",
        f"the cell of `{function}`",
        f"a function called `{function}`",
        error or f"no `{function}` when the check's turn came",
        NO_PYTHON if error.startswith(NOT_READ) and "in line" in error else NOT_THERE,
    )


def _calls_the_course(what: str) -> Finding:
    return Finding(
        "calls_the_courses_version",
        what,
        "a value that your own code made",
        "nothing: the course's own version was called, which is not there when answers are graded",
        "Does a cell import something of course_lib that the lesson itself does not? Write it.",
    )


def _unfinished(heard: Heard, why_ended: str) -> tuple[Verdict, Finding | None, str]:
    """Return the verdict on an exercise whose cases were not all done, with no mistake seen."""
    if why_ended == "shortage":
        note = "the computer ran out of memory, for no fault of the submission: grade it `--again`"
        return Verdict.NEEDS_REVIEW, None, note
    if why_ended == "time" and not heard.began:
        note = "the cells above it took all the time that a submission has; its turn never came"
        return Verdict.NEEDS_REVIEW, None, note
    if heard.ended in ("time", "signal 24") or why_ended == "time":  # 24: SIGXCPU
        return Verdict.TIMED_OUT, None, "it took longer than an exercise may"
    why = {
        "memory": "it used more memory than a submission may",
        "processes": "it started more processes or threads than a submission may",
        "disk": "it wrote more to its folder than a submission may",
        "output": "it sent more than a submission may",
    }.get(why_ended, "")
    if heard.ended == "no process":
        why = "the cells above it left so many processes or threads that none was free for it"
    how = heard.ended if heard.ended not in ("", "done") else ""
    note = why or (f"its process ended with {how}" if how else "its process ended too early")
    return Verdict.CRASHED, None, note


def _is_defined_again_with_an_error(
    submission: Submission, name: str, errors: dict[str, str]
) -> bool:
    """Return whether it is open which of several definitions a learner's computer has."""
    again = [one.cells for one in submission.defined[name].values() if len(one.cells) > 1]
    return any(cell in errors for cells in again for cell in cells)


def _reasons_to_look(
    exercise: Exercise, submission: Submission, name: str, errors: dict[str, str], called: set[str]
) -> str:
    """Return why a person should look at an answer that gives right values, or ""."""
    reasons = []
    if words := list(dict.fromkeys(word for _, word in submission.reaching.get(name, []))):
        reasons.append(f"cells that ran before it use {', '.join(words[:5])}")
    texts = submission.texts[name]
    if exercise.forbids and not all(texts.values()):
        reasons.append("the text of the answer was not found, so nobody saw what it uses")
    if exercise.forbids and not all(one.plain for one in submission.defined[name].values()):
        reasons.append("its name stands for something else than the definition that can be read")
    helpers = submission.helpers.get(name, [])
    if forbidden := [use for text in helpers for use in forbidden_uses(text, exercise.forbids)]:
        reasons.append(f"a helper of it uses `{forbidden[0]}`, which the exercise forbids")
    if forbidden := [f for f in exercise.forbids if f in called and not f.startswith("__")]:
        reasons.append(f"when it ran, torch's `{forbidden[0]}` was called, which is forbidden")
    if unwatched := exercise.forbids and _unwatched(submission, name):
        reasons.append(f"code may run where nobody watches: {unwatched}")
    if exercise.forbids and _is_defined_again_with_an_error(submission, name, errors):
        reasons.append("it is defined more than once, and a cell that does so ended in an error")
    every = [*helpers, *texts.values()]
    indirect = dict.fromkeys(use for text in every for use in forbidden_uses(text, INDIRECT))
    if exercise.forbids and indirect:
        reasons.append(f"{', '.join(indirect)} may reach what the exercise forbids")
    return "; ".join(reasons)


def _unwatched(submission: Submission, name: str) -> str:
    """Return a name, in the cells before an exercise, of what runs code out of sight, or ""."""
    for step in takewhile(lambda step: step.exercise != name, submission.steps):
        with suppress(*UNREADABLE):  # then it does not run
            if found := forbidden_uses(step.source, UNWATCHED):
                return found[0]
    return ""
