"""The part of the course that a submission may see while it is graded, copied to a folder.

Where a lesson's own code, its checks and its answers are not, nobody can read them or call them.
"""

import ast
import shutil
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from course_lib.classroom.taught import not_yet_taught, taught_before

SANDBOX = (
    "course_lib.classroom.inside.server",
    "course_lib.classroom.sandbox.start_landlocked",
    "course_lib.classroom.sandbox.start_limited",
    "course_lib.exercises.codec",
    "course_lib.exercises.observe",
)
OURS = ("course_lib.", "tests.answers.")


def stage(
    topic: str, number: str, setup: Iterable[str], folder: Path, more: Iterable[str] = ()
) -> list[str]:
    """Copy what the code of a lesson may see into a folder, to be first on PYTHONPATH.

    Args:
        topic: of the lesson, for example "attention".
        number: of the lesson, for example "03".
        setup: the sources of its set-up cells.
        folder: where the package course_lib is made; readable for everybody.
        more: modules that are added with all they need, for a test of the checks themselves.

    Returns:
        The modules that are worth importing once for all submissions.
    """
    wanted = {name for source in setup for name in imported(source)}
    towns = {name for name in wanted if name.startswith("course_lib.tinyville")}
    known = {f"course_lib.llm.{module}" for module in taught_before(number)}
    secret = {f"course_lib.llm.{module}" for module in not_yet_taught(number)}
    roots = {f"course_lib.exercises.{topic}.calls", *SANDBOX, *towns, *known}
    modules = closure(roots, leave_out=secret) | closure(more)
    for name, file in modules.items():
        target = folder.joinpath(*name.split(".")).with_suffix(".py")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    for package in {parent for name in modules for parent in _parents(name)}:
        (folder.joinpath(*package.split(".")) / "__init__.py").touch()
    _readable(folder)
    return sorted(name for name in [*wanted, *more] if _warm(name, modules))


def closure(roots: Iterable[str], leave_out: Iterable[str] = ()) -> dict[str, Path]:
    """Return {module: its file} of all modules of the course that these modules need."""
    found, waiting = {}, sorted(roots)
    while waiting:
        name = waiting.pop()
        file = None if name in found or name in leave_out else _file(name)
        if file is not None:
            found[name] = file
            waiting.extend(imported(file.read_text(encoding="utf-8")))
    return found


def imported(source: str) -> set[str]:
    """Return the modules that a piece of Python imports, and each name it takes from one.

    Example:
        >>> sorted(imported("import torch\\nfrom course_lib.study import figures"))
        ['course_lib.study', 'course_lib.study.figures', 'torch']
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _file(name: str) -> Path | None:
    """Return the file of a module of the course; None for packages and for all else."""
    if not name.startswith(OURS):
        return None
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return None  # a name inside a module, not a module
    if spec is None or spec.origin is None or spec.submodule_search_locations is not None:
        return None
    return Path(spec.origin)


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _warm(name: str, modules: dict[str, Path]) -> bool:
    """Return whether to import a set-up cell's module before there are submissions."""
    return name in modules or (not name.startswith("course_lib") and _exists(name))


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ModuleNotFoundError, ValueError):
        return False


def _readable(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
