"""The learner's copies: made once, renewed with the old one kept, and safe at every moment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.errors import CourseError
from course_lib.study import safe_file, workspace
from tests.study.notebooks import answer, cell, notebook, read, texts, write

NAME = "01_tokenization"
FIRST = notebook(cell("s", "# Title", "markdown"), cell("s-1", "demo = 1"), answer("f", "stub"))
SECOND = notebook(
    cell("s", "# Title 2", "markdown"), cell("s-1", "demo = 2"), answer("f", "stub 2")
)
LINES = ["def f(): return 'mine'", "try_it = f()"]  # what the learner typed
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path) -> Path:
    write(tmp_path / "notebooks" / NAME / f"{NAME}.ipynb", FIRST)
    return tmp_path


def publish(root: Path, release: dict) -> None:
    write(root / "notebooks" / NAME / f"{NAME}.ipynb", release)


def learn(copy: Path) -> None:
    """Answer the exercise and add a cell, as JupyterLab would save it."""
    made = read(copy)
    made["cells"][2]["source"] = LINES[0]
    made["cells"].insert(2, cell("own", LINES[1]))
    write(copy, made)


def kept(root: Path) -> list[Path]:
    return sorted((root / "work" / NAME / "backups").glob("*.ipynb"))


@pytest.mark.parametrize("number", ["01", "1", NAME])
def test_a_lesson_is_copied_once_and_never_overwritten(root, number):
    copy = workspace.open_lesson(number, root)
    assert copy == root / "work" / NAME / f"{NAME}.ipynb"
    assert read(copy) == FIRST
    learn(copy)
    before = copy.read_bytes()
    publish(root, SECOND)
    assert workspace.open_lesson(number, root) == copy
    assert copy.read_bytes() == before


def test_reset_keeps_what_was_there(root):
    copy = workspace.open_lesson("01", root)
    learn(copy)
    before = copy.read_bytes()
    line = workspace.reset("01", root)
    assert texts(read(copy)) == texts(FIRST)
    (backup,) = kept(root)
    assert backup.read_bytes() == before
    assert f"what you had is in work/{NAME}/backups/{backup.name}" in line


def test_two_resets_in_one_second_keep_two_copies(root, monkeypatch):
    copy = workspace.open_lesson("01", root)
    for word in ("first", "second", "third"):
        write(copy, notebook(cell("s", word)))
        workspace.reset("01", root)
    assert sorted(texts(read(path))[0] for path in kept(root)) == ["first", "second", "third"]


def test_reset_of_a_lesson_never_opened_makes_the_copy(root):
    assert "there was no copy to reset" in workspace.reset("01", root)
    assert read(root / "work" / NAME / f"{NAME}.ipynb") == FIRST
    assert kept(root) == []


def test_update_brings_changes_in_and_keeps_the_learners_lines(root):
    copy = workspace.open_lesson("01", root)
    learn(copy)
    before = copy.read_bytes()
    publish(root, SECOND)
    first, last = workspace.update(root)
    assert texts(read(copy)) == ["# Title 2", "demo = 2", LINES[1], LINES[0]]
    assert first.startswith("01_tokenization: 2 cells are new or changed. What you had is in work/")
    assert "Reload Notebook from Disk" in last
    assert kept(root)[0].read_bytes() == before
    assert workspace.update(root) == []
    assert len(kept(root)) == 1


def test_update_says_when_both_sides_changed_a_cell(root):
    copy = workspace.open_lesson("01", root)
    write(copy, notebook(FIRST["cells"][0], cell("s-1", "demo = 'mine'"), FIRST["cells"][2]))
    publish(root, SECOND)
    assert "; 1 that you had changed too stand below the new ones" in workspace.update(root)[0]
    assert texts(read(copy))[1:3] == ["demo = 2", "demo = 'mine'"]


def test_update_leaves_lessons_alone_that_were_not_opened_or_not_changed(root):
    write(root / "notebooks" / "02_embeddings" / "02_embeddings.ipynb", FIRST)
    copy = workspace.open_lesson("01", root)
    before = copy.stat().st_mtime_ns
    assert workspace.update(root) == []
    assert copy.stat().st_mtime_ns == before
    assert [path.name for path in (root / "work").iterdir()] == [NAME]


def test_a_second_update_after_a_reset_finds_its_base(root):
    copy = workspace.open_lesson("01", root)
    publish(root, SECOND)
    workspace.reset("01", root)
    learn(copy)
    publish(root, FIRST)
    workspace.update(root)
    assert texts(read(copy)) == ["# Title", "demo = 1", LINES[1], LINES[0]]


def test_update_without_a_base_keeps_both_sides(root):
    copy = workspace.open_lesson("01", root)
    learn(copy)
    copy.with_name(".as_released.ipynb").unlink()
    publish(root, SECOND)
    workspace.update(root)
    assert set(LINES) < set(texts(read(copy)))
    assert {"demo = 1", "demo = 2"} < set(texts(read(copy)))


@pytest.mark.parametrize("number", ["12", "x", "", "0 1"])
def test_a_lesson_that_does_not_exist_is_one_line(root, number):
    for command in (workspace.open_lesson, workspace.reset):
        with pytest.raises(CourseError, match="There is no lesson .*; there are: 01.$"):
            command(number, root)


def test_no_built_lesson_is_one_line(tmp_path):
    with pytest.raises(CourseError, match="run `course build`"):
        workspace.open_lesson("01", tmp_path)


def test_update_without_work_is_one_line(root):
    with pytest.raises(CourseError, match="`course lab 01` makes the first one"):
        workspace.update(root)


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", "null", '{"cells": 3}', '{"cells": [{"cell_type": "code"}]}', "\ufffd\x00"],
)
def test_a_damaged_notebook_is_one_line_and_reset_helps(root, damage):
    write(root / "notebooks" / "02_embeddings" / "02_embeddings.ipynb", FIRST)
    good, copy = (workspace.open_lesson(number, root) for number in ("01", "02"))
    copy.write_text(damage, encoding="utf-8")
    before = good.read_bytes()
    publish(root, SECOND)
    write(root / "notebooks" / "02_embeddings" / "02_embeddings.ipynb", SECOND)
    with pytest.raises(CourseError, match="`course reset 02` makes a fresh copy") as error:
        workspace.update(root)
    assert "\n" not in str(error.value)
    assert good.read_bytes() == before  # nothing at all is changed
    workspace.reset("02", root)
    assert texts(read(copy)) == texts(SECOND)
    assert next((copy.parent / "backups").iterdir()).read_text(encoding="utf-8") == damage


def test_a_full_disk_is_one_line_and_the_notebook_stays(root, monkeypatch):
    copy = workspace.open_lesson("01", root)
    learn(copy)
    before = copy.read_bytes()
    publish(root, SECOND)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for command in (lambda: workspace.update(root), lambda: workspace.reset("01", root)):
        with pytest.raises(
            CourseError, match="No space left on device. Your notebook is as it was"
        ):
            command()
    assert copy.read_bytes() == before
    assert not [path for path in copy.parent.rglob("*.tmp")]


def test_a_save_in_the_same_moment_wins(root, monkeypatch):
    copy = workspace.open_lesson("01", root)
    publish(root, SECOND)
    replace_file = workspace.replace_file

    def and_jupyterlab_saves(path, data):
        replace_file(path, data)
        learn(copy)

    monkeypatch.setattr(workspace, "replace_file", and_jupyterlab_saves)
    with pytest.raises(CourseError, match="was saved in this very moment; nothing is changed"):
        workspace.update(root)
    assert set(LINES) < set(texts(read(copy)))


KILLED = """
import os, signal, sys
from pathlib import Path
from course_lib.study import workspace

