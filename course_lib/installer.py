"""Install the locked packages with pip: one line of progress, and its errors in plain words.

Standard library only: nothing is installed yet when this runs.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")
SMALL = 300_000_000  # bytes; one package can be as large

# What pip prints when it fails, and what a learner needs to know. The first that is found counts.
REASONS = (
    (
        r"No space left|Errno 28|WinError 112|not enough space|Disk quota",
        "the disk is full. Free {gb:.0f} GB or more, also where temporary files go ({temporary})",
    ),
    (
        r"Connection broken|IncompleteRead|incomplete-download|DO NOT MATCH THE HASHES|BadZipFile"
        r"|is invalid\.|Read timed out",
        "a download broke off. What came whole is kept for the next try",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerification",
        "no safe connection could be made. Check this computer's clock and, behind a company's"
        " proxy, pip's setting for certificates",
    ),
    (
        r"NewConnectionError|Failed to establish|[Nn]ame resolution|getaddrinfo|ConnectTimeout"
        r"|Network is unreachable|ProxyError|Connection refused|Max retries exceeded",
        "there is no network, which is needed this once. Connect this computer",
    ),
    (
        r"No matching distribution found for (?P<name>[^\s;]+)",
        "there is no {name} for this computer ({computer}). See 'Which computers' in README.md",
    ),
    (r"Permission denied|Errno 13|WinError 5\b", "{root} may not be written to. Change that"),
)


class PipFailed(Exception):
    """pip ended with an error; the text is all that it printed."""


class Progress:
    """One line that tells what is done: redrawn on a terminal, else printed when a step begins."""

    def __init__(self) -> None:
        self.live = sys.stdout.isatty()
        self.start = time.monotonic()
        self.text = ""
        self.unpacking = False
        self.closed = threading.Event()
        if self.live:
            threading.Thread(target=self._redraw, daemon=True).start()

    def begin(self, text: str) -> None:
        """Begin a step in which nothing that is installed has been touched yet."""
        self.unpacking = False
        self.say(text)

    def say(self, text: str) -> None:
        """Tell what is done now."""
        self.text = text
        if not self.live:
            print(f"  {text}", flush=True)

    def follow(self, line: str) -> None:
        """Take a line of pip's output into account."""
        if line.startswith("Installing collected packages"):
            self.unpacking = True
            if "," in line:
                self.say(f"unpacking {line.count(',') + 1} packages")
        elif line.startswith("Progress "):
            done, whole = (int(number) / 1e6 for number in re.findall(r"\d+", line))
            self.text = f"{self.text.split(',')[0]}, {done:.0f} of {whole:.0f} MB"
        elif match := re.match(r"\s*(Collecting|Downloading) (?:\S*/)?([A-Za-z0-9_.]+)", line):
            words = "looking up" if match[1] == "Collecting" or ".metadata" in line else "getting"
            self.text = f"{words} {match[2]}"

    def close(self, text: str = "") -> None:
        """Stop redrawing; end with `text` and the time it all took."""
        self.closed.set()
        if self.live:
            print("\r" + " " * 78, end="\r")
        if text:
            print(f"{text} ({time.monotonic() - self.start:.0f} seconds)", flush=True)

    def _redraw(self) -> None:
        while not self.closed.wait(0.3):
            minutes, seconds = divmod(int(time.monotonic() - self.start), 60)
            line = f"  {minutes}:{seconds:02d}  {self.text}"
            print("\r" + line[:78].ljust(78), end="", flush=True)


def install_packages(python: str, locks: tuple[str, ...], progress: Progress) -> None:
    """Install what the locks name, and the course itself, for a Python.

    A torch that is there already and fits pyproject.toml's range stays. Otherwise the environment
    variable TORCH_INDEX may name the package index to take it from.

    Raises:
        PipFailed: if pip ends with an error.
    """
    pins = [pin for lock in locks for pin in read_lock(ROOT / lock)]
    torch = next(pin for pin in pins if pin.startswith("torch=="))
    kept, index = fitting_torch(python), os.environ.get("TORCH_INDEX")
    # Python's own pip may be years old: the lock's is taken first.
    newest_pip = next(pin for pin in pins if pin.startswith("pip=="))
    run_pip(python, [newest_pip], progress, "getting the installer", bar="off")
    if kept:
        pins[pins.index(torch)] = f"torch=={kept}"
        if index:
            print(f"torch {kept} is in .venv already and stays: TORCH_INDEX is not used.")
    elif index:
        run_pip(python, ["--no-deps", "--index-url", index, torch], progress, "getting PyTorch")
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "pins.txt"
        pinned.write_text("\n".join(pins), encoding="utf-8")
        run_pip(python, ["-r", str(pinned)], progress, f"getting {len(pins)} packages")
    course = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    run_pip(python, course, progress, "installing the course itself")


def read_lock(lock: Path) -> list[str]:
    """Return the pins of a lock, such as "numpy==2.4.6", without what it includes."""
    lines = (line.strip() for line in lock.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


def fitting_torch(python: str) -> str | None:
    """Return the version of torch that this Python has, if it is one the course can use."""
    code = "import importlib.metadata as found; print(found.version('torch'))"
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True)
    if asked.returncode:
        return None
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    low, high = re.search(r'"torch>=([\d.]+),<([\d.]+)"', project).groups()
    version = asked.stdout.strip().split("+")[0]
    return version if _numbers(low) <= _numbers(version) < _numbers(high) else None


def run_pip(python: str, what: list[str], progress: Progress, step: str, bar: str = "raw") -> None:
    """Run `pip install`, telling `progress` what it prints.

    Raises:
        PipFailed: with all that pip printed, if it ends with an error.
    """
    progress.begin(step)
    command = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--retries", "3", "--progress-bar", bar, *what]
    printed = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pip:
        try:
            for raw in pip.stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                printed.append(line)
                progress.follow(line)
        except KeyboardInterrupt:
            pip.terminate()
            raise
    if pip.returncode:
        raise PipFailed("\n".join(line for line in printed if not line.startswith("Progress ")))


def explain(printed: str, gb: float) -> str:
    """Return the reason in what pip or the system printed, with its fix and no full stop."""
    facts = {"gb": gb, "root": ROOT, "temporary": tempfile.gettempdir()}
    if shutil.disk_usage(tempfile.gettempdir()).free < SMALL:
        printed = f"No space left. {printed}"  # pip takes this for a download that broke off
    facts["computer"] = f"{platform.system()} {platform.machine()}, Python " + (
        platform.python_version()
    )
    for pattern, reason in REASONS:
        if match := re.search(pattern, printed):
            return reason.format(**facts, **match.groupdict())
    errors = re.findall(r"ERROR: (.*)", printed) or printed.splitlines() or ["it gave no reason"]
    return f"pip says: {errors[-1].rstrip('.')}"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.match(r"\d+(\.\d+)*", version)[0].split(".")]
