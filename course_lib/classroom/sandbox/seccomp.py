"""Refuse the system calls that no exercise needs and that escapes are made of.

A filter of the kernel's own kind (classic BPF, see seccomp(2)), for this process and all that it
starts. It is a second wall: the first is that nothing worth reaching is there.
"""

import ctypes
import os
import struct

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 22, 38, 2
ALLOW, REFUSE, KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
EPERM, ENOSYS, AF_UNIX = 1, 38, 1
X32 = 0x4000_0000  # added to the numbers of x86-64's other set of calls
NEW_SPACES = 0x7E02_0000  # clone's flags for user, mount, process and other name spaces
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # places in what the kernel shows a filter
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06

MACHINES = {"x86_64": (0xC000_003E, 0), "aarch64": (0xC000_00B7, 1)}
# Name: number on x86-64, on ARM; None where it has no such call.
REFUSED = {
    # other spaces and file systems
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "quotactl": (179, 60),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    # keys, the kernel, and what has often been a hole
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    # memory that is counted nowhere
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
}
CLONE = (56, 220)
CLONE3 = (435, 435)
SOCKET = (41, 198)


def apply(may_open_sockets: bool = False, may_open_unix_sockets: bool = True) -> bool:
    """Install the filter; return False on a machine for which there is none.

    Args:
        may_open_sockets: of any kind; ZeroMQ, which kernels speak, makes some.
        may_open_unix_sockets: of that kind, which reach other programs by the name of a file. Pairs
            of them, both ends one's own, are always allowed.

    Raises:
        OSError: if the kernel refuses it.
    """
    if os.uname().machine not in MACHINES:
        return False
    program = b"".join(
        struct.pack("HBBI", *step)
        for step in _program(os.uname().machine, may_open_sockets, may_open_unix_sockets)
    )
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for words in [
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, FILTER, ctypes.c_char_p(header), 0, 0),
    ]:
        if libc.prctl(*words):
            number = ctypes.get_errno()
            raise OSError(number, f"seccomp: {os.strerror(number)}")
    return True


def _program(
    machine: str, may_open_sockets: bool, may_open_unix_sockets: bool
) -> list[tuple[int, int, int, int]]:
    """Return the filter's steps: (what to do, steps to skip if so, if not, its number)."""
    architecture, column = MACHINES[machine]
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),  # calls of a 32-bit program have other numbers
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        steps += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, REFUSE | EPERM)]
    for numbers in REFUSED.values():
        steps += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, REFUSE | EPERM)]
    # Its flags lie in memory, where a filter cannot look; told so, the C library takes clone.
    steps += [(EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, REFUSE | ENOSYS)]
    steps += [
        (EQUAL, 0, 4, CLONE[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, NEW_SPACES),
        (RETURN, 0, 0, REFUSE | EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    if not (may_open_sockets or may_open_unix_sockets):
        steps += [(EQUAL, 0, 1, SOCKET[column]), (RETURN, 0, 0, REFUSE | EPERM)]
    elif not may_open_sockets:
        steps += [
            (EQUAL, 0, 3, SOCKET[column]),
            (LOAD, 0, 0, FIRST_ARGUMENT),
            (EQUAL, 1, 0, AF_UNIX),
            (RETURN, 0, 0, REFUSE | EPERM),
        ]
    return [*steps, (RETURN, 0, 0, ALLOW)]
