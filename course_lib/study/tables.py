"""A small table: what to see as its caption, numbers flush right, the same as plain text."""

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from course_lib.study.markup import Picture, page

NUMBER = re.compile(r"[+\-−$€]*\s*(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?\s*[%x×]?")


def table(rows: Sequence[Sequence[Any]], columns: Sequence[str], caption: str) -> Picture:
    """Draw rows under named columns; a column that holds only numbers is set flush right.

    Integers get thousands separators, floats three digits; pass text for any other form.

    Args:
        rows: one sequence of values a row, as long as `columns`; None leaves a cell empty.
        columns: the headings.
        caption: what to see in the table, in one line.

    Raises:
        ValueError: if a row has another length than `columns`, or the caption is empty.
    """
    if not caption.strip():
        raise ValueError("a table needs a caption that says what to see, got an empty one")
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"expected {len(columns)} values a row, got {len(row)}: {row!r}")
    is_number = [
        all(row[place] is None or _is_number(row[place]) for row in rows)
        for place in range(len(columns))
    ]
    cells = [[_cell(value) for value in row] for row in rows]
    return Picture(
        page(_table_html(cells, columns, caption, is_number)),
        _table_text(cells, columns, caption, is_number),
    )


def _is_number(value: Any) -> bool:
    """Say whether a value is a number, or text that reads as one: "1,024", "75%", "2e-19"."""
    if isinstance(value, str):
        return NUMBER.fullmatch(value.strip()) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def _table_html(
    cells: list[list[str]], columns: Sequence[str], caption: str, is_number: list[bool]
) -> str:
    def one(tag: str, text: str, number: bool) -> str:
        style = ' class="ttt-number"' if number else ""
        return f"<{tag}{style}>{html.escape(text)}</{tag.split()[0]}>"

    head = "".join(one('th scope="col"', *pair) for pair in zip(columns, is_number, strict=True))
    body = "".join(
        '<tr class="ttt-row">'
        + "".join(
            one("td" if place else 'th scope="row"', text, is_number[place])
            for place, text in enumerate(row)
        )
        + "</tr>"
        for row in cells
    )
    return (
        f'<table class="ttt-data"><caption>{html.escape(caption)}</caption>'
        f'<thead><tr class="ttt-row">{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _table_text(
    cells: list[list[str]], columns: Sequence[str], caption: str, is_number: list[bool]
) -> str:
    lines = [list(columns), *cells]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(columns))]

    def aligned(line: list[str]) -> str:
        padded = []
        for text, width, number in zip(line, widths, is_number, strict=True):
            space = " " * (width - _width(text))
            padded.append(space + text if number else text + space)
        return "  ".join(padded).rstrip()

    return "\n".join([caption, aligned(lines[0]), *map(aligned, lines[1:])])


def _width(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
