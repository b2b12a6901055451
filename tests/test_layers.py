"""The layers: a module imports only from layers below its own."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETUP = {"bootstrap", "environment", "installer"}  # they run before anything is installed
# Lowest first. What shares a layer does not import each other.
LAYERS = [
    {"errors", "memory", "threads", *SETUP},
    {"private"},
    {"llm", "tinyville", "assets", "gguf_file"},
    {"smollm2"},
    {"runs"},
    {"exercises"},
    {"study"},
    {"classroom"},
    {"build"},
    {"launch", "doctor", "terminal"},
    {"cli"},
]
ONLY_STUDY = {"matplotlib", "ipywidgets"}
ONLY = {  # all they import besides the standard library and lower layers
    "course_lib/llm/*.py": {"torch", "regex", "safetensors"},
    "course_lib/exercises/*/calls.py": {"torch"},
}
FILES = sorted((ROOT / "course_lib").rglob("*.py"))


def imports(source: str) -> set[str]:
    """Return the full name of each module or name that a source imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            found |= {f"{prefix}.{alias.name}" for alias in node.names}
    return found


def part_of(module: str) -> str:
    """Return which part of course_lib a module belongs to: course_lib.study.check -> study."""
    return module.split(".")[1]


def rank(part: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if part in layer)


def broken_rules(name: str, source: str) -> list[str]:
    """Return each import of a file (course_lib/study/check.py, say) that its layer forbids."""
    part = Path(name).with_suffix("").parts[1]
    problems = []
    for module in imports(source):
        if module.startswith("."):
            problems.append(f"{name}: write {module} as course_lib...")
        elif module.startswith("course_lib."):
            other = part_of(module)
            setup = part in SETUP and other in SETUP
            if other != part and not setup and rank(other) >= rank(part):
                problems.append(f"{name} ({part}) imports {module}, which is not below it")
        elif part in SETUP and module.split(".")[0] not in sys.stdlib_module_names:
            problems.append(f"{name} runs before {module} is installed")
        elif module.split(".")[0] in ONLY_STUDY and part != "study":
            problems.append(f"{name} imports {module}, which is for study")
    return problems


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_come_from_layers_below(file: Path):
    name = file.relative_to(ROOT).as_posix()
    if file.name == "__init__.py":
        assert file.read_text() == "", f"{name} is not empty"
        return
    assert broken_rules(name, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("course_lib/llm/model.py", "from course_lib import assets"),
        ("course_lib/llm/model.py", "def f():\n    from course_lib.study.check import check"),
        ("course_lib/errors.py", "import course_lib.assets"),
        ("course_lib/build/rules.py", "import matplotlib.pyplot as plt"),
        ("course_lib/bootstrap.py", "import rich"),
        ("course_lib/bootstrap.py", "from course_lib import cli"),
        ("course_lib/study/check.py", "from . import hint"),
    ],
)
def test_a_forbidden_import_is_found(name: str, source: str):
    assert len(broken_rules(name, source)) == 1


@pytest.mark.parametrize("pattern", ONLY)
def test_these_files_use_few_libraries(pattern: str):
    for file in ROOT.glob(pattern):
        tops = {module.split(".")[0] for module in imports(file.read_text(encoding="utf-8"))}
        assert tops - set(sys.stdlib_module_names) - {"course_lib"} <= ONLY[pattern], file
