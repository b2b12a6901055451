"""`course lab`: one clean line with the address, a clear line for a busy port, one server."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from course_lib import launch
from course_lib.errors import CourseError

START = """
import sys
from pathlib import Path
from course_lib import launch
from course_lib.errors import CourseError
root, port = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None
try:
    launch.open_lab(root / "01_a" / "01_a.ipynb", root, root / "lab.log", port, browser=False)
except CourseError as error:
    sys.exit(f"one line: {error}")
"""
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@contextmanager
def port_in_use() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_busy_port_is_one_line_with_the_fix():
    with port_in_use() as port, pytest.raises(CourseError) as refused:
        launch.refuse_busy(port)
    line = str(refused.value)
    assert line.startswith(f"Port {port} is in use: give another") and "\n" not in line


def test_a_free_port_is_not_refused():
    launch.refuse_busy(launch.free_port([]))


def test_the_first_free_port_is_taken():
    with port_in_use() as busy:
        free = launch.free_port([])
        assert launch.free_port([busy, free]) == free
        assert launch.free_port([busy]) != busy


def test_the_address_names_the_notebook_under_the_root():
    server = launch.Server("http://127.0.0.1:8888/", "secret")
    page = server.page(Path("/course/work/01_a/01_a.ipynb"), Path("/course/work"))
    assert page == "http://127.0.0.1:8888/lab/tree/01_a/01_a.ipynb?token=secret"


def test_what_is_not_a_running_server_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "jpserver-1.json").write_text("{half")
    dead = {"root_dir": str(tmp_path), "port": 1, "url": "http://127.0.0.1:1/", "token": "a"}
    (tmp_path / "jpserver-2.json").write_text(json.dumps(dead))
    assert launch.running_server(tmp_path, port=None) is None


def test_only_what_is_missing_is_fetched(monkeypatch, capsys):
    from course_lib import assets

    fetched = []

    def fetch(name, progress):
        progress(1, 2)
        fetched.append(name)

    monkeypatch.setattr(assets, "missing", lambda: ["gpt2"])
    monkeypatch.setattr(assets, "fetch", fetch)
    launch.fetch_missing()
    assert fetched == ["gpt2"] and "gpt2" in capsys.readouterr().out
    monkeypatch.setattr(assets, "missing", lambda: [])
    launch.fetch_missing()
    assert fetched == ["gpt2"] and capsys.readouterr().out == ""


def test_a_jupyterlab_that_does_not_start_is_one_line(tmp_path):
    log = tmp_path / "lab.log"
    log.write_text("first\nImportError: no such thing\n\n")
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    server = launch.Server("http://127.0.0.1:1/", "a")
    started_at = time.monotonic()
    with pytest.raises(CourseError, match="did not start: ImportError: no such thing") as refused:
        launch.wait_until_up(server, process, log)
    assert str(log) in str(refused.value) and "course doctor" in str(refused.value)
    assert time.monotonic() - started_at < 60  # a process that has ended is not waited for


@pytest.fixture
def lab_root(tmp_path, monkeypatch) -> Path:
    """A folder with one notebook, and Jupyter's own folders kept away from the user's."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    root = tmp_path / "work"
    (root / "01_a").mkdir(parents=True)
    (root / "01_a" / "01_a.ipynb").write_text(json.dumps(NOTEBOOK))
    return root


def started(root: Path, *words: str) -> subprocess.Popen:
    command = [sys.executable, "-c", START, str(root), *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_jupyterlab_starts_answers_is_found_again_and_ends(lab_root):
    first = started(lab_root)
    try:
        line = first.stdout.readline()
        assert line.startswith("JupyterLab is at http://127.0.0.1:")
        url = line.split()[-1]
        assert urllib.request.urlopen(url, timeout=20).status == 200
        port = url.split(":")[2].split("/")[0]
        again = started(lab_root, port)
        assert again.communicate(timeout=60)[0] == f"JupyterLab is running already: {url}\n"
        assert again.returncode == 0
        other = started(lab_root.parent, port)
        said = other.communicate(timeout=60)[0]
        assert said.startswith(f"one line: Port {port} is in use") and said.count("\n") == 1
    finally:
        first.send_signal(signal.SIGTERM)
        said = first.communicate(timeout=60)[0]
    assert first.returncode == 0
    assert said.splitlines()[-1].startswith("JupyterLab ends")
    assert launch.port_problem(int(port)) is None
    assert "Serving notebooks from local directory" in (lab_root / "lab.log").read_text()
