"""Keep the memory that torch frees for the tensors to come: the one place where that is set."""

import ctypes
import os
import platform

# glibc's settings, as variables that a new process reads and as numbers for `mallopt`.
SETTINGS = {
    "MALLOC_MMAP_THRESHOLD_": (-3, 32 * 2**20),  # bytes from which on a block is the system's own
    "MALLOC_TRIM_THRESHOLD_": (-1, 2**31 - 1),  # unused bytes at the end that go back to the system
    "MALLOC_TOP_PAD_": (-2, 64 * 2**20),  # bytes that are asked for in advance
}


def keep_freed() -> None:
    """Let this process, and those started later, use freed memory again instead of new memory.

    A training step makes and drops hundreds of tensors of megabytes. By default Linux takes each
    back at once and clears memory for the next one: up to a tenth of a step. The peak is the same.
    On other systems nothing is done.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    for name, (option, value) in SETTINGS.items():
        libc.mallopt(option, int(os.environ.setdefault(name, str(value))))
