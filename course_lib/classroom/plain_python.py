"""A learner's cell as plain Python: what grading reads is what it runs."""

import ast
import contextlib
import re
import textwrap
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

from course_lib.exercises import names
from course_lib.exercises.answer_text import UNREADABLE

# IPython's commands that run the code behind them, or below them.
HERE = {"time", "prun", "capture"}
APART = {"timeit"}  # in a function, so that it leaves no names behind
# In place of a cell that may run, but cannot be read: nested too deeply, most often on purpose.
UNREAD = "raise SyntaxError('grading cannot read this cell, so it was not run')"
MARGIN = 30  # frames


def plain_python(source: str) -> str:
    """Return a cell's text with IPython's own commands (`!ls`) as calls.

    Commands that watch code (`%time`, `%%capture`) are replaced by that code.

    Example:
        >>> plain_python("%time x = f()")
        'x = f()'
    """
    return _read(source)[0]


def to_run(source: str) -> str:
    """Return what of a cell is to be run: its text, or its watching commands' code, or `UNREAD`.

    Example:
        >>> to_run("%%time\\nx = 1  # one"), to_run("x = 1  # one")
        ('x = 1', 'x = 1  # one')
    """
    text, is_opened = _read(source)
    return text if is_opened else source


@lru_cache(maxsize=1_000)
def _read(source: str) -> tuple[str, bool]:
    """Return (plain Python, whether that is to be run instead of the source)."""
    try:
        text = TransformerManager().transform_cell(source)
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return source, False  # it does not run, either
    except (RecursionError, MemoryError, RuntimeError):  # the last over endless commands
        return UNREAD, True
    try:
        opened = _Opened()
        tree = opened.visit(tree) if "_magic(" in text else tree
        text = ast.unparse(ast.fix_missing_locations(tree)) if opened.found else text
        _follow_down(text)
    except UNREADABLE:
        return UNREAD, True
    return text, opened.found


def _follow_down(text: str, frames: int = MARGIN) -> None:
    """Read a text in all ways in which it will be read, with less room than there will be then.

    Raises:
        SyntaxError, RecursionError: where one cannot.
    """
    if frames:
        _follow_down(text, frames - 1)
        return
    ast.unparse(ast.parse(text))
    names.bound_names(text)
    names.global_names(text)


class _Opened(ast.NodeTransformer):
    """Puts the code of watching commands in their place."""

    def __init__(self):
        self.found = False

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        code = _code_of(node.value)
        self.found |= code is not None
        return self.generic_visit(node) if code is None else code or ast.Pass()

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        code = _code_of(node.value)
        if code is None:
            return node
        self.found = True
        has_value = bool(code) and isinstance(code[-1], ast.Expr)
        value = code.pop().value if has_value else ast.Constant(None)
        return [*code, ast.Assign(node.targets, value)]


def _code_of(call: ast.expr) -> list[ast.stmt] | None:
    """Return the code that a call of a watching command runs, None for any other expression."""
    match call:
        case ast.Call(
            func=ast.Attribute(
                value=ast.Call(func=ast.Name(id="get_ipython")),
                attr="run_line_magic" | "run_cell_magic",
            ),
            args=[ast.Constant(value=str(command)), *texts],
        ) if command in HERE | APART and all(isinstance(t, ast.Constant) for t in texts):
            words, body = str(texts[0].value), "".join(str(text.value) for text in texts[1:])
        case _:
            return None
    if command == "capture":
        names = [word for word in words.split() if word.isidentifier()]
        code = ast.parse("".join(f"{name} = ''\n" for name in names)).body
    else:
        code = _behind_options(words)
    code += _behind_options(body)
    if command in APART and code:
        text = textwrap.indent(ast.unparse(ast.Module(code, [])), " ")
        return ast.parse(f"def _timed():\n{text}").body
    return code


def _behind_options(words: str) -> list[ast.stmt]:
    """Return the code on a command's line; where its options end is not known here.

    It begins at the first word from which on all is Python.
    """
    starts = [0, *(space.end() for space in re.finditer(r"\s+", words))]
    for start in starts if words.lstrip().startswith("-") else [0]:
        with contextlib.suppress(SyntaxError):
            return ast.parse(plain_python(words[start:])).body
    return ast.parse("raise SyntaxError('the code behind a command')").body
