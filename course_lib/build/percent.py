"""Read jupytext's percent format: `# %%` begins a cell, `# %% [markdown]` one of text.

Only what lessons use, read as jupytext reads it (a test compares the two over every lesson).
Importing jupytext itself takes longer than checking a whole course.
"""

import json
import re

OPTION = re.compile(r'\s+(\w+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+)')


class UnreadableSource(Exception):
    """A line of a lesson source that means nothing in this format.

    Attributes:
        line: its number, counted from 1.
        reason: what is wrong with it.
    """

    def __init__(self, line: int, reason: str):
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def split_cells(text: str) -> list[tuple[int, str, dict, str]]:
    """Return (line, kind, options, text) for each cell.

    Raises:
        UnreadableSource: at the first line that cannot be read.

    Example:
        >>> split_cells('# %% role="setup"\\nimport os')
        [(1, 'code', {'role': 'setup'}, 'import os')]
    """
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if re.match(r"# %%(\s|$)", line)]
    before = "\n".join(lines[: starts[0]] if starts else lines)
    if re.sub(r"\A# ---\n.*?\n# ---$", "", before, flags=re.DOTALL | re.MULTILINE).strip():
        raise UnreadableSource(1, "there is text before the first `# %%`")
    cells = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        kind, options = _marker(lines[start], start + 1)
        body = lines[start + 1 : end]
        if kind == "markdown":
            body = [_prose(line, start + 2 + n) for n, line in enumerate(body)]
        cells.append((start + 1, kind, options, "\n".join(body).strip("\n")))
    return cells


def _marker(line: str, number: int) -> tuple[str, dict]:
    rest = line.removeprefix("# %%")
    kind = "code"
    if rest.startswith(" [markdown]"):
        kind, rest = "markdown", rest.removeprefix(" [markdown]")
    options = {}
    for name, value in OPTION.findall(rest):
        try:
            options[name] = json.loads(value)
        except ValueError:
            raise UnreadableSource(
                number, f'{name}={value}: write {name}="..." or a number'
            ) from None
    if OPTION.sub("", rest).strip():
        raise UnreadableSource(number, f"cannot read {OPTION.sub('', rest).strip()!r} after # %%")
    return kind, options


def _prose(line: str, number: int) -> str:
    if line.startswith("# "):
        return line[2:]
    if line.strip() in ("", "#"):
        return ""
    raise UnreadableSource(number, "a line of a markdown cell begins with `# `")
