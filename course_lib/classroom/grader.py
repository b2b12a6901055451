"""A process that grades one submission after the other, and that may be ended at any moment.

A notebook can be made so that reading it, or judging what comes of it, never ends, takes all memory
or crashes the interpreter. So neither happens in the process that counts on going on: it has one of
these, hands it submissions, and starts another when one is lost.
"""

import contextlib
import os
import pickle
import resource
import select
import struct
import subprocess
import sys
import time
from typing import BinaryIO

from course_lib.classroom.grading import Graded, HandedIn, grade, unreadable
from course_lib.classroom.lesson import GradedLesson
from course_lib.classroom.sandbox import levels
from course_lib.classroom.sandbox.policy import MB
from course_lib.classroom.sandboxed import START_SECONDS, Sandbox
from course_lib.classroom.settings import Settings
from course_lib.errors import CourseError
from course_lib.private import use_private

LENGTH = struct.Struct("!Q")
MEMORY_MB = 4096  # beyond what the process starts with
JUDGE_SECONDS = 6  # for reading and judging, beside the time that a submission may run


class Lost(Exception):
    """The process is gone; the message says how."""


class Grader:
    """Grades submissions of one lesson in a process of its own.

    Args:
        lesson: whose submissions they are.
        settings: limits and the rest.
    """

    def __init__(self, lesson: GradedLesson, settings: Settings):
        self._lesson, self._settings = lesson, settings
        self._process: subprocess.Popen | None = None

    def grade(self, handed_in: HandedIn) -> Graded:
        """Grade one submission; one that ends the process needs a person.

        Raises:
            CourseError: if no grading is possible here, for want of a sandbox for example.
        """
        if self._process is None:
            self._start()
        try:
            _send(self._process.stdin, handed_in)
            return self._receive(self._settings.limits.wall_seconds + JUDGE_SECONDS)
        except (Lost, BrokenPipeError) as lost:
            self.close()
            problem = f"reading or judging it stopped the grader ({lost}); another one was started"
            return unreadable(self._lesson, handed_in, problem)

    def close(self) -> None:
        """End the process and its sandbox."""
        if self._process is not None:
            self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def _start(self) -> None:
        words = [sys.executable, "-P", "-m", "course_lib.classroom.grader"]
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for whoever has started it
        )
        _send(self._process.stdin, (self._lesson, self._settings))
        try:
            answer = self._receive(2 * START_SECONDS)
        except Lost as lost:
            self.close()
            raise CourseError(f"The process that grades did not start: {lost}.") from None
        if isinstance(answer, CourseError):
            self.close()
            raise answer

    def _receive(self, seconds: float):
        end = time.monotonic() + seconds
        data = self._read(LENGTH.size, end)
        return pickle.loads(self._read(LENGTH.unpack(data)[0], end))

    def _read(self, size: int, end: float) -> bytes:
        parts, fd = [], self._process.stdout.fileno()
        while size:
            if not select.select([fd], [], [], max(end - time.monotonic(), 0))[0]:
                raise Lost("no answer in time")
            part = os.read(fd, min(size, 1 << 20))
            if not part:
                raise Lost(f"it ended with code {self._process.wait()}")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _send(stream: BinaryIO, value: object) -> None:
    data = pickle.dumps(value)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def _requests(stream: BinaryIO):
    while head := stream.read(LENGTH.size):
        yield pickle.loads(stream.read(LENGTH.unpack(head)[0]))


def main() -> None:
    """Answer requests until the other side closes. What is printed by mistake goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = _requests(sys.stdin.buffer)
    lesson, settings = next(requests)
    if settings.private:
        use_private(settings.private)
    try:
        level = levels.named(settings.level) or levels.best_level(settings.unsafe)
    except CourseError as error:
        _send(answers, error)
        return
    _limit_memory()
    with Sandbox(level, lesson, settings.limits) as sandbox:
        sandbox.start()
        _send(answers, "ready")
        for handed_in in requests:
            _send(answers, grade(lesson, handed_in, sandbox))


def _limit_memory() -> None:
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_MB * MB, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
