"""Outputs of the built lessons are there; strict nbval compares all but pictures and bars."""

import re
import subprocess
import sys

import pytest
from nbval.plugin import get_sanitize_patterns

from course_lib.study.progress_bar import finished
from tests.lessons.built import ROOT, SOLUTIONS, code, source

TRAINING = ("06", "07", "08")
each_solution = pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)


def is_compared(cell: dict) -> bool:
    tags = cell["metadata"].get("tags", [])
    comments = re.findall(r"^\s*#+\s*(?:NBVAL|PYTEST_VALIDATE)_\w+", source(cell), re.MULTILINE)
    return not comments and not [tag for tag in tags if "nbval" in tag or "skip" in tag]


@each_solution
def test_nine_tenths_of_the_cells_are_compared(solution):
    cells = code(solution)
    most = 0.2 if solution.stem[:2] in TRAINING else 0.1
    assert sum(not is_compared(cell) for cell in cells) <= most * len(cells)


@each_solution
def test_every_cell_was_run_in_order(solution):
    counts = [cell["execution_count"] for cell in code(solution)]
    assert counts == list(range(1, len(counts) + 1))  # nbval compares nothing in a cell not run


@each_solution
def test_no_solution_holds_an_error_or_a_warning(solution):
    outputs = [(cell["id"], output) for cell in code(solution) for output in cell["outputs"]]
    bad = [
        name
        for name, output in outputs
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    assert outputs
    assert bad == []


def sanitized(text: str) -> str:
    patterns = get_sanitize_patterns((ROOT / "tests" / "nbval.cfg").read_text(encoding="utf-8"))
    assert patterns
    for pattern, replacement in patterns:
        text = re.sub(pattern, replacement, text)
    return text


def test_nbval_reads_a_bar_at_its_beginning_as_the_same_bar_at_its_end():
    """It does not follow updates of an output, so it sees a bar as it was drawn first."""
    for total, what in [(100, "steps"), (1_200, "steps of width 8")]:
        begun, done = f"0 of {total:,} {what}", finished(total, what)
        assert sanitized(begun) == sanitized(done) == "a bar of steps"
    for kept in ("0 of 20 points", "0 of 100 steps, and then", "loss 0 of 100 steps"):
        assert sanitized(kept) == kept


def test_nbval_is_told_to_blank_nothing_else_but_the_bytes_of_pictures():
    page = (
        '<img alt="Loss falls to 3.21" src="data:image/png;base64,iVBOR/+a0==" width="600"><b>3</b>'
    )
    assert sanitized(page) == '<img alt="Loss falls to 3.21" src="data:image" width="600"><b>3</b>'
    for kept in ("3.21 nats, 0x7f, 2026-11-22", "data:text/html;base64,aGk=", "image/png", "12 ms"):
        assert sanitized(kept) == kept


def test_the_course_is_proved_fresh_in_less_than_five_seconds_of_computing():
    resource = pytest.importorskip("resource", reason="Windows counts no child's seconds")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "course_lib.cli", "build", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done.stderr  # fresh, or named what is not
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5
