"""The panel says what `course doctor` found, and the fix for each thing that fails."""

import subprocess

import pytest

from course_lib.study import environment_check

GOOD = "OK       Python: 3.12\nOK       memory: 8 GB\nEverything a lesson needs is here.\n"
BAD = (
    "OK       Python: 3.12\nFAIL     memory: 1 GB: too little\n         Fix: close programs\n"
    "optional bwrap: not here (only grading uses it)\nFAIL     smollm2: missing\n"
    "         Fix: `course fetch`\n2 failed\n"
)


def test_all_is_here():
    panel = environment_check.panel(GOOD)
    assert panel.kind == "passed"
    assert "Everything that the lessons need is here" in repr(panel)


def test_each_failure_is_named_with_its_fix_and_nothing_else():
    panel = environment_check.panel(BAD)
    assert panel.kind == "failed"
    assert panel.rows == (
        ("memory", "1 GB: too little\n**Fix:** close programs"),
        ("smollm2", "missing\n**Fix:** `course fetch`"),
    )


@pytest.mark.parametrize(("report", "last"), [("", "nothing"), ("a\nImportError: x\n", "x")])
def test_a_doctor_who_breaks_down_is_reported(report, last):
    panel = environment_check.panel(report)
    assert panel.kind == "failed"
    assert last in repr(panel)


def test_a_doctor_without_an_answer_is_a_failure(monkeypatch):
    def endless(*_, **__):
        raise subprocess.TimeoutExpired("course doctor", 1)

    monkeypatch.setattr(subprocess, "run", endless)
    assert environment_check.panel(environment_check.said()).rows[0][0] == "course doctor"


@pytest.mark.slow
def test_the_panel_understands_the_real_doctor():
    report = environment_check.said()
    panel = environment_check.panel(report)
    assert "could not be examined" not in panel.title
    assert (panel.kind == "failed") == ("\nFAIL " in f"\n{report}")
