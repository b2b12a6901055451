"""Grade a course folder's submissions in a process of its own, and keep a log of how it goes.

`python grader.py JOB.json`. An attack that ends or holds up this process does so to an instructor's
too: whoever reads the log sees at which submission it stopped.
"""

import contextlib
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from course_lib.classroom.autograde import autograde
from course_lib.classroom.folders import CourseFolders
from course_lib.classroom.sandbox.policy import Limits
from course_lib.classroom.settings import Settings


@dataclass
class Log:
    """One line of JSON for each submission: how long it took, and which processes it has left."""

    file: Path

    def write(self, **facts) -> None:
        with open(self.file, "a", encoding="utf-8") as log:
            log.write(json.dumps(facts) + "\n")


def left_over() -> list[str]:
    """Return the processes in the sandbox besides its fork-server: what a submission has left."""
    inside = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name() != "bwrap" and "bwrap" in [p.name() for p in process.parents()]:
                inside.append((process.create_time(), f"{process.pid} {process.name()}"))
    return [text for _, text in sorted(inside)[1:]]  # the oldest one is the fork-server


def main(job: dict) -> None:
    log, before = Log(Path(job["log"])), time.monotonic()

    def progress(done: int, of: int) -> None:
        nonlocal before
        now = time.monotonic()
        log.write(student=job["students"][done - 1], seconds=now - before, left=left_over())
        before = now

    settings = Settings(limits=Limits(**job["limits"]), level=job["level"])
    try:
        autograde(
            CourseFolders(Path(job["course"])),
            job["lesson"],
            settings=settings,
            students=job["students"],
            progress=progress,
        )
    except BaseException as error:
        log.write(stopped=f"{type(error).__name__}: {error}"[:300])
        raise


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
