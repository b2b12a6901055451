"""Find the text of an answer among a learner's cells, and say whether that is all it can be."""

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from course_lib.classroom.plain_python import unparsed
from course_lib.exercises import names
from course_lib.exercises.answer_text import UNREADABLE

KNOWN = {*sys.stdlib_module_names, "torch", "numpy"}  # that define no answer
KNOWN |= {"IPython", "matplotlib", "pandas", "einops", "typing_extensions"}
AS_IT_IS = {"torch.no_grad()", "torch.inference_mode()", "torch.enable_grad()"}  # decorators
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Defined:
    """What the cells say of one name.

    Attributes:
        text: of its last definition, "" where there is none.
        cells: id of the cell of each definition, in order.
        plain: whether it was never anything but a definition. A decorator, another value under the
            name or a changed attribute make what is called another function than the text shows.
    """

    text: str
    cells: tuple[str, ...]
    plain: bool


def defined(function: str, cells: Iterable[tuple[str, str]]) -> Defined:
    """Look for a function or class.

    Args:
        cells: (id, plain Python) in the order in which they run; text that is none does not run.

    Example:
        >>> defined("f", [("a", "def f(x): return x")])
        Defined(text='def f(x): return x', cells=('a',), plain=True)
        >>> defined("f", [("a", "def f(x): return x"), ("b", "f = max")]).plain
        False
    """
    text, found, plain = "", [], True
    for cell, source in cells:
        try:
            tree = ast.parse(source)
            others = [node for node in tree.body if not _defines(function, node)]
            bound = names.bound_names(unparsed(ast.Module(others, [])))
            plain = plain and function not in bound
            plain = plain and not any(_changes(function, node) for node in ast.walk(tree))
        except UNREADABLE:
            continue
        for node in tree.body:
            if isinstance(node, DEFINITIONS) and node.name == function:
                text = ast.get_source_segment(source, node) or ""
                found.append(cell)
    return Defined(text, tuple(found), plain)


def _defines(function: str, node: ast.stmt) -> bool:
    """Return whether a statement defines a function that its name then stands for."""
    if not isinstance(node, DEFINITIONS) or node.name != function:
        return False
    return all(ast.unparse(decorator) in AS_IT_IS for decorator in node.decorator_list)


def _changes(function: str, node: ast.AST) -> bool:
    """Return whether a node changes an attribute of what the name stands for, or may replace it."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("setattr", "delattr"):
        return bool(node.args) and ast.unparse(node.args[0]) == function
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        return (node.module or "").partition(".")[0] not in KNOWN
    changed = isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    return changed and ast.unparse(node.value) == function
