"""Who a program is in the sandbox: never the computer's administrator."""

import ctypes
import os

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
