"""Who a program is in the sandbox: never the computer's administrator."""

import ctypes
import os
import stat
import sys
from pathlib import Path

NOBODY = 65534
PR_SET_DUMPABLE = 4


def drop_root() -> bool:
    """Become nobody, for good, if this process is root; return whether it was.

    Limits on the number of processes do not hold for root, nor do the permissions of files.
    """
    if os.getuid() != 0:
        return False
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    # Without this the kernel would keep the process from writing its own user map.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    return True


def everybody_can_read(path: Path) -> bool:
    """Return whether every user may open a file: it and all folders above it allow that."""
    path = path.resolve()
    enter = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return enter and bool(path.stat().st_mode & stat.S_IROTH)


def python_is_everybodys() -> bool:
    """Return whether this very Python can be used by every user, and not only by root."""
    files = (Path(sys.executable), Path(os.__file__), Path(__file__))
    return all(everybody_can_read(file) for file in files)
