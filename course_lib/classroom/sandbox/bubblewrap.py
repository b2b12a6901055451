"""The words that start a program in bubblewrap: it sees what a policy lists, and no network."""

import os
from collections.abc import Iterator
from pathlib import Path

from course_lib.classroom.sandbox.policy import MB, Policy


def command(policy: Policy, words: list[str]) -> list[str]:
    """Return the command line that runs `words` under a policy.

    Started by root, the program inside stays root of nothing but the power to become somebody
    else, which it should use at once: see `identity.drop_root`.
    """
    spaces = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts"]
    spaces += ["--unshare-cgroup-try", "--die-with-parent", "--new-session"]
    if os.getuid() == 0:
        powers = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        powers = ["--unshare-user"]
    size = str(policy.limits.folder_mb * MB)
    binds = [part for path in policy.read for part in ("--ro-bind", str(path), str(path))]
    covers = [part for path in policy.hidden for part in ("--tmpfs", str(path))]
    shared = ["--bind", str(policy.shared), str(policy.shared)] if policy.shared else []
    variables = [p for item in policy.environment.items() for p in ("--setenv", *item)]
    return [
        "bwrap",
        *spaces,
        *powers,
        *_folders([*policy.read, policy.work, *([policy.shared] if policy.shared else [])]),
        *binds,
        *covers,
        *("--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", size, "--tmpfs", str(policy.work)),
        *shared,
        *("--remount-ro", "/"),
        "--clearenv",
        *variables,
        *("--chdir", str(policy.start or policy.work), "--"),
        *words,
    ]


def _folders(paths: list[Path]) -> Iterator[str]:
    """Yield the words that make the folders above these paths, which everybody may enter."""
    above = {parent for path in paths for parent in path.parents if parent != Path("/")}
    for folder in sorted(above - set(paths)):
        if not any(folder.is_relative_to(path) for path in paths):
            yield from ("--perms", "0755", "--dir", str(folder))
