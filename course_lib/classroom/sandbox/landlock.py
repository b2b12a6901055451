"""Landlock: a Linux process gives up what it does not need, for itself and all that it starts.

The kernel's documentation (userspace-api/landlock) lists the rights by version. No privilege is
needed, and no other program. What it does not cover, limits and the guard do.
"""

import ctypes
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

CREATE, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every machine
VERSION_FLAG, PATH_BENEATH = 1, 1
PR_SET_NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP = 0b11  # bind and connect, from version 4
SCOPE = 0b11  # abstract sockets and signals stay inside, from version 6
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full")

libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the version of Landlock that this kernel has, 0 where it has none."""
    return max(libc.syscall(CREATE, None, 0, VERSION_FLAG), 0)


def restrict(read: Iterable[Path], hidden: Iterable[Path], write: Iterable[Path]) -> None:
    """Let this process, and what it starts, reach only these files; no TCP, no signals outside.

    Paths that do not exist are left out. Called twice, both sets of rules hold.

    Args:
        read: files and folders that can be read and executed.
        hidden: folders inside these that cannot.
        write: files and folders that can be written, too.

    Raises:
        OSError: if the kernel has no Landlock, or refuses.
    """
    have = version()
    if not have:
        raise OSError("this kernel has no Landlock")
    handled = next(rights for least, rights in reversed(BY_VERSION.items()) if have >= least)
    fields = [handled, TCP if have >= 4 else 0, SCOPE if have >= 6 else 0]
    size = 8 * (3 if have >= 6 else 2 if have >= 4 else 1)
    ruleset = _checked(libc.syscall(CREATE, struct.pack("3Q", *fields), size, 0), "ruleset")
    try:
        for path in _without(read, list(hidden)):
            _allow(ruleset, path, READ & handled)
        for path in write:
            _allow(ruleset, path, handled)
        _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
        _checked(libc.syscall(RESTRICT_SELF, ruleset, 0), "restrict")
    finally:
        os.close(ruleset)


def _without(read: Iterable[Path], hidden: list[Path]) -> Iterator[Path]:
    """Yield `read`; where a hidden folder lies inside a folder, all that lies beside it instead."""
    for path in read:
        resolved = path.resolve()
        inside = [folder for folder in hidden if folder.resolve().is_relative_to(resolved)]
        if any(folder.resolve() == resolved for folder in inside):
            continue
        if inside:
            yield from _without(path.iterdir(), inside)
        else:
            yield path


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # it does not exist, so nobody can reach it
    try:
        if not path.is_dir():
            rights &= FOR_FILES
        rule = struct.pack("=Qi", rights, fd)
        _checked(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0), f"rule for {path}")
    finally:
        os.close(fd)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock, {what}: {os.strerror(number)}")
    return result
