"""`course autograde`: grade every submission of a lesson once, and lose nothing on the way."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from course_lib.classroom.folders import CourseFolders, is_plain_name
from course_lib.classroom.gradebook import GradebookWriter, open_gradebook, score_of
from course_lib.classroom.grading import Graded, HandedIn, digest_of, unreadable
from course_lib.classroom.handed_in import Unreadable, listing, read_bytes
from course_lib.classroom.judge import fresh_seed
from course_lib.classroom.kept import kept_result
from course_lib.classroom.lesson import TEST, WRITTEN, GradedLesson, read_lesson
from course_lib.classroom.settings import Settings
from course_lib.classroom.verdicts import FOR_A_PERSON, SubmissionResult, Verdict, to_json
from course_lib.classroom.workers import grade_one_by_one, grade_side_by_side
from course_lib.errors import CourseError
from course_lib.llm.whole_file import write_whole

NO_NAME = "rename it: letters, digits, spaces and . , ' ( ) @ + - _ may be in a student's name"


@dataclass
class Summary:
    """What came of a run.

    Attributes:
        results: of all submissions, those graded before too, by student.
        graded: how many were graded now.
        seconds: by the clock, for those.
        refused: folders in submitted/ that were left out, each with why.
        decided: students for whom a person has decided all that needed one.
        again: students of whom points given by hand are to be looked at again.
        written: students whose written question nobody has graded yet.
    """

    results: dict[str, SubmissionResult] = field(default_factory=dict)
    graded: int = 0
    seconds: float = 0.0
    refused: dict[str, str] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)
    again: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def for_a_person(self) -> list[SubmissionResult]:
        """The submissions that an instructor has to look at."""
        waiting = [result for result in self.results.values() if result.for_a_person]
        return [result for result in waiting if result.student not in self.decided]


def autograde(
    folders: CourseFolders,
    name: str,
    *,
    settings: Settings | None = None,
    students: list[str] | None = None,
    again: bool = False,
    workers: int = 1,
    scheduler: str = "",
    progress: Callable[[int, int], Any] = lambda done, of: None,
) -> Summary:
    """Grade the submissions of a lesson that are not graded yet, or have changed since.

    Killed at any point and started again, it goes on with what is left: the verdicts of a
    submission are on the disk before its scores go to the gradebook, and scores that did not get
    there are written from them, without running anything again.

    Args:
        name: of the lesson, for example "01_tokenization".
        students: only these; None for all.
        again: grade also what is graded, with the same inputs as before, for an appeal.
        workers: processes on this machine.
        scheduler: address of a dask scheduler that has workers of its own; "" for none.
        progress: called with how many are done, of how many.

    Raises:
        CourseError: if the lesson was never released, a student has handed nothing in, no sandbox
            works here, or another command is writing to the gradebook.
    """
    settings = settings or Settings()
    lesson = read_lesson(folders.release(name))
    summary, waiting = Summary(), []
    with open_gradebook(folders, lesson) as writer:
        for student in _students(folders, name, students, summary):
            _, before = _read(folders, lesson, student)
            if before is not None and not again:
                summary.results[student] = before
                _complete(folders, writer, lesson, before)
            else:
                waiting.append(student)
        start = time.monotonic()
        # Read when its turn comes: all notebooks at once may be more than the memory holds.
        submissions = (_read(folders, lesson, student)[0] for student in waiting)
        if workers > 1 or scheduler:
            stream = grade_side_by_side(lesson, settings, submissions, workers, scheduler)
        else:
            stream = grade_one_by_one(lesson, settings, submissions)
        for handed_in, answer in stream if waiting else ():
            graded = _graded(lesson, handed_in, answer)
            _keep(folders, writer, lesson, graded)
            summary.results[handed_in.student] = graded.result
            summary.graded += 1
            progress(summary.graded, len(waiting))
        summary.seconds = time.monotonic() - start
        summary.decided = {s for s, r in summary.results.items() if _is_decided(writer, r)}
        summary.again = [s for s in sorted(summary.results) if writer.waits_again(s)]
        summary.written = [s for s in sorted(summary.results) if writer.waits_for_words(s)]
    return summary


def _graded(lesson: GradedLesson, handed_in: HandedIn, answer: Graded | Exception) -> Graded:
    """Return what came of a submission, whatever its worker answered."""
    if isinstance(answer, CourseError):
        raise answer
    if isinstance(answer, Exception):
        return unreadable(lesson, handed_in, f"the grading process failed: {answer!r}")
    if answer.result.student != handed_in.student:
        raise RuntimeError(f"got {answer.result.student}'s result for {handed_in.student}")
    return answer


def _is_decided(writer: GradebookWriter, result: SubmissionResult) -> bool:
    """Return whether a person has given points for all that needed one."""
    held = {TEST + e.exercise for e in result.exercises if e.verdict in FOR_A_PERSON}
    return bool(held) and held <= writer.graded_by_hand(result.student)


def verdict_counts(summary: Summary) -> Counter:
    """Count the verdicts of all exercises of all submissions."""
    return Counter(e.verdict for result in summary.results.values() for e in result.exercises)


def _students(
    folders: CourseFolders, name: str, wanted: list[str] | None, summary: Summary
) -> list[str]:
    found = list(folders.students_with(name))
    for student in wanted or ():
        if student not in found:
            raise CourseError(f"{student} has handed nothing in for {name}.")
    for student in found:
        if not is_plain_name(student):
            summary.refused[student] = NO_NAME
    summary.refused |= dict(folders.misplaced(name))
    return [
        student
        for student in found
        if student not in summary.refused and (wanted is None or student in wanted)
    ]


def is_graded(folders: CourseFolders, lesson: GradedLesson, student: str) -> bool:
    """Return whether what lies in submitted/ now has its verdicts, for the release as it is now."""
    return _read(folders, lesson, student)[1] is not None


def _read(
    folders: CourseFolders, lesson: GradedLesson, student: str
) -> tuple[HandedIn, SubmissionResult | None]:
    """Return (a submission, the verdicts on just this notebook if they can stand).

    The same notebook gets the same inputs again, another one fresh ones.
    """
    name = lesson.name
    folder = folders.submitted(student, name)
    try:
        data, alarms = read_bytes(folder, name)
        problem = lies_there = ""
    except Unreadable as error:
        data, alarms, problem, lies_there = None, [], str(error), listing(folder)
    handed_in = HandedIn(student, data, tuple(alarms), problem, fresh_seed(), lies_there)
    before = kept_result(folders, name, student)
    if before is None or before.digest != digest_of(handed_in):
        return handed_in, None
    stands = _fits(before, lesson) and _copy_of(folders, name, student).is_file()
    return replace(handed_in, seed=before.seed), before if stands else None


def _fits(result: SubmissionResult, lesson: GradedLesson) -> bool:
    """Return whether verdicts are on the exercises of the release, worth what they are there."""
    judged = {one.exercise: one.max_points for one in result.exercises}
    return judged == {name: lesson.points(name) for name in lesson.exercises}


def _keep(
    folders: CourseFolders, writer: GradebookWriter, lesson: GradedLesson, graded: Graded
) -> None:
    """Put a graded copy and its verdicts on the disk, then the scores into the gradebook."""
    result, name = graded.result, lesson.name
    copy = _copy_of(folders, name, result.student)
    verdicts = folders.verdicts(result.student, name)
    for file in (copy, verdicts):
        file.parent.mkdir(parents=True, exist_ok=True)
    notebook = graded.notebook or _only_the_release(lesson)
    again = []
    before = kept_result(folders, name, result.student)
    if before is None or before.written != result.written:
        again.append(WRITTEN)
    if before is not None and before.digest != result.digest:
        again += [TEST + exercise.exercise for exercise in result.exercises]
    writer.look_again(result.student, again)  # first of all: a crash below must not lose it
    text = json.dumps(with_verdicts(notebook, result), indent=1, ensure_ascii=False) + "\n"
    write_whole(copy, text.encode("utf-8"))
    write_whole(verdicts, to_json(result).encode("utf-8"))
    writer.record(result, folders.timestamp(result.student, name))


def _copy_of(folders: CourseFolders, name: str, student: str) -> Path:
    return folders.autograded(student, name) / f"{name}.ipynb"


def _complete(
    folders: CourseFolders, writer: GradebookWriter, lesson: GradedLesson, result: SubmissionResult
) -> None:
    """Write what was on the disk but did not get to the gradebook before a crash, or is gone."""
    student, name = result.student, result.lesson
    when = folders.timestamp(student, name)
    wanted = {TEST + e.exercise: score_of(e) for e in result.exercises}
    if WRITTEN in lesson.by_id:
        wanted[WRITTEN] = None if result.written else 0.0
    if writer.scores(student) != wanted or (when and writer.handed_in_at(student) != when):
        writer.record(result, when)


def _only_the_release(lesson: GradedLesson) -> dict[str, Any]:
    """Return what the instructor sees of a submission that cannot be read: an empty notebook."""
    return {
        "cells": [dict(cell) for cell in lesson.cells],
        "metadata": dict(lesson.metadata),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def with_verdicts(notebook: dict[str, Any], result: SubmissionResult) -> dict[str, Any]:
    """Return the notebook with the verdict on each exercise as the output of its check."""
    by_cell = {TEST + exercise.exercise: exercise for exercise in result.exercises}
    cells = []
    for cell in notebook["cells"]:
        if cell["id"] in by_cell:
            cell = {**cell, "outputs": [_output(by_cell[cell["id"]])]}
        cells.append(cell)
    return {**notebook, "cells": cells}


def _output(exercise: Any) -> dict[str, Any]:
    score = score_of(exercise)
    earned = "no score yet," if score is None else f"{score:g}"
    lines = [f"{exercise.verdict}: {earned} of {exercise.max_points:g} points"]
    if exercise.finding is not None:
        found = exercise.finding
        lines += [
            f"tried:    {found.what}",
            f"expected: {found.expected}",
            f"got:      {found.got}",
        ]
    if exercise.note:
        lines.append(f"note:     {exercise.note}")
    text = "\n".join(lines) + "\n"
    if exercise.verdict is Verdict.PASSED:
        return {"output_type": "stream", "name": "stdout", "text": text}
    name = exercise.finding.misconception if exercise.finding else str(exercise.verdict)
    return {"output_type": "error", "ename": name, "evalue": lines[0], "traceback": [text]}
