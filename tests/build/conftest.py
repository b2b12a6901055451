from collections.abc import Iterator
from pathlib import Path

import pytest

from course_lib.build.course import Course
from course_lib.build.lessons import build_lessons
from tests.build.tiny import environment, tiny_course

collect_ignore = ["fixtures"]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The tiny course, not built."""
    return tiny_course(tmp_path / "course")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """The tiny course, built once; tests only read it, or copy it first."""
    course = tiny_course(tmp_path_factory.mktemp("built"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", environment(course)["PYTHONPATH"])
        build_lessons(course=course)
    yield course
