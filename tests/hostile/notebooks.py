"""Notebooks for attacks: the release with a cell before everything, some answers, some damage."""

import json
from collections.abc import Callable, Collection
from typing import Any

from tests.classroom.notebooks import NAME, answers, cell, code, empty, lesson, place
from tests.hostile.book import EXERCISES, Target

# An attack wraps what it tries, so that a refused try does not keep it from the next one.
ATTEMPT = """
import os

def attempt(action, *words, **more):
    try:
        return action(*words, **more)
    except BaseException as error:
        return error

"""
# Right, and only where the attack before it ran to its end.
DECODE_AFTERWARDS = """
def decode(ids, vocab):
    assert TRIED, "the attack before did not end"
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")
"""
# Sends lines as the learner's process does, to whatever is open.
TELL = """
import json, os

def tell(message, end="\\n"):
    text = message if isinstance(message, str) else json.dumps(message)
    data = (text + end).encode()
    for fd in range(3, 256):
        try:
            os.write(fd, data)
        except OSError:
            pass

def outcome(value, kind, after="null", **more):
    fields = dict(value=value, type_name=kind, not_plain="", raised=None, raised_kinds=[])
    return fields | dict(raised_by="", where="", printed="", inputs_after=after) | more

"""
SCRIPT = "<script>alert('hostile')</script>"


def submission(
    solved: Collection[str] = (),
    texts: dict[str, str] | None = None,
    first: str = "",
    last: str = "",
    change: Callable[[dict[str, Any]], Any] = lambda notebook: None,
) -> bytes:
    """Return the release with some changes.

    Args:
        solved: exercises with the right answer in their cells.
        texts: for other exercises, what stands in their cells.
        first: a cell right after the set-up.
        last: a cell at the end.
        change: has its way with the whole notebook, last of all.
    """
    notebook = json.loads(empty())
    for name, text in ({name: answers()[name] for name in solved} | (texts or {})).items():
        cell(notebook, name)["source"] = text
    if first:
        notebook["cells"].insert(place(notebook, "setup") + 1, code(first))
    if last:
        notebook["cells"].append(code(last, id="added-last"))
    change(notebook)
    return json.dumps(notebook).encode()


def attacking(target: Target, attack: str, **more) -> bytes:
    """Return a notebook that attacks first and then has a right answer to `decode`."""
    first = target.words() + ATTEMPT + attack + "\nTRIED = True\n"
    texts = {"decode": DECODE_AFTERWARDS} | more.pop("texts", {})
    return submission(first=first, texts=texts, **more)


def full_but(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return the full answer after `change` has had its way with it."""
    return submission(solved=EXERCISES, change=change)


def answering(body: str) -> dict[str, str]:
    """Return cells in which each function of each exercise has this body."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return {
        name: "\n\n".join(f"def {function}(*args, **more):\n{lines}" for function in e.functions)
        for name, e in lesson().exercises.items()
    }


def tests_of(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells that check an exercise."""
    return [cell(notebook, f"test_{name}") for name in EXERCISES]


def grading(notebook: dict[str, Any], cell_id: str) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell, to be changed."""
    return cell(notebook, cell_id)["metadata"]["nbgrader"]


def alone(data: bytes) -> Callable:
    """Return what fills a folder with a notebook and nothing else."""
    return lambda folder: (folder / f"{NAME}.ipynb").write_bytes(data) and None
