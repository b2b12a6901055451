"""The IPython shell that runs a learner's cells."""

import ast
import sys
from types import ModuleType
from typing import Any

from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config


class Shell(InteractiveShell):
    """A shell that runs Python, and no commands: what is to be run of them stands there as code."""

    def transform_cell(self, raw_cell: str) -> str:
        """Return the cell as it came."""
        return raw_cell


def quiet_shell() -> Shell:
    """Return a shell that has not run anything."""
    quiet = Config({"HistoryManager": {"enabled": False}})  # it would start a thread
    shell = Shell.instance(config=quiet, colors="NoColor")
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.use("agg")
        matplotlib.use = lambda *_, **__: None  # another one would need a screen
    return shell


def rest_of(shell: Shell, source: str, result: ExecutionResult) -> str:
    """Return the statements of a cell behind the one that raised, "" where there are none.

    A notebook would leave them out. But here a cell may fail for a line that works on a learner's
    computer, for a package that only they have, say; what stands below it is still their work.
    """
    line = _line_that_raised(shell, result.error_in_exec)
    try:
        statements = ast.parse(source).body
        behind = [node for node in statements if _first_line(node) > line]
        return ast.unparse(ast.Module(behind, [])) if line else ""
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def works_elsewhere(error: BaseException | None) -> bool:
    """Return whether an error may come of this place.

    There is no such package here, no file, no network, no name of a demonstration.
    """
    return isinstance(error, ImportError | OSError | NameError)


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _line_that_raised(shell: Shell, error: BaseException | None) -> int:
    """Return the line of the cell at which an error left it, 0 where that is not known."""
    trace = getattr(error, "__traceback__", None)
    while trace is not None:
        if trace.tb_frame.f_locals is shell.user_ns:
            return trace.tb_lineno
        trace = trace.tb_next
    return 0


def module_of_mine(shell: Shell) -> ModuleType:
    """Return what stands for course_lib.study.mine: here `mine` knows only the learner's own."""

    def mine(name: str) -> Any:
        return shell.user_ns[name]

    module = ModuleType("course_lib.study.mine")
    module.mine = mine
    return module
