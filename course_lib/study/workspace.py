"""The learner's copies of the lessons in work/: made once, renewed only with a copy kept aside.

What is on the disk is safe. What is typed in JupyterLab and not saved yet is in the browser only,
where this program cannot see it: JupyterLab asks before it saves over a file that changed.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.study.merge import merge
from course_lib.study.safe_file import replace_file

ROOT = Path(__file__).resolve().parents[2]
UPDATED_TO = "updated_to"  # notebook metadata: hash of the release that a copy was brought to


@dataclass(frozen=True)
class Copy:
    """Where one lesson lies.

    Attributes:
        root: the course's folder.
        name: of the lesson, for example "01_tokenization".
    """

    root: Path
    name: str

    @property
    def release(self) -> Path:
        return self.root / "notebooks" / self.name / f"{self.name}.ipynb"

    @property
    def notebook(self) -> Path:
        return self.root / "work" / self.name / f"{self.name}.ipynb"

    @property
    def base(self) -> Path:
        """The release as it was when the learner's copy was made or last updated."""
        return self.notebook.with_name(".as_released.ipynb")

    def backup(self) -> Path:
        """Return a free path among the copies kept aside, called after the time in UTC."""
        folder = self.notebook.with_name("backups")
        stem = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        names = [f"{stem}.ipynb", *(f"{stem}-{count}.ipynb" for count in range(2, 1000))]
        return next(folder / name for name in names if not (folder / name).exists())

    def shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def open_lesson(number: str, root: Path = ROOT) -> Path:
    """Return the learner's copy of a lesson; the first time, copy it from notebooks/.

    Args:
        number: for example "01" or "1".

    Raises:
        CourseError: if there is no such lesson, or the copy cannot be written.
    """
    copy = _copy_of(number, root)
    if not copy.notebook.exists():
        release = _bytes(copy, copy.release)
        _replace(copy, copy.base, release)  # first: without a notebook it means nothing
        _replace(copy, copy.notebook, release)
    return copy.notebook


def reset(number: str, root: Path = ROOT) -> str:
    """Start a lesson afresh and return a line that says where the old copy is kept.

    Raises:
        CourseError: if there is no such lesson, or a file cannot be written.
    """
    copy = _copy_of(number, root)
    if not copy.notebook.exists():
        return f"{copy.shown(open_lesson(number, root))} is new: there was no copy to reset."
    mine, release = _bytes(copy, copy.notebook), _bytes(copy, copy.release)
    fresh = _text(_notebook(copy, copy.release, release), release)
    kept = _renew(copy, mine, fresh, release)
    return (
        f"{copy.shown(copy.notebook)} is fresh; what you had is in {copy.shown(kept)}. "
        "Is it open in JupyterLab? File > Reload Notebook from Disk."
    )


def update(root: Path = ROOT) -> list[str]:
    """Bring changed lessons into the learner's copies and return a line for each that changed.

    Answers, changed cells and added cells stay (see `merge`); each old copy is kept in backups/.

    Raises:
        CourseError: if there is no copy yet, or one cannot be read; then nothing is changed.
    """
    copies = [copy for copy in _lessons(root) if copy.notebook.exists()]
    if not copies:
        raise CourseError("You have no copy of a lesson yet: `course lab 01` makes the first one.")
    work = [found for copy in copies if (found := _changes(copy)) is not None]
    lines = []
    for copy, mine, merged, release, line in work:
        kept = _renew(copy, mine, merged, release)
        lines.append(f"{line} What you had is in {copy.shown(kept)}.")
    if lines:
        lines.append("Is one open in JupyterLab? File > Reload Notebook from Disk.")
    return lines


def _changes(copy: Copy) -> tuple[Copy, bytes, bytes, bytes, str] | None:
    """Return a copy's bytes now, its bytes after the merge, the release's, and what to say."""
    release = _bytes(copy, copy.release)
    base = _bytes(copy, copy.base) if copy.base.exists() else b""
    mine = _bytes(copy, copy.notebook)
    learners = _notebook(copy, copy.notebook, mine)
    if base == release:
        return None
    if learners.get("metadata", {}).get(UPDATED_TO) == _hash(release):
        base = release  # an update was stopped when only this file was left to write
    try:
        released = _notebook(copy, copy.base, base) if base else None
    except CourseError:
        released = None  # the merge then keeps both of every pair that differs
    result = merge(released, learners, _notebook(copy, copy.release, release))
    beside = (
        f"; {result.set_beside} that you had changed too stand below the new ones"
        if result.set_beside
        else ""
    )
    line = f"{copy.name}: {result.changed} cells are new or changed{beside}."
    return copy, mine, _text(result.notebook, release), release, line


def _text(notebook: dict, release: bytes) -> bytes:
    """Return a learner's notebook as a file's bytes, marked with the release it is brought to."""
    notebook["metadata"] = {**notebook.get("metadata", {}), UPDATED_TO: _hash(release)}
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8") + b"\n"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _renew(copy: Copy, mine: bytes, notebook: bytes, release: bytes) -> Path:
    """Keep the learner's copy aside, put `notebook` in its place, and return where it is kept.

    Stopped at any moment, the next update still finds every line: the mark in the new notebook
    tells it that only the base was left to write.
    """
    kept = copy.backup()
    _replace(copy, kept, mine)
    if _bytes(copy, copy.notebook) != mine:
        raise CourseError(
            f"{copy.shown(copy.notebook)} was saved in this very moment; nothing is changed. "
            "Save and close it in JupyterLab, then run the command again."
        )
    _replace(copy, copy.notebook, notebook)
    _replace(copy, copy.base, release)
    return kept


def _lessons(root: Path) -> list[Copy]:
    folders = sorted((root / "notebooks").glob("[0-9][0-9]_*"))
    found = [Copy(root, folder.name) for folder in folders]
    return [copy for copy in found if copy.release.is_file()]


def _copy_of(number: str, root: Path) -> Copy:
    lessons = {copy.name[:2]: copy for copy in _lessons(root)}
    copy = lessons.get(str(number).partition("_")[0].zfill(2))
    if copy is None:
        there = ", ".join(lessons) or "none, because notebooks/ is empty: run `course build`"
        raise CourseError(f"There is no lesson {number}; there are: {there}.")
    return copy


def _bytes(copy: Copy, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"Cannot read {copy.shown(path)}: {error.strerror}.") from None


def _replace(copy: Copy, path: Path, data: bytes) -> None:
    try:
        replace_file(path, data)
    except OSError as error:
        raise CourseError(
            f"Cannot write {copy.shown(path)}: {error.strerror}. Your notebook is as it was; "
            "mend that, then run the command again."
        ) from None


def _notebook(copy: Copy, path: Path, data: bytes) -> dict:
    """Return a notebook's data, or say in one line that the file is none and what to do."""
    try:
        notebook = json.loads(data)
        for cell in notebook["cells"]:
            if not isinstance(cell["source"], (str, list)) or "cell_type" not in cell:
                raise TypeError("a cell without text")
    except (ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{copy.shown(path)} is not a notebook that can be read "
            f"({type(error).__name__}: {error}); nothing is changed. "
            f"`course reset {copy.name[:2]}` makes a fresh copy and keeps this file in backups/."
        ) from None
    return notebook
