"""A learner's cell as plain Python: what grading reads is what it runs."""

import ast
import contextlib
import copy
import re
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

from course_lib.exercises import names
from course_lib.exercises.answer_text import UNREADABLE

# What IPython makes of its commands, each a method of the shell.
COMMANDS = {"run_line_magic", "run_cell_magic", "magic", "system", "getoutput", "set_next_input"}
WATCHING = {"time", "prun", "memit", "capture"}  # run the code behind or below them, as it is
# In place of a cell that may run, but cannot be read: nested too deeply, most often on purpose.
UNREAD = "raise SyntaxError('grading cannot read this cell, so it was not run')"
MARGIN = 30  # frames


@lru_cache(maxsize=1_000)
def plain_python(source: str) -> str:
    """Return what of a cell is read and run in grading.

    IPython's own commands do nothing there, but those that watch code give way to that code. Text
    that is no Python stays as it is: it does not run. A cell that cannot be read becomes `UNREAD`.

    Example:
        >>> plain_python("%time x = f()"), plain_python("!ls")
        ('x = f()', 'pass')
    """
    try:
        text = TransformerManager().transform_cell(source)
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return source
    except (RecursionError, MemoryError, RuntimeError):  # the last over endless commands
        return UNREAD
    try:
        if "get_ipython" in text:
            replaced = _WithoutCommands()
            tree = replaced.visit(tree)
            if replaced.any:
                text = ast.unparse(ast.fix_missing_locations(tree))
        _follow_down(text)
    except UNREADABLE:
        return UNREAD
    return text


def unparsed(tree: ast.AST) -> str:
    """Return Python that uses and makes the same names as a tree; some texts have no other."""
    try:
        return ast.unparse(tree)
    except ValueError:  # Python 3.11 cannot write every text with fields
        return ast.unparse(ast.fix_missing_locations(_FieldsOnly().visit(copy.deepcopy(tree))))


class _FieldsOnly(ast.NodeTransformer):
    """Puts what a text with fields, an f-string, takes in, in the place of the text."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        self.generic_visit(node)
        fields = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        specs = [field.format_spec for field in fields if field.format_spec is not None]
        return ast.Tuple([*(field.value for field in fields), *specs], ast.Load())


def _follow_down(text: str, frames: int = MARGIN) -> None:
    """Read a text in all ways in which it will be read, with less room than there will be then.

    Raises:
        SyntaxError, RecursionError: where one cannot.
    """
    if frames:
        _follow_down(text, frames - 1)
        return
    unparsed(ast.parse(text))
    names.bound_names(text)
    names.global_names(text)


class _WithoutCommands(ast.NodeTransformer):
    """Takes IPython's commands out, and puts the code that some watch in their place."""

    def __init__(self):
        self.any = False

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        code = _code_of(node.value)
        if code is None:
            return node
        self.any = True
        return code or ast.Pass()

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        code = _code_of(node.value)
        if code is None:
            return node
        self.any = True
        has_value = bool(code) and isinstance(code[-1], ast.Expr)
        value = code.pop().value if has_value else ast.Constant(None)
        return [*code, ast.Assign(node.targets, value)]


def _code_of(call: ast.expr) -> list[ast.stmt] | None:
    """Return the code that one of IPython's commands watches, None for any other expression."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method),
            args=words,
            keywords=[],
        ) if method in COMMANDS and all(isinstance(word, ast.Constant) for word in words):
            command, line, body = ([str(word.value) for word in words] + ["", "", ""])[:3]
        case _:
            return None
    if command not in WATCHING:
        return []
    if command == "capture":
        kept = [word for word in line.split() if word.isidentifier()]
        return [*ast.parse("".join(f"{name} = ''\n" for name in kept)).body, *_code_in(body)]
    return _behind_options(line) + _code_in(body)


def _behind_options(line: str) -> list[ast.stmt]:
    """Return the code on a command's line; where its options end is not known here.

    It begins at the first word from which on all is Python.
    """
    if line.lstrip().startswith("-"):
        for space in re.finditer(r"\s+|$", line):
            with contextlib.suppress(SyntaxError):
                return ast.parse(plain_python(line[space.end() :])).body
    return _code_in(line)


def _code_in(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(plain_python(text)).body
    except SyntaxError:
        return ast.parse("raise SyntaxError('the code that a command watches')").body
