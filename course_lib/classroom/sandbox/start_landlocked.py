"""Start a program that Landlock holds: `python -m ...start_landlocked POLICY.json program words`.

The policy's file lists "read", "hidden", "write" and "environment".
"""

import json
import os
import sys
from pathlib import Path

from course_lib.classroom.sandbox import landlock

PROC = "/proc"  # for the fork-server's guards; the learner's code gives it up before it runs


def main() -> None:
    file, *words = sys.argv[1:]
    policy = json.loads(Path(file).read_text(encoding="utf-8"))
    paths = {kind: [Path(path) for path in policy[kind]] for kind in ("read", "hidden", "write")}
    landlock.restrict([*paths["read"], Path(PROC)], paths["hidden"], paths["write"])
    os.chdir(policy["start"])
    os.execve(words[0], words, policy["environment"])


if __name__ == "__main__":
    main()
