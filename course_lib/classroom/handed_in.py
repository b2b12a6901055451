"""Read what a student handed in, as a file that may be anything at all. Nothing is run."""

import json
import os
import platform
import re
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.classroom.markers import BUILD_NOTE
from course_lib.classroom.verdicts import Alarm

LARGEST = 32 << 20  # bytes of a notebook; a lesson with all its outputs has about 3 MB
MOST_CELLS = 2_000
NEWER_PYTHON = "newer_python"
KINDS = ("code", "markdown", "raw")
EXPECTED = {"timestamp.txt", ".ipynb_checkpoints"}  # what nbgrader and JupyterLab leave beside it


class Unreadable(Exception):
    """A submission that cannot be graded as it is; the message says why, for the instructor."""


@dataclass(frozen=True)
class Cell:
    """One cell as it was handed in, with only what grading looks at.

    Attributes:
        id: of the notebook format; "" where the cell has none.
        kind: "code", "markdown" or "raw".
        source: its text.
        grading: nbgrader's metadata, {} where there is none.
        tags: its tags.
        attachments: pictures that were pasted into a text, {name: {kind: base64}}.
    """

    id: str
    kind: str
    source: str
    grading: dict[str, Any]
    tags: tuple[str, ...]
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def grade_id(self) -> str:
        """The name that nbgrader knows it by, or ""."""
        name = self.grading.get("grade_id")
        return name if isinstance(name, str) else ""


def read_bytes(folder: Path, name: str) -> tuple[bytes, list[Alarm]]:
    """Return a submitted notebook's bytes, and what is odd about the folder it lies in.

    Args:
        folder: submitted/STUDENT/LESSON.
        name: of the lesson; the notebook should be called so.

    Raises:
        Unreadable: if there is no notebook, or several and none of that name; if it is no
            ordinary file, or too large.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise Unreadable("the submission is not an ordinary folder")
    alarms, notebooks = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_symlink():
            what = f"`{entry.name}` is a link to another place; it was not followed"
            alarms.append(Alarm("symlink", "", what))
        elif entry.name.lower().endswith(".ipynb") and entry.is_file(follow_symlinks=False):
            notebooks.append(entry.name)
        elif entry.name not in EXPECTED:
            what = f"`{entry.name}` came with the notebook; the sandbox does not see it"
            alarms.append(Alarm("extra_file", "", what))
    wanted = f"{name}.ipynb"
    if wanted in notebooks:
        chosen = wanted
    elif len(notebooks) == 1:
        chosen = notebooks[0]
        alarms.append(Alarm("renamed", "", f"the notebook is called `{chosen}`; it was graded"))
    else:
        raise Unreadable(f"{len(notebooks)} notebooks, none of them called {wanted}")
    for other in notebooks:
        if other != chosen:
            alarms.append(Alarm("extra_file", "", f"`{other}` was left aside"))
    return _bytes_of(folder / chosen), alarms


def listing(folder: Path) -> str:
    """Return names, sizes and times of what lies in a folder: another text when that changes."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        facts = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        return repr([(name, fact.st_size, fact.st_mtime_ns) for name, fact in facts])
    except OSError as error:
        return repr(error.strerror)


def _bytes_of(file: Path) -> bytes:
    """Read an ordinary file, and nothing that became something else a moment ago."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        opened = os.open(file, flags)
    except OSError as error:
        raise Unreadable(f"the notebook cannot be opened: {error.strerror}") from None
    with os.fdopen(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise Unreadable("the notebook is not an ordinary file")
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Unreadable(f"the notebook is larger than {LARGEST >> 20} MB")
    return data


def parse(data: bytes) -> tuple[list[Cell], list[Alarm]]:
    """Return the cells of a notebook, and what is odd about it as a file.

    Raises:
        Unreadable: if it is no notebook.
    """
    if not data.strip():
        raise Unreadable("the file is empty")
    notebook = _json(data)
    if not isinstance(notebook, dict):
        raise Unreadable("the file holds JSON, but no notebook")
    alarms = []
    raw = notebook.get("cells")
    if notebook.get("nbformat") != 4:
        alarms.append(
            Alarm(
                "old_format", "", f"notebook format {str(notebook.get('nbformat'))[:20]!r}, not 4"
            )
        )
        if raw is None:
            raw = _cells_of_version_3(notebook)
    if not isinstance(raw, list):
        raise Unreadable("the notebook has no list of cells")
    if len(raw) > MOST_CELLS:
        raise Unreadable(f"the notebook has {len(raw):,} cells, more than {MOST_CELLS:,}")
    cells = [_cell(item) for item in raw]
    broken = sum(cell is None for cell in cells)
    if broken:
        alarms.append(Alarm("broken_cell", "", f"{broken} cells are no cells; they were left out"))
    alarms.extend(_other_kernel(notebook))
    alarms.extend(_newer_python(notebook))
    return [cell for cell in cells if cell is not None], alarms


def made_from(data: bytes) -> str:
    """Return which version of its lesson's source a notebook says it was made from, or ""."""
    note = _json(data).get("metadata", {})
    for key in (BUILD_NOTE, "source"):
        note = note.get(key) if isinstance(note, dict) else None
    return note if isinstance(note, str) else ""


def _json(data: bytes) -> Any:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is not UTF-8 text, as notebooks are") from None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Unreadable(f"the file is no JSON, as notebooks are: {str(error)[:100]}") from None
    except RecursionError:
        raise Unreadable("the file is nested too deeply to be a notebook") from None


def _cells_of_version_3(notebook: dict) -> list | None:
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells", [])]
    return [{"source": cell.get("input"), **cell} for cell in cells if isinstance(cell, dict)]


def _cell(item: Any) -> Cell | None:
    """Return a cell, or None where its text or kind is missing."""
    if not isinstance(item, dict) or item.get("cell_type") not in KINDS:
        return None
    source = item.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    metadata = item.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    grading, tags = metadata.get("nbgrader"), metadata.get("tags")
    tags = tags if isinstance(tags, list) else []
    return Cell(
        item["id"] if isinstance(item.get("id"), str) else "",
        item["cell_type"],
        source.encode("utf-8", "replace").decode("utf-8"),  # without halves of characters
        grading if isinstance(grading, dict) else {},
        tuple(tag for tag in tags if isinstance(tag, str)),
        _attachments(item),
    )


def _attachments(item: dict) -> dict[str, dict[str, str]]:
    found = item.get("attachments") if item["cell_type"] == "markdown" else None
    return {
        name: {kind: data for kind, data in picture.items() if isinstance(data, str)}
        for name, picture in (found if isinstance(found, dict) else {}).items()
        if isinstance(picture, dict)
    }


def _newer_python(notebook: dict) -> list[Alarm]:
    """Return an alarm where the learner's Python reads what this one may not."""
    metadata = notebook.get("metadata")
    known = metadata.get("language_info") if isinstance(metadata, dict) else None
    version = known.get("version") if isinstance(known, dict) else None
    numbers = re.match(r"(\d{1,3})\.(\d{1,3})", version) if isinstance(version, str) else None
    if numbers is None or tuple(map(int, numbers.groups())) <= sys.version_info[:2]:
        return []
    what = f"it was written with Python {numbers[0]}; this one is {platform.python_version()}"
    return [Alarm(NEWER_PYTHON, "", what)]


def _other_kernel(notebook: dict) -> list[Alarm]:
    metadata = notebook.get("metadata")
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = spec.get("language", "python") if isinstance(spec, dict) else "python"
    if language == "python":
        return []
    what = f"the notebook asks for a kernel of {str(language)[:40]!r}; Python was taken"
    return [Alarm("other_kernel", "", what)]
