"""Building: twice the same bytes, only what changed, and every stale or edited file is named."""

import json
import shutil
import time

import pytest

from course_lib.build.course import Course
from course_lib.build.lessons import build_lessons, check_lessons
from course_lib.build.problem import LessonsRefused
from course_lib.classroom.markers import BUILD_NOTE
from course_lib.errors import CourseError
from tests.build.tiny import NAME, changed, environment

GOES_ON = 'print("the lesson goes on")\n'
SOLUTION = f"solutions/{NAME}/{NAME}.ipynb"
RELEASE = f"notebooks/{NAME}/{NAME}.ipynb"
FACTS = "course_lib/exercises/doubling/lesson.json"
SOURCE = f"lessons/{NAME}.py"


@pytest.fixture
def copy(built: Course, tmp_path, monkeypatch) -> Course:
    """The tiny course, built, to change."""
    course = Course(tmp_path / "copy")
    shutil.copytree(built.root, course.root)
    monkeypatch.setenv("PYTHONPATH", environment(course)["PYTHONPATH"])
    return course


def built_bytes(course: Course) -> list[bytes]:
    return [(course.root / name).read_bytes() for name in (SOLUTION, RELEASE, FACTS)]


def edited(file, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.slow
def test_two_builds_give_the_same_bytes(copy):
    before = built_bytes(copy)
    assert build_lessons(["1"], copy)[0].startswith("01_doubling: built in")
    assert built_bytes(copy) == before


@pytest.mark.slow
def test_two_builds_differ_in_the_outputs_of_tagged_cells_alone(copy):
    demo = "".join(f"# %%\nprint({n})\n\n" for n in range(4))
    noisy = '# %% tags=["nbval-ignore-output"]\nimport random\nx = random.random()\nprint(x)\n\n'
    changed(copy, (f"# %%\n{GOES_ON}", f"{demo}{noisy}# %%\nassert x < 1\n"))
    found = []
    for _ in range(2):
        build_lessons(["01"], copy)
        solution, release, facts = built_bytes(copy)
        notebook = json.loads(solution)
        (tagged,) = (c for c in notebook["cells"] if "nbval-ignore-output" in str(c["metadata"]))
        text = tagged["outputs"][0].pop("text")
        notebook["metadata"][BUILD_NOTE].pop("built")  # it is a hash of that output too
        found.append((text, (notebook, release, facts)))
    assert found[0][0] != found[1][0]
    assert found[0][1] == found[1][1]


def test_what_has_not_changed_is_not_built_again(copy):
    before = (copy.root / SOLUTION).stat().st_mtime_ns
    assert build_lessons(course=copy) == ["01_doubling: nothing changed"]
    assert (copy.root / SOLUTION).stat().st_mtime_ns == before


def test_a_fresh_course_has_no_problems_and_is_checked_at_once(copy):
    start = time.process_time()
    assert check_lessons(copy) == []
    assert time.process_time() - start < 0.5  # nine lessons of ten times this size in 5 seconds


@pytest.mark.parametrize(
    ("file", "old", "new", "named", "reason"),
    [
        (SOURCE, "goes on", "ends", SOLUTION, "is older than"),
        (SOURCE, "Half a number", "A half", SOLUTION, "is older than"),
        ("course_lib/exercises/doubling/hints.yaml", "twice", "2 x", SOLUTION, "is older than"),
        ("nbgrader_config.py", "Your code", "Code", SOLUTION, "is older than"),
        (SOLUTION, "x + x", "2 * x", SOLUTION, "was edited by hand"),
        (SOLUTION, "twice 21 is 42", "twice 21 is 41", SOLUTION, "was edited by hand"),
        (RELEASE, "Your code", "My code", RELEASE, "was edited by hand"),
        (RELEASE, '"source"', '"sauce"', RELEASE, "was edited by hand"),
        (FACTS, "twenty_one", "twenty_two", FACTS, "is not what lessons/01_doubling.py says"),
    ],
)
def test_a_stale_or_edited_file_is_named_with_the_fix(copy, file, old, new, named, reason):
    edited(copy.root / file, old, new)
    problems = check_lessons(copy)
    assert named in [problem.file for problem in problems]
    for problem in problems:
        assert "run `course build 01`" in problem.reason
    assert any(problem.file == named and reason in problem.reason for problem in problems)


@pytest.mark.slow
@pytest.mark.parametrize("file", [SOURCE, SOLUTION, RELEASE, FACTS])
def test_a_build_mends_what_is_stale_or_edited(copy, file):
    edited(copy.root / file, "Half a number", "A half")
    assert check_lessons(copy) != []
    assert build_lessons(course=copy) != ["01_doubling: nothing changed"]
    assert check_lessons(copy) == []


@pytest.mark.parametrize("file", [SOLUTION, RELEASE, FACTS])
def test_a_missing_file_is_named(copy, file):
    (copy.root / file).unlink()
    assert [str(problem) for problem in check_lessons(copy)] == [
        f"{file}: is missing: run `course build 01`"
    ]


@pytest.mark.parametrize("text", ["", "{}", '{"metadata": {"tokens_to_trust": 3}}', "<<<<<<< HEAD"])
def test_a_damaged_solution_counts_as_edited(copy, text):
    (copy.root / SOLUTION).write_text(text, encoding="utf-8")
    (problem,) = check_lessons(copy)
    assert (problem.file, "edited by hand" in problem.reason) == (SOLUTION, True)


def test_a_notebook_without_its_source_is_named(copy):
    (copy.root / SOURCE).unlink()
    assert [problem.file for problem in check_lessons(copy)] == [SOLUTION, RELEASE]


def test_line_ends_of_another_system_are_no_change(copy):
    for name in (SOLUTION, RELEASE, FACTS, SOURCE):
        file = copy.root / name
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert check_lessons(copy) == []


def test_a_lesson_that_breaks_a_rule_is_not_built(copy):
    before = built_bytes(copy)
    changed(copy, ("points=10", "points=9"))
    with pytest.raises(LessonsRefused, match="add to 19 points"):
        build_lessons(course=copy)
    assert [problem.file for problem in check_lessons(copy)] == [SOURCE, SOURCE]
    assert built_bytes(copy) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("1 / 0\n", "it raised ZeroDivisionError"),
        ("import sys\nprint('a warning', file=sys.stderr)\n", "it writes to stderr: a warning"),
        ("import warnings\nwarnings.warn('old')\n", "it writes to stderr"),
        ("print(object())\n", "it prints an address, <object object at 0x"),
        ("object()\n", "it prints an address"),
        (
            "from IPython.display import Image, display\ndisplay(Image(b'GIF89a', format='png'))\n",
            "a figure without alt text",
        ),
        (
            "from IPython.display import HTML\nHTML('<img src=a.png>')\n",
            "an image without alt text",
        ),
    ],
)
def test_what_a_reader_must_not_see_is_refused_after_the_run(copy, new, reason):
    before = built_bytes(copy)[:2]
    changed(copy, (GOES_ON, new))
    with pytest.raises(LessonsRefused) as refused:
        build_lessons(course=copy)
    (problem,) = refused.value.problems
    assert problem.file == SOURCE
    assert problem.cell == "cell test_running_sum-1"
    assert reason in problem.reason
    assert built_bytes(copy)[:2] == before


