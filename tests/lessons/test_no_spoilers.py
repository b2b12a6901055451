"""The cells of a lesson take from `llm` only what lessons before it taught."""

import ast
from pathlib import Path

import pytest

from course_lib.build.source import read_cells
from course_lib.classroom.taught import taught_before

ROOT = Path(__file__).parents[2]


def llm_modules(source: str) -> set[str]:
    """Return the modules of course_lib.llm that a piece of Python imports."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        modules |= {name.split(".")[2] for name in names if name.startswith("course_lib.llm.")}
    return modules


def spoilers(number: str, source: str) -> set[str]:
    """Return the modules that a cell of a lesson imports too early."""
    return llm_modules(source) - taught_before(number)


@pytest.mark.parametrize("lesson", sorted(ROOT.glob("lessons/[0-9]*.py")), ids=lambda p: p.stem)
def test_a_lesson_imports_only_what_was_taught(lesson):
    for cell in read_cells(lesson.read_text(encoding="utf-8")):
        if cell.kind == "code":
            assert not spoilers(lesson.stem[:2], cell.text), cell.place


def test_a_spoiler_is_found():
    early = "from course_lib.llm import tokenizer\nimport course_lib.llm.attention"
    assert spoilers("01", early) == {"tokenizer", "attention"}
    assert spoilers("02", early) == {"attention"}
    assert spoilers("04", early) == set()


def test_an_import_of_a_name_is_an_import_of_its_module():
    assert spoilers("01", "from course_lib.llm.tokenizer import train_bpe") == {"tokenizer"}
