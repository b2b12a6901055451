"""Submissions made by the course itself: the full answer, the empty notebook, known answers."""

import copy
import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from course_lib.classroom.lesson import GradedLesson, source_of
from course_lib.classroom.markers import RELEASE, SOLUTION, regions, replaced
from course_lib.exercises.exercise import Exercise

COURSE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Known:
    """A right or a wrong answer of tests/answers.

    Attributes:
        exercise: which exercise it answers.
        name: its own.
        misconception: what the check must report; "" for a right answer.
        text: the cell that brings it into a notebook.
    """

    exercise: str
    name: str
    misconception: str
    text: str


def answered(lesson: GradedLesson, texts: dict[str, str]) -> bytes:
    """Return a submission: the release with these answers, by exercise, in their cells."""
    cells = [copy.deepcopy(cell) for cell in lesson.cells]
    for cell in cells:
        if cell["id"] in texts:
            cell["source"] = texts[cell["id"]]
    notebook = {
        "cells": cells,
        "metadata": lesson.metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False).encode("utf-8")


def full_answers(solution: Path) -> dict[str, str]:
    """Return each exercise's answer in a solved notebook, as a learner would type it."""
    notebook = json.loads(solution.read_text(encoding="utf-8"))
    answers = {}
    for cell in notebook["cells"]:
        grading = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and grading.get("solution"):
            lines = replaced(source_of(cell), RELEASE).split("\n")
            for region in reversed(regions("\n".join(lines), SOLUTION)):
                lines[region.begin : region.end + 1] = region.lines
            answers[grading["grade_id"]] = "\n".join(lines)
    return answers


def known_answers(lesson: GradedLesson, root: Path) -> tuple[list[Known], tuple[str, ...]]:
    """Return the answers in tests/answers for a lesson, and the modules that hold them.

    Both are empty where the folder does not have them.
    """
    folder = root / "tests" / "answers" / lesson.topic
    if not folder.is_dir() or not (COURSE / "tests" / "answers" / "book.py").is_file():
        return [], ()
    if str(COURSE) not in sys.path:
        sys.path.append(str(COURSE))
    answers, book = import_module("tests.answers"), import_module("tests.answers.book")
    if str(folder.parent) not in answers.__path__:  # a private lesson's are found there, too
        answers.__path__.append(str(folder.parent))
    book.load(lesson.topic)
    modules = [f"tests.answers.{lesson.topic}.{file.stem}" for file in folder.glob("[a-z]*.py")]
    known = []
    for name, exercise in lesson.exercises.items():
        for key, answer in book.RIGHT[name].items():
            known.append(Known(name, key, "", _text(lesson.topic, exercise, "RIGHT", key, answer)))
        for key, (answer, misconception) in book.WRONG[name].items():
            known.append(
                Known(name, key, misconception, _text(lesson.topic, exercise, "WRONG", key, answer))
            )
    return known, ("tests.answers.book", *sorted(modules))


def notebooks_of(lesson: GradedLesson, known: list[Known]) -> Iterator[dict[str, Known]]:
    """Yield, for each notebook to make, one known answer for each exercise that has any left."""
    left = {name: [one for one in known if one.exercise == name] for name in lesson.exercises}
    while any(left.values()):
        yield {name: answers.pop(0) for name, answers in left.items() if answers}


def _text(topic: str, exercise: Exercise, book: str, key: str, answer: Any) -> str:
    """Return a cell that defines an exercise's functions to be those of an answer."""
    taken = f"book.{book}[{exercise.name!r}][{key!r}]" + ("[0]" if book == "WRONG" else "")
    kept = f"_{exercise.name}_answer"
    lines = ["from tests.answers import book", f"book.load({topic!r})", f"{kept} = {taken}"]
    for function in exercise.functions:
        whole = exercise.functions == (exercise.name,)
        part = answer if whole else getattr(answer, function)
        source = kept if whole else f"{kept}.{function}"
        if inspect.isclass(part):
            lines += ["", f"class {function}({source}):", "    pass"]
        else:
            call = f"    return {source}(*args, **more)"
            lines += ["", f"def {function}(*args, **more):", call]
    return "\n".join(lines)
