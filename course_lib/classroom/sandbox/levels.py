"""Which sandbox works on this computer: each is tried, none is believed."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from course_lib.classroom.sandbox import bubblewrap
from course_lib.classroom.sandbox.policy import Policy
from course_lib.errors import CourseError


@dataclass(frozen=True)
class Level:
    """A kind of sandbox.

    Attributes:
        name: "bubblewrap", ...
        says: one sentence for reports: what it defends.
        command: turns a policy and the words of a program into those that start it inside.
    """

    name: str
    says: str
    command: Callable[[Policy, list[str]], list[str]]

    def popen(self, policy: Policy, words: list[str], **more) -> subprocess.Popen:
        """Start a program inside; more keywords go to `subprocess.Popen`."""
        return subprocess.Popen(
            self.command(policy, words),
            env={"PATH": os.environ.get("PATH", os.defpath)},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            **more,
        )


BUBBLEWRAP = Level(
    "bubblewrap",
    "Submissions see no file but Python and what the lesson needs, no network, no other process.",
    bubblewrap.command,
)


@cache
def best_level(unsafe: bool = False) -> Level:
    """Return the strongest kind of sandbox that works here."""
    if shutil.which("bwrap"):
        return BUBBLEWRAP
    raise CourseError("no sandbox")
