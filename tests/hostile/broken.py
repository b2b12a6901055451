"""Broken submissions: files that are no notebooks, or hardly any, and odd folders."""

import json
import os

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import NAME, answers, empty, full
from tests.hostile.book import FULL, hostile
from tests.hostile.notebooks import full_but

UNREADABLE = {"others": Verdict.NEEDS_REVIEW, "alarms": {"unreadable"}}
WHOLE = {"honest": FULL, "others": Verdict.PASSED}


def _file(name: str, why: str, data: bytes) -> None:
    """Register a file that cannot be read as a notebook."""
    hostile("broken", why=why, name=name, **UNREADABLE)(lambda target: data)


_file("is_no_json", "a program that was renamed", b"print('hello')\n")
_file("is_a_list", "JSON, but a list", b"[]")
_file("is_a_number", "JSON, but a number", b"3")
_file("is_a_string", "JSON, but a string", b'"cells"')
_file("is_null", "JSON, but nothing", b"null")
_file("is_empty", "an upload that failed at once", b"")
_file("is_white_space", "nothing that can be seen", b" \n\t\n" * 100)
_file("is_cut_off", "an upload that failed in the middle", full()[: len(full()) // 2])
_file("is_nested_deeply", "brackets that no reader follows", b"[" * 100_000 + b"]" * 100_000)
_file("is_utf_16", "saved by an editor with habits of its own", full().decode().encode("utf-16"))
_file("is_binary", "bytes that are no text", bytes(range(256)) * 100)
_file("has_no_cells", "a notebook without its list of cells", b'{"nbformat": 4, "metadata": {}}')
_file("has_cells_that_are_no_list", "cells as a number", b'{"nbformat": 4, "cells": 3}')
_file(
    "has_sheets_that_are_no_sheets",
    "format 3 with cells that are no list",
    b'{"nbformat": 3, "worksheets": [{"cells": 3}, 7]}',
)
_file(
    "has_too_many_cells",
    "more cells than anybody writes",
    json.dumps({"nbformat": 4, "cells": [{"cell_type": "raw", "source": ""}] * 3_000}).encode(),
)


@hostile("broken", why="a file of more megabytes than a notebook has", **UNREADABLE)
def is_larger_than_allowed(target):
    def fill(folder):
        with open(folder / f"{NAME}.ipynb", "wb") as file:
            file.truncate(40 << 20)

    return fill


@hostile("broken", why="the folder holds no notebook", **UNREADABLE)
def has_no_notebook(target):
    return lambda folder: (folder / "notes.txt").write_text("I was ill.") and None


@hostile("broken", why="a folder has the notebook's name", **UNREADABLE)
def has_a_folder_for_a_notebook(target):
    return lambda folder: (folder / f"{NAME}.ipynb").mkdir()


@hostile("broken", why="opening a pipe waits until somebody writes", **UNREADABLE)
def has_a_pipe_for_a_notebook(target):
    return lambda folder: os.mkfifo(folder / f"{NAME}.ipynb")


@hostile("broken", why="two notebooks: which one is meant?", **UNREADABLE)
def has_two_notebooks_of_other_names(target):
    def fill(folder):
        (folder / "first.ipynb").write_bytes(full())
        (folder / "second.ipynb").write_bytes(empty())

    return fill


@hostile("broken", why="a browser adds a number to a second download", alarms={"renamed"}, **WHOLE)
def is_renamed_by_the_browser(target):
    return lambda folder: (folder / f"{NAME} (1).ipynb").write_bytes(full()) and None


@hostile("broken", why="an editor puts a mark before the text", **WHOLE)
def begins_with_a_byte_order_mark(target):
    return b"\xef\xbb\xbf" + full()


@hostile("broken", why="a format that ended in 2015", alarms={"old_format"}, **WHOLE)
def has_format_3(target):
    def change(notebook):
        cells = notebook.pop("cells")
        for cell in cells:
            if cell["cell_type"] == "code":
                cell["input"] = cell.pop("source")
        notebook |= {"nbformat": 3, "worksheets": [{"cells": cells, "metadata": {}}]}

    return full_but(change)


@hostile("broken", why="a format that does not exist yet", alarms={"old_format"}, **WHOLE)
def has_format_99(target):
    return full_but(lambda notebook: notebook.update(nbformat=99, nbformat_minor=-1))


@hostile("broken", why="a kernel of another language", alarms={"other_kernel"}, **WHOLE)
def asks_for_another_kernel(target):
    spec = {"name": "julia-1.9", "language": "julia", "display_name": "Julia"}
    return full_but(lambda notebook: notebook["metadata"].update(kernelspec=spec))


def _beside(name: str, why: str, text: str) -> None:
    """Register a whole answer with a timestamp that cannot be read."""

    def make(target):
        def fill(folder):
            (folder / f"{NAME}.ipynb").write_bytes(full())
            (folder / "timestamp.txt").write_text(text)

        return fill

    hostile("broken", why=why, name=name, **WHOLE)(make)


_beside("came_at_no_time", "a timestamp that is no time", "yesterday, late")
_beside("came_in_no_year", "a year that no calendar has", "99999-01-01 00:00:00 UTC")
_beside("came_in_too_many_minutes", "a number that decimals cannot divide", "9" * 30 + "m")
_beside("came_long_ago", "the first hour of the calendar", "0001-01-01 00:00:00 +14:00")


@hostile("broken", why="a timestamp that waits for a writer", alarms=set(), **WHOLE)
def has_a_pipe_for_a_timestamp(target):
    def fill(folder):
        (folder / f"{NAME}.ipynb").write_bytes(full())
        os.mkfifo(folder / "timestamp.txt")

    return fill


@hostile("broken", why="the answers came, the set-up did not", **WHOLE)
def has_no_set_up_cell(target):
    def change(notebook):
        notebook["cells"] = [c for c in notebook["cells"] if c["id"] != "setup"]

    return full_but(change)


@hostile("broken", why="all that is left are the answers", alarms={"missing_cell"}, **WHOLE)
def has_nothing_but_answers(target):
    def change(notebook):
        notebook["cells"] = [c for c in notebook["cells"] if c["id"] in answers()]

    return full_but(change)
