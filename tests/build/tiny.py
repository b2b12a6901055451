"""A complete little course for the tests: one lesson, made in a temporary folder."""

import os
import shutil
import sys
from pathlib import Path

import yaml

from course_lib.build.course import Course
from course_lib.build.source import Lesson, read_lesson

ROOT = Path(__file__).resolve().parents[2]
TINY = Path(__file__).parent / "fixtures" / "tiny"
NAME = "01_doubling"


def tiny_course(folder: Path) -> Course:
    """Copy the tiny course and this course's nbgrader settings into a folder."""
    shutil.copytree(TINY, folder, dirs_exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return Course(folder)


def environment(course: Course) -> dict[str, str]:
    """Return an environment in which programs, this package and the lesson's are found."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    return {
        **kept,  # where that is set, a kernel does not show what is written to file descriptor 2
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": os.pathsep.join([str(course.root), str(ROOT)]),
        "TOKENS_TO_TRUST_DATA": str(course.root / "data"),
    }


def changed(course: Course, *changes: tuple[str, str], name: str = NAME) -> None:
    """Replace pieces of the lesson source, each of which has to stand there once."""
    source = course.root / "lessons" / f"{NAME}.py"
    text = source.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {source.name}"
        text = text.replace(old, new)
    source.unlink()
    source.with_stem(name).write_text(text, encoding="utf-8")


def lesson(course: Course, name: str = NAME, hints: dict | None = None) -> Lesson:
    """Read the lesson with the fixture's hints, or with others."""
    file = course.topic_folder("doubling") / "hints.yaml"
    hints = hints if hints is not None else yaml.safe_load(file.read_text(encoding="utf-8"))
    return read_lesson(course.root / "lessons" / f"{name}.py", f"lessons/{name}.py", hints)
