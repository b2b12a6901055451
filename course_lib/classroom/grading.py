"""Grade one submission: read it, run it in the sandbox, judge what comes out."""

import hashlib
import random
from dataclasses import dataclass, fields, replace
from typing import Any

from course_lib.classroom.builds_on import with_what_they_build_on
from course_lib.classroom.handed_in import Unreadable
from course_lib.classroom.judge import Run, draw_trial, setup_error, verdict_on
from course_lib.classroom.lesson import GradedLesson
from course_lib.classroom.sandboxed import Sandbox, SandboxBroken
from course_lib.classroom.submission import Submission, prepare
from course_lib.classroom.untrusted_text import NAME, tame
from course_lib.classroom.verdicts import (
    UNREADABLE,
    Alarm,
    ExerciseResult,
    SubmissionResult,
    Verdict,
)
from course_lib.classroom.written import written_in
from course_lib.exercises.exercise import Finding
from course_lib.study import lesson as facts

MOST_ALARMS, LONGEST_ALARM = 60, 400


@dataclass(frozen=True)
class HandedIn:
    """One submission, as it goes to whoever grades it: plain data.

    Attributes:
        student: name of the student's folder.
        data: bytes of the notebook, None where there is none that can be read.
        alarms: what is odd about its folder.
        problem: why `data` is None.
        seed: all its fresh inputs are drawn from it.
        listing: what lies in its folder where `data` is None: another submission has another one.
    """

    student: str
    data: bytes | None
    alarms: tuple[Alarm, ...]
    problem: str
    seed: int
    listing: str = ""


@dataclass(frozen=True)
class Graded:
    """What came of a submission: the verdicts, and the notebook that the instructor sees."""

    result: SubmissionResult
    notebook: dict[str, Any] | None


def grade(lesson: GradedLesson, handed_in: HandedIn, sandbox: Sandbox) -> Graded:
    """Grade a submission. Whatever it is, there is a result: one bad notebook stops no other."""
    try:
        graded = _grade(lesson, handed_in, sandbox)
    except Exception as error:  # noqa: BLE001 - a notebook may have been made to raise anything
        return unreadable(lesson, handed_in, f"it cannot be graded: {error!r}")
    return Graded(_fit_to_keep(graded.result), graded.notebook)


def _grade(lesson: GradedLesson, handed_in: HandedIn, sandbox: Sandbox) -> Graded:
    seeds = seeds_of(lesson, handed_in.seed)
    if handed_in.data is None:
        return unreadable(lesson, handed_in, handed_in.problem)
    try:
        submission = prepare(lesson, handed_in.data)
    except Unreadable as error:
        return unreadable(lesson, handed_in, str(error))
    trials = {
        name: draw_trial(exercise, seeds[name])
        for name, exercise in lesson.exercises.items()
        if name not in submission.untouched
    }
    alarms = (*handed_in.alarms, *submission.alarms)
    try:
        run = sandbox.run(submission.steps, trials, handed_in.seed) if trials else Run({}, {}, "")
    except SandboxBroken as error:
        note = f"the sandbox failed, not the submission: {error}"
        results = [_for_a_person(lesson, name, seeds[name], note) for name in lesson.exercises]
        result = _result(lesson, handed_in, submission, sandbox, results, alarms)
        return Graded(result, submission.notebook)
    demo_names = facts.demo_names(lesson.topic)
    results = [
        verdict_on(lesson, submission, name, trials.get(name), seeds[name], run, demo_names)
        for name in lesson.exercises
    ]
    results = with_what_they_build_on(results, submission.texts)
    alarms += _alarms_of(lesson, submission, run)
    result = _result(lesson, handed_in, submission, sandbox, results, alarms, run.cpu_seconds)
    return Graded(result, submission.notebook)


def digest_of(handed_in: HandedIn) -> str:
    """Return the SHA-256 of a submitted notebook, or of what lies there where none can be read."""
    data = handed_in.data if handed_in.data is not None else handed_in.listing.encode()
    return hashlib.sha256(data).hexdigest()


