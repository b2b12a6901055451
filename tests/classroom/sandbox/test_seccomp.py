"""The filter refuses what it lists and lets everything else work."""

import os
import subprocess
import sys

import pytest

from course_lib.classroom.sandbox import seccomp
from tests.classroom.notebooks import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or os.uname().machine not in seccomp.MACHINES,
        reason="there is no filter for this machine",
    ),
]


def run(program, filtered="apply()"):
    first = f"from course_lib.classroom.sandbox.seccomp import apply\n{filtered}\n"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", first + program]
    return subprocess.run(words, env=environment, capture_output=True, text=True)


USUAL = """
import multiprocessing, socket, subprocess, sys, tempfile, threading
import numpy, torch
torch.set_num_threads(2)
assert (torch.ones(300, 300) @ torch.ones(300, 300)).sum() == 27_000_000
thread = threading.Thread(target=print, args=("from a thread",))
thread.start()
thread.join()
assert subprocess.run([sys.executable, "-c", "print(1)"]).returncode == 0
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
socket.socketpair()
tempfile.TemporaryFile().write(b"x")
"""


def test_what_lessons_use_works():
    done = run(USUAL)
    assert done.returncode == 0, done.stderr[-2000:]


REFUSED = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
for number in {numbers}:
    result = libc.syscall(number, 0, 0, 0, 0, 0)
    print(number, result, errno.errorcode.get(ctypes.get_errno()))
"""


@pytest.mark.parametrize("name", sorted(set(seccomp.REFUSED) - {"reboot", "kexec_load"}))
def test_a_listed_call_is_refused(name):
    column = seccomp.MACHINES[os.uname().machine][1]
    number = seccomp.REFUSED[name][column]
    assert run(REFUSED.format(numbers=[number])).stdout == f"{number} -1 EPERM\n"


def test_sockets_are_for_this_computer_only_unless_allowed():
    program = "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
    assert "PermissionError" in run(program).stderr
    assert run(program, "apply(may_open_sockets=True)").returncode == 0
    assert run(program, "").returncode == 0


def test_unix_sockets_can_be_refused_and_pairs_still_work():
    program = "import socket\nsocket.socketpair()\nprint('a pair')\nsocket.socket(socket.AF_UNIX)"
    assert run(program).returncode == 0
    done = run(program, "apply(may_open_unix_sockets=False)")
    assert done.stdout == "a pair\n" and "PermissionError" in done.stderr


def test_it_cannot_be_taken_back_by_a_child():
    program = (
        "import ctypes, os\n"
        "if os.fork() == 0:\n"
        "    os._exit(0 if ctypes.CDLL(None).unshare(0x10000000) == -1 else 1)\n"
        "assert os.wait()[1] == 0"
    )
    assert run(program).returncode == 0
