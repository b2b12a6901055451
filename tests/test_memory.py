"""Freed memory is used again: the same work asks the system for hardly any new page."""

import os
import platform
import subprocess
import sys

import pytest

from course_lib import memory

# Counts the pages that the system has to clear for ten rounds of five blocks of 12 MB.
PROGRAM = """
import resource, sys
from course_lib.memory import keep_freed

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [bytearray(12 * 2**20) for _ in range(5)]
    del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if "keep" in sys.argv:
    keep_freed()
faults()
print(sum(faults() for _ in range(10)))
"""
N_PAGES = 5 * 12 * 2**20 // 4096


glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc is told how to use memory"
)


def pages(*words: str, **variables: str) -> int:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")} | variables
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@glibc
def test_freed_memory_is_kept():
    assert pages() > 5 * N_PAGES, "the system does by itself what keep_freed is for"
    assert pages("keep") < N_PAGES / 10


@glibc
def test_a_setting_of_the_user_stays():
    assert pages("keep", MALLOC_MMAP_THRESHOLD_="131072") > 5 * N_PAGES


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: pytest.fail("no glibc here"))
    memory.keep_freed()