def seeds_of(lesson: GradedLesson, seed: int) -> dict[str, int]:
    """Return the seed of each exercise; they depend on the submission's seed and the name only."""
    return {name: random.Random(f"{seed} {name}").getrandbits(48) for name in lesson.exercises}


def _for_a_person(lesson: GradedLesson, name: str, seed: int, note: str) -> ExerciseResult:
    points = lesson.points(name)
    return ExerciseResult(name, Verdict.NEEDS_REVIEW, 0.0, points, seed, None, note)


def unreadable(lesson: GradedLesson, handed_in: HandedIn, problem: str) -> Graded:
    """Return the result of a submission that cannot be graded: a person has to look."""
    seeds = seeds_of(lesson, handed_in.seed)
    alarms = (Alarm(UNREADABLE, "", problem), *handed_in.alarms)
    results = tuple(_for_a_person(lesson, name, seeds[name], problem) for name in seeds)
    result = SubmissionResult(
        handed_in.student, lesson.name, digest_of(handed_in), handed_in.seed, "", results, alarms
    )
    return Graded(_fit_to_keep(result), None)


def _fit_to_keep(result: SubmissionResult) -> SubmissionResult:
    """Return a result whose texts, some of which learners chose, are short and hide nothing."""
    exercises = tuple(
        replace(one, note=tame(one.note), finding=one.finding and _tame_finding(one.finding))
        for one in result.exercises
    )
    alarms = [
        Alarm(alarm.kind, tame(alarm.cell, NAME), tame(alarm.what, LONGEST_ALARM))
        for alarm in result.alarms[:MOST_ALARMS]
    ]
    if len(result.alarms) > MOST_ALARMS:
        more = f"{len(result.alarms) - MOST_ALARMS} more alarms were left out"
        alarms.append(Alarm("many_alarms", "", more))
    return replace(result, exercises=exercises, alarms=tuple(alarms))


def _tame_finding(finding: Finding) -> Finding:
    return Finding(*(tame(getattr(finding, field.name), lines=True) for field in fields(finding)))


def _result(
    lesson: GradedLesson,
    handed_in: HandedIn,
    submission: Submission,
    sandbox: Sandbox,
    results: list[ExerciseResult],
    alarms: tuple[Alarm, ...],
    cpu_seconds: float = 0.0,
) -> SubmissionResult:
    return SubmissionResult(
        handed_in.student,
        lesson.name,
        digest_of(handed_in),
        handed_in.seed,
        sandbox.level.name,
        tuple(results),
        alarms,
        cpu_seconds,
        _digest_of_words(written_in(lesson, submission.notebook)),
    )


def _digest_of_words(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _alarms_of(lesson: GradedLesson, submission: Submission, run: Run) -> tuple[Alarm, ...]:
    """Return what the run showed: a broken set-up, hands in the machinery, an early end."""
    reaching = [pair for pairs in submission.reaching.values() for pair in pairs]
    alarms = []
    if broken := setup_error(lesson, submission, run):
        what = f"the lesson's own set-up cell, as it was released, ended in {broken}"
        alarms.append(Alarm("setup_failed", "", what))
    for cell in dict.fromkeys(cell for cell, _ in reaching):
        words = dict.fromkeys(word for where, word in reaching if where == cell)
        alarms.append(Alarm("reaches_inside", cell, f"it uses {', '.join(words)}"))
    for cell in submission.unread:
        what = "grading cannot read it (it may be nested too deeply), so it was not run"
        alarms.append(Alarm("unread_cell", cell, what))
    if run.ended:
        alarms.append(Alarm(f"ended_by_{run.ended}", "", WHY[run.ended]))
    return tuple(alarms)


WHY = {
    "time": "the whole submission took longer than it may; it was ended",
    "memory": "it used more memory than it may; it was ended",
    "shortage": "the computer's memory ran out while it was graded; it was ended",
    "processes": "it started more processes or threads than it may; it was ended",
    "disk": "it wrote more files than it may; it was ended",
    "output": "it sent more than it may; it was ended",
    "stopped": "grading was stopped",
}
