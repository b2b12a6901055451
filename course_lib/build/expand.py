"""Turn a lesson source into a notebook: ids, exercise numbers, hints, nbgrader's metadata."""

import re

from course_lib.build.lesson_facts import exercise_number
from course_lib.build.source import Cell, Lesson
from course_lib.classroom.markers import MARK_SCHEME, SOLUTION

HINTS = ("a question", "a nudge", "nearly the answer")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
GOES_ON = "raises-exception"  # JupyterLab's Run All and nbgrader go on after such a cell


def notebook_of(lesson: Lesson) -> dict:
    """Return a lesson as a notebook that was not run yet, in nbformat 4.5 as plain data."""
    cells = [
        _expanded(lesson, cell, cell_id)
        for cell, cell_id in zip(lesson.cells, cell_ids(lesson), strict=True)
    ]
    return {
        "cells": cells,
        "metadata": {"kernelspec": dict(KERNEL)},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def cell_ids(lesson: Lesson) -> list[str]:
    """Return an id for each cell.

    Exercise cells are called after their exercise, other cells after the last heading or exercise
    cell above them and their place below it: an edited sentence changes no id, an added cell moves
    only the numbers up to the next heading.
    """
    ids, anchors, anchor, place = [], set(), "top", 0
    for cell in lesson.cells:
        named = _own_name(cell)
        if named is None:
            place += 1
            ids.append(f"{anchor}-{place}")
        elif cell.exercise or cell.role == "written":
            ids.append(named)
            anchor, place = named, 0
        else:
            anchor, place, count = named, 0, 2
            while anchor in anchors:
                anchor, count = f"{named}-again-{count}", count + 1
            anchors.add(anchor)
            ids.append(anchor)
    return ids


def _own_name(cell: Cell) -> str | None:
    """Return the name of a cell of an exercise or with a heading, or None."""
    if cell.role in ("task", "test"):
        return f"{cell.role}_{cell.exercise}"
    if cell.role == "answer":
        return cell.exercise
    if cell.role:
        return cell.role
    heading = re.match(r"#+ +[\d.]*(.+)", cell.text) if cell.kind == "markdown" else None
    if heading is None:
        return None
    slug = re.sub(r"[^a-z0-9]+", "-", heading[1].lower()).strip("-")
    return f"section-{slug[:40]}"


def _expanded(lesson: Lesson, cell: Cell, cell_id: str) -> dict:
    metadata = {}
    if cell.role in ("answer", "test", "written"):
        metadata["nbgrader"] = _grading(cell, cell_id)
    if cell.role in ("answer", "test"):
        metadata["tags"] = [GOES_ON]
    elif cell.tags:
        metadata["tags"] = list(cell.tags)
    text = cell.text
    if cell.role == "task":
        text = _task_text(lesson, cell)
    elif cell.role == "written":
        # nbgrader takes mark schemes out of one other kind of cell only, solutions out of this one.
        text = text.replace(MARK_SCHEME, SOLUTION)
    expanded = {"cell_type": cell.kind, "id": cell_id, "metadata": metadata, "source": text}
    if cell.kind == "code":
        expanded |= {"execution_count": None, "outputs": []}
    return expanded


def _grading(cell: Cell, cell_id: str) -> dict:
    """Return nbgrader's metadata, schema 3: who edits the cell, and who grades it."""
    grading = {
        "grade": cell.role in ("test", "written"),
        "grade_id": cell_id,
        "locked": cell.role == "test",
        "schema_version": 3,
        "solution": cell.role in ("answer", "written"),
        "task": False,
    }
    if grading["grade"]:
        grading["points"] = cell.options["points"]
    return grading


def _task_text(lesson: Lesson, cell: Cell) -> str:
    number = exercise_number(lesson, cell.exercise)
    numbered = re.sub(r"\A### +", f"### Exercise {number}: ", cell.text)
    return "\n\n".join([numbered, *_folded_hints(lesson.hints[cell.exercise])])


def _folded_hints(hints: list[str]) -> list[str]:
    return [
        f"<details><summary>Hint {place}: {kind}</summary>\n\n{hint.strip()}\n\n</details>"
        for place, (kind, hint) in enumerate(zip(HINTS, hints, strict=True), start=1)
    ]
