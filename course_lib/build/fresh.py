"""Tell, without running a cell, whether the built files still say what their source says.

A solution's metadata keeps three hashes: of what it was built from, of itself, of its release.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from course_lib.build.course import Course
from course_lib.build.expand import notebook_of
from course_lib.build.lesson_facts import facts_text
from course_lib.build.problem import Problem
from course_lib.build.source import Lesson
from course_lib.classroom.markers import BUILD_NOTE

RELEASE_STEPS = [
    Path(__file__).resolve().parents[1] / "classroom" / name
    for name in ("markers.py", "release.py")
]


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def source_hash(course: Course, lesson: Lesson) -> str:
    """Return a hash of all that a lesson's notebooks are built from, except the library they run.

    That is the expanded notebook (so text, hints and the build's own rules), the quiz it shows, and
    the steps that make a release. Whether the library still gives the outputs, nbval tells.
    """
    files = [course.topic_folder(lesson.topic) / "quiz.yaml", course.nbgrader_config]
    parts = [json.dumps(notebook_of(lesson), sort_keys=True, ensure_ascii=False)]
    parts += [_text(file) for file in (*files, *RELEASE_STEPS)]
    return text_hash("\0".join(parts))


def stamped(notebook: dict, write: Callable[[dict], str], source: str, release: str) -> str:
    """Return a solution's text with its three hashes; `write(notebook)` gives its text."""
    hashes = {"built": "", "release": text_hash(release), "source": source}
    notebook["metadata"][BUILD_NOTE] = hashes
    notebook["metadata"][BUILD_NOTE] = hashes | {"built": text_hash(write(notebook))}
    return write(notebook)


def stale(course: Course, lesson: Lesson) -> list[Problem]:
    """Return what is missing, older than its source, or edited by hand among a lesson's files."""
    fix = f"run `course build {lesson.number}`"
    edited = f"was edited by hand: put the change into {lesson.file}, then {fix}"
    solution, release = course.solution(lesson.name), course.release(lesson.name)
    facts = course.facts_file(lesson.topic)
    missing = [file for file in (solution, release, facts) if not file.is_file()]
    if missing:
        return [Problem(course.shown(file), "", f"is missing: {fix}") for file in missing]
    text = _text(solution)
    note = _note(text)
    if note is None or text_hash(_without_own_hash(text, note)) != note["built"]:
        return [Problem(course.shown(solution), "", edited)]
    found = []
    if note["source"] != source_hash(course, lesson):
        found.append(Problem(course.shown(solution), "", f"is older than {lesson.file}: {fix}"))
    if note["release"] != text_hash(_text(release)):
        found.append(Problem(course.shown(release), "", edited))
    if _text(facts) != facts_text(lesson):
        found.append(Problem(course.shown(facts), "", f"is not what {lesson.file} says: {fix}"))
    return found


def orphans(course: Course) -> list[Problem]:
    """Return built notebooks that no lesson source makes."""
    names = {source.stem for source in course.sources()}
    built = [
        file
        for folder in ("solutions", "notebooks")
        for file in sorted((course.root / folder).glob("*/*.ipynb"))
    ]
    return [
        Problem(course.shown(file), "", f"no lessons/{file.stem}.py makes it: delete it")
        for file in built
        if file.stem not in names or file.parent.name != file.stem
    ]


def _note(text: str) -> dict | None:
    """Return the hashes in a solution, or None where they cannot be read."""
    try:
        note = json.loads(text)["metadata"][BUILD_NOTE]
        return {key: str(note[key]) for key in ("built", "release", "source")}
    except (ValueError, KeyError, TypeError):
        return None


def _without_own_hash(text: str, note: dict) -> str:
    return text.replace(f'"built": "{note["built"]}"', '"built": ""', 1)


def _text(file: Path) -> str:
    """Return a file's text with newlines as \\n, "" where there is none."""
    return file.read_text(encoding="utf-8") if file.is_file() else ""
