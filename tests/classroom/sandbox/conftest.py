"""A sandbox of each kind with small limits, in which pieces of Python are run."""

import os
import shutil

import pytest

from course_lib.classroom.sandbox import landlock
from course_lib.classroom.sandbox.levels import BUBBLEWRAP, CONTAINERS, LANDLOCK, Level, why_not
from course_lib.classroom.sandbox.policy import Limits
from course_lib.classroom.sandboxed import Sandbox
from course_lib.classroom.submission import Step
from tests.classroom.notebooks import lesson

SMALL = Limits(
    memory_mb=400,
    cpu_seconds=4,
    wall_seconds=8,
    processes=24,
    file_mb=4,
    folder_mb=12,
    output_mb=2,
)
TOLD = """
try:
    told = {expression}
except BaseException as error:
    told = error
raise RuntimeError(f"told {{told!r}}")
"""


class Inside:
    """Runs code in a sandbox."""

    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox
        self.level: Level = sandbox.level

    def run(self, *cells: str):
        """Run cells one after the other; return the `Run`, with errors by "0", "1" ..."""
        steps = tuple(Step(str(number), source) for number, source in enumerate(cells))
        return self.sandbox.run(steps, {}, seed=1)

    def told(self, expression: str, before: str = "") -> str:
        """Return what an expression is in there, as text, or the error that it raises."""
        run = self.run(before + TOLD.format(expression=expression))
        return run.errors["0"].removeprefix("RuntimeError: told ")


ENGINE = os.environ.get("TOKENS_TO_TRUST_ENGINE", "")  # docker or podman, to be tried for real
KINDS = [BUBBLEWRAP, LANDLOCK, *(level for level in CONTAINERS if level.name == ENGINE)]


@pytest.fixture(scope="session", params=KINDS, ids=lambda level: level.name)
def inside(request):
    needs_program = request.param is BUBBLEWRAP and shutil.which("bwrap") is None
    if needs_program or (request.param is LANDLOCK and not landlock.version()):
        pytest.skip(f"this computer has no {request.param.name}")
    assert why_not(request.param) == ""
    with Sandbox(request.param, lesson(), SMALL) as sandbox:
        yield Inside(sandbox)
