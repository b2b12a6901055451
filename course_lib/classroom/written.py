"""What a learner wrote in words: wherever it stands, a person reads it."""

from typing import Any

from course_lib.classroom.lesson import WRITTEN, GradedLesson, source_of


def written_in(lesson: GradedLesson, notebook: dict[str, Any]) -> str:
    """Return all text of a notebook that the release does not have, "" where there is none.

    The answer to the written question counts, and also a cell beside it, a cell split in two, a
    sentence below another text, a pasted picture: any of them may be the answer.

    Args:
        notebook: as it came out of `submission.prepare`, or as it was kept of that.
    """
    if WRITTEN not in lesson.by_id:
        return ""
    texts = []
    for cell in notebook["cells"]:
        released = lesson.by_id.get(cell["id"])
        text = _in_one_line(source_of(cell))
        if cell["cell_type"] == "code" or (released and text == _in_one_line(source_of(released))):
            text = ""
        texts += [text, *map(str, (cell.get("attachments") or {}).values())]
    return "\n".join(filter(None, texts))


def is_unanswered(lesson: GradedLesson, notebook: dict[str, Any] | None) -> bool:
    """Return whether nobody has to read anything; None, a notebook nobody could read, is not so."""
    return notebook is not None and not written_in(lesson, notebook)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