@pytest.mark.slow
def test_an_answer_that_fails_its_own_test_is_refused(copy):
    changed(copy, ("    return x * 0.5\n", "    return x * 0.25\n"))
    with pytest.raises(LessonsRefused, match="cell test_halve: it raised AssertionError"):
        build_lessons(course=copy)


@pytest.mark.slow
def test_outputs_keep_no_trace_of_one_kernels_life(copy):
    changed(
        copy,
        ("from tiny_check import check\n", "import ipywidgets\nfrom tiny_check import check\n"),
        (GOES_ON, "ipywidgets.IntSlider(description='steps')\n"),
    )
    build_lessons(course=copy)
    text = (copy.root / SOLUTION).read_text(encoding="utf-8")
    assert "IntSlider(" in text
    for trace in (
        "widget-view",
        "widget-state",
        "model_id",
        "language_info",
        "shell.execute_reply",
    ):
        assert trace not in text


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        (SOURCE, "import os\n", f"{SOURCE}, line 1: there is text before"),
        (
            "course_lib/exercises/doubling/hints.yaml",
            "halve: one\n",
            "course_lib/exercises/doubling/hints.yaml: cannot be read: it should give",
        ),
        (
            "course_lib/exercises/doubling/hints.yaml",
            "halve: [",
            "course_lib/exercises/doubling/hints.yaml: cannot be read: while parsing",
        ),
    ],
)
def test_a_source_that_cannot_be_read_is_a_problem_too(copy, file, text, named):
    (copy.root / file).write_text(text, encoding="utf-8")
    (problem,) = check_lessons(copy)
    assert str(problem).startswith(named)
    with pytest.raises(LessonsRefused):
        build_lessons(course=copy)


def test_a_lesson_that_does_not_exist_is_a_users_mistake(copy):
    with pytest.raises(CourseError, match="There is no lesson 12; there are: 01."):
        build_lessons(["12"], copy)
