"""Put a process apart from all others: namespaces of its own, a folder of its own."""

import ctypes
import os

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x4000, 0x4_0000
MOUNT_ATTR_RDONLY, AT_RECURSIVE, SYS_MOUNT_SETATTR = 0x1, 0x8000, 442
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 1, 36, 38, 24
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}
CAPSET_VERSION_3 = 0x2008_0522

libc = ctypes.CDLL(None, use_errno=True)


def leave_the_others() -> None:
    """Give what this process starts from now on user, process, ipc and network spaces of its own.

    Raises:
        OSError: if the kernel does not allow it.
    """
    uid, gid = os.getuid(), os.getgid()
    kinds = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS
    _checked(libc.unshare(kinds), "unshare")
    for file, text in [
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ]:
        with open(f"/proc/self/{file}", "w") as map_file:
            map_file.write(text)


def own_folders(work: str, megabytes: int, files: int) -> None:
    """See everything read-only, but `work`, which is empty, and only these processes in /proc.

    The first process of a new process space calls this.

    Raises:
        OSError: if the kernel does not allow it.
    """
    _checked(libc.unshare(CLONE_NEWNS), "unshare mounts")
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _read_only("/")
    options = f"size={megabytes}m,nr_inodes={files},mode=0700"
    _mount("tmpfs", work, "tmpfs", MS_NOSUID | MS_NODEV, options)
    try:
        _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV)
    except OSError:  # bubblewrap covers parts of /proc for root, and a new one would uncover them
        _mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, "size=0,nr_inodes=2,mode=0555")


def give_up_privileges() -> None:
    """Drop every capability, for good: also programs that are started get none."""
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
            break  # there are no more
    header = (ctypes.c_uint32 * 2)(CAPSET_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _checked(libc.syscall(SYS_CAPSET[os.uname().machine], header, none), "capset")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _checked(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper")


def end_with_parent(signal_number: int) -> None:
    """Get a signal when the parent ends."""
    _checked(libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "parent death signal")


def _read_only(path: str) -> None:
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
    size = ctypes.sizeof(attributes)
    arguments = (-100, path.encode(), AT_RECURSIVE, ctypes.byref(attributes), size)
    _checked(libc.syscall(SYS_MOUNT_SETATTR, *arguments), "read-only mounts")


def _mount(source, target, kind, flags, options=None) -> None:
    text = [None if part is None else part.encode() for part in (source, target, kind)]
    _checked(libc.mount(*text, flags, options and options.encode()), f"mount {target}")


def _checked(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
