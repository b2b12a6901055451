"""An instructor's own lessons, kept outside the course: found, built, released like the others."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from course_lib import exercises
from course_lib.build.course import Course
from course_lib.build.lessons import build_lessons
from course_lib.build.rules import problems_in
from course_lib.build.source import read_lesson
from course_lib.classroom.handout import FOLDER, make_handout, release_lesson
from course_lib.errors import CourseError
from course_lib.exercises import registry
from course_lib.exercises.exercise import VISIBLE_SEED, find_mistake
from course_lib.private import VARIABLE, use_private
from course_lib.study import lesson
from tests.answers import book
from tests.classroom.notebooks import ROOT

PRIVATE = Path(__file__).parent / "fixtures" / "private"
NAME, TOPIC, EXERCISE = "20_reversing", "reversing", "last_first"
TOPICS = registry.topics()


@contextmanager
def forgotten() -> Iterator[None]:
    """Forget afterwards whatever private lessons this process has found."""
    before = list(exercises.__path__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")  # which `use_private` changes
        yield
    exercises.__path__[:] = before
    for name in [name for name in sys.modules if name.startswith(f"course_lib.exercises.{TOPIC}")]:
        del sys.modules[name]
    lesson.facts.cache_clear()


@pytest.fixture
def nothing_private() -> Iterator[None]:
    with forgotten():
        yield


@pytest.fixture
def own(tmp_path, nothing_private) -> Path:
    """A folder with a private lesson, in use and not built."""
    folder = shutil.copytree(PRIVATE, tmp_path / "own")
    use_private(folder)
    return folder


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> tuple[Path, list[str]]:
    """Such a folder after its lesson was released twice, and what the builds said."""
    folder = shutil.copytree(PRIVATE, tmp_path_factory.mktemp("released") / "own")
    said = []
    with forgotten():
        use_private(folder)
        for _ in range(2):
            said += build_lessons(course=Course(folder))
            said.append(release_lesson("20", folder))
    return folder, said


@pytest.fixture(scope="module")
def student(released, tmp_path_factory) -> Path:
    """The folder that a student unpacks."""
    place = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(released[0] / "handouts" / f"{NAME}.zip") as archive:
        archive.extractall(place)
    return place / FOLDER


def printed(program: str, folder: Path = ROOT, **environment: str) -> str:
    """Return what a Python program prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_topic_comes_after_those_of_the_course(own):
    assert registry.topics() == [*TOPICS, TOPIC]
    assert registry.find(EXERCISE)[0] == TOPIC
    assert lesson.facts(TOPIC)["exercises"] == []
    use_private(own)
    assert registry.topics() == [*TOPICS, TOPIC]


def test_what_this_process_starts_finds_it_too(own):
    program = "from course_lib.exercises import registry; print(registry.topics()[-1])"
    assert printed(program) == f"{TOPIC}\n"
    assert printed(program, **{VARIABLE: ""}) == f"{TOPICS[-1]}\n"


def test_a_relative_folder_is_found_from_anywhere(own, monkeypatch):
    monkeypatch.chdir(own.parent)
    use_private(own.name)
    assert os.environ[VARIABLE] == str(own.resolve())


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_a_folder_without_topics_is_refused(tmp_path, nothing_private, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match=f"{folder} has no course_lib/exercises/: --private"):
        use_private(tmp_path / folder)
    assert registry.topics() == TOPICS and not os.environ[VARIABLE]


def test_a_topic_of_the_course_is_not_shadowed(own):
    topic = own / "course_lib" / "exercises" / TOPIC
    topic.rename(topic.with_name("attention"))
    with pytest.raises(CourseError, match="holds attention, which the course has too"):
        use_private(own)
    with pytest.raises(CourseError, match="attention, .*tokenization, which the course has too"):
        use_private(ROOT)


def test_another_folder_takes_its_place_until_one_is_loaded(own, tmp_path):
    other = shutil.copytree(PRIVATE, tmp_path / "other")
    use_private(other)
    assert exercises.__path__[1:] == [str(other / "course_lib" / "exercises")]
    registry.exercises_of(TOPIC)
    with pytest.raises(CourseError, match="already: start another one"):
        use_private(own)
    assert os.environ[VARIABLE] == str(other)


def test_nbgraders_settings_are_the_courses_unless_it_has_some(own):
    assert Course(own).nbgrader_config == ROOT / "nbgrader_config.py"
    (own / "nbgrader_config.py").touch()
    assert Course(own).nbgrader_config == own / "nbgrader_config.py"


def test_the_lesson_keeps_the_rules_of_the_build(own):
    source = own / "lessons" / f"{NAME}.py"
    hints = (own / "course_lib" / "exercises" / TOPIC / "hints.yaml").read_text(encoding="utf-8")
    assert problems_in(read_lesson(source, source.name, yaml.safe_load(hints))) == []


