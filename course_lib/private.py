"""Lessons that an instructor keeps in a folder of their own, outside the course.

The folder has the course's shape: lessons/20_topic.py and course_lib/exercises/topic/, to which
building and grading add solutions/, notebooks/, gradebook.db and the rest. Its topics are found
where the course's own are found. An environment variable carries its name to whatever this process
starts: the kernels of a build, nbgrader, JupyterLab, workers that grade.
"""

import importlib
import os
import sys
from pathlib import Path

from course_lib.errors import CourseError

VARIABLE = "TOKENS_TO_TRUST_PRIVATE"
SHAPE = "lessons/20_topic.py and course_lib/exercises/topic/"
PACKAGE = "course_lib.exercises"


def use_private(folder: str | Path) -> None:
    """Let this process, and those it starts, find the topics of a private folder.

    Topics that are written later are found too. One folder counts at a time: another one takes its
    place, as long as nothing of the first is loaded.

    Args:
        folder: with lessons/ and course_lib/exercises/, and what is built from them.

    Raises:
        CourseError: if it is no such folder, a topic in it has the name of a topic of the course,
            or this process has begun to use another folder.
    """
    root = Path(folder).resolve()
    place = root / "course_lib" / "exercises"
    if not place.is_dir():
        raise CourseError(
            f"{root} has no course_lib/exercises/: --private (or {VARIABLE}) names a folder with "
            f"{SHAPE}."
        )
    # The package itself is an empty file: importing it runs nothing of the layers above this one.
    found_in = importlib.import_module(PACKAGE).__path__
    doubles = _topics(place) & _topics(Path(found_in[0]))
    if doubles:
        raise CourseError(
            f"{place} holds {', '.join(sorted(doubles))}, which the course has too: give your "
            "topic, and its lesson, another name."
        )
    for before in found_in[1:]:
        if before != str(place) and _is_loaded(Path(before)):
            raise CourseError(
                f"This process uses the lessons in {before} already: start another one for {root}."
            )
    found_in[1:] = [str(place)]
    importlib.invalidate_caches()
    os.environ[VARIABLE] = str(root)


def holds_private_lessons(folder: Path) -> bool:
    """Return whether a folder has exercises of its own, and is no copy of the course."""
    package = folder / "course_lib"
    return (package / "exercises").is_dir() and not (package / "cli.py").exists()


def private_folder() -> str | None:
    """Return the folder that this process uses, None where it uses none."""
    return os.environ.get(VARIABLE) or None


def use_private_of_environment() -> None:
    """Use the folder that TOKENS_TO_TRUST_PRIVATE names, if it names one.

    Raises:
        CourseError: as `use_private` does.
    """
    if folder := os.environ.get(VARIABLE):
        use_private(folder)


def _topics(place: Path) -> set[str]:
    folders = (path for path in place.glob("*") if path.is_dir())
    return {folder.name for folder in folders if folder.name[0] not in "._"}


def _is_loaded(place: Path) -> bool:
    return any(f"{PACKAGE}.{topic}" in sys.modules for topic in _topics(place))
