"""Ways to number the examples of rows that are not right, told from the rows and the numbers."""

from collections.abc import Callable

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.sft.pack_rows import Example, Packing, Rows

Number = Callable[[Packing, int, int, int, int, Example], int]


def numbered(packing: Packing, rows: Rows, number: Number, padding: int = 0) -> list[list[int]]:
    """Return a number for each place of each row.

    Args:
        number: `number(packing, count, r, n, place, example)` for a place of the example that is
            the n-th of row r and the count-th of all.
    """
    lines, count = [], 0
    for r, row in enumerate(rows):
        line = []
        for n, example in enumerate(row):
            line += [number(packing, count, r, n, place, example) for place in range(len(example))]
            count += 1
        lines.append(line + [padding] * (packing.row_length - len(line)))
    return lines


def right_numbers(packing: Packing, rows: Rows) -> list[list[int]]:
    return numbered(packing, rows, lambda packing, count, r, n, place, example: n + 1)


def of_numbers(
    packing: Packing, rows: Rows, ids: list[list[int]], segments: list[list[int]]
) -> Mistake:
    """Return the mistake in the numbers of rows that are right themselves."""
    right = right_numbers(packing, rows)
    counted = [[place for place, number in enumerate(line) if number] for line in right]
    if all(
        segments[r][place] == right[r][place] for r, line in enumerate(counted) for place in line
    ):
        return PADDING_HAS_A_SEGMENT
    for mistake, missing in ((BY_ITS_ID, packing.pad_id), (BY_ZERO, 0)):
        if segments == [
            [0 if i == missing else n for i, n in zip(*both, strict=True)]
            for both in zip(ids, right, strict=True)
        ]:
            return mistake
    for mistake, number in NUMBERS:
        wrong = numbered(packing, rows, number)
        if all(
            segments[r][place] == wrong[r][place]
            for r, line in enumerate(counted)
            for place in line
        ):
            return mistake
    return WRONG_SEGMENTS


def _mistake(name: str, cause: str) -> Mistake:
    return Mistake(name, known_by_property, cause)


PADDING_HAS_A_SEGMENT = _mistake(
    "padding_has_a_segment",
    "Padding belongs to no example: its segment is 0, whatever `pad_id` is.",
)
BY_ITS_ID = _mistake(
    "tells_padding_by_its_id",
    "An id inside an example got the segment 0 because it equals `pad_id`. Where an example ends "
    "is told by its length, not by its ids.",
)
BY_ZERO = _mistake(
    "tells_padding_by_zero",
    "An id inside an example got the segment 0 because it is 0. 0 is an id like any other.",
)
FROM_ZERO = _mistake(
    "segments_from_zero",
    "The examples of a row are counted from 0, which is the number of padding. They count from 1.",
)
GO_ON = _mistake(
    "segments_go_on",
    "The count goes on from row to row. Each row begins with 1 anew.",
)
OF_ONES = _mistake(
    "segments_of_ones",
    "All ids have the segment 1. So nothing tells where an example ends and the next begins, and "
    "each could read the one before it.",
)
COUNT_PLACES = _mistake(
    "segments_count_places",
    "These are positions inside an example. All ids of one example have the same segment.",
)
COUNT_ROWS = _mistake(
    "segments_count_rows",
    "These are numbers of rows. Count the examples inside each row.",
)
ALTERNATE = _mistake(
    "segments_alternate",
    "The numbers go back and forth, so that the third example looks like the first. Go on "
    "counting.",
)
WRONG_SEGMENTS = _mistake(
    "wrong_segments",
    "The ids are packed well, the segments do not belong to them. Write both at once, example by "
    "example, at the same places.",
)
NUMBERS: tuple[tuple[Mistake, Number], ...] = (
    (OF_ONES, lambda packing, count, r, n, place, example: 1),
    (FROM_ZERO, lambda packing, count, r, n, place, example: n),
    (GO_ON, lambda packing, count, r, n, place, example: count + 1),
    (GO_ON, lambda packing, count, r, n, place, example: count),
    (GO_ON, lambda packing, count, r, n, place, example: packing.examples.index(example) + 1),
    (GO_ON, lambda packing, count, r, n, place, example: packing.examples.index(example)),
    (COUNT_ROWS, lambda packing, count, r, n, place, example: r + 1),
    (COUNT_ROWS, lambda packing, count, r, n, place, example: r),
    (COUNT_PLACES, lambda packing, count, r, n, place, example: place + 1),
    (COUNT_PLACES, lambda packing, count, r, n, place, example: place),
    (ALTERNATE, lambda packing, count, r, n, place, example: n % 2 + 1),
)
SEGMENT_MISTAKES = (
    PADDING_HAS_A_SEGMENT,
    BY_ITS_ID,
    BY_ZERO,
    WRONG_SEGMENTS,
    *dict.fromkeys(mistake for mistake, _ in NUMBERS),
)