def test_its_right_answers_pass_and_its_wrong_ones_are_named(own, monkeypatch):
    for kind in ("RIGHT", "WRONG"):
        monkeypatch.setattr(book, kind, {})
    answers = importlib.import_module("tests.answers")
    monkeypatch.setattr(answers, "__path__", [*answers.__path__, str(own / "tests" / "answers")])
    book.load(TOPIC)
    _, exercise = registry.find(EXERCISE)
    call = registry.call_of(TOPIC, exercise)
    assert len(book.RIGHT[EXERCISE]) >= 2 and len(book.WRONG[EXERCISE]) >= 5
    for seed, thorough in [(VISIBLE_SEED, False), *((seed, True) for seed in range(5))]:
        tried = {"seed": seed, "thorough": thorough}
        for name, answer in book.RIGHT[EXERCISE].items():
            assert find_mistake(exercise, call, answer, **tried) is None, name
        for name, (answer, misconception) in book.WRONG[EXERCISE].items():
            assert find_mistake(exercise, call, answer, **tried).misconception == misconception, (
                name
            )


def test_an_exercise_with_a_name_of_the_courses_is_refused(own):
    (own / "notebooks" / NAME).mkdir(parents=True)
    (own / "notebooks" / NAME / f"{NAME}.ipynb").touch()
    for name in ("calls.py", "checks.py"):
        file = own / "course_lib" / "exercises" / TOPIC / name
        file.write_text(file.read_text("utf-8").replace(EXERCISE, "count_pairs"), "utf-8")
    with pytest.raises(CourseError, match=f"count_pairs of {NAME} is also .* of tokenization"):
        release_lesson("20", own)


def test_what_is_not_built_has_its_fix_named(own, tmp_path):
    with pytest.raises(CourseError, match=f"{NAME}.ipynb.*`course release 20 --private {own}`"):
        make_handout(own, NAME, tmp_path)


@pytest.mark.slow
def test_it_is_built_once(released):
    folder, said = released
    built, first, again, second = said
    assert "built in" in built and again == f"{NAME}: nothing changed"
    settings = (folder / "nbgrader_config.py").read_bytes()
    assert settings == (ROOT / "nbgrader_config.py").read_bytes()
    assert first == second and first.startswith(str(folder / "handouts" / f"{NAME}.zip"))


@pytest.mark.slow
def test_the_handout_holds_its_topic_and_no_answer(released, student):
    folder = student / "course_lib" / "exercises" / TOPIC
    files = {"__init__.py", "calls.py", "checks.py", "hints.yaml", "lesson.json", "quiz.yaml"}
    assert {file.name for file in folder.iterdir()} == files
    assert [file.stem for file in student.glob("notebooks/*/*")] == [NAME]
    assert "# Lesson 20. Reversing: what comes first" in (student / "README.md").read_text("utf-8")
    source = (released[0] / "lessons" / f"{NAME}.py").read_bytes()
    texts = [file.read_bytes() for file in student.rglob("*") if file.is_file()]
    for secret in (b"turned_around = ", b"the caller's own list", b"thorough=True)\n"):
        assert secret in source
        assert not [text for text in texts if secret in text]


@pytest.mark.slow
def test_a_student_can_do_it(student, tmp_path):
    cells = json.loads((student / "notebooks" / NAME / f"{NAME}.ipynb").read_text("utf-8"))["cells"]
    setup = "".join(next(cell for cell in cells if cell["id"] == "setup")["source"])
    here = {"PYTHONPATH": str(student), "TOKENS_TO_TRUST_DATA": str(tmp_path), VARIABLE: ""}
    said = printed(f"{ALONE}\n{setup}\n{STUDENT}", student, **here)
    assert said.splitlines()[0] == str(student / "course_lib" / "exercises" / TOPIC / "checks.py")
    for part in ("not yet", "`last_first`: right", "A question", "1. What does", "1 of 1 pass"):
        assert part in said


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="the sandbox needs bubblewrap")
def test_it_is_graded_from_inside_its_folder(released, tmp_path):
    folder = shutil.copytree(released[0], tmp_path / "own")
    submitted = folder / "submitted" / "ada" / NAME
    submitted.mkdir(parents=True)
    shutil.copy(folder / "solutions" / NAME / f"{NAME}.ipynb", submitted)
    command = [sys.executable, "-m", "course_lib.cli", "autograde", "20", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    verdicts = json.loads((folder / "verdicts" / "ada" / NAME / f"{NAME}.json").read_text())
    assert [one["verdict"] for one in verdicts["exercises"]] == ["passed"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="the sandbox needs bubblewrap")
def test_its_known_answers_are_graded_before_a_class_is(released):
    said = printed(
        "import sys\nfrom course_lib.cli import main\n"
        "sys.argv = ['course', 'autograde', '20', '--preflight',\n"
        f"            '--private', {str(released[0])!r}]\n"
        "main()",
        ROOT,
    )
    assert "The full answer: 20 of 20 points" in said and "The empty notebook: 0 of 20" in said
    assert re.search(r"(\d+) of \1 as they should be", said), said


# What is installed in this environment would step in for a module that is not in the folder.
ALONE = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in str(finder)]
"""
STUDENT = """
from course_lib.exercises.reversing import checks
from course_lib.study.check import CheckFailed
from course_lib.study.hint import hint
from course_lib.study.progress import summary_text

print(checks.__file__)

def last_first(items):
    return items

try:
    check(last_first)
except CheckFailed:
    print("not yet")

def last_first(items):
    return list(reversed(items))

check(last_first)
hint("last_first")
print(quiz("reversing"))
print(summary_text())
"""
