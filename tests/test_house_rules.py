"""Sizes and names that keep the course readable, and words that do not belong in it."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "course_lib").rglob("*.py"))
FILE_LINES, FUNCTION_LINES = 400, 40
NO_IDEA = {"utils.py", "helpers.py", "common.py", "misc.py"}  # a file is named for its idea
# Paths of somebody's machine, package servers, and notes that are not part of the project.
FOREIGN = re.compile(
    r"(?<![\w.~])/(work|root|home/(?!jovyan))/?[\w.]+|\.\./shared\b"
    r"|pypi\.org|pythonhosted\.org|registry\.npmjs|download\.pytorch"
    r"|\b(DESIGN|SYLLABUS|STYLE|EXERCISES|FIELD_NOTES|INTERFACES)(\.md| part)|\b[Ii]ssue #?\d+\b"
)
NOT_TEXT = {".png", ".safetensors"}


def project_files() -> list[Path]:
    """Return every text file of the project that is, or may be, committed."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
    asked = subprocess.run(command, capture_output=True, text=True)
    if asked.returncode:
        pytest.skip("this is not a git clone, so it is not known which files belong to it")
    files = {ROOT / name for name in asked.stdout.splitlines()}
    files -= {Path(__file__)}  # which has to name the words
    return [file for file in sorted(files) if file.is_file() and file.suffix not in NOT_TEXT]


def long_functions(source: str) -> list[str]:
    """Return each function with more lines than we aim at, its docstring not counted."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False)
            body = node.end_lineno - node.lineno + 1 - (text.count("\n") + 1 if text else 0)
            if body > FUNCTION_LINES:
                found.append(f"{node.name}: {body} lines")
    return found


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_short(file: Path):
    source = file.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= FILE_LINES
    assert long_functions(source) == []
    assert file.name not in NO_IDEA


def test_a_long_function_is_found():
    source = "def long():\n" + "    x = 1\n" * FUNCTION_LINES
    assert long_functions(source) == [f"long: {FUNCTION_LINES + 1} lines"]
    assert long_functions("def short():\n" + "    x = 1\n" * (FUNCTION_LINES - 1)) == []


def test_no_file_speaks_of_a_machine_or_a_server():
    found = []
    for file in project_files():
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if match := FOREIGN.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {match[0]}")
    assert not found


@pytest.mark.parametrize(
    "line",
    ["in /work/main/x", "/root/.pyenv", "../shared/a", "https://pypi.org/x", "DESIGN part 4"],
)
def test_such_a_word_is_found(line: str):
    assert FOREIGN.search(line)


@pytest.mark.parametrize(
    "line", ["work/01_a", "the rest/home", "~/work/a", "at/working", "/home/jovyan/a", "a design"]
)
def test_ordinary_words_are_let_through(line: str):
    assert not FOREIGN.search(line)
