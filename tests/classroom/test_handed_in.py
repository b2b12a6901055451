"""Whatever lies in a submission folder is read, or refused with a reason; nothing is run."""

import json
import os

import pytest

from course_lib.classroom import handed_in
from course_lib.classroom.handed_in import Unreadable, parse, read_bytes
from tests.classroom.notebooks import NAME, full


@pytest.fixture
def folder(tmp_path):
    (tmp_path / f"{NAME}.ipynb").write_bytes(full())
    return tmp_path


def kinds(alarms):
    return [alarm.kind for alarm in alarms]


def test_an_honest_folder_raises_no_alarm(folder):
    (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    (folder / ".ipynb_checkpoints").mkdir()
    data, alarms = read_bytes(folder, NAME)
    assert data == full()
    assert alarms == []
    cells, alarms = parse(data)
    assert len(cells) == len(json.loads(data)["cells"])
    assert alarms == []


def test_a_renamed_notebook_is_taken_with_an_alarm(folder):
    (folder / f"{NAME}.ipynb").rename(folder / f"{NAME} (1).ipynb")
    data, alarms = read_bytes(folder, NAME)
    assert data == full()
    assert kinds(alarms) == ["renamed"]


def test_of_two_with_other_names_none_is_chosen(folder):
    (folder / f"{NAME}.ipynb").rename(folder / "a.ipynb")
    (folder / "b.ipynb").write_bytes(full())
    with pytest.raises(Unreadable, match="2 notebooks, none of them called"):
        read_bytes(folder, NAME)


def test_links_are_not_followed(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "gradebook.db"
    secret.write_text("secret")
    (folder / "data.txt").symlink_to(secret)
    assert kinds(read_bytes(folder, NAME)[1]) == ["symlink"]
    (folder / f"{NAME}.ipynb").unlink()
    (folder / f"{NAME}.ipynb").symlink_to(secret)
    with pytest.raises(Unreadable, match="0 notebooks"):
        read_bytes(folder, NAME)


def test_a_folder_that_is_a_link_is_refused(folder, tmp_path_factory):
    link = tmp_path_factory.mktemp("student") / NAME
    link.symlink_to(folder)
    with pytest.raises(Unreadable, match="not an ordinary folder"):
        read_bytes(link, NAME)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_of_that_name_keeps_nobody_waiting(folder):
    (folder / f"{NAME}.ipynb").unlink()
    os.mkfifo(folder / f"{NAME}.ipynb")
    with pytest.raises(Unreadable):
        read_bytes(folder, NAME)


def test_a_notebook_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setattr(handed_in, "LARGEST", 1000)
    with pytest.raises(Unreadable, match="larger than"):
        read_bytes(folder, NAME)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"not json", "no JSON"),
        (full()[:5000], "no JSON"),
        (b"[]", "no notebook"),
        (b"null", "no notebook"),
        (b'"x"', "no notebook"),
        (b"{}", "no list of cells"),
        (b'{"nbformat": 4, "cells": 3}', "no list of cells"),
        (b"[" * 100_000, "nested too deeply"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"nbformat": 4, "cells": [' + b"0," * 3000 + b"0]}", "cells, more than"),
        (b'{"nbformat": ' + b"9" * 10_000 + b"}", "no JSON"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(data, reason):
    with pytest.raises(Unreadable, match=reason):
        parse(data)


def test_a_byte_order_mark_does_no_harm():
    assert parse(b"\xef\xbb\xbf" + full()) == parse(full())


@pytest.mark.parametrize(
    "cell",
    [
        3,
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": ["x", 3]},
        {"cell_type": "video", "source": "x"},
    ],
)
def test_a_cell_that_is_none_is_left_out_with_an_alarm(cell):
    good = {"cell_type": "code", "source": ["x = ", "1"], "metadata": {}, "id": "a"}
    cells, alarms = parse(json.dumps({"nbformat": 4, "cells": [cell, good]}).encode())
    assert [cell.source for cell in cells] == ["x = 1"]
    assert kinds(alarms) == ["broken_cell"]


def test_metadata_of_odd_types_is_as_good_as_none():
    odd = {"cell_type": "code", "source": "x", "id": 3, "metadata": {"nbgrader": 3, "tags": "x"}}
    cells, alarms = parse(json.dumps({"nbformat": 4, "cells": [odd]}).encode())
    assert (cells[0].id, cells[0].grading, cells[0].tags) == ("", {}, ())
    assert alarms == []


def test_version_3_is_read_with_an_alarm():
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}]}
    cells, alarms = parse(json.dumps(old).encode())
    assert [cell.source for cell in cells] == ["x = 1"]
    assert kinds(alarms) == ["old_format"]


def test_another_language_is_an_alarm():
    notebook = {"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "R"}}}
    assert kinds(parse(json.dumps(notebook).encode())[1]) == ["other_kernel"]


def test_halves_of_characters_cannot_stop_what_comes_after():
    source = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "\ud83d"}]})
    (cell,), _ = parse(source.encode())
    assert cell.source.encode("utf-8")
