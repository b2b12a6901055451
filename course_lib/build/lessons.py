"""Build lessons, or prove that what is built is fresh: what `course build` calls."""

import time
from pathlib import Path

import yaml

from course_lib.build import fresh
from course_lib.build.course import Course, this_course
from course_lib.build.expand import notebook_of
from course_lib.build.lesson_facts import facts_text
from course_lib.build.percent import UnreadableSource
from course_lib.build.problem import LessonsRefused, Problem
from course_lib.build.rules import problems_in
from course_lib.build.source import Lesson, read_lesson, topic_of
from course_lib.errors import CourseError
from course_lib.study.safe_file import replace_file


def build_lessons(numbers: list[str] | None = None, course: Course | None = None) -> list[str]:
    """Build lessons into solutions/ and notebooks/ and return a line about each.

    Args:
        numbers: lessons to build in any case, for example ["01"]; None builds what has changed.
        course: the course to work on; by default the one this package belongs to.

    Raises:
        LessonsRefused: if a lesson breaks a rule or a cell fails. Lessons with problems in their
            source stop the build before anything is written.
        CourseError: if there is no such lesson.
    """
    course = course or this_course()
    lessons = [_read(course, source) for source in _chosen(course, numbers)]
    problems = [problem for lesson in lessons for problem in problems_in(lesson)]
    if problems:
        raise LessonsRefused(problems)
    build = _build if numbers else _build_stale
    return [build(course, lesson) for lesson in lessons]


def build_changed(number: str, course: Course) -> str:
    """Build one lesson if something of it has changed, and return a line about it.

    Raises:
        LessonsRefused, CourseError: as `build_lessons` does.
    """
    [source] = _chosen(course, [number])
    lesson = _read(course, source)
    if problems := problems_in(lesson):
        raise LessonsRefused(problems)
    return _build_stale(course, lesson)


def check_lessons(course: Course | None = None) -> list[Problem]:
    """Return every broken rule and every stale or hand-edited file; runs no cell."""
    course = course or this_course()
    problems = []
    for source in course.sources():
        try:
            lesson = _read(course, source)
        except LessonsRefused as refused:
            problems += refused.problems
            continue
        problems += problems_in(lesson) or fresh.stale(course, lesson)
    return problems + fresh.orphans(course)


def _build_stale(course: Course, lesson: Lesson) -> str:
    if fresh.stale(course, lesson):
        return _build(course, lesson)
    return f"{lesson.name}: nothing changed"


def _build(course: Course, lesson: Lesson) -> str:
    import nbformat  # these take seconds to import, and --check does without them

    from course_lib.build.execute import run
    from course_lib.build.release import release_text

    start = time.perf_counter()
    # Before the run: the lesson's own panels read it.
    replace_file(course.facts_file(lesson.topic), facts_text(lesson).encode("utf-8"))
    notebook = run(notebook_of(lesson), lesson.file)

    def write(notebook: dict) -> str:
        return nbformat.writes(nbformat.from_dict(notebook), version=4) + "\n"

    source = fresh.source_hash(course, lesson)
    unreleased = fresh.stamped(notebook, write, source, release="")
    release = release_text(unreleased, course.nbgrader_config)
    solution = fresh.stamped(notebook, write, source, release)
    replace_file(course.solution(lesson.name), solution.encode("utf-8"))
    replace_file(course.release(lesson.name), release.encode("utf-8"))
    return f"{lesson.name}: built in {time.perf_counter() - start:.0f} s"


def _chosen(course: Course, numbers: list[str] | None) -> list[Path]:
    sources = course.sources()
    if numbers is None:
        return sources
    by_number = {source.stem[:2]: source for source in sources}
    unknown = [number for number in numbers if number.zfill(2) not in by_number]
    if unknown:
        there = ", ".join(by_number) or "none yet"
        raise CourseError(f"There is no lesson {unknown[0]}; there are: {there}.")
    return [by_number[number.zfill(2)] for number in numbers]


def _read(course: Course, source: Path) -> Lesson:
    hints_file = course.topic_folder(topic_of(source.stem)) / "hints.yaml"
    try:
        return read_lesson(source, course.shown(source), _hints(hints_file))
    except UnreadableSource as error:
        problem = Problem(course.shown(source), f"line {error.line}", error.reason)
    except (yaml.YAMLError, TypeError) as error:
        reason = f"cannot be read: {' '.join(str(error).split())}"
        problem = Problem(course.shown(hints_file), "", reason)
    raise LessonsRefused([problem])


def _hints(file: Path) -> dict[str, list[str]]:
    """Return the hints in a file, none where there is no file."""
    hints = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else None
    hints = {} if hints is None else hints
    if not isinstance(hints, dict) or not all(isinstance(h, list) for h in hints.values()):
        raise TypeError("it should give each exercise a list of three hints")
    return hints
