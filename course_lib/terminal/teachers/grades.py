"""`course feedback` and `course export`: what learners and a school's system get of the grades."""

from collections import defaultdict
from pathlib import Path

from course_lib.classroom.autograde import is_graded
from course_lib.classroom.export import (
    LMS_ENCODING,
    VERDICTS_ENCODING,
    canvas_table,
    moodle_table,
    verdict_table,
)
from course_lib.classroom.feedback import is_open, write_feedback
from course_lib.classroom.feedback_facts import NOTHING
from course_lib.classroom.folders import CourseFolders
from course_lib.classroom.grades import read_grades
from course_lib.classroom.kept import kept_result
from course_lib.classroom.lesson import read_lesson
from course_lib.classroom.untrusted_text import tame
from course_lib.classroom.verdicts import SubmissionResult
from course_lib.errors import CourseError
from course_lib.llm.whole_file import write_whole
from course_lib.terminal.screen import console, counted


def feedback(root: Path, number: str) -> int:
    """Write a page for each learner whose submission is graded; return the exit code."""
    folders, name, results = _graded(root, number)
    by_hand = {grade.student: more for grade, more in read_grades(folders, name)}
    for student, result in results.items():
        write_feedback(folders.root, result, by_hand.get(student, NOTHING))
    where = folders.feedback("STUDENT", name)
    console.print(f"{counted(len(results), 'page')} in {where}/.")
    waiting = [s for s, result in results.items() if is_open(result, by_hand.get(s, NOTHING))]
    if waiting:
        console.print(f"For {tame(', '.join(waiting))} a person has still to look at something.")
    return 0


NOT_GRADED = "not graded yet, and not in the file"
STALE = "what is handed in now is not graded"
LAYOUTS = ("verdicts", "canvas", "moodle")


def export(root: Path, number: str, layout: str, to: Path | None) -> int:
    """Write a lesson's grades as CSV; return 1 where some are not settled."""
    if layout not in LAYOUTS:
        raise CourseError(f"--layout takes one of {', '.join(LAYOUTS)}, not {layout}.")
    folders, name, results = _graded(root, number)
    grades = [grade for grade, _ in read_grades(folders, name)]
    left_out: list[tuple[str, str]] = []
    encoding = LMS_ENCODING
    if layout == "verdicts":
        text, encoding = verdict_table(results.values(), grades), VERDICTS_ENCODING
    elif layout == "canvas":
        text, left_out = canvas_table(results.values(), grades, name)
    else:
        text, left_out = moodle_table(results.values(), grades, name)
    file = to or folders.root / f"{name}-{layout}.csv"
    if not file.parent.is_dir():
        raise CourseError(f"There is no folder {file.parent}: make it first.")
    write_whole(file, text.encode(encoding))
    lesson = read_lesson(folders.release(name))
    stale = [s for s in folders.students_with(name) if not is_graded(folders, lesson, s)]
    left_out += [(s, STALE if s in results else NOT_GRADED) for s in stale]
    waiting = defaultdict(list)
    for student, why in left_out:
        waiting[why].append(student)
    for why, students in waiting.items():
        console.print(f"{tame(why)}: {', '.join(map(tame, students))}")
    console.print(f"{counted(len(grades), 'student')} in {file}.")
    return 1 if left_out else 0


def _graded(root: Path, number: str) -> tuple[CourseFolders, str, dict[str, SubmissionResult]]:
    """Return (the folders, the lesson's name, the verdicts by student)."""
    folders = CourseFolders(root)
    name = folders.lesson_called(number)
    kept = {s: kept_result(folders, name, s) for s in folders.students_with(name)}
    results = {student: result for student, result in kept.items() if result is not None}
    if not results:
        raise CourseError(f"Nothing is graded for {name}: run `course autograde {number}` first.")
    return folders, name, results
