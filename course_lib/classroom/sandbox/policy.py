"""What code in a sandbox may see and use, said once for every kind of sandbox."""

import os
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

MB = 1 << 20
# What a program needs to start; what of it does not exist is left out.
SYSTEM = (
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
)


@dataclass(frozen=True)
class Limits:
    """How much one submission may use.

    Attributes:
        memory_mb: memory of one process beyond what it starts with, and of all together.
        cpu_seconds: processor time of one process.
        wall_seconds: time by the clock for the whole submission.
        processes: processes and threads at a time.
        file_mb: size of one file.
        folder_mb: size of everything in the writable folder.
        output_mb: what it may send back.
    """

    memory_mb: int = 2048
    cpu_seconds: int = 240
    wall_seconds: int = 300
    processes: int = 64
    file_mb: int = 64
    folder_mb: int = 256
    output_mb: int = 32


@dataclass(frozen=True)
class Policy:
    """What the code in a sandbox sees. Everything else does not exist for it.

    Attributes:
        read: files and folders it can read, at the paths that they have outside.
        hidden: folders inside `read` that stay empty.
        work: the one folder it can write to, also its HOME and its temporary folder. It exists
            outside only where a sandbox cannot make one of its own.
        shared: a folder of the host that it can write to, for sockets; None where none is needed.
        start: the folder it starts in; None for `work`.
        environment: all environment variables.
        limits: how much it may use.
    """

    read: tuple[Path, ...]
    work: Path
    hidden: tuple[Path, ...] = ()
    shared: Path | None = None
    start: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    limits: Limits = Limits()


def python_policy(work: Path, *libraries: Path, limits: Limits = Limits(), **more) -> Policy:
    """Return a policy under which this very Python runs, with `libraries` before all others.

    The course's own package is hidden, wherever it is installed: what of it may be seen comes in
    `libraries`. More keywords go to `Policy`.
    """
    prefixes = {Path(sys.prefix), Path(sys.base_prefix), *_package_folders()}
    seen = [Path(path) for path in SYSTEM] + sorted(prefixes)
    read = [path for path in seen if path.exists()] + [path for path in libraries]
    package = Path(__file__).resolve().parents[2]
    root = package.parent
    hidden = tuple(
        folder
        for folder in (package, root / "lessons", root / "solutions", root / "tests")
        if folder.is_dir() and any(folder.is_relative_to(path.resolve()) for path in read)
    )
    environment = {
        "HOME": str(work),
        "TMPDIR": str(work),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONPATH": os.pathsep.join(str(path) for path in libraries),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "USER": "learner",
        "LOGNAME": "learner",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(work / "matplotlib"),
        "IPYTHONDIR": str(work / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "passive",
        "TOKENS_TO_TRUST_DATA": str(work / "record"),
    }
    return Policy(tuple(read), work, hidden, environment=environment, limits=limits, **more)


def _package_folders() -> set[Path]:
    """Return where installed packages lie; most often that is inside sys.prefix."""
    return {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib", "stdlib")}
