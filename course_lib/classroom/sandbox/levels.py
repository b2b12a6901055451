"""Which sandbox works on this computer: each is tried, none is believed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from course_lib.classroom.sandbox import bubblewrap, container, landlock
from course_lib.classroom.sandbox.policy import Policy, python_policy
from course_lib.errors import CourseError

LAUNCHER = "course_lib.classroom.sandbox.start_landlocked"
TRIED = (
    "classroom/sandbox/start_landlocked.py",
    "classroom/sandbox/landlock.py",
    "classroom/sandbox/identity.py",
    "classroom/inside/apart.py",
)
SECONDS = 30  # for a trial; a container's first start loads its image
PROBE = """
import os, socket, sys
canary, port, work, apart = sys.argv[1:]
try:
    open(canary).read()
    sys.exit("it can read files that it should not see")
except OSError:
    pass
try:
    socket.create_connection(("127.0.0.1", int(port)), timeout=1)
    sys.exit("it can reach the network")
except OSError:
    pass
with open(os.path.join(work, "probe"), "w") as file:
    file.write("x")
if apart == "spaces":  # each submission gets such of its own, inside
    from course_lib.classroom.inside import apart
    from course_lib.classroom.sandbox import identity
    if identity.python_is_everybodys():
        identity.drop_root()
    apart.leave_the_others()
    child = os.fork()
    if child == 0:
        apart.own_folders(work, 16, 100)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(1)
print("held")
"""


@dataclass(frozen=True)
class Level:
    """A kind of sandbox.

    Attributes:
        name: "bubblewrap", "landlock", "docker", "podman" or "none".
        says: one sentence for reports: what it defends.
        start: `start(policy, words)` returns the words and the environment that start a program.
        apart: how the fork-server keeps a submission from others: in "spaces" of its own, in a
            Landlock "domain" of its own, or "" where it does not.
        fresh: whether each submission needs a fork-server of its own.
        end: `end(policy)` ends what may go on when the program that `popen` started is killed.
        by_socket: whether the program must be reached through a socket in `policy.shared`, since it
            does not inherit open files.
    """

    name: str
    says: str
    start: Callable[[Policy, list[str]], tuple[list[str], dict[str, str]]]
    apart: str = ""
    fresh: bool = False
    by_socket: bool = False
    end: Callable[[Policy], None] = lambda policy: None

    def popen(self, policy: Policy, words: list[str], **more) -> subprocess.Popen:
        """Start a program inside; more keywords go to `subprocess.Popen`.

        Ctrl-C, which a terminal sends to all that runs in it, does not end the sandbox itself.
        """
        started, environment = self.start(policy, words)
        return subprocess.Popen(
            started,
            env=environment,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_IGN),
            **more,
        )


def _in_bubblewrap(policy: Policy, words: list[str]) -> tuple[list[str], dict[str, str]]:
    return bubblewrap.command(policy, words), _only_path()


def _in_landlock(policy: Policy, words: list[str]) -> tuple[list[str], dict[str, str]]:
    policy.work.mkdir(parents=True, exist_ok=True)
    write = [policy.work, *([policy.shared] if policy.shared else []), *map(Path, landlock.DEVICES)]
    facts = {
        "read": [*map(str, policy.read)],
        "hidden": [*map(str, policy.hidden)],
        "write": [*map(str, write)],
        "start": str(policy.start or policy.work),
        "environment": policy.environment,
    }
    file = policy.work.with_name(policy.work.name + "-policy.json")
    file.write_text(json.dumps(facts), encoding="utf-8")
    return [sys.executable, "-m", LAUNCHER, str(file), *words], policy.environment


def _in_container(
    engine: str, policy: Policy, words: list[str]
) -> tuple[list[str], dict[str, str]]:
    return container.command(policy, words, engine), dict(os.environ)


def _in_nothing(policy: Policy, words: list[str]) -> tuple[list[str], dict[str, str]]:
    policy.work.mkdir(parents=True, exist_ok=True)
    return words, policy.environment


def _only_path() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath)}


BUBBLEWRAP = Level(
    "bubblewrap",
    "Submissions see Python and what the lesson needs, read-only; no network, no other process.",
    _in_bubblewrap,
    apart="spaces",
)
LANDLOCK = Level(
    "landlock",
    "Submissions reach only the files they need and no network; they share the list of processes.",
    _in_landlock,
    apart="domain",
)
CONTAINERS = tuple(
    Level(
        engine,
        f"Each submission runs in a {engine} container of its own, without network.",
        partial(_in_container, engine),
        fresh=True,
        by_socket=True,
        end=partial(container.remove, engine=engine),
    )
    for engine in container.ENGINES
)
NONE = Level(
    "none",
    "NO SANDBOX: submissions run as you and can do all that you can do to this computer.",
    _in_nothing,
)
LEVELS = (BUBBLEWRAP, LANDLOCK, *CONTAINERS)


@cache
def best_level(unsafe: bool = False) -> Level:
    """Return the strongest kind of sandbox that works here; it is tried before it is returned.

    Args:
        unsafe: return `NONE` where no other works, instead of refusing.

    Raises:
        CourseError: where none works; says what was tried and how to get one.
    """
    failures = []
    for level in LEVELS:
        why = why_not(level)
        if not why:
            return level
        failures.append(f"{level.name} ({why})")
    if unsafe:
        return NONE
    raise CourseError(
        f"No sandbox works here, and submissions are strangers' programs. Tried: "
        f"{'; '.join(failures)}. On Debian and Ubuntu: sudo apt install bubblewrap. "
        "--unsafe-no-sandbox runs them as you, with all that you may do."
    )


def named(name: str) -> Level | None:
    """Return the level of a name; None for ""."""
    return {level.name: level for level in (*LEVELS, NONE)}[name] if name else None


def why_not(level: Level) -> str:
    """Try a level on a small program that looks for holes; return "" if it holds, else why not."""
    program = {"bubblewrap": "bwrap"}.get(level.name, level.name)
    if level.name not in (LANDLOCK.name, NONE.name) and shutil.which(program) is None:
        return f"{program} is not installed"
    if not sys.platform.startswith("linux") and not level.by_socket:
        return "only Linux has it"
    with tempfile.TemporaryDirectory(prefix="course-probe-") as name, socket.socket() as listener:
        folder = Path(name)
        folder.chmod(0o755)
        canary, library = folder / "canary", folder / "library"
        canary.write_text("secret")
        _copy_tried(library)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        policy = python_policy(folder / "work", library)
        words = [sys.executable, "-c", PROBE, str(canary), str(listener.getsockname()[1])]
        return _tried(level, policy, [*words, str(policy.work), level.apart])


def _tried(level: Level, policy: Policy, words: list[str]) -> str:
    try:
        process = level.popen(policy, words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        return str(error)
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        level.end(policy)
        return f"it did not start within {SECONDS} seconds"
    if out == b"held\n":
        return ""
    lines = err.decode(errors="replace").strip().splitlines()
    lines = [line for line in lines if line and "--help" not in line]  # where to read
    return lines[-1][:200] if lines else f"exit code {process.returncode}"


def _copy_tried(library: Path) -> None:
    """Put the modules that a trial needs where they can be imported."""
    here, top = Path(__file__).parents[2], library / "course_lib"
    for path in TRIED:
        place = top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(here / path, place)
        for package in (place.parent, place.parent.parent, top):
            (package / "__init__.py").touch()
