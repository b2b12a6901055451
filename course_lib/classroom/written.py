"""What a learner wrote in words: wherever it stands, a person reads it."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from course_lib.classroom.lesson import WRITTEN, GradedLesson, source_of
from course_lib.exercises.answer_text import UNREADABLE

# Some words in a row, or other letters. A pattern begins only where a word does: else one endless
# word would take endless time.
WORDS = r"(?<![^\W\d_])(?:[^\W\d_]+['’,.;:!?-]*%s+){%d}"
SENTENCE = re.compile(WORDS % (" ", 4) + r"|(?:[^\x00-\x7f] *){6}")  # no Python, and no slip in it
LONG = re.compile(WORDS % (r"\s", 8))  # a text of a program that is an answer


def written_in(lesson: GradedLesson, notebook: dict[str, Any]) -> str:
    """Return all text of a notebook that the release does not have, "" where there is none.

    The answer to the written question counts, and also a cell beside it, a cell split in two, a
    sentence below another text, words in a cell for code, a pasted picture: any of them may be the
    answer.

    Args:
        notebook: as it came out of `submission.prepare`.
    """
    if WRITTEN not in lesson.by_id:
        return ""
    texts = []
    for cell in notebook["cells"]:
        released = lesson.by_id.get(cell["id"])
        text = _in_one_line(source_of(cell))
        if released and text == _in_one_line(source_of(released)):
            text = ""
        elif cell["cell_type"] == "code":
            text = "" if lesson.is_graded(cell["id"]) else _words_in(source_of(cell))
        texts += [text, *map(str, (cell.get("attachments") or {}).values())]
    return "\n".join(filter(None, texts))


def _words_in(source: str) -> str:
    """Return what a cell of code says in words: all of it if it runs nothing, else ""."""
    text = re.sub(r"^[ \t]*[%!].*$", "", source, flags=re.M)
    try:
        statements = ast.parse(text).body
    except UNREADABLE:
        return _in_one_line(text) if SENTENCE.search(text) else ""
    if any(LONG.search(text) for tree in statements for text in _texts_of(tree)):
        return _in_one_line(text)
    values = [one.value if isinstance(one, ast.Expr) else None for one in statements]
    is_text = all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in values)
    return _in_one_line(text) if is_text else ""


def _texts_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