root, left = Path(sys.argv[1]), int(sys.argv[2])

def countdown(function):
    def counted(*args, **keywords):
        global left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL) if hasattr(signal, "SIGKILL") else os._exit(9)
        left -= 1
        return function(*args, **keywords)
    return counted

import builtins
builtins.open, os.fsync, os.replace = map(countdown, (open, os.fsync, os.replace))
Path.unlink, Path.mkdir = countdown(Path.unlink), countdown(Path.mkdir)
{command}
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["open_lesson('01', root)", "reset('01', root)", "update(root)"]
)
def test_killed_at_any_moment_no_line_is_lost(tmp_path, command):
    opened = command.startswith("open")
    code = KILLED.replace("{command}", f"workspace.{command}")
    for step in range(99):
        folder = tmp_path / f"killed-{step}"
        publish(folder, FIRST)
        if not opened:
            learn(workspace.open_lesson("01", folder))
            publish(folder, SECOND)
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder), str(step)],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        finished = "done" in done.stdout
        assert finished or done.returncode in (-9, 9), done.stderr
        every_notebook = list((folder / "work").rglob("[!.]*.ipynb"))
        for path in every_notebook:
            json.loads(path.read_bytes())  # none is a torn one
        if not opened:
            found = [text for path in every_notebook for text in texts(read(path))]
            assert set(LINES) <= set(found)
        # and the next command goes on as if nothing had happened
        copy = workspace.open_lesson("01", folder)
        publish(folder, SECOND)
        workspace.update(folder)
        expected = ["# Title 2", "demo = 2"]
        expected += ["stub 2"] if texts(read(copy))[-1] == "stub 2" else [LINES[1], LINES[0]]
        assert texts(read(copy)) == expected
        if finished:
            break
    assert step >= (10 if opened else 15)  # so often was it killed


def test_a_file_is_replaced_in_one_step(tmp_path, monkeypatch):
    file = tmp_path / "new" / "a.ipynb"
    safe_file.replace_file(file, b"old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(13, "no")))
    with pytest.raises(OSError, match="no"):
        safe_file.replace_file(file, b"new")
    assert [path.name for path in file.parent.iterdir()] == ["a.ipynb"]
    assert file.read_bytes() == b"old"


def test_an_update_stopped_before_its_last_file_is_not_done_twice(root):
    copy = workspace.open_lesson("01", root)
    learn(copy)
    base = copy.with_name(".as_released.ipynb")
    old_base = base.read_bytes()
    title, demo, stub = FIRST["cells"]
    publish(root, notebook(title, cell("s-1", "new = 0"), {**demo, "id": "s-2"}, stub))
    workspace.update(root)
    expected = ["# Title", "new = 0", "demo = 1", LINES[1], LINES[0]]
    assert texts(read(copy)) == expected
    base.write_bytes(old_base)
    workspace.update(root)
    assert texts(read(copy)) == expected
