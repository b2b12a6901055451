"""Write verdicts into nbgrader's gradebook: the only place of the course that does."""

import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from nbformat import from_dict
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import DatabaseError, SAWarning

from course_lib.classroom.folders import CourseFolders, programs_first_on_path
from course_lib.classroom.lesson import TEST, WRITTEN, GradedLesson
from course_lib.classroom.verdicts import FOR_A_PERSON, ExerciseResult, SubmissionResult, Verdict
from course_lib.errors import CourseError

LOCK = ".grading.lock"
DRIVERS = {"psycopg": "psycopg[binary]"}  # module: what brings it
OTHER_CELLS = "Cannot add or remove cells"  # how nbgrader says that scores stand in the way
NO_RESPONSE = "No response."  # nbgrader's own words, which its pages know


class GradebookWriter:
    """The gradebook, open for one writer. Made by `open_gradebook`."""

    def __init__(self, folders: CourseFolders, lesson: GradedLesson, book: Gradebook):
        self.folders, self.lesson, self._book = folders, lesson, book

    def record(self, result: SubmissionResult, when: datetime | None) -> None:
        """Write one submission's scores in one transaction; the same again changes nothing.

        What a person has graded by hand stays, and is marked to be looked at if the program's
        score changes under it. What needs a person has no automatic score, so that no page shows
        a 0 that nobody decided.
        """
        book, name, student = self._book, self.lesson.name, result.student
        book.update_or_create_student(student)
        more = {"timestamp": when} if when else {}
        submission = book.update_or_create_submission(name, student, **more)
        for exercise in result.exercises:
            self._write(book.find_grade(TEST + exercise.exercise, name, name, student), exercise)
            comment = book.find_comment(exercise.exercise, name, name, student)
            comment.auto_comment = _comment(exercise)
        if WRITTEN in self.lesson.by_id:
            self._write_written(student, is_empty=result.written == "")
        book.db.commit()
        self._penalize(submission, student)

    def look_again(self, student: str, cells: list[str]) -> None:
        """Have a person look again at what was graded by hand, since it is another one now."""
        name = self.lesson.name
        for cell in cells:
            with contextlib.suppress(MissingEntry):
                grade = self._book.find_grade(cell, name, name, student)
                waits = grade.needs_manual_grade or grade.manual_score is not None
                grade.needs_manual_grade = waits
        self._book.db.commit()

    def _write(self, grade: Any, result: ExerciseResult) -> None:
        needs_person, score = result.verdict in FOR_A_PERSON, score_of(result)
        changed = score != grade.auto_score
        grade.auto_score = score
        if grade.manual_score is None:
            grade.needs_manual_grade = needs_person
        else:
            grade.needs_manual_grade = grade.needs_manual_grade or changed

    def _write_written(self, student: str, is_empty: bool) -> None:
        """Leave the written question to a person, unless nobody has answered it."""
        name = self.lesson.name
        grade = self._book.find_grade(WRITTEN, name, name, student)
        comment = self._book.find_comment(WRITTEN, name, name, student)
        grade.auto_score = 0.0 if is_empty else None
        comment.auto_comment = NO_RESPONSE if is_empty else None
        if grade.manual_score is None:
            grade.needs_manual_grade = not is_empty

    def _penalize(self, submission: Any, student: str) -> None:
        """Let nbgrader's own plugin take points off a late submission."""
        late = submission.timestamp is not None and submission.total_seconds_late > 0
        if not late and not any(book.late_submission_penalty for book in submission.notebooks):
            return
        about = {
            "notebook": self.lesson.name,
            "assignment": self.lesson.name,
            "student": student,
            "db_url": self.folders.gradebook_url,
        }
        empty = from_dict({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        step = AssignLatePenalties(config=self.folders.config)
        step.preprocess(empty, {"nbgrader": about})

    def scores(self, student: str) -> dict[str, float | None]:
        """Return the automatic scores that stand for a student, by cell; {} where none do."""
        return {grade.name: grade.auto_score for grade in self._grades(student)}

    def handed_in_at(self, student: str) -> datetime | None:
        """Return when a student's submission came in, None where nobody says."""
        return self._book.find_submission(self.lesson.name, student).timestamp

    def graded_by_hand(self, student: str) -> set[str]:
        """Return the cells that a person has given points for, and need not look at again."""
        given = [grade for grade in self._grades(student) if grade.manual_score is not None]
        return {grade.name for grade in given if not grade.needs_manual_grade}

    def waits_again(self, student: str) -> bool:
        """Return whether points that a person gave are to be looked at again."""
        grades = self._grades(student)
        return any(g.needs_manual_grade and g.manual_score is not None for g in grades)

    def waits_for_words(self, student: str) -> bool:
        """Return whether nobody has given points for a written answer yet."""
        written = [grade for grade in self._grades(student) if grade.name == WRITTEN]
        return any(g.needs_manual_grade and g.manual_score is None for g in written)

    def _grades(self, student: str) -> list[Any]:
        name = self.lesson.name
        try:
            return self._book.find_submission_notebook(name, name, student).grades
        except MissingEntry:
            return []


def score_of(result: ExerciseResult) -> float | None:
    """Return the automatic score of an exercise; None while a person has to look at it."""
    return None if result.verdict in FOR_A_PERSON else float(result.points)


@contextmanager
def open_gradebook(folders: CourseFolders, lesson: GradedLesson) -> Iterator[GradebookWriter]:
    """Open the gradebook for writing; it learns of the lesson if it does not know it.

    Raises:
        CourseError: if another `course` command is writing to it, or the lesson is not there.
    """
    lock = FileLock(folders.root / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CourseError(
            "Another `course` command is writing to this gradebook. Wait until it is done."
        ) from None
    try:
        programs_first_on_path()
        warnings.filterwarnings("ignore", category=SAWarning)  # of nbgrader's own queries
        with Gradebook(folders.gradebook_url, folders.course_id) as book:
            if not _knows(book, lesson):
                _introduce(folders, lesson)
            yield GradebookWriter(folders, lesson, book)
    except (DatabaseError, ModuleNotFoundError) as error:
        raise unusable(folders, error) from None
    finally:
        lock.release()


def unusable(folders: CourseFolders, error: Exception) -> CourseError:
    """Return what to say when the database refuses: damaged, not reachable, without its driver."""
    if isinstance(error, ModuleNotFoundError):
        if error.name not in DRIVERS:
            raise error
        return CourseError(
            f"The gradebook's database needs {error.name}: pip install '{DRIVERS[error.name]}'."
        )
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return CourseError(
        f"The gradebook {folders.gradebook_url} cannot be used: {reason}. If it is damaged, put a "
        "copy back; or move it away and grade again: automatic scores come back from verdicts/, "
        "scores given by hand are only in the gradebook."
    )


def _knows(book: Gradebook, lesson: GradedLesson) -> bool:
    try:
        notebook = book.find_notebook(lesson.name, lesson.name)
    except MissingEntry:
        return False
    known = {cell.name: cell.max_score for cell in notebook.grade_cells}
    return known == {cell["id"]: _points(cell) for cell in lesson.cells if _is_scored(cell)}


def _is_scored(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def _points(cell: dict[str, Any]) -> float:
    return float(cell["metadata"]["nbgrader"]["points"])


def _introduce(folders: CourseFolders, lesson: GradedLesson) -> None:
    """Let nbgrader enter the lesson as `nbgrader generate_assignment` does; the release stays."""
    with tempfile.TemporaryDirectory() as elsewhere:
        directory = folders.directory.release_directory
        folders.directory.release_directory = str(Path(elsewhere))
        try:
            done = folders.nbgrader().generate_assignment(lesson.name)
        finally:
            folders.directory.release_directory = directory
    if done["success"]:
        return
    log, error = done.get("log") or "", done.get("error") or ""
    if OTHER_CELLS not in log:
        last = " ".join((error or log).strip().splitlines()[-1:])
        raise CourseError(f"nbgrader could not enter {lesson.name} into the gradebook: {last}")
    raise CourseError(
        f"{lesson.name} was released again with other graded cells, and the gradebook has scores "
        f"for the old ones. Keep a table of them with `course export {lesson.number}`. Then, in "
        f"{folders.root}, `nbgrader db assignment remove {lesson.name} --force` takes them out, "
        "those given by hand too, and `course autograde` grades all of them anew."
    )


def _comment(result: ExerciseResult) -> str | None:
    """Return the line that the instructor's and the learner's pages show below an answer."""
    if result.verdict is Verdict.PASSED:
        return None
    if result.verdict is Verdict.NOT_ATTEMPTED:
        return NO_RESPONSE
    named = f" ({result.finding.misconception.replace('_', ' ')})" if result.finding else ""
    return f"{str(result.verdict).capitalize()}{named}."
