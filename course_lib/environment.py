"""The course's own environment in .venv: made once, ready or absent, never half-made.

A small file in it, course.json, says whether the course made it (only then may the course remove
it), where it was made, and the hash of each lock that is installed in it. Standard library only.
"""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course_lib.bootstrap import NEWEST, OLDEST
from course_lib.installer import LOCKS, PipFailed, Progress, explain, install_packages

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NEW, BROKEN = ROOT / ".venv-new", ROOT / ".venv-broken"  # there for moments: renamed to, from .venv
FREE_GB = 2.0  # what the packages take while they are unpacked, with a CPU build of torch
AGAIN = "Then run the same command again."
RESUME = "The same command starts it again."


class Stop(Exception):
    """Why the course cannot start and the fix, in one line."""


def prepare(with_tests: bool) -> None:
    """Bring .venv to what the locks ask for; return at once where it is already so.

    Raises:
        Stop: if that failed. What the course made is then removed, or as it was before.
    """
    if is_ready(read_state(), with_tests):
        return
    on_stop(signal.default_int_handler)
    with only_one():
        try:
            install(settle(), with_tests)
        except KeyboardInterrupt:
            raise Stop(f"Stopped. {RESUME}") from None


def on_stop(handler: object) -> None:
    """Set what Ctrl-C, a closed terminal and a polite kill do."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)


def python_of(folder: Path) -> str:
    """Return the path of the Python in a virtual environment."""
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def install(state: dict | None, with_tests: bool) -> None:
    """Install the packages and the course into .venv, which is made first if there is none."""
    new = state is None
    check_new() if new else check_foreign(state)
    progress = Progress()
    try:
        if new:
            progress.say("making the environment")
            state = make_venv()
        write_state(VENV, state | {"locks": None})
        install_packages(python_of(VENV), LOCKS if with_tests else LOCKS[:1], progress)
        write_state(VENV, state | {"locks": fingerprint(with_tests), "place": str(VENV)})
    except (PipFailed, OSError, KeyboardInterrupt) as error:
        progress.close()
        on_stop(signal.SIG_IGN)  # clearing up goes to its end
        reason = explain(str(error), FREE_GB)
        left = clear_up(new, state, progress.unpacking)
        if isinstance(error, KeyboardInterrupt):
            raise Stop(f"Stopped; {left}. {RESUME}") from None
        raise Stop(f"Not installed: {reason}. {AGAIN} ({left})") from None
    progress.close("Ready.")


def clear_up(new: bool, state: dict | None, unpacking: bool) -> str:
    """Leave nothing half-installed; return what is left, in words."""
    if not new and not unpacking:  # pip downloads everything before it touches what is there
        with contextlib.suppress(OSError):  # on a full disk the next start makes it anew
            write_state(VENV, state)
        return ".venv is as it was"
    if new or state["made_here"]:
        discard()
        return "nothing half-installed is left"
    return "your own .venv is kept, but packages may be missing in it"


def read_state() -> dict | None:
    """Return {made_here, place, locks} of .venv, or None where there is no .venv."""
    if not VENV.is_dir():
        return None
    state = {"made_here": False, "place": str(VENV), "locks": None}
    with contextlib.suppress(OSError, ValueError):
        state |= json.loads((VENV / "course.json").read_text(encoding="utf-8"))
    return state


def write_state(folder: Path, state: dict) -> None:
    temporary = folder / "course.json.tmp"
    temporary.write_text(json.dumps(state), encoding="utf-8")
    os.replace(temporary, folder / "course.json")


def is_ready(state: dict | None, with_tests: bool) -> bool:
    """Say whether everything that the locks ask for is installed."""
    if not state or not state["locks"] or state["place"] != str(VENV):
        return False
    wanted = fingerprint(with_tests).items()
    return os.path.exists(python_of(VENV)) and wanted <= state["locks"].items()


def fingerprint(with_tests: bool) -> dict[str, str]:
    """Return the hash of each lock that counts, with pyproject.toml, which names the commands."""
    found = {}
    for lock in LOCKS if with_tests else LOCKS[:1]:
        text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        text += (ROOT / lock).read_text(encoding="utf-8")
        found[lock] = hashlib.sha256(text.encode()).hexdigest()
    return found


def settle() -> dict | None:
    """Remove what an earlier start left unfinished; return the state of the .venv that stays."""
    for folder in (NEW, BROKEN):
        shutil.rmtree(folder, ignore_errors=True)
    state = read_state()
    if not state or not state["made_here"]:
        return state
    if state["locks"] and state["place"] == str(VENV) and version_in_venv():
        return state
    print("The environment in .venv is unfinished, or was moved: it is made anew.", flush=True)
    discard()
    return None


def discard() -> None:
    """Remove the .venv that the course made: first from its name, so that no half is ever used."""
    if not VENV.is_dir():
        return
    try:
        os.rename(VENV, BROKEN)
    except OSError:
        raise Stop(f"{VENV} is in use: close JupyterLab and its terminals. {AGAIN}") from None
    shutil.rmtree(BROKEN, ignore_errors=True)


def check_new() -> None:
    """Stop where a new .venv cannot be made."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < FREE_GB:
        raise Stop(
            f"The disk is too full: {FREE_GB:.0f} GB are needed in {ROOT} and {free:.1f} GB are"
            f" free. Free some. {AGAIN}"
        )
    try:
        import ensurepip  # noqa: F401  Debian and Ubuntu keep it in a package of its own
        import venv  # noqa: F401
    except ImportError:
        version = "{}.{}".format(*sys.version_info)
        raise Stop(
            "This Python lacks its venv module. Install it, on Debian and Ubuntu with"
            f" `sudo apt install python{version}-venv`. {AGAIN}"
        ) from None
    print("Setting up the course in .venv. This is done once and takes some minutes.", flush=True)


def check_foreign(state: dict) -> None:
    """Stop where a .venv that the course did not make is of no use."""
    if state["made_here"]:
        return
    version = version_in_venv()
    if not version or not OLDEST <= version <= NEWEST:
        holds = "Python {}.{}".format(*version) if version else "no Python that starts"
        raise Stop(
            f"The folder .venv was not made by the course and holds {holds}: rename it. {AGAIN}"
        )
    if run([python_of(VENV), "-m", "pip", "--version"]).returncode:
        run([python_of(VENV), "-m", "ensurepip"])


def make_venv() -> dict:
    """Make .venv and return its state; from its first moment it says who made it."""
    import venv

    state = {"made_here": True, "place": str(VENV), "locks": None}
    NEW.mkdir()
    write_state(NEW, state)
    os.rename(NEW, VENV)
    venv.create(VENV, symlinks=os.name != "nt")
    made = run([python_of(VENV), "-m", "ensurepip"])
    if made.returncode:
        raise PipFailed(made.stdout)
    return state


def version_in_venv() -> tuple[int, ...] | None:
    """Return (3, 12), say, for the Python in .venv; None where none starts."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        text = subprocess.check_output([python_of(VENV), "-c", code], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(int(part) for part in text.split())


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and keep all that it prints."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one process install here at a time; the lock, on this file, ends with the process."""
    with open(__file__, "r+b") as file:
        try:
            if os.name == "nt":
                import msvcrt

                file.seek(1 << 30)  # past the end: reading the file is not barred
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(f"The course is being installed by another command. Wait. {AGAIN}") from None
        yield
