"""The grader's end of a sandbox: start the fork-server, send it a submission, hear it out."""

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from course_lib.classroom.inside.channel import send_request
from course_lib.classroom.judge import Heard, Run, Trial
from course_lib.classroom.lesson import GradedLesson, source_of
from course_lib.classroom.sandbox.levels import Level
from course_lib.classroom.sandbox.policy import Limits, Policy, python_policy
from course_lib.classroom.staging import stage
from course_lib.classroom.submission import Step

SERVER = "course_lib.classroom.inside.server"
START_SECONDS = 120  # a cold disk and a busy machine: importing torch
CELL_SECONDS = 30.0
STOP_SECONDS = 10
MOST_MESSAGES = 50_000
WORK = "learners-own"  # no name that could be imported from the folder above it
FOLDER = "course-sandbox-"  # and the number of the process that made it
MB = 1 << 20


class SandboxBroken(RuntimeError):
    """The sandbox itself failed, not what ran in it."""


class Sandbox:
    """A running fork-server for one lesson. Use it in a `with` block.

    Args:
        level: the kind of sandbox.
        lesson: whose exercises are graded.
        limits: of one submission.
        more: modules to have inside besides, see `stage`.
    """

    def __init__(
        self,
        level: Level,
        lesson: GradedLesson,
        limits: Limits | None = None,
        more: tuple[str, ...] = (),
    ):
        self.level, self.lesson, self.limits = level, lesson, limits or Limits()
        self._more = more
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> "Sandbox":
        _clear_up_after_the_killed()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
        self._folder.chmod(0o755)
        library, self._work = self._folder / "library", self._folder / WORK
        setup = [source_of(cell) for cell in self.lesson.setup()]
        topic, number = self.lesson.topic, self.lesson.number
        self._imports = stage(topic, number, setup, library, self._more)
        self._policy = python_policy(self._work, library, limits=self.limits)
        return self

    def __exit__(self, *_) -> None:
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, steps: tuple[Step, ...], trials: dict[str, Trial], seed: int) -> Run:
        """Run the steps of one submission.

        Raises:
            SandboxBroken: if the sandbox cannot start, or does not do what it should.
        """
        self.start()
        request = {
            "steps": list(self._plain(steps, trials)),
            "cell_seconds": CELL_SECONDS,
            "seed": seed,
            "limits": asdict(self.limits),
        }
        out, inside_out = os.pipe()
        status, inside_status = os.pipe()
        try:
            send_request(self._control, request, [inside_out, inside_status])
        except OSError as error:
            self._stop()
            raise SandboxBroken(f"the fork-server is gone: {error}") from error
        finally:
            os.close(inside_out)
            os.close(inside_status)
        try:
            return self._hear(out, status)
        finally:
            os.close(out)
            if self.level.fresh:
                self._stop()

    def _plain(self, steps: tuple[Step, ...], trials: dict[str, Trial]) -> Iterator[dict]:
        for step in steps:
            if not step.exercise:
                yield {"cell": step.cell, "source": step.source}
            elif step.exercise in trials:
                exercise = self.lesson.exercises[step.exercise]
                yield {
                    "exercise": step.exercise,
                    "functions": list(exercise.functions),
                    "cases": trials[step.exercise].encoded,
                    "seconds": exercise.seconds,
                    "watch": bool(exercise.forbids),
                }

    def start(self) -> None:
        """Start the fork-server, if none runs; `run` does so, too.

        Raises:
            SandboxBroken: if it cannot start.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._stop()
        self._work.mkdir(exist_ok=True)
        self._work.chmod(0o777)  # the sandbox's user may be another one
        words = [sys.executable, "-P", "-m", SERVER, "--topic", self.lesson.topic]
        words += ["--imports", ",".join(self._imports), "--work", str(self._work)]
        words += [f"--apart={self.level.apart}"]
        if self.level.by_socket:
            self._start_with_socket(words)
        else:
            self._control, inside = socket.socketpair()
            with inside:
                number = inside.fileno()
                self._popen(self._policy, [*words, "--fd", str(number)], pass_fds=[number])
        self._control.settimeout(START_SECONDS)
        try:
            ready = self._control.recv(6)
        except OSError:
            ready = b""
        if ready != b"ready\n":
            self._process.kill()
            why = self._process.stderr.read().decode(errors="replace")[-2000:]
            self._stop()
            raise SandboxBroken(f"the fork-server did not start: {why}")
        self._control.settimeout(None)

    def _start_with_socket(self, words: list[str]) -> None:
        """Start a server that inherits nothing: it comes to a socket in a folder both can see."""
        shared = self._folder / "shared"
        shared.mkdir(exist_ok=True)
        shared.chmod(0o777)
        path = shared / "control"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            path.chmod(0o777)
            listener.listen(1)
            policy = replace(self._policy, shared=shared)
            self._popen(policy, [*words, "--socket", str(path)])
            self._control = socket.socket()  # unless it comes, `start` finds nobody there
            end = time.monotonic() + START_SECONDS
            while self._process.poll() is None and time.monotonic() < end:
                if select.select([listener], [], [], 0.05)[0]:
                    self._control, _ = listener.accept()
                    return

    def _popen(self, policy: Policy, words: list[str], **more) -> None:
        quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        self._process = self.level.popen(policy, words, **quiet, **more)

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process.kill()
            self._process.wait()
            self.level.end(self._policy)
            self._process.stderr.close()
            self._process = None

    def _hear(self, out: int, status: int) -> Run:
        """Read until both ends are closed, the time is long up, or too much was said."""
        told = {out: bytearray(), status: bytearray()}
        most = {out: self.limits.output_mb * MB, status: MB}
        end, ended, open_ends = time.monotonic() + self.limits.wall_seconds + 30, "", set(told)
        while open_ends and not ended:
            ready, _, _ = select.select(list(open_ends), [], [], max(end - time.monotonic(), 0))
            if not ready:
                ended = "time"
            for fd in ready:
                data = os.read(fd, 1 << 16)
                told[fd] += data
                if not data:
                    open_ends.discard(fd)
                elif len(told[fd]) > most[fd]:
                    ended = "output"
            if status not in open_ends:
                break  # the guard has ended them all: nobody is left who could say more
        if status in open_ends:
            os.close(status)  # which tells the guard to end them all
            if not self._has_ended(out):
                self._stop()
            return self._understood(bytes(told[out]), {}, ended)
        os.close(status)
        self._drain(out, told[out], most[out])
        return self._understood(bytes(told[out]), _report(bytes(told[status])), ended)

    def _has_ended(self, out: int) -> bool:
        """Read on, and forget, until nobody is left who could write; return whether that came."""
        end = time.monotonic() + STOP_SECONDS
        while select.select([out], [], [], max(end - time.monotonic(), 0))[0]:
            if not os.read(out, 1 << 20):
                return True
            if time.monotonic() > end:
                break
        return False

    def _drain(self, out: int, told: bytearray, most: int) -> None:
        while len(told) <= most and select.select([out], [], [], 0)[0]:
            data = os.read(out, 1 << 16)
            if not data:
                return
            told += data

    def _understood(self, told: bytes, report: dict, ended: str) -> Run:
        heard, errors, finished = {}, {}, False
        lines = told.split(b"\n")
        if len(lines) > MOST_MESSAGES:
            ended, lines = "output", []
        for line in filter(None, lines):
            message = _message(line)
            exercise = message.get("exercise")
            if message.get("end") is True:
                finished = True
            if isinstance(message.get("cell"), str):
                errors.setdefault(message["cell"], str(message.get("error"))[:600])
            if not isinstance(exercise, str) or exercise not in self.lesson.exercises:
                continue
            about = heard.setdefault(exercise, Heard({}))
            if isinstance(message.get("case"), int):
                twice = message["case"] in about.outcomes  # then somebody else spoke, too
                about.outcomes[message["case"]] = None if twice else message.get("outcome")
            about.began |= message.get("began") is True
            if isinstance(message.get("called"), list):
                about.called |= {name for name in message["called"] if isinstance(name, str)}
            if isinstance(message.get("ended"), str):
                about.ended = message["ended"][:40]
            if isinstance(message.get("missing"), str):
                about.missing = message["missing"][:100]
        reason = ended or str(report.get("ended", "time"))
        if reason == "error":
            raise SandboxBroken(f"{report.get('why', '')} {_broken(told)}"[-2000:])
        return Run(heard, errors, reason, finished, float(report.get("cpu_seconds", 0.0)))


def _clear_up_after_the_killed() -> None:
    """Remove the folders of processes that had no time to do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*-*"):
        number = folder.name.removeprefix(FOLDER).partition("-")[0]
        if number.isdigit() and not psutil.pid_exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _report(line: bytes) -> dict:
    """Return what the guard reports; it is no learner's code."""
    return json.loads(line or b'{"ended": "error", "why": "the guard did not report"}')


def _broken(told: bytes) -> str:
    """Return why a sandbox could not be arranged, where that was said before anything ran."""
    return str(_message(told.partition(b"\n")[0]).get("broken", ""))


def _message(line: bytes) -> dict:
    """Return a message from the learner's process, {} where it is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}
