"""Start a program that is not root, within limits: `python -m ...start_limited JSON program words`.

The JSON text holds the fields of `Limits`.
"""

import json
import os
import sys

from course_lib.classroom.sandbox import identity, limits, seccomp
from course_lib.classroom.sandbox.policy import Limits


def main() -> None:
    told, *words = sys.argv[1:]
    if identity.python_is_everybodys():
        identity.drop_root()
    limits.apply(Limits(**json.loads(told)), limits.address_space(), limits.threads_of_user())
    seccomp.apply(may_open_sockets=True)
    os.execv(words[0], words)


if __name__ == "__main__":
    main()
