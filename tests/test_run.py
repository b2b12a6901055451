"""What `make test` says in its last lines, and what CI does not forgive."""

import subprocess
import sys

import pytest

from tests import run

REPORT = """<testsuites><testsuite>
  <testcase name="a"/>
  <testcase name="b"/>
  <testcase name="c"><failure message="no"/></testcase>
  <testcase name="d"><error message="no"/></testcase>
  <testcase name="e"><skipped message="no Chromium on this computer"/></testcase>
  <testcase name="f"><skipped message="Skipped: no Chromium on this computer"/></testcase>
</testsuite></testsuites>"""


def test_tests_are_counted_and_skipped_ones_listed_by_reason():
    result = run.counted(REPORT)
    assert result.lines() == [
        "Left out: 2 x no Chromium on this computer",
        "2 passed, 2 failed, 2 skipped",
    ]


@pytest.mark.parametrize(
    ("ci", "here", "missing"),
    [
        ("true", set(), ["chromium", "bwrap"]),
        ("true", {"chromium"}, ["bwrap"]),
        ("true", {"chromium", "bwrap"}, []),
        ("", set(), []),
    ],
)
def test_only_ci_must_have_its_programs(monkeypatch, ci, here, missing):
    monkeypatch.setattr(run.shutil, "which", lambda name: name if name in here else None)
    assert run.missing_in_ci({"CI": ci}) == missing


@pytest.fixture
def steps(monkeypatch):
    """Replace every step; return what was run, and let a test choose what fails."""
    done, failing = [], set()

    def step(title, words=None):
        done.append(title)
        return run.Result(failed=1) if title in failing else run.Result(passed=1)

    monkeypatch.setattr(run, "command", step)
    monkeypatch.setattr(run, "pytest", step)
    monkeypatch.setattr(run, "solutions", lambda: step("solutions"))
    monkeypatch.setattr(run, "missing_in_ci", lambda environment: [])
    monkeypatch.setattr(run.os, "chdir", lambda folder: None)
    return done, failing


def test_check_is_a_part_of_test(steps, capsys):
    done, _ = steps
    assert run.main(["check"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 0 failed, 0 skipped"
    assert run.main(["test"]) == 0
    assert done[:2] == done[3:5] == ["lint", "built notebooks are fresh"]
    assert done[-1] == "solutions"


@pytest.mark.parametrize("mode", ["check", "test"])
def test_one_failure_is_exit_1_and_all_steps_still_run(steps, capsys, mode):
    done, failing = steps
    failing.add("lint")
    assert run.main([mode]) == 1
    assert len(done) >= 3
    assert ", 1 failed, " in capsys.readouterr().out.splitlines()[-1]


def test_a_missing_program_in_ci_is_a_failure(steps, monkeypatch, capsys):
    monkeypatch.setattr(run, "missing_in_ci", lambda environment: ["bwrap"])
    assert run.main(["test"]) == 1
    assert "CI needs bwrap" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "counts"),
    [
        ("def test_a(): pass", (1, 0)),
        ("def test_a(): assert False", (0, 1)),
        ("x = 1", (0, 1)),  # no test ran
        ("import nothing_of_this_name", (0, 1)),
    ],
)
def test_pytest_is_run_and_counted(tmp_path, source, counts):
    (tmp_path / "test_one.py").write_text(source)
    result = run.pytest("one", ["-q", "-p", "no:cacheprovider", str(tmp_path)])
    assert (result.passed, result.failed) == counts


def test_a_command_counts_once():
    assert run.command("true", [sys.executable, "-c", ""]).passed == 1
    assert run.command("false", [sys.executable, "-c", "raise SystemExit(3)"]).failed == 1


def test_bench_runs_what_is_named(monkeypatch, tmp_path, capsys):
    (tmp_path / "benchmarks").mkdir()
    for name in ("one", "two"):
        (tmp_path / "benchmarks" / f"{name}.py").write_text("")
    ran = []

    def fake(command):
        ran.append(command[-1])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run.subprocess, "run", fake)
    monkeypatch.setenv("ANSWER_SEEDS", "3")
    assert run.bench(["two"]) == 0
    assert [name.rsplit("/")[-1] for name in ran] == ["two.py"]
    assert run.bench([]) == 0 and len(ran) == 4 and ran[-1] == "tests/answers"
    assert run.bench(["three"]) == 2
    assert "there are: one, two, answers" in capsys.readouterr().err
