"""`environment_check()`: what `course doctor` finds, said in a panel of the notebook."""

import os
import re
import subprocess
import sys
from pathlib import Path

from course_lib.study.panel import Panel

ROOT = Path(__file__).resolve().parents[2]
DOCTOR = [sys.executable, "-m", "course_lib.cli", "doctor"]
SECONDS = 120
# What an examination without a failure means.
READY = (
    ("Python", "fits the course, and PyTorch computes"),
    ("Packages", "as the course names them"),
    ("Models and texts", "on this computer: no network is needed from here on"),
    ("Your work", "can be saved, and your progress too"),
)


def environment_check() -> None:
    """Run `course doctor` and show a panel: all is here, or what is missing and the fix."""
    panel(said()).show()


def said() -> str:
    """Return what `course doctor` prints."""
    try:
        done = subprocess.run(
            DOCTOR,
            cwd=ROOT,
            env=os.environ | {"PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"FAIL  course doctor: no answer within {SECONDS} seconds\n  Fix: try again"
    return done.stdout + done.stderr


def panel(report: str) -> Panel:
    """Return the panel for a report of `course doctor`: only what fails is named in full."""
    failed = re.findall(r"^FAIL +(.+?): (.*)\n +Fix: (.*)$", report, re.MULTILINE)
    if failed:
        rows = tuple((name, f"{found}\n**Fix:** {fix}") for name, found, fix in failed)
        return Panel("failed", "Something is missing on this computer", rows)
    if "Everything a lesson needs is here." not in report:
        last = (report.strip().splitlines() or ["it printed nothing"])[-1]
        rows = (("course doctor", last), ("Fix", "run `course doctor` in a terminal"))
        return Panel("failed", "This computer could not be examined", rows)
    return Panel("passed", "Everything that the lessons need is here", READY)
