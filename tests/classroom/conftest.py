"""What the tests of grading share: a course in a temporary folder, and whether a sandbox works."""

import shutil
from pathlib import Path

import pytest

from course_lib.classroom import workers
from course_lib.classroom.folders import CourseFolders
from course_lib.classroom.gradebook import open_gradebook
from tests.classroom.notebooks import NAME, copy_course, lesson


@pytest.fixture(scope="session")
def released(tmp_path_factory) -> Path:
    """A course that has released lesson 01, with the gradebook that nbgrader made of it."""
    root = copy_course(tmp_path_factory.mktemp("course"))
    with open_gradebook(CourseFolders(root), lesson()):
        return root


@pytest.fixture
def folders(tmp_path, released) -> CourseFolders:
    """A copy of that course, without submissions."""
    if shutil.which("bwrap") is None:
        pytest.skip("the sandbox of these tests needs bubblewrap: apt install bubblewrap")
    shutil.copytree(released, tmp_path, dirs_exist_ok=True)
    return CourseFolders(tmp_path)


@pytest.fixture(scope="module")
def warm_sandbox():
    """Let one fork-server serve all tests of a module: starting it takes seconds."""
    end = workers.close_sandboxes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "close_sandboxes", lambda: None)
        yield
    end()


@pytest.fixture
def submit(folders):
    """A function that hands a notebook in: submit("alice", data)."""

    def hand_in(student: str, data: bytes, timestamp: str = "") -> None:
        folder = folders.submitted(student, NAME)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{NAME}.ipynb").write_bytes(data)
        if timestamp:
            (folder / "timestamp.txt").write_text(timestamp)

    return hand_in
