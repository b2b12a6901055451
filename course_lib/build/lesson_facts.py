"""What a learner's tools need to know of a lesson: its numbers, points, and demonstration names."""

import json
import re

from course_lib.build.source import Lesson
from course_lib.exercises.names import bound_names

GRADED_ROLES = ("setup", "answer")  # graded mode runs these cells, and those a learner added


def graded_names(lesson: Lesson) -> set[str]:
    """Return the names that set-up and answer cells bind: all that an answer may use."""
    return _bound_by(lesson, lambda role: role in GRADED_ROLES)


def demo_names(lesson: Lesson) -> set[str]:
    """Return the names that only demonstration cells bind."""
    return _bound_by(lesson, lambda role: role == "") - graded_names(lesson)


def exercise_number(lesson: Lesson, exercise: str) -> str:
    """Return an exercise's number, for example "3.1" for the first one of lesson 03."""
    return f"{int(lesson.number)}.{lesson.exercises.index(exercise) + 1}"


def facts_text(lesson: Lesson) -> str:
    """Return the text of the topic's lesson.json, which `study` reads."""
    facts = {
        "number": lesson.number,
        "title": _heading(lesson.cells[0].text, 1) if lesson.cells else "",
        "demo": sorted(demo_names(lesson)),
        "exercises": [
            {
                "name": exercise,
                "number": exercise_number(lesson, exercise),
                "title": _heading(lesson.cell_of(exercise, "task").text, 3),
                "points": lesson.cell_of(exercise, "test").options["points"],
            }
            for exercise in lesson.exercises
        ],
    }
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def _bound_by(lesson: Lesson, wanted) -> set[str]:
    names = [
        bound_names(cell.text) for cell in lesson.cells if cell.kind == "code" and wanted(cell.role)
    ]
    return set().union(*names)


def _heading(text: str, level: int) -> str:
    """Return the first heading of a level, without a number before it; "" where there is none.

    Example:
        >>> _heading("# 01 Tokenization: how does text become numbers?", 1)
        'Tokenization: how does text become numbers?'
    """
    match = re.search(rf"^{'#' * level} +(?:\d+\W+)?(.+?)\s*$", text, re.MULTILINE)
    return match[1] if match else ""
