"""`course`: what each command starts, what it prints, and how it ends."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import assets, cli, doctor, launch
from course_lib.build import lessons
from course_lib.build.problem import LessonsRefused, Problem
from course_lib.errors import CourseError
from course_lib.study import progress, workspace

STALE = Problem("solutions/01_a/01_a.ipynb", "", "is older than lessons/01_a.py")


@pytest.fixture
def course(monkeypatch, capsys):
    """Return a function that runs `course` with words: (exit code, output, errors)."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["course", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


def test_a_users_mistake_is_one_line_and_exit_2(course, monkeypatch):
    def refuse(number):
        raise CourseError("There is no lesson 77; there are: 01.")

    monkeypatch.setattr(workspace, "open_lesson", refuse)
    assert course("lab", "77") == (2, "", "There is no lesson 77; there are: 01.\n")


def test_a_full_disk_is_one_line_and_exit_2(course, monkeypatch):
    def refuse(number):
        raise OSError(errno.ENOSPC, "No space left on device", "work/01_a")

    monkeypatch.setattr(workspace, "reset", refuse)
    code, out, err = course("reset", "01")
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert err.startswith("Cannot write work/01_a: No space left on device. Make room there")


def test_another_failure_of_the_system_is_not_hidden(monkeypatch):
    def fail(number):
        raise FileNotFoundError(errno.ENOENT, "No such file")

    monkeypatch.setattr(workspace, "reset", fail)
    monkeypatch.setattr(sys, "argv", ["course", "reset", "01"])
    with pytest.raises(FileNotFoundError):
        cli.main()


def test_a_terminal_without_arrows_shows_another_sign():
    code = (
        "import sys; from course_lib import cli; from course_lib.study import progress;"
        "progress.summary_text = lambda: '\\u2192 next'; sys.argv = ['course', 'progress'];"
        "cli.main()"
    )
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert asked.stdout.strip() == b"? next", asked.stderr


@pytest.mark.parametrize("words", [["nonsense"], ["lab", "--port", "0"], ["lab", "--port", "x"]])
def test_a_wrong_word_is_exit_2_without_a_traceback(course, words, monkeypatch):
    monkeypatch.setattr(launch, "open_lab", lambda *given: None)
    monkeypatch.setattr(launch, "fetch_missing", lambda: None)
    monkeypatch.setattr(workspace, "open_lesson", lambda number: cli.WORK)
    code, _, err = course(*words)
    assert code == 2 and "Traceback" not in err and err


@pytest.mark.parametrize(
    ("words", "lesson", "port", "browser"),
    [
        ([], "00", None, True),
        (["02", "--port", "8890", "--no-browser"], "02", 8890, False),
    ],
)
def test_lab_copies_fetches_and_opens(course, monkeypatch, words, lesson, port, browser):
    done = []
    notebook = cli.WORK / "x.ipynb"
    monkeypatch.setattr(workspace, "open_lesson", lambda number: done.append(number) or notebook)
    monkeypatch.setattr(launch, "fetch_missing", lambda: done.append("fetched"))
    monkeypatch.setattr(launch, "open_lab", lambda *given: done.append(given))
    assert course("lab", *words)[0] == 0
    *before, (opened, root, log, asked_port, asked_browser) = done
    assert before == [lesson, "fetched"]
    assert (opened, root, asked_port, asked_browser) == (notebook, cli.WORK, port, browser)
    assert log.name == "jupyterlab.log" and not log.is_relative_to(cli.ROOT)


def test_fetch_says_where_the_files_are(course, monkeypatch):
    monkeypatch.setattr(assets, "missing", lambda: [])
    code, out, _ = course("fetch")
    assert code == 0 and str(assets.cache_dir()) in out


@pytest.mark.parametrize(
    ("checks", "code", "last"),
    [
        ([doctor.Check("Python", "3.12")], 0, "Everything a lesson needs is here."),
        ([doctor.Check("memory", "1 GB", "a larger one")], 1, "1 failed"),
        ([doctor.Check("bwrap", "no", "install", optional=True)], 0, "Everything a lesson"),
    ],
)
def test_doctor_ends_with_1_on_any_fail(course, monkeypatch, checks, code, last):
    monkeypatch.setattr(doctor, "examine", lambda *folders: iter(checks))
    found, out, _ = course("doctor")
    assert found == code and out.splitlines()[-1].startswith(last)
    assert ("Fix: a larger one" in out) == bool(code)


def test_reset_and_update_print_what_they_did(course, monkeypatch):
    monkeypatch.setattr(workspace, "reset", lambda number: f"{number} is fresh")
    monkeypatch.setattr(workspace, "update", lambda: [])
    assert course("reset", "01")[:2] == (0, "01 is fresh\n")
    assert course("update")[:2] == (0, "Your copies are up to date.\n")
    monkeypatch.setattr(workspace, "update", lambda: ["01: 3 cells are new.", "Reload it."])
    assert course("update")[:2] == (0, "01: 3 cells are new.\nReload it.\n")


def test_progress_prints_the_summary(course, monkeypatch):
    monkeypatch.setattr(progress, "summary_text", lambda: "Lesson 01\n8 of 20 points")
    assert course("progress")[:2] == (0, "Lesson 01\n8 of 20 points\n")


@pytest.mark.parametrize(
    ("words", "asked"), [(["build"], None), (["build", "01"], ["01"]), (["build", "1"], ["1"])]
)
def test_build_builds_what_is_asked(course, monkeypatch, words, asked):
    given = []
    monkeypatch.setattr(lessons, "build_lessons", lambda numbers: given.append(numbers) or ["ok"])
    assert course(*words)[:2] == (0, "ok\n")
    assert given == [asked]


def test_a_refused_lesson_is_exit_1_with_each_problem(course, monkeypatch):
    def refuse(numbers):
        raise LessonsRefused([STALE, STALE])

    monkeypatch.setattr(lessons, "build_lessons", refuse)
    assert course("build") == (1, "", f"{STALE}\n{STALE}\n")


@pytest.mark.parametrize(("problems", "code"), [([], 0), ([STALE], 1)])
def test_build_check_says_whether_all_is_fresh(course, monkeypatch, problems, code):
    monkeypatch.setattr(lessons, "check_lessons", lambda: problems)
    assert course("build", "--check")[0] == code


def test_check_takes_no_number(course):
    assert course("build", "01", "--check")[0] == 2


def test_course_starts_without_the_heavy_libraries():
    code = "import sys, course_lib.cli; print({'torch', 'jupyterlab', 'numpy'} & set(sys.modules))"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert asked.stdout.strip() == "set()", asked.stderr


def test_the_makefile_lists_every_command_it_has():
    makefile = (Path(cli.ROOT) / "Makefile").read_text(encoding="utf-8")
    targets = makefile.split(".PHONY:")[1].splitlines()[0].split()
    assert all(f"\n{target}: ## " in makefile for target in targets)
