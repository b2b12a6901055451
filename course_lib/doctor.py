"""`course doctor`: look at everything a lesson needs, and name the fix for what is missing."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from course_lib.bootstrap import NEWEST, OLDEST
from course_lib.installer import LOCKS, fitting_torch, read_lock

ROOT = Path(__file__).resolve().parent.parent
FREE_GB = 1.0
MEMORY_GB = 3.5
OPTIONAL = {
    "chromium": "only the browser tests use it; Debian and Ubuntu: `sudo apt install chromium`",
    "bwrap": "only grading uses it; Debian and Ubuntu: `sudo apt install bubblewrap`",
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what it is.
        found: what is there, in a few words.
        fix: what to do; "" where all is well.
        optional: True where a lesson works without it.
    """

    name: str
    found: str
    fix: str = ""
    optional: bool = False

    @property
    def status(self) -> str:
        """Return OK, FAIL, or "optional" for a missing thing that no lesson needs."""
        if not self.fix:
            return "OK"
        return "optional" if self.optional else "FAIL"


def examine(work: Path, data: Path, cache: Path) -> Iterator[Check]:
    """Yield one check after the other; each is independent, and none raises.

    Args:
        work: the folder with the learner's copies.
        data: the folder with the learner's record.
        cache: the folder with the models and texts.
    """
    looks: list[tuple[str, Callable[[], Check]]] = [
        ("Python", python),
        ("packages", packages),
        ("PyTorch", torch),
        ("Jupyter kernel", kernel),
        ("memory", memory),
        *((f"disk at {folder}", lambda f=folder: disk(f)) for folder in _disks(work, data, cache)),
        ("your notebooks", lambda: writing("your notebooks", work)),
        ("your record", lambda: writing("your record", data)),
    ]
    for name, look in looks:
        try:
            yield look()
        except Exception as error:  # noqa: BLE001  what is broken is what we are here to report
            yield Check(name, f"{type(error).__name__}: {error}", "ask for help with this line")
    yield from models()
    for program, use in OPTIONAL.items():
        place = shutil.which(program)
        yield Check(program, place or "not here", "" if place else use, optional=True)


def python() -> Check:
    """Look at the Python that runs this."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return Check("Python", found)
    need = "{}.{} to {}.{}".format(*OLDEST, *NEWEST)
    return Check("Python", found, f"install Python {need}, then `make lab` with it")


def packages() -> Check:
    """Compare what is installed with the lock; a torch that fits may differ."""
    from packaging.requirements import Requirement

    pins = [Requirement(line) for line in read_lock(ROOT / LOCKS[0])]
    pins = [pin for pin in pins if not pin.marker or pin.marker.evaluate()]
    wrong = []
    for pin in pins:
        try:
            version = importlib.metadata.version(pin.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{pin.name} is missing")
            continue
        kept = pin.name == "torch" and fitting_torch(sys.executable)
        if not kept and not pin.specifier.contains(version, prereleases=True):
            wrong.append(f"{pin.name} is {version}")
    if not wrong:
        return Check("packages", f"{len(pins)}, as {LOCKS[0]} names them")
    found = ", ".join(wrong[:4]) + (f" and {len(wrong) - 4} more" if len(wrong) > 4 else "")
    return Check("packages", found, f"`{_python()} -m pip install -r {LOCKS[0]}`")


def torch() -> Check:
    """Let PyTorch add two numbers: an import alone may succeed where its libraries are broken."""
    code = "import torch; print(torch.__version__, int(torch.ones(2).sum()))"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = (asked.stdout or asked.stderr).strip().splitlines() or ["it ended without a word"]
    if re.fullmatch(r"\S+ 2", said[-1]):
        return Check("PyTorch", said[-1].split()[0])
    fix = f"`{_python()} -m pip install --force-reinstall --no-deps torch`"
    return Check("PyTorch", said[-1], fix)


def kernel() -> Check:
    """Start the kernel that notebooks ask for, and see whether it is this Python."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(
        kernel_name="python3", startup_timeout=60, stderr=subprocess.DEVNULL
    )
    try:
        printed: list[str] = []

        def keep(message: dict) -> None:
            printed.append(message["content"].get("text", ""))

        code = "import sys, course_lib; print(sys.prefix)"
        client.execute_interactive(code, timeout=60, output_hook=keep)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    prefix = "".join(printed).strip()
    if prefix and os.path.realpath(prefix) == os.path.realpath(sys.prefix):
        return Check("Jupyter kernel", "starts, and is this Python")
    found = f"is another Python, in {prefix}" if prefix else "cannot import course_lib"
    return Check("Jupyter kernel", found, f"`{_python()} -m ipykernel install --sys-prefix`")


def memory() -> Check:
    """Look at the memory of this computer."""
    import psutil

    total = psutil.virtual_memory().total / 1e9
    found = f"{total:.1f} GB"
    if total >= MEMORY_GB:
        return Check("memory", found)
    return Check("memory", found, f"lessons need {MEMORY_GB} GB: use a larger computer")


def disk(folder: Path) -> Check:
    """Look at the free space where a folder lies or will lie."""
    free = shutil.disk_usage(_existing(folder)).free / 1e9
    name, found = f"disk at {folder}", f"{free:.1f} GB free"
    return Check(name, found, "" if free >= FREE_GB else f"free {FREE_GB:.0f} GB there")


def writing(name: str, folder: Path) -> Check:
    """Write a file into the folder, or into the nearest one that exists, and remove it."""
    place = _existing(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=place):
            return Check(name, f"{folder} can be written to")
    except OSError as error:
        return Check(name, f"{folder}: {error.strerror}", f"make {place} yours, with room in it")


def models() -> Iterator[Check]:
    """Compare each model and text with the hash that the course was written with."""
    from course_lib import assets

    for name, asset in assets.ASSETS.items():
        try:
            path = assets.path(name)
        except assets.AssetError:
            yield Check(name, "not here yet", "`course fetch`, once, with a network")
            continue
        whole = assets.sha256(path) == asset.sha256
        found = f"{path.stat().st_size / 1e6:.1f} MB" + ("" if whole else ", but damaged")
        yield Check(name, found, "" if whole else f"delete {path}, then `course fetch`")


def _disks(*folders: Path) -> list[Path]:
    """Return one folder for each disk that the folders lie on."""
    by_disk = {os.stat(_existing(folder)).st_dev: folder for folder in reversed(folders)}
    return list(reversed(by_disk.values()))


def _existing(folder: Path) -> Path:
    """Return the folder itself, or the nearest above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _python() -> str:
    """Return how to call this Python, short where it is the course's own."""
    path = Path(sys.executable)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
