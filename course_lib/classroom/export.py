"""Grades as tables: our own with every verdict, and those that Canvas and Moodle read.

A score that is not settled is never written as a number. The tables for Canvas and Moodle leave its
cell without one, and the caller gets a line that says whose it is and why.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from course_lib.classroom.untrusted_text import as_cell
from course_lib.classroom.verdicts import FOR_A_PERSON, SubmissionResult

# How to write the tables to files. Excel takes a file for UTF-8 only if it begins with a mark;
# Canvas and Moodle take it for that always, and Canvas may find the mark in its first column.
VERDICTS_ENCODING = "utf-8-sig"
LMS_ENCODING = "utf-8"

LONGEST_ID = 320  # characters of what names a student: folder, number, address
NEEDS_A_PERSON = "a program needs a person"
WRITTEN_IS_OPEN = "the written question is not graded"
WRITTEN_IS_ANOTHER = "the written question is to be looked at again"
NOT_HANDED_IN = "nothing handed in"
NOT_IN_THE_GRADEBOOK = "not in the gradebook"
# Moodle's own sign for "no grade". An empty cell it takes for 0 where the grade item is new.
MOODLE_NO_GRADE = "-"

COLUMNS = ("student", "points", "max", "programs", "written", "penalty", "status", "alarms")
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
CANVAS_POINTS = "Points Possible"  # in the first column it marks the row of what can be earned


@dataclass(frozen=True)
class Grade:
    """What the gradebook finally says about one student and one lesson.

    Attributes:
        student: the name of the student's folder, nbgrader's student id.
        first_name, last_name, email, lms_user_id: as in the gradebook, "" where there is none.
        points_programs: for all programs, with what people have changed.
        points_written: for the written question; None while nobody has graded it, 0 where the
            lesson has none.
        late_penalty: points taken off for lateness, 0 or more.
        max_points: what the whole lesson is worth.
        programs_wait: whether a person has still to look at an exercise.
        written_waits: whether a person has still to look at the written question, for the first
            time or because its text is another one now.
        by_hand: by exercise, points that a person gave in place of the automatic ones.
    """

    student: str
    first_name: str
    last_name: str
    email: str
    lms_user_id: str
    points_programs: float
    points_written: float | None
    late_penalty: float
    max_points: float
    programs_wait: bool
    written_waits: bool
    by_hand: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float | None:
        """All points together, never below 0; None while they are not settled."""
        if self.why_open:
            return None
        return max(0.0, self.points_programs + self.points_written - self.late_penalty)

    @property
    def why_open(self) -> str:
        """What a person has still to do, "" where all is settled."""
        reasons = [NEEDS_A_PERSON] if self.programs_wait else []
        if self.points_written is None:
            reasons.append(WRITTEN_IS_OPEN)
        elif self.written_waits:
            reasons.append(WRITTEN_IS_ANOTHER)
        return ", ".join(reasons)


def verdict_table(results: Sequence[SubmissionResult], grades: Iterable[Grade]) -> str:
    """Return a CSV with a row for each student and three columns for each exercise.

    Args:
        results: of one lesson, at most one for each student.
        grades: of the same lesson; a student with only one of the two has a row as well.

    Raises:
        ValueError: if the results are of two lessons, or a student is there twice.
    """
    result_of, grade_of = _by_student(results), _by_student(grades)
    if len({result.lesson for result in results}) > 1:
        raise ValueError("expected results of one lesson, got results of several")
    exercises = list(dict.fromkeys(one.exercise for r in results for one in r.exercises))
    header = [*COLUMNS]
    for name in exercises:
        header += [f"{name}.verdict", f"{name}.points", f"{name}.misconception"]
    rows = [
        _verdict_row(student, result_of.get(student), grade_of.get(student), exercises)
        for student in sorted({*result_of, *grade_of})
    ]
    return _csv([header, *rows])


def canvas_table(
    results: Sequence[SubmissionResult], grades: Iterable[Grade], assignment: str
) -> tuple[str, list[tuple[str, str]]]:
    """Return (a CSV for the import of Canvas's gradebook, (student, why) for each score left out).

    Canvas finds a student by its own ID (here `lms_user_id`, if that is a number), else by the
    login (here the student's folder), and at last by the name. A name that two students share is
    therefore only written beside an ID, and who has neither an ID nor a login of their own has no
    line. An empty cell may take an older score away: Canvas shows all changes before it makes them.

    Args:
        assignment: its title in Canvas, best with Canvas's number: "Attention (1234)".

    Raises:
        ValueError: if a student is there twice, or the lesson has two different maxima.
    """
    result_of, grade_of = _by_student(results), _by_student(grades)
    most = {grade.max_points for grade in grade_of.values()}
    if len(most) > 1:
        raise ValueError(f"expected one maximum for all students, got {sorted(most)}")
    names = Counter(_full_name(grade).casefold() for grade in grade_of.values())
    rows = [[*CANVAS, as_cell(assignment)]]
    rows.append([f"    {CANVAS_POINTS}", "", "", "", "", *(map(_number, most) if most else [""])])
    numbered = {s for s, g in grade_of.items() if re.fullmatch("[0-9]{1,19}", g.lms_user_id)}
    without = _without_a_name({"login": {s: s for s in grade_of}}, "Canvas")
    without = {student: why for student, why in without.items() if student not in numbered}
    for student, grade in sorted(grade_of.items()):
        if student in without:
            continue
        by_number = student in numbered
        ids = (grade.lms_user_id, "") if by_number else ("", as_cell(grade.lms_user_id, LONGEST_ID))
        shared = names[_full_name(grade).casefold()] > 1 and not by_number
        shown = as_cell(student if shared else _full_name(grade))
        shown = shown.replace(CANVAS_POINTS, CANVAS_POINTS.lower())
        score = _number(grade.total) if student in result_of else ""
        rows.append([shown, *ids, as_cell(student, LONGEST_ID), "", score])
    return _csv(rows), _left_out(result_of, grade_of, without)


def moodle_table(
    results: Sequence[SubmissionResult], grades: Iterable[Grade], assignment: str
) -> tuple[str, list[tuple[str, str]]]:
    """Return (a CSV for Moodle's grade import, (student, why) for each score or row left out).

    On import the teacher says which column names the student, and Moodle gives the points of a line
    without such a name to the student of the line above. So a column of names that all students
    lack is not written, and a student who lacks one of those written, or shares it, has no line.
    Make the grade item in Moodle first, with the right maximum: a new one counts out of 100.

    Args:
        assignment: heading of the column of grades.

    Raises:
        ValueError: if a student is there twice.
    """
    result_of, grade_of = _by_student(results), _by_student(grades)
    columns = {
        "Username": {student: student for student in grade_of},
        "ID number": {student: grade.lms_user_id for student, grade in grade_of.items()},
        "Email address": {student: grade.email for student, grade in grade_of.items()},
    }
    columns = {name: column for name, column in columns.items() if any(column.values())}
    without = _without_a_name(columns, "Moodle")
    rows = [["First name", "Last name", *columns, as_cell(assignment)]]
    for student, grade in sorted(grade_of.items()):
        if student not in without:
            names = [as_cell(grade.first_name), as_cell(grade.last_name)]
            score = _number(grade.total) if student in result_of else ""
            ids = [column[student] for column in columns.values()]
            rows.append([*names, *ids, score or MOODLE_NO_GRADE])
    return _csv(rows), _left_out(result_of, grade_of, without)


def _verdict_row(
    student: str, result: SubmissionResult | None, grade: Grade | None, exercises: list[str]
) -> list[str]:
    most = _number(grade.max_points) if grade else ""
    numbers = ["", most, "", "", ""]
    if result and grade:
        waits = grade.programs_wait and result.for_a_person
        programs = None if waits else grade.points_programs
        parts = (programs, grade.points_written, grade.late_penalty)
        numbers = [_number(grade.total), most, *map(_number, parts)]
    alarms = " ".join(sorted({alarm.kind for alarm in result.alarms})) if result else ""
    cells = [
        as_cell(student, LONGEST_ID),
        *numbers,
        _why_open(result, grade),
        as_cell(alarms, LONGEST_ID),
    ]
    found = {one.exercise: one for one in result.exercises} if result else {}
    for name in exercises:
        one = found.get(name)
        points = one.points if one is not None and one.verdict not in FOR_A_PERSON else None
        points = grade.by_hand.get(name, points) if grade else points
        misconception = one.finding.misconception if one and one.finding else ""
        cells += [one.verdict if one else "", _number(points)]
        cells.append(as_cell(misconception))
    return cells


def _why_open(result: SubmissionResult | None, grade: Grade | None) -> str:
    """Return why there is no score yet, "" where there is one."""
    if grade is None:
        return NOT_IN_THE_GRADEBOOK
    if result is None:
        return NOT_HANDED_IN
    return grade.why_open


def _left_out(
    result_of: Mapping[str, SubmissionResult],
    grade_of: Mapping[str, Grade],
    without: Mapping[str, str] = MappingProxyType({}),
) -> list[tuple[str, str]]:
    left_out = []
    for student in sorted({*result_of, *grade_of}):
        why = _why_open(result_of.get(student), grade_of.get(student))
        why = without.get(student, why)
        if why:
            left_out.append((student, why))
    return left_out


def _without_a_name(columns: Mapping[str, Mapping[str, str]], school: str) -> dict[str, str]:
    """Return {student: why the school's system could credit somebody else}."""
    without = {}
    for name, column in columns.items():
        count = Counter(value.strip().casefold() for value in column.values())
        for student, value in column.items():
            if not value:
                without[student] = f"no line, since the gradebook has no {name}"
            elif as_cell(value, LONGEST_ID) != value:
                without[student] = f"no line, since {school} would get another {name} than it has"
            elif count[value.strip().casefold()] > 1:
                without[student] = f"no line, since another student has the same {name}"
    return without


def _by_student(items: Iterable) -> dict:
    by_student = {}
    for item in items:
        if item.student in by_student:
            raise ValueError(f"expected each student once, got {item.student!r} twice")
        by_student[item.student] = item
    return by_student


def _full_name(grade: Grade) -> str:
    """Return "Lovelace, Ada", the folder's name where the gradebook has no name."""
    names = (grade.last_name.strip(), grade.first_name.strip())
    return ", ".join(name for name in names if name) or grade.student


def _number(points: float | None) -> str:
    return "" if points is None else f"{round(points, 2):g}"


def _csv(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV. Cells hold no line breaks, so "\\n" survives any way of writing it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
