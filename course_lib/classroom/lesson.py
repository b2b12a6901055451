"""What grading knows of a lesson: its released cells, its exercises and their points."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from course_lib.classroom.markers import BUILD_NOTE
from course_lib.classroom.taught import is_setup
from course_lib.errors import CourseError
from course_lib.exercises import registry
from course_lib.exercises.exercise import Exercise

TEST = "test_"  # before the name of an exercise: the id of its test cell
WRITTEN = "written"


def source_of(cell: dict[str, Any]) -> str:
    """Return a cell's text; notebooks keep it as one string or as a list of lines."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


@dataclass(frozen=True)
class GradedLesson:
    """A lesson as it was released.

    Attributes:
        name: of its folder and notebook, for example "03_attention".
        cells: the cells of the release, as plain data.
        metadata: of the released notebook.
    """

    name: str
    cells: tuple[dict[str, Any], ...]
    metadata: dict[str, Any]

    def __reduce__(self):
        return GradedLesson, (self.name, self.cells, self.metadata)  # the exercises are found anew

    @property
    def number(self) -> str:
        return self.name.split("_")[0]

    @property
    def topic(self) -> str:
        return self.name.partition("_")[2]

    @cached_property
    def version(self) -> str:
        """A text that is another one when anything in the release is."""
        return hashlib.sha256(json.dumps(self.cells, sort_keys=True).encode()).hexdigest()

    @property
    def made_from(self) -> str:
        """The version of the lesson's source that the release was made from, "" if not known."""
        return self.metadata.get(BUILD_NOTE, {}).get("source", "")

    @cached_property
    def by_id(self) -> dict[str, dict[str, Any]]:
        """The cells by their ids."""
        return {cell["id"]: cell for cell in self.cells}

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """The exercises by name, in the order of the notebook."""
        known = registry.exercises_of(self.topic)
        order = [cell["id"].removeprefix(TEST) for cell in self.cells if self.is_test(cell["id"])]
        return {name: known[name] for name in order}

    def points(self, exercise: str) -> float:
        """Return what an exercise is worth."""
        return float(self.by_id[TEST + exercise]["metadata"]["nbgrader"]["points"])

    def is_test(self, cell_id: str) -> bool:
        """Return whether a cell of the release checks an exercise."""
        return self._grading(cell_id).get("grade", False) and cell_id.startswith(TEST)

    def is_answer(self, cell_id: str) -> bool:
        """Return whether a cell of the release is where an exercise is answered."""
        grading = self._grading(cell_id)
        return grading.get("solution", False) and not grading.get("grade", False)

    def is_graded(self, cell_id: str) -> bool:
        """Return whether nbgrader knows a cell: an answer, a test or the written question."""
        return bool(self._grading(cell_id))

    def is_as_released(self, cell_id: str, source: str) -> bool:
        """Return whether a text is what the release has in a cell of that id."""
        return cell_id in self.by_id and source_of(self.by_id[cell_id]).strip() == source.strip()

    def setup(self) -> Iterator[dict[str, Any]]:
        """Yield the set-up cells."""
        return (cell for cell in self.cells if is_setup(cell["id"]))

    def _grading(self, cell_id: str) -> dict[str, Any]:
        return self.by_id.get(cell_id, {}).get("metadata", {}).get("nbgrader", {})


def read_lesson(release: Path) -> GradedLesson:
    """Read a released notebook.

    Raises:
        CourseError: if there is none.
    """
    try:
        notebook = json.loads(release.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"There is no released notebook {release.name} in {release.parent.name}/. "
            "Run `course release` for this lesson first."
        ) from None
    return GradedLesson(release.stem, tuple(notebook["cells"]), notebook["metadata"])
