"""The words that start a program in a container of Docker or Podman."""

import os
import subprocess

from course_lib.classroom.sandbox.identity import NOBODY
from course_lib.classroom.sandbox.policy import Policy

ENGINES = ("docker", "podman")
IMAGE = "debian:stable-slim"  # holds nothing that is used: Python comes from this computer
IMAGE_VARIABLE = "TOKENS_TO_TRUST_IMAGE"
MARGIN_MB = 2048  # of memory: the guard inside, which can say so, comes before the kernel
# Where the engines differ: how nobody comes to own a folder, and what else may be written to.
OWNED = {"docker": f"uid={NOBODY},gid={NOBODY},mode=0700", "podman": "mode=1777"}
ONLY = {"docker": [], "podman": ["--read-only-tmpfs=false"]}


def name_of(policy: Policy) -> str:
    """Return what a policy's container is called; there is one at a time."""
    return f"tokens-to-trust-{policy.work.parent.name}"


def remove(policy: Policy, engine: str) -> None:
    """End a policy's container and all in it; ending the program that started it does not."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([engine, "rm", "--force", name_of(policy)], check=False, **quiet)


def command(policy: Policy, words: list[str], engine: str) -> list[str]:
    """Return the command line that runs `words` in a new container under a policy.

    The image needs the C library that this computer has; TOKENS_TO_TRUST_IMAGE names another one.
    """
    limits, work = policy.limits, str(policy.work)
    memory = f"{limits.memory_mb + MARGIN_MB}m"
    folder = f"{work}:size={limits.folder_mb}m,{OWNED[engine]}"
    # In the image, too, /lib is a link into /usr: what it leads to is mounted already.
    read = [path for path in policy.read if not path.is_symlink()]
    mounts = [part for path in read for part in ("--volume", f"{path}:{path}:ro")]
    hidden = [*policy.hidden, "/sys"]
    covers = [part for path in hidden for part in ("--tmpfs", f"{path}:size=0,ro")]
    shared = ["--volume", f"{policy.shared}:{policy.shared}"] if policy.shared else []
    variables = [
        part for name, value in policy.environment.items() for part in ("--env", f"{name}={value}")
    ]
    return [
        engine,
        *("run", "--name", name_of(policy), "--rm", "--interactive"),
        *("--network", "none", "--ipc", "none", "--read-only"),
        *ONLY[engine],
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--memory", memory, "--memory-swap", memory),
        *("--pids-limit", str(limits.processes + 16), "--user", f"{NOBODY}:{NOBODY}"),
        *mounts,
        *covers,
        *("--tmpfs", folder),
        *shared,
        *variables,
        *("--workdir", str(policy.start or work), os.environ.get(IMAGE_VARIABLE, IMAGE)),
        *words,
    ]
