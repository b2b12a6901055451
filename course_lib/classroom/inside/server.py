"""A process that has imported torch and forks for each submission, so that none waits for it.

`python -m course_lib.classroom.inside.server --topic attention --fd 5` answers requests that come
through a socket, one at a time. For each, three processes are made: a guard, which watches and
ends the others; the first process of a new process space, which arranges what can be seen; and the
one in which the learner's code runs. Only the last is not trusted.
"""

import argparse
import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from course_lib.classroom.inside import apart, guard, learner, nothing
from course_lib.classroom.inside.channel import receive_request, send_line
from course_lib.classroom.inside.shell import module_of_mine, quiet_shell
from course_lib.classroom.sandbox import identity, landlock, limits, seccomp
from course_lib.classroom.sandbox.policy import Limits, python_policy

# Exit codes of a first process: it could not arrange all; the learner's process used up its time.
NOT_ARRANGED, USED_UP = 3, 4


def main() -> None:
    """Warm up, say that all is ready, then answer requests until the other side closes."""
    words = argparse.ArgumentParser()
    words.add_argument("--topic", required=True)
    words.add_argument("--fd", type=int)
    words.add_argument("--socket")
    words.add_argument("--imports", default="", help="modules to import beforehand, with commas")
    words.add_argument("--work", required=True)
    words.add_argument("--apart", default="", choices=["spaces", "domain", ""])
    told = words.parse_args()
    if identity.python_is_everybodys():
        identity.drop_root()
    control = _connected(told.fd, told.socket)
    nothing.install()
    shell, calls = _warm(told.topic, told.imports.split(","))
    control.sendall(b"ready\n")
    while (received := receive_request(control)) is not None:
        request, (out, status) = received
        child = os.fork()
        if child == 0:
            control.close()
            _guard(request, out, status, told, shell, calls)
        os.close(out)
        os.close(status)
        os.waitpid(child, 0)


def _connected(fd: int | None, path: str | None) -> socket.socket:
    if fd is not None:
        return socket.socket(fileno=fd)
    connected = socket.socket(socket.AF_UNIX)
    connected.connect(path)
    return connected


def _warm(topic: str, imports: list[str]) -> tuple[Any, Any]:
    """Import what every submission needs; return (a shell that has not run anything, calls)."""
    import torch

    torch.set_num_threads(1)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):  # torch reads /proc/cpuinfo here,
        ones = torch.ones(4, 4, dtype=dtype)  # which submissions may not see
        _ = (ones @ ones).softmax(-1).mean(-1)
    for name in filter(None, imports):
        importlib.import_module(name)
    calls = importlib.import_module(f"course_lib.exercises.{topic}.calls")
    shell = quiet_shell()
    sys.modules["course_lib.study.mine"] = module_of_mine(shell)
    gc.collect()
    gc.freeze()  # the collector leaves what all submissions share where it is
    return shell, calls


def _guard(request: dict, out: int, status: int, told, shell: Any, calls: Any) -> None:
    """Be the guard of one submission; never returns."""
    report = {"ended": "error"}
    try:
        apart.adopt_orphans()
        if told.apart == "spaces":
            apart.leave_the_others()
        child = os.fork()
        if child == 0:
            os.close(status)
            _first_process(request, out, told, shell, calls)
        os.close(out)
        work = None if told.apart == "spaces" else Path(told.work)
        ended, code = guard.watch(child, status, request["limits"], work)
        ended = ended or {NOT_ARRANGED: "error", USED_UP: "time"}.get(code, "")
        used = os.times()
        seconds = used.user + used.system + used.children_user + used.children_system
        report = {"ended": ended, "cpu_seconds": seconds}
    except BaseException:  # noqa: BLE001 - whatever it is, the grader has to hear of it
        report["why"] = traceback.format_exc(limit=-3)
    with contextlib.suppress(OSError):  # the grader may no longer want to know
        send_line(status, report)
    os._exit(0)


def _first_process(request: dict, out: int, told, shell: Any, calls: Any) -> None:
    """Arrange what can be seen and used, then let the learner's code run; never returns."""
    code = NOT_ARRANGED
    try:
        apart.end_with_parent(signal.SIGKILL)
        in_use = limits.address_space()  # /proc may not say it later on
        others = 0 if told.apart == "spaces" else limits.threads_of_user()
        if told.apart == "spaces":
            apart.own_folders(told.work, request["limits"]["folder_mb"], guard.MOST_FILES)
        _to_nowhere()
        os.chdir(told.work)
        apart.give_up_privileges()
        if told.apart == "domain":
            _own_domain(Path(told.work))
        limits.apply(Limits(**request["limits"]), in_use, others)
        seccomp.apply(may_open_unix_sockets=told.apart != "domain")
        child = os.fork()
        if child == 0:
            os.setsid()
            learner.run(request, out, shell, calls)
            os._exit(0)
        code = 0
        os.close(out)
        _, _, used = os.wait4(child, 0)
        if used.ru_utime + used.ru_stime > request["limits"]["cpu_seconds"] - 1:
            code = USED_UP
    except BaseException:  # noqa: BLE001 - told to the grader, which then knows what is missing
        send_line(out, {"broken": traceback.format_exc(limit=-3)})
    os._exit(code)


def _own_domain(work: Path) -> None:
    """Give up /proc, and signals to whoever watches, besides what the fork-server has given up."""
    libraries = [Path(path) for path in os.environ["PYTHONPATH"].split(os.pathsep)]
    read = python_policy(work, *libraries).read
    landlock.restrict(read, [], [work, *map(Path, landlock.DEVICES)])


def _to_nowhere() -> None:
    """Read nothing, and print to nobody."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
    sys.stdin = os.fdopen(0, closefd=False)


if __name__ == "__main__":
    main()
