"""What pip is asked to install, and what a learner reads of what it says."""

import shutil
import sys
from pathlib import Path

import pytest

from course_lib import installer
from course_lib.installer import PipFailed

PROJECT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        ("error: incomplete-download\n(4.2 MB/4.9 MB)", "a download broke off"),
        ("WARNING: Retrying: SSLError(SSLCertVerificationError(1", "no safe connection"),
        (
            "NewConnectionError: [Errno -3] Temporary failure in name resolution\n"
            "ERROR: No matching distribution found for numpy==2.4.6",
            "there is no network",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", "no torch==2.13.0 for this"),
        ("ERROR: Could not install: [Errno 13] Permission denied: 'x'", "may not be written to"),
        ("line\nERROR: Something new.\n", "pip says: Something new"),
        ("", "it gave no reason"),
    ],
)
def test_what_pip_prints_becomes_a_reason(printed, reason):
    line = installer.explain(printed, gb=2.0)
    assert reason in line and "\n" not in line and not line.endswith(".")


def test_a_full_folder_for_temporary_files_is_seen(monkeypatch):
    full = shutil._ntuple_diskusage(total=10**8, used=10**8, free=10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert "the disk is full" in installer.explain("error: incomplete-download", gb=2.0)


class FakePip:
    """Stands in for `run_pip`: keeps what it is asked, with the pins of the file it is given."""

    def __init__(self, monkeypatch, torch: str | None):
        self.calls: list[list[str]] = []
        monkeypatch.setattr(installer, "run_pip", self.run)
        monkeypatch.setattr(installer, "fitting_torch", lambda python: torch)
        self.progress = installer.Progress()

    def run(self, python, what, progress, step, bar="raw"):
        if what[0] == "-r":
            self.pins = Path(what[1]).read_text().splitlines()
        self.calls.append(what)

    def install(self, locks=installer.LOCKS[:1]):
        installer.install_packages("python", locks, self.progress)


def test_pip_then_all_pins_then_the_course(monkeypatch):
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    pip = FakePip(monkeypatch, torch=None)
    pip.install()
    assert [call[0].split("==")[0] for call in pip.calls] == ["pip", "-r", "--no-deps"]
    assert "torch==2.13.0" in pip.pins and not any("hypothesis" in pin for pin in pip.pins)
    assert pip.calls[-1][-2:] == ["--editable", str(PROJECT)]


def test_the_test_lock_comes_on_top(monkeypatch):
    pip = FakePip(monkeypatch, torch=None)
    pip.install(installer.LOCKS)
    assert any(pin.startswith("hypothesis==") for pin in pip.pins)
    assert any(pin.startswith("numpy==") for pin in pip.pins)


def test_a_torch_that_fits_stays(monkeypatch, capsys):
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/cpu")
    pip = FakePip(monkeypatch, torch="2.14.1")
    pip.install()
    assert "torch==2.14.1" in pip.pins and "torch==2.13.0" not in pip.pins
    assert not any("--index-url" in call for call in pip.calls)
    assert "TORCH_INDEX is not used" in capsys.readouterr().out


def test_torch_comes_from_the_index_that_is_named(monkeypatch):
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/cpu")
    pip = FakePip(monkeypatch, torch=None)
    pip.install()
    assert pip.calls[1] == ["--no-deps", "--index-url", "https://example.org/cpu", "torch==2.13.0"]


@pytest.mark.parametrize(
    ("low", "fits"), [("2.9,<3", True), ("2.99,<3", False), ("1.0,<2.13", False)]
)
def test_which_torch_fits(low, fits, tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text(f'"torch>={low}",')
    monkeypatch.setattr(installer, "ROOT", tmp_path)
    found = installer.fitting_torch(sys.executable)
    assert (found is not None) == fits
    assert found is None or "+" not in found


def test_pip_is_followed_and_its_failure_told(monkeypatch):
    script = "import sys; print('Installing collected packages: a, b'); sys.exit('ERROR: no')"
    seen = installer.Progress()
    real = installer.subprocess.Popen
    monkeypatch.setattr(
        installer.subprocess,
        "Popen",
        lambda command, **options: real([command[0], "-c", script], **options),
    )
    with pytest.raises(PipFailed, match="ERROR: no"):
        installer.run_pip(sys.executable, ["a"], seen, "getting a")
    assert seen.unpacking and seen.text == "unpacking 2 packages"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Collecting numpy==2.4.6 (from -r pins.txt (line 77))", "looking up numpy"),
        ("  Downloading torch-2.13.0-cp311-cp311-win_amd64.whl (190 MB)", "getting torch"),
        ("  Downloading https://host/a/b/torch-2.13.0-x.whl (190 MB)", "getting torch"),
        ("  Downloading jedi-0.20-py3-none-any.whl.metadata (3 kB)", "looking up jedi"),
    ],
)
def test_a_line_of_pip_in_plain_words(line, text):
    progress = installer.Progress()
    progress.follow(line)
    assert progress.text == text


def test_megabytes_of_a_download_replace_each_other():
    progress = installer.Progress()
    for line in (
        "  Downloading torch-2.13.0.whl",
        "Progress 5 of 190000000",
        "Progress 95000000 of 190000000",
    ):
        progress.follow(line)
    assert progress.text == "getting torch, 95 of 190 MB"
