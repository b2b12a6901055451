"""A level is believed after it has held; what cannot be had is said with the fix."""

import os
import stat
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib.classroom.grading import HandedIn, grade
from course_lib.classroom.inside import guard
from course_lib.classroom.sandbox import container, levels
from course_lib.classroom.sandbox.levels import BUBBLEWRAP, CONTAINERS, LANDLOCK, NONE, why_not
from course_lib.classroom.sandbox.policy import Limits, python_policy
from course_lib.classroom.sandboxed import START_SECONDS, Sandbox, SandboxBroken
from course_lib.errors import CourseError
from tests.classroom.notebooks import full, lesson

pytestmark = pytest.mark.slow
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these sandboxes")
# A container engine that checks its words and runs the program without a container.
ENGINE = """#!{python}
import os, sys
words = sys.argv[1:]
with open(__file__ + ".log", "a") as log:
    log.write(words[0] + " " + words[2] + "\\n")
if words[0] == "rm":
    sys.exit(words[1] != "--force")
assert words[0] == "run" and "--read-only" in words
assert words[words.index("--network") + 1] == "none"
assert words[words.index("--cap-drop") + 1] == "ALL"
assert words[words.index("--user") + 1] == "65534:65534"
assert "no-new-privileges" in words
pairs = [words[i + 1].partition("=") for i, word in enumerate(words) if word == "--env"]
place = words.index("--workdir")
os.makedirs(words[place + 1], exist_ok=True)
os.chdir(words[place + 1])
program = words[place + 3:]
os.execve(program[0], program, {{name: value for name, _, value in pairs}})
"""


@pytest.fixture(autouse=True)
def tried_afresh():
    levels.best_level.cache_clear()
    yield
    levels.best_level.cache_clear()


@linux
def test_the_strongest_that_holds_is_taken(monkeypatch):
    assert levels.best_level() is BUBBLEWRAP
    levels.best_level.cache_clear()
    monkeypatch.setattr(levels, "LEVELS", (NONE, LANDLOCK))
    assert levels.best_level() is LANDLOCK, "what does not hold is passed over"


@linux
def test_a_sandbox_that_does_not_hold_is_found_out():
    assert why_not(NONE) == "it can read files that it should not see"
    leaky = replace(BUBBLEWRAP, start=lambda policy, words: _with_network(policy, words))
    assert why_not(leaky) == "it can reach the network"


@linux
def test_a_sandbox_in_which_no_submission_could_be_put_apart_is_passed_over(monkeypatch):
    leave = "def leave_the_others() -> None:"
    real = levels.shutil.copy

    def copy(file, place):
        real(file, place)
        if Path(file).name == "apart.py":
            text = Path(place).read_text()
            assert leave in text
            Path(place).write_text(text.replace(leave, f"{leave}\n    raise OSError(1, 'no')", 1))

    monkeypatch.setattr(levels.shutil, "copy", copy)
    assert "[Errno 1] no" in why_not(BUBBLEWRAP)
    assert levels.best_level() is LANDLOCK


def _with_network(policy, words):
    started, environment = BUBBLEWRAP.start(policy, words)
    return [word for word in started if word != "--unshare-net"], environment


def test_a_program_that_is_missing_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert why_not(BUBBLEWRAP) == "bwrap is not installed"
    assert why_not(CONTAINERS[0]) == "docker is not installed"


def test_without_a_sandbox_it_refuses_unless_told(monkeypatch):
    monkeypatch.setattr(levels, "LEVELS", CONTAINERS)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CourseError, match="apt install bubblewrap.*--unsafe-no-sandbox"):
        levels.best_level()
    assert levels.best_level(unsafe=True) is NONE
    assert "NO SANDBOX" in NONE.says


@linux
@pytest.mark.parametrize("level", [BUBBLEWRAP, LANDLOCK, NONE, CONTAINERS[0]], ids=lambda v: v.name)
def test_every_level_grades(level, tmp_path, monkeypatch):
    engine = tmp_path / "docker"
    engine.write_text(ENGINE.format(python=sys.executable))
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with Sandbox(level, lesson()) as sandbox:
        for _ in range(2):
            result = grade(lesson(), HandedIn("s", full(), (), "", 1), sandbox).result
            assert result.points == 20, result
            assert result.sandbox == level.name
        assert (sandbox._process is None) == level.fresh
    if level is CONTAINERS[0]:  # killing docker's own program would leave the container
        name = container.name_of(sandbox._policy)
        log = tmp_path.joinpath("docker.log").read_text().splitlines()
        assert log == [f"run {name}", f"rm {name}"] * 2


@linux
def test_an_engine_that_starts_nothing_is_not_waited_for(tmp_path, monkeypatch):
    engine = tmp_path / "podman"
    said = "no such image\n\nRun 'podman run --help' for more"
    engine.write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 125\n')
    engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert why_not(CONTAINERS[1]) == "no such image"
    start = time.monotonic()
    with Sandbox(CONTAINERS[1], lesson()) as sandbox, pytest.raises(SandboxBroken, match="no such"):
        sandbox.start()
    assert time.monotonic() - start < START_SECONDS / 2


def test_a_folder_of_somebody_else_is_emptied_too(tmp_path, monkeypatch):
    """In a container the writable folder is the engine's: it can be emptied, not changed."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    monkeypatch.setattr(guard.os, "geteuid", lambda: os.getuid() + 1)
    monkeypatch.setattr(guard.os, "chmod", lambda *_: pytest.fail("it is not ours"))
    guard._empty(tmp_path)
    assert list(tmp_path.iterdir()) == []


@linux
def test_folders_of_a_killed_process_are_cleared_up(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = tmp_path / "course-sandbox-99999999-abc"
    mine = tmp_path / f"course-sandbox-{os.getpid()}-abc"
    for folder in (dead / "work", mine):
        folder.mkdir(parents=True)
    with Sandbox(BUBBLEWRAP, lesson()):
        assert not dead.exists() and mine.exists()
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.parametrize("engine", CONTAINERS, ids=lambda level: level.name)
def test_a_containers_words_hold_the_policy(engine, tmp_path):
    policy = python_policy(tmp_path / "work", tmp_path, limits=Limits(memory_mb=100, processes=7))
    words, _ = engine.start(policy, ["python", "x.py"])
    assert words[0] == engine.name and words[-2:] == ["python", "x.py"]
    assert words[words.index("--ipc") + 1] == "none", "no /dev/shm to write to"
    assert "--init" not in words, "Docker's lies in /sbin, which this computer's covers"
    volumes = [words[i + 1] for i, word in enumerate(words) if word == "--volume"]
    assert volumes and all(volume.endswith(":ro") for volume in volumes)
    assert words[words.index("--memory") + 1] == words[words.index("--memory-swap") + 1]
    assert int(words[words.index("--pids-limit") + 1]) < 50


def test_the_courses_own_package_is_hidden_where_it_lies_among_others(tmp_path):
    from course_lib.classroom.sandbox import policy as module

    root = module.Path(module.__file__).resolve().parents[3]
    assert root / "course_lib" in python_policy(tmp_path / "work", root).hidden
    assert root / "solutions" in python_policy(tmp_path / "work", root).hidden
    assert python_policy(tmp_path / "work", tmp_path).hidden == ()
