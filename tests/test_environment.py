""".venv: made once, ready or absent, whatever goes wrong on the way."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from course_lib import environment, installer
from course_lib.installer import PipFailed

PROJECT = Path(__file__).resolve().parents[1]


class Project:
    """A project folder with locks, where a fake pip notes what it is asked to install."""

    def __init__(self, root: Path):
        self.root, self.venv = root, root / ".venv"
        self.installed: list[tuple[str, ...]] = []
        self.failure: BaseException | None = None
        self.unpacking = False

    def install_packages(self, python, locks, progress):
        if self.failure:
            progress.unpacking = self.unpacking
            raise self.failure
        self.installed.append(locks)

    def version_in_venv(self):
        return (3, 12) if os.path.exists(environment.python_of(self.venv)) else None

    def prepare(self, with_tests=False):
        environment.prepare(with_tests)

    def fail(self, failure: BaseException, unpacking: bool = False, with_tests=False) -> str:
        """Prepare with a pip that fails; return the line that the user reads."""
        self.failure, self.unpacking = failure, unpacking
        with pytest.raises(environment.Stop) as stop:
            self.prepare(with_tests)
        self.failure = None
        assert "\n" not in str(stop.value)
        return str(stop.value)

    def learner_makes_venv(self) -> Path:
        """Make a .venv that is not the course's; return a file in it that must survive."""
        self.make_python()
        kept = self.venv / "kept"
        kept.write_text("")
        return kept

    def make_python(self):
        python = Path(environment.python_of(self.venv))
        python.parent.mkdir(parents=True)
        python.write_text("")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    made = Project(tmp_path)
    for name in ("pyproject.toml", *installer.LOCKS):
        shutil.copy(PROJECT / name, tmp_path)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(installer, "ROOT", tmp_path)
    for name in ("VENV", "NEW", "BROKEN"):
        folder = tmp_path / getattr(environment, name).name
        monkeypatch.setattr(environment, name, folder)
    monkeypatch.setattr(environment, "install_packages", made.install_packages)
    monkeypatch.setattr(environment.signal, "signal", lambda *any: None)
    monkeypatch.setattr("venv.create", lambda folder, symlinks: made.make_python())
    monkeypatch.setattr(environment, "version_in_venv", made.version_in_venv)
    monkeypatch.setattr(environment, "run", lambda command: type("Done", (), {"returncode": 0}))
    return made


def test_the_second_start_installs_nothing(project):
    project.prepare()
    project.prepare()
    assert project.installed == [("requirements.lock",)]


def test_tests_add_their_packages_once_and_the_lab_then_needs_nothing(project):
    project.prepare()
    project.prepare(with_tests=True)
    project.prepare(with_tests=True)
    project.prepare()
    assert project.installed == [("requirements.lock",), installer.LOCKS]


def test_a_changed_lock_is_installed_into_the_same_venv(project):
    project.prepare()
    (project.venv / "kept").write_text("")
    with open(project.root / "requirements.lock", "a") as lock:
        lock.write("one-more==1.0\n")
    project.prepare()
    assert len(project.installed) == 2 and (project.venv / "kept").exists()


def test_a_failed_first_start_leaves_nothing(project):
    line = project.fail(PipFailed("No space left on device"), unpacking=True)
    assert line.startswith("Not installed: the disk is full")
    assert not list(project.root.glob(".venv*"))


def test_ctrl_c_leaves_nothing_and_says_how_to_go_on(project):
    line = project.fail(KeyboardInterrupt())
    assert line == ("Stopped; nothing half-installed is left. The same command starts it again.")
    assert not list(project.root.glob(".venv*"))


def test_an_update_without_network_keeps_what_is_there(project):
    project.prepare()
    line = project.fail(PipFailed("NewConnectionError"), with_tests=True)
    assert "there is no network" in line and ".venv is as it was" in line
    project.prepare()
    assert len(project.installed) == 1


def test_an_update_that_breaks_while_unpacking_is_not_kept(project):
    project.prepare()
    project.fail(PipFailed("No space left on device"), unpacking=True, with_tests=True)
    assert not project.venv.exists()


def test_a_start_that_was_killed_is_begun_anew(project, capsys):
    project.make_python()
    state = {"made_here": True, "place": str(project.venv), "locks": None}
    environment.write_state(project.venv, state)
    (project.venv / "half").write_text("")
    environment.NEW.mkdir()
    project.prepare()
    assert "made anew" in capsys.readouterr().out
    assert not (project.venv / "half").exists() and not environment.NEW.exists()


def test_a_moved_project_gets_a_new_venv(project):
    project.prepare()
    state = environment.read_state() | {"place": "/elsewhere/.venv"}
    environment.write_state(project.venv, state)
    (project.venv / "old").write_text("")
    project.prepare()
    assert not (project.venv / "old").exists()


def test_a_venv_of_the_learner_is_used_and_never_removed(project):
    kept = project.learner_makes_venv()
    project.fail(PipFailed("No space left on device"), unpacking=True)
    project.fail(KeyboardInterrupt(), unpacking=True)
    assert kept.exists()
    project.prepare()
    assert kept.exists() and len(project.installed) == 1


def test_a_venv_of_the_learner_without_a_python_is_named(project):
    project.venv.mkdir()
    with pytest.raises(environment.Stop, match="not made by the course.*rename it"):
        project.prepare()
    assert project.venv.exists()


def test_a_full_disk_is_seen_before_anything_is_made(project, monkeypatch):
    full = shutil._ntuple_diskusage(total=10**12, used=10**12, free=10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with pytest.raises(environment.Stop, match="2 GB are needed in .* and 0.1 GB are free"):
        project.prepare()
    assert not list(project.root.glob(".venv*"))


def test_a_python_without_venv_is_told_what_to_install(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(environment.Stop, match=r"sudo apt install python3\.\d+-venv"):
        project.prepare()
    assert not list(project.root.glob(".venv*"))


def test_two_commands_do_not_install_at_once(project):
    with environment.only_one(), pytest.raises(environment.Stop, match="by another command"):
        project.prepare()
    assert not project.venv.exists()


def test_the_marker_says_what_is_installed(project):
    project.prepare()
    state = json.loads((project.venv / "course.json").read_text())
    assert state["made_here"] and state["locks"].keys() == {"requirements.lock"}
