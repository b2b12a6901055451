"""What the exercises of a lesson have to keep: their three cells, points, hints and names."""

import re
from collections import Counter
from collections.abc import Iterator

from course_lib.build.expand import cell_ids
from course_lib.build.lesson_facts import demo_names, graded_names
from course_lib.build.problem import Problem
from course_lib.build.source import Cell, Lesson, versions
from course_lib.exercises.names import global_names

POINTS_OF_A_LESSON = 20
POINTS_OF_THE_WRITTEN_QUESTION = 2
UNGRADED = "00"
KINDS = {"task": "markdown", "answer": "code", "test": "code", "written": "markdown"}
PARTS = ("task", "answer", "test")
POINTS_LINE = re.compile(
    r"\*(?:(?P<points>\d+) points?|Practice), about \d+ minutes?, difficulty [1-5] of 5\."
)


def three_cells(lesson: Lesson) -> Iterator[Problem]:
    """Refuse an exercise unless it has one task, one answer and one test, in this order."""
    for cell in lesson.cells:
        wanted = KINDS.get(cell.role)
        if wanted and cell.kind != wanted:
            yield Problem(lesson.file, cell.place, f"a {cell.role} is a {wanted} cell")
        if (cell.role in PARTS) != bool(cell.exercise):
            yield Problem(
                lesson.file,
                cell.place,
                'exercise="..." and role="task|answer|test" belong together',
            )
    for exercise in lesson.exercises:
        roles = [cell.role for cell in lesson.cells if cell.exercise == exercise]
        for part in PARTS:
            if part not in roles:
                yield Problem(lesson.file, f"exercise {exercise}", f"it has no {part} cell")
        if set(roles) == set(PARTS) and len(roles) == 3 and tuple(roles) != PARTS:
            yield Problem(lesson.file, f"exercise {exercise}", "the order is task, answer, test")


def names_are_unique(lesson: Lesson) -> Iterator[Problem]:
    """Refuse exercise names that are no ids, and ids that two cells share."""
    for exercise in lesson.exercises:
        if not re.fullmatch(r"(?!task_|test_)[a-z][a-z0-9_]{0,50}", exercise):
            yield Problem(
                lesson.file,
                f"exercise {exercise}",
                "a name is a-z, digits and _, and does not begin with task_ or test_",
            )
    ids = cell_ids(lesson)
    for cell, cell_id in zip(lesson.cells, ids, strict=True):
        if Counter(ids)[cell_id] > 1:
            yield Problem(lesson.file, cell.place, f"duplicate id {cell_id!r}")


def points_add_up(lesson: Lesson) -> Iterator[Problem]:
    """Refuse points that do not add to 20, or differ from what the task says."""
    tests = [cell for cell in lesson.cells if cell.role == "test"]
    for cell in lesson.cells:
        if cell.role not in ("test", "written"):
            if "points" in cell.options:
                yield Problem(lesson.file, cell.place, "points belong on the test cell")
        elif type(cell.options.get("points")) is not int or cell.options["points"] < 0:
            yield Problem(lesson.file, cell.place, "it needs points=N, a whole number")
            return
    total = sum(cell.options["points"] for cell in tests)
    wanted = 0 if lesson.number == UNGRADED else POINTS_OF_A_LESSON
    if total != wanted:
        yield Problem(lesson.file, "", f"the exercises add to {total} points, not {wanted}")
    for test in tests:
        task = lesson.cell_of(test.exercise, "task")
        if task is not None:
            yield from _points_line_problems(lesson, task, test.options["points"])


def one_written_question(lesson: Lesson) -> Iterator[Problem]:
    """Refuse a lesson without its written question of 2 points."""
    written = [cell for cell in lesson.cells if cell.role == "written"]
    wanted = 0 if lesson.number == UNGRADED else 1
    if len(written) != wanted:
        yield Problem(lesson.file, "", f"{len(written)} written questions, not {wanted}")
    for cell in written:
        if cell.options.get("points") != POINTS_OF_THE_WRITTEN_QUESTION:
            yield Problem(
                lesson.file, cell.place, f"it is worth {POINTS_OF_THE_WRITTEN_QUESTION} points"
            )


def three_hints(lesson: Lesson) -> Iterator[Problem]:
    """Refuse an exercise without three hints, and hints without an exercise."""
    for exercise in lesson.exercises:
        hints = lesson.hints.get(exercise)
        where = f"exercise {exercise}"
        if hints is None:
            yield Problem(lesson.file, where, f"no hints in hints.yaml of {lesson.topic}")
        elif len(hints) != 3 or not all(isinstance(hint, str) and hint.strip() for hint in hints):
            yield Problem(
                lesson.file, where, "hints.yaml needs three: a question, a nudge, a near-answer"
            )
    for exercise in sorted(set(lesson.hints) - set(lesson.exercises)):
        yield Problem(lesson.file, f"hints of {exercise}", "the lesson has no such exercise")


def answers_use_graded_names(lesson: Lesson) -> Iterator[Problem]:
    """Refuse an answer that uses a global which graded mode would not have."""
    known, demo = graded_names(lesson), demo_names(lesson)
    for cell in lesson.cells:
        if cell.role != "answer":
            continue
        used = set().union(*(_names_used(text) for text in versions(cell)))
        for name in sorted(used - known):
            maker = "only a demonstration cell makes it" if name in demo else "no cell makes it"
            yield Problem(
                lesson.file,
                cell.place,
                f"it uses {name!r}, and {maker}: graded mode would not see it; "
                "take it as an argument, or make it in a set-up cell",
            )


RULES = (
    three_cells,
    names_are_unique,
    points_add_up,
    one_written_question,
    three_hints,
    answers_use_graded_names,
)


def _names_used(text: str) -> set[str]:
    try:
        return global_names(text)
    except SyntaxError:
        return set()  # a faulty program that is no Python; the rule about markers says so


def _points_line_problems(lesson: Lesson, task: Cell, points: int) -> Iterator[Problem]:
    if not re.match(r"### \S", task.text):
        yield Problem(lesson.file, task.place, "a task begins with its title: ### Noun phrase")
    line = POINTS_LINE.search(" ".join(task.text.split()))
    if line is None:
        yield Problem(
            lesson.file,
            task.place,
            'no line "*3 points, about 10 minutes, difficulty 2 of 5. ...*"',
        )
    elif int(line["points"] or 0) != points:
        yield Problem(
            lesson.file, task.place, f"it says {line['points'] or 0} points, the test cell {points}"
        )
