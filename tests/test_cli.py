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
from tests.runs.mini import TEXT, use_mini

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


@pytest.fixture
def learned(course, monkeypatch, tmp_path):
    """Return the folder of a model of a text, which `course train` has trained."""
    use_mini(monkeypatch)
    monkeypatch.setattr(cli, "MODELS", tmp_path / "models")
    (tmp_path / "own.txt").write_bytes(TEXT.encode())
    code, out, err = course("train", str(tmp_path / "own.txt"), "--like", "mini", "--seed", "3")
    assert (code, err) == (0, "") and "course chat" in out
    return tmp_path / "models" / "own"


def test_what_was_trained_talks(course, learned):
    words = ["chat", "own", "--prompt", "7 cats", "--max-tokens", "9", "--seed", "2"]
    code, out, err = course(*words)
    assert (code, err) == (0, "") and len(out) > 1
    assert course(*words) == (0, out, "")
    assert course("chat", str(learned), *words[2:]) == (0, out, "")


def test_it_goes_on_or_begins_anew_as_told(course, learned):
    words = ["train", str(learned.parents[1] / "own.txt"), "--like", "mini", "--seed"]
    assert "It is trained: all 14 steps" in course(*words, "3")[1]
    code, out, err = course(*words, "4")
    assert (code, out) == (2, "") and err.count("\n") == 1 and "--fresh" in err
    assert course(*words, "4", "--fresh")[0] == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected a text of at least 144 tokens, got 0 in"),
        (b"Too short.", "expected a text of at least 144 tokens"),
        (b"abc\xff", "expected a text in UTF-8, got the byte 0xff at place 3 of"),
        (None, "own.txt is neither a preset (tiny, small, base"),
    ],
)
def test_a_text_that_cannot_be_learned_is_one_line(course, tmp_path, content, said):
    if content is not None:
        (tmp_path / "own.txt").write_bytes(content)
    path, folder = str(tmp_path / "own.txt"), tmp_path / "model"
    code, out, err = course("train", path, "--folder", str(folder))
    assert (code, out) == (2, "") and said in err and err.count("\n") == 1
    assert not folder.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["own", "--prompt", "cat " * 400], "expected a text of 1 to 128 tokens"),
        (["own", "--temperature", "-1"], "--temperature takes a number from 0 on, not -1.0."),
        (["own", "--top-p", "0"], "--top-p takes a number above 0, up to 1, not 0.0."),
        (["nobody"], "There is no model called nobody; there are smollm2, own, "),
        (["."], "is not the config of a model"),
    ],
)
def test_what_cannot_be_answered_is_one_line(course, learned, words, said):
    code, out, err = course("chat", *words)
    assert (code, out) == (2, "") and said in err and err.count("\n") == 1


def run_course(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "course_lib.cli", *words],
        capture_output=True,
        text=True,
        cwd=cli.ROOT,
    )


@pytest.mark.slow
@pytest.mark.skipif(
    bool(assets.missing()), reason="the models and texts are not here: run `course fetch`"
)
def test_smollm2_knows_the_capital_of_france():
    words = ["chat", "smollm2", "--raw", "--greedy", "--max-tokens", "8", "--prompt"]
    done = run_course(*words, "The capital of France is")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(" Paris") and done.stdout.endswith("\n")
    done = run_course("chat", "--prompt", "Hello<|im_end|>")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("a message must not hold '<|im_end|>'")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("own", [None, "active"])
def test_threads_are_patient_before_torch_is_there(own):
    code = (
        "import os, sys; from course_lib import cli;"
        "cli.app = lambda: print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules);"
        "cli.main()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": own} if own else {}
    asked = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert asked.stdout == f"{own or 'passive'} False\n", asked.stderr


def test_course_starts_without_the_heavy_libraries():
    code = "import sys, course_lib.cli; print({'torch', 'jupyterlab', 'numpy'} & set(sys.modules))"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert asked.stdout.strip() == "set()", asked.stderr


def test_the_makefile_lists_every_command_it_has():
    makefile = (Path(cli.ROOT) / "Makefile").read_text(encoding="utf-8")
    targets = makefile.split(".PHONY:")[1].splitlines()[0].split()
    assert all(f"\n{target}: ## " in makefile for target in targets)
