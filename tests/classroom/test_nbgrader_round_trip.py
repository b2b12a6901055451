"""Stock nbgrader, start to end: release, submit, autograde, give feedback, export.

The lesson of the build's tests goes round first, then every lesson that is built.
"""

import ast
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.build.course import Course
from course_lib.build.lessons import build_lessons
from course_lib.classroom.answers import full_answers
from course_lib.classroom.grading import HandedIn, grade
from course_lib.classroom.judge import fresh_seed
from course_lib.classroom.lesson import read_lesson
from course_lib.classroom.sandbox.levels import best_level
from course_lib.classroom.sandboxed import Sandbox
from tests.build.tiny import NAME, ROOT, environment, tiny_course

pytestmark = pytest.mark.slow

LESSONS = [NAME, *sorted(path.stem for path in ROOT.glob("solutions/*/*.ipynb"))]
WHOLE = ("01_tokenization", NAME)  # of other lessons the demonstrations are left out
NOISE = 'import os, warnings; warnings.warn("old"); os.write(2, b"a line from below Python\\n")'
UNGRADED = ("00_start",)  # one exercise, for practice
OURS = "ours.ipynb"  # the release as our build made it
WRITTEN = "Because of the pieces: `straw` and `berry`."


# All commands in one process: starting nbgrader takes longer than what it does here.
COMMANDS = """
import sys
from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp

for words in sys.argv[1:]:
    app = NbGraderApp.instance()
    app.initialize(words.split())
    try:
        app.start()
    except NoStart:  # how a finished subcommand comes back
        app.reset()
"""


@pytest.fixture(scope="module", params=LESSONS)
def graded(request, tmp_path_factory) -> tuple[Course, str]:
    """A course in which four students' submissions of a lesson have gone all the way."""
    name = request.param
    course = tiny_course(tmp_path_factory.mktemp(name))
    if name == NAME:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", environment(course)["PYTHONPATH"])
            build_lessons(course=course)
    else:
        for folder in ("solutions", "notebooks"):
            shutil.copytree(ROOT / folder / name, course.root / folder / name)
    shutil.copy(course.release(name), course.root / OURS)

    release, answers = cells_of(course.release(name)), full_answers(course.solution(name))
    bare = without_demonstrations(release)
    half = dict(list(answers.items())[: len(answers) // 2])
    noisy = {key: noisy_version(text) for key, text in answers.items()}
    submit(course, name, "full", answered(release if name in WHOLE else bare, answers))
    submit(course, name, "empty", bare)
    submit(course, name, "half", answered(bare, half))
    submit(course, name, "noisy", answered(bare, noisy))
    steps = [
        f"generate_assignment {name} --force",
        f"autograde {name}",
        f"generate_feedback {name}",
        "export",
    ]
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, *steps],
        cwd=course.root,
        env=environment(course),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return course, name


def cells_of(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell: dict) -> str:
    return "".join(cell["source"])


def grade_id(cell: dict) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def noisy_version(answer: str) -> str:
    """Return an answer whose functions warn, and write to stderr below Python's own."""
    tree = ast.parse(answer)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            place = 1 if ast.get_docstring(function) else 0
            function.body[place:place] = ast.parse(NOISE).body
    return ast.unparse(tree)


def without_demonstrations(notebook: dict) -> dict:
    kept = [
        cell
        for cell in notebook["cells"]
        if grade_id(cell) or (cell["cell_type"] == "code" and cell["id"].startswith("setup"))
    ]
    return {**notebook, "cells": kept}


def answered(notebook: dict, answers: dict[str, str]) -> dict:
    texts = {**answers, "written": WRITTEN}
    cells = [
        {**cell, "source": texts.get(grade_id(cell), source(cell))} for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def submit(course: Course, name: str, student: str, notebook: dict) -> None:
    folder = course.root / "submitted" / student / name
    folder.mkdir(parents=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def most_points(course: Course, name: str) -> tuple[int, int]:
    """Return (points that programs give, all points) of a lesson."""
    cells = [
        cell["metadata"].get("nbgrader", {}) for cell in cells_of(course.solution(name))["cells"]
    ]
    total = sum(cell["points"] for cell in cells if cell.get("grade"))
    return sum(points_of(course, name).values()), total


def points_of(course: Course, name: str) -> dict[str, int]:
    return {
        grade_id(cell).removeprefix("test_"): cell["metadata"]["nbgrader"]["points"]
        for cell in cells_of(course.solution(name))["cells"]
        if grade_id(cell).startswith("test_")
    }


def exported(course: Course) -> dict[str, tuple[float, float]]:
    with open(course.root / "grades.csv", encoding="utf-8", newline="") as file:
        return {
            row["student_id"]: (float(row["score"]), float(row["max_score"]))
            for row in csv.DictReader(file)
        }


def test_nbgrader_releases_the_bytes_that_our_build_releases(graded):
    course, name = graded
    assert course.release(name).read_bytes() == (course.root / OURS).read_bytes()


def test_a_lesson_has_20_points_for_programs_and_2_for_a_person(graded):
    course, name = graded
    assert most_points(course, name) == ((0, 0) if name in UNGRADED else (20, 22))


def test_right_answers_score_all_points_but_a_persons(graded):
    course, name = graded
    assert exported(course)["full"] == most_points(course, name)


def test_an_empty_notebook_scores_0(graded):
    course, name = graded
    assert exported(course)["empty"] == (0, most_points(course, name)[1])


def test_half_the_answers_score_their_own_points(graded):
    course, name = graded
    points = points_of(course, name)
    automatic, total = most_points(course, name)
    half = sum(list(points.values())[: len(points) // 2])
    assert name in UNGRADED or 0 < half < automatic
    assert exported(course)["half"] == (half, total)


def test_warnings_cost_nothing(graded):
    course, name = graded
    assert exported(course)["noisy"] == most_points(course, name)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="the sandbox needs bubblewrap")
def test_the_trusted_path_gives_the_same_scores(graded):
    course, name = graded
    if name == NAME:
        pytest.skip("the lesson of the build's tests has no exercise that is judged")
    lesson = read_lesson(course.release(name))
    with Sandbox(best_level(), lesson) as sandbox:
        for student, (score, _) in exported(course).items():
            data = (course.root / "submitted" / student / name / f"{name}.ipynb").read_bytes()
            result = grade(lesson, HandedIn(student, data, (), "", fresh_seed()), sandbox).result
            assert result.points == score, (student, result)
            assert result.alarms == ()


def test_each_student_gets_feedback(graded):
    course, name = graded
    automatic, total = most_points(course, name)
    scores = {"full": f"{automatic}.0 / {total}.0", "empty": f"0.0 / {total}.0"}
    for student, score in scores.items():
        page = course.root / "feedback" / student / name / f"{name}.html"
        assert f"(Score: {score})" in page.read_text(encoding="utf-8")


def test_the_release_holds_no_hidden_test_and_no_answer(graded):
    course, name = graded
    text = course.release(name).read_text(encoding="utf-8")
    solution = course.solution(name).read_text(encoding="utf-8")
    for marker in ("HIDDEN TESTS", "BEGIN SOLUTION", "MARK SCHEME", "thorough=True"):
        assert marker not in text
    assert "thorough=True" in solution  # there was something to take out
