"""Submissions of lesson 01 for the tests, changed in one way or another."""

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from course_lib.classroom.answers import answered, full_answers
from course_lib.classroom.lesson import GradedLesson, read_lesson

ROOT = Path(__file__).resolve().parents[2]
NAME = "01_tokenization"


def copy_course(root: Path) -> Path:
    """Put what a course needs that has released lesson 01 into a folder, and return it."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for part in ("solutions", "notebooks"):
        shutil.copytree(ROOT / part / NAME, root / part / NAME)
    return root


@cache
def lesson(name: str = NAME) -> GradedLesson:
    return read_lesson(ROOT / "notebooks" / name / f"{name}.ipynb")


@cache
def answers(name: str = NAME) -> dict[str, str]:
    return full_answers(ROOT / "solutions" / name / f"{name}.ipynb")


def empty() -> bytes:
    return answered(lesson(), {})


def full() -> bytes:
    return answered(lesson(), answers())


def changed(data: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return a notebook after `change` has had its way with it."""
    notebook = json.loads(data)
    change(notebook)
    return json.dumps(notebook).encode()


def cell(notebook: dict[str, Any], cell_id: str) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell.get("id") == cell_id)


def place(notebook: dict[str, Any], cell_id: str) -> int:
    return notebook["cells"].index(cell(notebook, cell_id))


def code(source: str, **more: Any) -> dict[str, Any]:
    """Return a code cell that a learner has added."""
    return {"cell_type": "code", "id": "added", "metadata": {}, "source": source, **more}
