"""Find the cells of a release again in what was handed in, and say what was done to them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from course_lib.classroom.handed_in import Cell
from course_lib.classroom.lesson import GradedLesson, source_of
from course_lib.classroom.verdicts import Alarm

# Tags that make some tool skip, replace or hide a cell.
TAGS = {"skip-execution", "nbval-skip", "parameters", "injected-parameters", "remove-cell"}
GRADING = ("grade", "locked", "points", "solution", "task")


@dataclass
class Matched:
    """The cells of a submission in their order, each with the cell of the release that it is.

    Attributes:
        cells: (id in the release, or "" for a cell of the learner's own; the cell).
        alarms: what is odd about them.
        found: ids of the release that were found.
    """

    cells: list[tuple[str, Cell]] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    found: set[str] = field(default_factory=set)

    def alarm(self, kind: str, cell: str, what: str) -> None:
        self.alarms.append(Alarm(kind, cell, what))


def match(lesson: GradedLesson, cells: list[Cell]) -> Matched:
    """Match the cells of a submission with those of the release.

    A graded cell is known by its nbgrader id; where a program has lost that, by its cell id. Of
    several with one id the first is it. What counts is what the release says: who changed a check
    or its points gets the release's, and an alarm.
    """
    matched = Matched()
    for cell, key in zip(cells, _keys(lesson, cells), strict=True):
        if key and key in matched.found:
            key = _duplicate(lesson, matched, key, cell)
            if key is None:
                continue
        elif key:
            matched.found.add(key)
            _compare(lesson, matched, key, cell)
        elif cell.grade_id:
            matched.alarm("unknown_id", cell.grade_id, "the release has no graded cell of this id")
        matched.cells.append((key, cell))
    for released in lesson.cells:
        if lesson.is_graded(released["id"]) and released["id"] not in matched.found:
            what = "the cell is missing; the release's was put back"
            matched.alarm("missing_cell", released["id"], what)
    return matched


def _keys(lesson: GradedLesson, cells: list[Cell]) -> Iterator[str]:
    """Yield, for each cell, the id in the release that it goes by, or ""."""
    graded = {cell.grade_id for cell in cells if lesson.is_graded(cell.grade_id)}
    seen = defaultdict(int)
    for cell in cells:
        if lesson.is_graded(cell.grade_id):
            yield cell.grade_id
        elif cell.id in lesson.by_id and cell.id not in graded and not seen[cell.id]:
            seen[cell.id] += 1
            yield cell.id
        else:
            yield ""


def _duplicate(lesson: GradedLesson, matched: Matched, key: str, cell: Cell) -> str | None:
    """Return "" for a copy that is run as a cell of the learner's own, None for one left out."""
    if lesson.is_answer(key) or cell.kind != "code":
        what = "there are several cells of this id; all were kept, in their order"
        matched.alarm("duplicate_cell", key, what)
        return ""
    if lesson.is_graded(key):
        matched.alarm("duplicate_cell", key, "there are several cells of this id; the first counts")
    return None


def _compare(lesson: GradedLesson, matched: Matched, key: str, cell: Cell) -> None:
    """Note where a cell is not what the release had there."""
    if TAGS & set(cell.tags):
        names = ", ".join(sorted(TAGS & set(cell.tags)))
        matched.alarm("tags", key, f"the tag {names} was added; it has no effect here")
    if not lesson.is_graded(key):
        return
    released = lesson.by_id[key]
    if cell.kind != released["cell_type"]:
        what = f"the cell was made a {cell.kind} cell; it counts as {released['cell_type']}"
        matched.alarm("changed_kind", key, what)
    wanted = released["metadata"]["nbgrader"]
    if not cell.grading:
        matched.alarm("lost_metadata", key, "its nbgrader metadata is gone; its cell id was taken")
    else:
        changed = [name for name in GRADING if cell.grading.get(name) != wanted.get(name)]
        if changed:
            what = f"{', '.join(changed)} in its metadata was changed; the release's counts"
            matched.alarm("edited_metadata", key, what)
    if lesson.is_test(key) and _bare(cell.source) != _bare(source_of(released)):
        matched.alarm("edited_test", key, "the check was edited; the release's counts")


def _bare(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
