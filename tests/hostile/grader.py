"""Grade a course folder's submissions in a process of its own, and keep a log of how it goes.

`python grader.py JOB.json`. An attack that ends or holds up this process does so to an instructor's
too: whoever reads the log sees at which submission it stopped.
"""

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
    """One line of JSON for each submission: how long it took, and how many processes are there."""

    file: Path

    def write(self, **facts) -> None:
        with open(self.file, "a", encoding="utf-8") as log:
            log.write(json.dumps(facts) + "\n")


def main(job: dict) -> None:
    log, before = Log(Path(job["log"])), time.monotonic()

    def progress(done: int, of: int) -> None:
        nonlocal before
        now, us = time.monotonic(), psutil.Process()
        facts = {"seconds": now - before, "processes": len(us.children(recursive=True))}
        log.write(student=job["students"][done - 1], **facts)
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
