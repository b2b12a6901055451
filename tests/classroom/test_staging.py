"""The sandbox's part of the course holds no answer, no check, nothing that the lesson teaches."""

import ast

import pytest

from course_lib.classroom.lesson import read_lesson, source_of
from course_lib.classroom.staging import stage
from course_lib.classroom.taught import TAUGHT, is_setup, not_yet_taught, taught_before
from course_lib.exercises import registry
from tests.classroom.notebooks import ROOT

RELEASES = sorted(ROOT.glob("notebooks/*/*.ipynb"))


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def staged(request, tmp_path):
    lesson = read_lesson(request.param)
    setup = [source_of(cell) for cell in lesson.setup()]
    warm = stage(lesson.topic, lesson.number, setup, tmp_path)
    return lesson, tmp_path, warm


def defined(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_nothing_that_judges_or_answers_is_there(staged):
    _, folder, _ = staged
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files
    for name in files:
        assert not name.endswith(("checks.py", "mistakes.py", "library.py", "ways.py", ".yaml"))
        assert "/study/" not in name
        assert name.endswith(".py")
    assert "course_lib/classroom/judge.py" not in files


def test_no_function_of_the_lesson_is_defined_there(staged):
    lesson, folder, _ = staged
    wanted = {name for exercise in lesson.exercises.values() for name in exercise.functions}
    for part in ("llm", "tinyville"):
        for file in (folder / "course_lib" / part).glob("*.py"):
            assert not defined(file) & wanted, file.name


def test_what_the_lesson_teaches_is_not_there(staged):
    lesson, folder, _ = staged
    there = {file.stem for file in (folder / "course_lib" / "llm").glob("*.py")}
    assert not there & not_yet_taught(lesson.number)
    assert taught_before(lesson.number) <= there


def test_everything_can_be_read_by_another_user(staged):
    _, folder, _ = staged
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o444 == 0o444


def test_the_setup_cells_are_those_that_the_sources_say():
    for release in RELEASES:
        built = {cell["id"] for cell in read_lesson(release).cells if is_setup(cell["id"])}
        assert len(built) == _setup_cells(release.stem), release.stem


def _setup_cells(name):
    text = (ROOT / "lessons" / f"{name}.py").read_text(encoding="utf-8")
    return text.count('# %% role="setup"')


def test_the_table_of_what_is_taught_names_modules_that_exist():
    for module in set().union(*TAUGHT.values()):
        assert (ROOT / "course_lib" / "llm" / f"{module}.py").is_file(), module


def test_every_topic_can_be_staged():
    assert {release.stem.partition("_")[2] for release in RELEASES} == set(registry.TOPICS)
