"""Where the parts of a course lie: sources, built notebooks, and what each lesson's topic holds."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Course:
    """A folder that holds a course.

    Attributes:
        root: the folder with lessons/, solutions/, notebooks/ and, where it has settings of its
            own, nbgrader_config.py.
    """

    root: Path

    @property
    def nbgrader_config(self) -> Path:
        """Return nbgrader's settings: the course's own, or those of the course around this file."""
        own = self.root / "nbgrader_config.py"
        return own if own.is_file() else this_course().root / "nbgrader_config.py"

    def sources(self) -> list[Path]:
        """Return the lesson sources, in the order of their numbers."""
        return sorted((self.root / "lessons").glob("[0-9][0-9]_*.py"))

    def solution(self, name: str) -> Path:
        """Return the path of a lesson's built notebook with answers and outputs."""
        return self.root / "solutions" / name / f"{name}.ipynb"

    def release(self, name: str) -> Path:
        """Return the path of a lesson's built notebook for learners."""
        return self.root / "notebooks" / name / f"{name}.ipynb"

    def topic_folder(self, topic: str) -> Path:
        """Return the folder with a topic's hints, quiz and checks."""
        return self.root / "course_lib" / "exercises" / topic

    def facts_file(self, topic: str) -> Path:
        """Return the path of the file that tells a learner's tools about the lesson."""
        return self.topic_folder(topic) / "lesson.json"

    def shown(self, path: Path) -> str:
        """Return a path as people write it: from the course's root, with forward slashes."""
        return path.relative_to(self.root).as_posix()


def this_course() -> Course:
    """Return the course that this package belongs to."""
    return Course(Path(__file__).resolve().parents[2])
