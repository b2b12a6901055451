"""Read a lesson's source, lessons/NN_topic.py in jupytext's percent format, into cells."""

from dataclasses import dataclass
from pathlib import Path

from course_lib.build.percent import split_cells
from course_lib.classroom.markers import RELEASE, faulty_version, has_marker, replaced


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson source.

    Attributes:
        kind: "markdown" or "code".
        text: what stands in it.
        options: its metadata as written, for example {"exercise": "encode", "role": "test"}.
        line: where it starts in the source file, counted from 1.
    """

    kind: str
    text: str
    options: dict
    line: int

    @property
    def role(self) -> str:
        """Return "setup", "task", "answer", "test" or "written"; "" for all other cells."""
        return str(self.options.get("role", ""))

    @property
    def exercise(self) -> str:
        return str(self.options.get("exercise", ""))

    @property
    def tags(self) -> list[str]:
        return self.options.get("tags", [])

    @property
    def place(self) -> str:
        """Return where the cell stands, in the words of a refusal."""
        if self.exercise:
            return f"line {self.line}, {self.role} of {self.exercise}"
        return f"line {self.line}, {self.role} cell" if self.role else f"line {self.line}"


@dataclass(frozen=True)
class Lesson:
    """A lesson as its author wrote it.

    Attributes:
        file: the source, from the course's root.
        name: for example "03_attention".
        cells: in order.
        hints: {exercise: [question, nudge, near-answer]}, from the topic's hints.yaml.
    """

    file: str
    name: str
    cells: list[Cell]
    hints: dict[str, list[str]]

    @property
    def number(self) -> str:
        """Return the lesson's number as written in its file name, for example "03"."""
        return self.name[:2]

    @property
    def topic(self) -> str:
        return topic_of(self.name)

    @property
    def exercises(self) -> list[str]:
        """Return the names of the exercises in the order of the lesson."""
        return list(dict.fromkeys(cell.exercise for cell in self.cells if cell.exercise))

    def cell_of(self, exercise: str, role: str) -> Cell | None:
        """Return the first cell of an exercise that has this role, or None."""
        for cell in self.cells:
            if cell.exercise == exercise and cell.role == role:
                return cell
        return None


def topic_of(name: str) -> str:
    """Return the topic in a lesson's name.

    Example:
        >>> topic_of("03_attention")
        'attention'
    """
    return name[3:]


def versions(cell: Cell) -> list[str]:
    """Return a cell's text as its readers get it: a bug hunt as solved, and as released."""
    if not has_marker(cell.text, RELEASE):
        return [cell.text]
    try:
        return [replaced(cell.text, RELEASE), faulty_version(cell.text)]
    except ValueError:
        return [cell.text]  # a rule says what is wrong with the markers


def read_cells(text: str) -> list[Cell]:
    """Return the cells of a lesson source.

    Raises:
        UnreadableSource: at a line that is not in the percent format.
    """
    return [Cell(kind, body, options, line) for line, kind, options, body in split_cells(text)]


def read_lesson(source: Path, file: str, hints: dict[str, list[str]]) -> Lesson:
    """Return the lesson at `source`; `file` is how its path is shown to people."""
    return Lesson(file, source.stem, read_cells(source.read_text(encoding="utf-8")), hints)
