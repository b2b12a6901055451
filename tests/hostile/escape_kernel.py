"""Escapes by what only a kernel can give: other processes, name spaces, devices, terminals."""

from tests.hostile.book import hostile
from tests.hostile.escape import HELD, RIGHT
from tests.hostile.notebooks import attacking

# Holds only in a process space of its own from which the course cannot be seen. Elsewhere the
# attack ends here, before it does what could hurt others, and the answer behind it fails.
ALONE = """
assert os.getpid() < 100 and os.getppid() < 100 and not os.path.exists(COURSE)
"""
# System calls by their numbers on x86-64; elsewhere the attack ends at once.
LIBC = (
    ALONE
    + """
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
numbers = platform.machine() == "x86_64"

def call(number, *words):
    return libc.syscall(number, *words) if numbers else -1

"""
)


@hostile("escape", why="signals could end the grader, or others' work", **RIGHT)
def sends_signals_to_everybody(target):
    return attacking(
        target,
        ALONE
        + """
import signal
for pid in [-1, 1, os.getppid(), *range(3, 200)]:
    if pid != os.getpid():
        attempt(os.kill, pid, signal.SIGKILL)
        attempt(os.kill, pid, signal.SIGSTOP)
""",
    )


@hostile("escape", why="one who may trace another process is that process", **HELD)
def traces_other_processes(target):
    return attacking(
        target,
        LIBC
        + """
import glob
for pid in (1, os.getppid()):
    attempt(libc.ptrace, 16, pid, 0, 0)  # attach
    attempt(libc.ptrace, 0x4206, pid, 0, 0)  # seize
    attempt(call, 310, pid, 0, 0, 0, 0, 0)  # read its memory
    attempt(call, 438, attempt(os.pidfd_open, pid), 0, 0)  # take its files
for memory in glob.glob("/proc/[0-9]*/mem"):
    if memory != f"/proc/{os.getpid()}/mem":
        attempt(lambda: open(memory, "r+b").read(1))
""",
    )


@hostile("escape", why="new name spaces bring back powers that were given up", **HELD)
def makes_name_spaces_of_its_own(target):
    return attacking(
        target,
        LIBC
        + """
for flags in (0x10000000, 0x10020000, 0x00020000, 0x40000000, 0x20000000):
    child = attempt(os.fork)
    if child == 0:
        libc.unshare(flags)
        attempt(lambda: open("/proc/self/uid_map", "w").write("0 65534 1"))
        libc.mount(b"none", b"/mnt", b"tmpfs", 0, None)
        libc.mount(b"/proc/1/root", b"/mnt", None, 4096, None)
        attempt(lambda: open(os.path.join("/mnt", COURSE[1:], MARK), "w").write("mine"))
        os._exit(0)
    attempt(os.waitpid, child, 0)
""",
    )


@hostile("escape", why="with a mount, what was hidden comes back", **HELD)
def mounts_and_makes_devices(target):
    return attacking(
        target,
        LIBC
        + """
import stat
for kind in (b"tmpfs", b"proc", b"sysfs", b"overlay"):
    attempt(libc.mount, b"none", os.getcwd().encode(), kind, 0, None)
for name in (b"/proc", b"/", os.getcwd().encode(), b"/usr"):
    attempt(libc.mount, None, name, None, 32, None)  # writable again
    attempt(libc.umount2, name, 2)
for number in (428, 429, 430, 432, 442, 155):
    attempt(call, number, 0, 0, 0, 0, 0)
for device in (os.makedev(8, 0), os.makedev(1, 1), os.makedev(1, 2)):
    attempt(os.mknod, MARK, 0o666 | stat.S_IFBLK, device)
    attempt(os.mknod, MARK + "c", 0o666 | stat.S_IFCHR, device)
attempt(os.chroot, "/proc/1/root")
attempt(lambda: open(os.path.join(COURSE, MARK), "w").write("mine"))
""",
    )


@hostile("escape", why="a core file holds all that a process knew", **RIGHT)
def dumps_its_core(target):
    return attacking(
        target,
        """
import resource, time
attempt(resource.setrlimit, resource.RLIMIT_CORE, (10_000_000, 10_000_000))
attempt(lambda: open("/proc/self/coredump_filter", "w").write("0x7f"))
child = os.fork()
if child == 0:
    os.abort()
os.waitpid(child, 0)
""",
    )


@hostile(
    "escape", why="typed into the grader's terminal, it would be the grader's command", **RIGHT
)
def types_into_the_terminal(target):
    return attacking(
        target,
        """
import fcntl, termios
for fd in [*range(64), attempt(os.open, "/dev/tty", os.O_RDWR)]:
    if isinstance(fd, int):
        for character in f"touch {COURSE}/{MARK}\\n".encode():
            attempt(fcntl.ioctl, fd, termios.TIOCSTI, bytes([character]))
""",
    )


@hostile("escape", why="whoever sets its own limits has none", **RIGHT)
def lifts_its_limits(target):
    return attacking(
        target,
        ALONE
        + """
import resource
forever = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
for kind in range(16):
    attempt(resource.setrlimit, kind, forever)
    for pid in (1, os.getppid()):
        attempt(resource.prlimit, pid, kind, (0, 0))
attempt(os.nice, -20)
attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50))
attempt(os.setpriority, os.PRIO_PGRP, 0, -20)
for file in ("/proc/1/oom_score_adj", "/proc/self/oom_score_adj", "/sys/fs/cgroup/cgroup.procs"):
    attempt(lambda: open(file, "w").write("-1000"))
assert resource.getrlimit(resource.RLIMIT_AS) != forever, "there was no limit"
""",
    )


@hostile("escape", why="keys, message queues and shared memory outlive a process", **HELD)
def uses_memory_that_has_no_file(target):
    return attacking(
        target,
        LIBC
        + """
for number in (29, 68, 64, 319, 447, 240, 248, 250, 425, 321, 323, 298):
    attempt(call, number, 0x48, 4096, 0o1666, 0, 0)
attempt(call, 240, MARK.encode(), 0o102, 0o666, None)  # a message queue with a name
attempt(call, 248, b"user", MARK.encode(), b"x", 1, -4)  # a key of the user's
""",
    )
