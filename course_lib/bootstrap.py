"""Start a command of the course in its own environment, which is made first where it is missing.

    python3 course_lib/bootstrap.py lab 01 --port 8890      Windows: py course_lib\\bootstrap.py lab

`test`, `check` and `bench` run tests/run.py with the packages of requirements-test.lock as well;
every other word is a command of `course`. Nothing is installed when this file runs: it and what it
imports use the standard library only. This file keeps to what every Python can read (no f-strings,
no annotations), so that an old one can say that it is too old.
"""

from __future__ import print_function

import os
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 14)  # as `requires-python` in pyproject.toml
TEST_COMMANDS = ("test", "check", "bench")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main(words):
    """Make the environment ready, then become the command; return its exit code."""
    wrong = wrong_python(tuple(sys.version_info[:3]), words)
    if wrong:
        sys.stderr.write(wrong + "\n")
        return 2
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    from course_lib import environment

    try:
        environment.prepare(with_tests=words[0] in TEST_COMMANDS)
    except environment.Stop as stop:
        sys.stderr.write(str(stop) + "\n")
        return 2
    return hand_over(words, environment.python_of(environment.VENV))


def wrong_python(version, words):
    """Return one line that says why this Python will not do, or None."""
    if OLDEST <= version[:2] <= NEWEST:
        return None
    line = "Python {} is too {}: the course needs Python {}.{} to {}.{}. ".format(
        ".".join(str(part) for part in version),
        "old" if version[:2] < OLDEST else "new",
        *(OLDEST + NEWEST),
    )
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = "python3.{}".format(minor)
        if starts(name):
            word = words[0] if words else "lab"
            return line + "This computer has {0}: run `make {1} PYTHON={0}`.".format(name, word)
    return line + "Install one of these, then run the same command again."


def starts(program):
    """Say whether a Python of that name is there and runs (a pyenv shim may be there and not)."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([program, "-c", ""], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def hand_over(words, python):
    """Become `course ...` or tests/run.py; on Windows, wait for it and return its exit code."""
    folder = os.path.dirname(python)
    command = [os.path.join(folder, "course")] + words
    if words[0] in TEST_COMMANDS:
        command = [python, os.path.join(ROOT, "tests", "run.py")] + words
    # Programs that call each other by bare name, such as nbgrader and alembic, find each other.
    os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", "")
    sys.stdout.flush()
    if os.name == "nt":
        try:
            return subprocess.call(command)
        except KeyboardInterrupt:
            return 130
    return os.execv(command[0], command)


if __name__ == "__main__":
    sys.path[0] = ROOT
    sys.exit(main(sys.argv[1:]))
