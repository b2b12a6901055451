"""`course doctor`: each look finds what is wrong, and names a fix."""

import shutil
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib import assets, doctor, installer


def test_a_right_python_is_ok(monkeypatch):
    assert doctor.python().status == "OK"
    monkeypatch.setattr(doctor.sys, "version_info", (3, 8, 18))
    assert doctor.python().status == "FAIL" and "3.11 to 3.14" in doctor.python().fix


@pytest.fixture
def lock(tmp_path, monkeypatch):
    """Return a function that puts other pins into the lock."""

    def write(*pins: str):
        (tmp_path / "requirements.lock").write_text("# pins\n" + "\n".join(pins))

    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    return write


def test_packages_as_locked_are_ok(lock):
    import numpy

    lock(f"numpy=={numpy.__version__}", "pywinpty==9 ; sys_platform == 'nowhere'")
    assert doctor.packages().status == "OK"


def test_missing_and_other_packages_are_named_with_the_fix(lock):
    lock("numpy==0.1", "no-such-package==1.0")
    check = doctor.packages()
    assert check.status == "FAIL" and "pip install -r requirements.lock" in check.fix
    assert "no-such-package is missing" in check.found and "numpy is " in check.found


def test_many_wrong_packages_are_counted(lock):
    lock(*(f"no-such-package-{letter}==1.0" for letter in "abcdef"))
    found = doctor.packages().found
    assert found.count("is missing") == 4 and found.endswith("and 2 more")


@pytest.mark.parametrize(("kept", "status"), [("2.14.1", "OK"), (None, "FAIL")])
def test_another_torch_is_ok_where_it_fits(lock, monkeypatch, kept, status):
    lock("torch==0.1")
    monkeypatch.setattr(doctor, "fitting_torch", lambda python: kept)
    assert doctor.packages().status == status


@pytest.mark.slow
def test_this_torch_computes():
    assert doctor.torch().status == "OK"


def test_a_torch_that_cannot_be_imported_is_a_fail(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('DLL load failed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    check = doctor.torch()
    assert check.status == "FAIL" and "DLL load failed" in check.found and "torch" in check.fix


@pytest.mark.slow
def test_the_kernel_is_this_python():
    check = doctor.kernel()
    assert check.status == "OK", check


@pytest.mark.slow
def test_a_kernel_of_another_python_is_a_fail(monkeypatch):
    monkeypatch.setattr(doctor.sys, "prefix", "/elsewhere")
    check = doctor.kernel()
    assert check.status == "FAIL" and "ipykernel install" in check.fix


@pytest.mark.parametrize(("gigabytes", "status"), [(2, "FAIL"), (8, "OK")])
def test_memory(monkeypatch, gigabytes, status):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=gigabytes * 1e9))
    assert doctor.memory().status == status


@pytest.mark.parametrize(("gigabytes", "status"), [(0.3, "FAIL"), (30, "OK")])
def test_disk_looks_at_the_nearest_folder_that_exists(tmp_path, monkeypatch, gigabytes, status):
    asked = []
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(
        shutil, "disk_usage", lambda place: asked.append(place) or usage(gigabytes * 1e9)
    )
    check = doctor.disk(tmp_path / "not" / "yet")
    assert check.status == status and asked == [tmp_path]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path):
    assert doctor.writing("your record", tmp_path / "not" / "yet").status == "OK"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_fail(tmp_path):
    (tmp_path / "file").write_text("")
    check = doctor.writing("your record", tmp_path / "file")
    assert check.status == "FAIL" and str(tmp_path / "file") in check.fix


def test_models_are_missing_damaged_or_ok(tmp_path, monkeypatch):
    whole, damaged = tmp_path / "whole", tmp_path / "damaged"
    whole.write_text("abc")
    damaged.write_text("abd")
    digest = assets.sha256(whole)
    monkeypatch.setattr(
        assets,
        "ASSETS",
        {name: SimpleNamespace(sha256=digest) for name in ("whole", "damaged", "missing")},
    )

    def path(name: str) -> Path:
        if name == "missing":
            raise assets.AssetError("not here")
        return tmp_path / name

    monkeypatch.setattr(assets, "path", path)
    found = {check.name: check for check in doctor.models()}
    assert found["whole"].status == "OK"
    assert found["missing"].status == "FAIL" and "course fetch" in found["missing"].fix
    assert found["damaged"].status == "FAIL" and "delete" in found["damaged"].fix


@pytest.mark.slow
def test_a_look_that_breaks_is_reported_and_the_others_go_on(tmp_path, monkeypatch):
    def broken():
        raise RuntimeError("no such thing")

    for look in ("kernel", "torch", "memory"):
        monkeypatch.setattr(doctor, look, broken)
    monkeypatch.setattr(assets, "ASSETS", {})
    checks = {check.name: check for check in doctor.examine(tmp_path, tmp_path, tmp_path)}
    assert checks["memory"].status == "FAIL" and "no such thing" in checks["memory"].found
    assert checks["your record"].status == "OK"
    assert {"chromium", "bwrap"} <= checks.keys()


def test_a_missing_optional_program_is_no_fail(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(assets, "ASSETS", {})
    for look in ("kernel", "torch", "packages"):
        monkeypatch.setattr(doctor, look, lambda: doctor.Check("x", "y"))
    checks = list(doctor.examine(tmp_path, tmp_path, tmp_path))
    statuses = {check.name: check.status for check in checks}
    assert statuses["chromium"] == statuses["bwrap"] == "optional"


def test_one_disk_is_looked_at_once(tmp_path):
    assert doctor._disks(tmp_path / "a", tmp_path / "b", tmp_path) == [tmp_path / "a"]


def test_this_python_is_named_shortly(monkeypatch):
    inside = installer.ROOT / ".venv" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(inside))
    assert doctor._python() == str(Path(".venv/bin/python"))
