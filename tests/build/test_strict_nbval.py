"""Strict nbval over a solution fails when a check fails, although its cells let a run go on."""

import shutil
import subprocess
import sys

import pytest

from course_lib.build.course import Course
from tests.build.tiny import NAME, ROOT, environment

pytestmark = pytest.mark.slow


def nbval(course: Course) -> subprocess.CompletedProcess:
    strict = ["--nbval", f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}"]
    words = [*strict, "-p", "no:cacheprovider", "-q", "--rootdir=."]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words, f"solutions/{NAME}/{NAME}.ipynb"],
        cwd=course.root,
        env=environment(course),
        capture_output=True,
        text=True,
    )


def test_a_solution_passes(built):
    done = nbval(built)
    assert done.returncode == 0, done.stdout
    assert "9 passed" in done.stdout


def test_each_cell_that_goes_wrong_fails_even_where_it_may_raise(built, tmp_path):
    course = Course(tmp_path / "copy")
    shutil.copytree(built.root, course.root)
    file = course.solution(NAME)
    text = file.read_text(encoding="utf-8")
    for old, new in [
        ("twice 21 is 42", "twice 21 is 41"),  # an output: 1 cell
        ("def double(x):", "1 / 0\\ndef double(x):"),  # an answer that raises, and its test: 2
        ("return x * 0.5", "return x * 0.25"),  # an answer that is wrong, so its test: 1
    ]:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    assert text.count("raises-exception") == 6
    assert "4 failed, 5 passed" in nbval(course).stdout
