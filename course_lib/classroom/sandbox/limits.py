"""Limits that the kernel keeps for a process and for each that it starts."""

import contextlib
import os
import resource

from course_lib.classroom.sandbox.policy import MB, Limits

OPEN_FILES = 256


def apply(limits: Limits, in_use: int, others: int = 0) -> None:
    """Limit this process and its children: memory, processor time, processes, files.

    Args:
        in_use: bytes that memory is counted from; torch alone takes a gigabyte of addresses.
        others: processes and threads that the same user has outside, which the kernel counts too.
    """
    caps = {
        resource.RLIMIT_AS: in_use + limits.memory_mb * MB,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_NPROC: limits.processes + others,
        resource.RLIMIT_FSIZE: limits.file_mb * MB,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in caps.items():
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def address_space() -> int:
    """Return the bytes of addresses that this process has now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def threads_of_user() -> int:
    """Return how many processes and threads this process's user has on the computer."""
    total = 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):  # it may end at any moment
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid():
                total += len(os.listdir(f"/proc/{name}/task"))
    return total
