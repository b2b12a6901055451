"""Jupyter kernels in the sandbox: those of nbgrader, of formgrader, of a notebook you look into.

With `JUPYTER_DEFAULT_PROVISIONER_NAME=course-sandbox` in the environment, every kernel that
jupyter_client starts runs in the strongest sandbox that works here. No kernelspec changes.
"""

import json
import os
import shutil
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from course_lib import assets
from course_lib.classroom.sandbox.levels import BUBBLEWRAP, LANDLOCK, NONE, best_level
from course_lib.classroom.sandbox.policy import Limits, Policy, python_policy
from course_lib.errors import CourseError

LIBRARY_VARIABLE = "TOKENS_TO_TRUST_LIBRARY"
LIMITED = "course_lib.classroom.sandbox.start_limited"
ROOT = Path(__file__).resolve().parents[3]
# A notebook's own demonstrations train models: more time than a submission's answers have.
LIMITS = Limits(memory_mb=4096, cpu_seconds=3600, wall_seconds=7200, processes=128)


class SandboxProvisioner(LocalProvisioner):
    """Start a kernel in the sandbox, and reach it through sockets in a folder of its own.

    The kernel sees the notebook's folder, read-only, and the course without its lessons, solutions
    and tests; the variable TOKENS_TO_TRUST_LIBRARY names a folder to see in place of the course. It
    has no network, a folder in memory as its home, and ends with all that it started.
    """

    _folder: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        level = best_level()
        if level not in (BUBBLEWRAP, LANDLOCK, NONE):
            raise CourseError(f"A notebook's kernel cannot run in {level.name}: use bubblewrap.")
        if self._folder is None:  # a kernel that is restarted keeps its sockets
            self._folder = Path(tempfile.mkdtemp(prefix="course-kernel-"))  # closed to others
            shared = self._folder / "shared"
            shared.mkdir()
            shared.chmod(0o777)  # inside, the kernel may be another user
            manager = self.parent
            manager.transport, manager.ip = "ipc", str(shared / "kernel")
            manager.connection_file = str(shared / "kernel.json")
            manager.cache_ports = False
        # A signal would reach the sandbox and not the kernel in it.
        self.kernel_spec.interrupt_mode = "message"
        kwargs = await super().pre_launch(**kwargs)
        Path(self.parent.connection_file).chmod(0o644)
        policy = kernel_policy(self._folder, kwargs.pop("cwd", None))
        words = kwargs.pop("cmd")
        if level is not NONE:
            words = [words[0], "-m", LIMITED, json.dumps(asdict(LIMITS)), *words]
        started, environment = level.start(policy, words)
        return {**kwargs, "cmd": started, "env": environment}

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        if self._folder is not None and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def kernel_policy(folder: Path, start: str | None) -> Policy:
    """Return what a kernel may see.

    Args:
        folder: a private one, with "shared" for the sockets.
        start: the notebook's folder, or None.
    """
    own = os.environ.get(LIBRARY_VARIABLE)
    library = Path(own) if own else ROOT
    policy = python_policy(folder / "work", library, limits=LIMITS)
    read = [path for path in policy.read if path != ROOT]
    environment = dict(policy.environment)
    if not own:
        read.append(ROOT / "course_lib")
        if assets.cache_dir().is_dir():
            read.append(assets.cache_dir())
            environment["XDG_CACHE_HOME"] = str(assets.cache_dir().parent)
    if start and Path(start).is_dir():
        read.append(Path(start).resolve())
    hidden = [path for path in policy.hidden if own or path != ROOT / "course_lib"]
    return replace(
        policy,
        read=tuple(read),
        hidden=tuple(p for p in hidden if any(p.is_relative_to(path) for path in read)),
        shared=folder / "shared",
        start=Path(start).resolve() if start else None,
        environment=environment,
    )
