"""Ways to mark the answers in a row of ids, of which one part may be mistaken."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Row = list[int]
Marks = list[bool]
Method = Callable[[dict], Tensor]
Way = Callable[[Row, Row, int], Marks]


def method_of(way: Way) -> Method:
    """Return a way to mark lists as a method, which works on tensors."""

    def method(inputs: dict) -> Tensor:
        row, start = inputs["ids"].tolist(), inputs["assistant_start"].tolist()
        return torch.tensor([bool(mark) for mark in way(row, start, inputs["end_id"])])

    return method


def stands_at(row: Row, start: Row, place: int) -> bool:
    return row[place : place + len(start)] == start


def next_end(row: Row, end: int, place: int) -> int:
    """Return where the next end stands, or the length of the row where none does."""
    return row.index(end, place) if end in row[place:] else len(row)


def openings(row: Row, start: Row) -> list[int]:
    """Return where the opening stands, from left to right, never overlapping."""
    found: list[int] = []
    for place in range(len(row)):
        if stands_at(row, start, place) and (not found or place >= found[-1] + len(start)):
            found.append(place)
    return found


@dataclass(frozen=True)
class Scan:
    """From left to right: find an opening, mark up to the end behind it, go on from there.

    Attributes:
        opens: `opens(row, start, place)` says whether an opening stands there.
        width: `width(start)` is how many ids an opening has.
        before, behind: how many places before the content and behind its end are marked, too.
        closing: whether the end itself is marked.
        cut_off: whether an answer without an end is marked.
        skipped: how many ids of the content are not asked whether they are the end.
        empty: whether an answer without content is marked.
        step: `step(start)` is how far it goes on where no opening stands.
    """

    opens: Callable[[Row, Row, int], bool] = stands_at
    width: Callable[[Row], int] = len
    before: int = 0
    behind: int = 0
    closing: bool = True
    cut_off: bool = True
    skipped: int = 0
    empty: bool = True
    step: Callable[[Row], int] = lambda start: 1

    def __call__(self, row: Row, start: Row, end: int) -> Marks:
        marks, place = [False] * len(row), 0
        while place < len(row):
            if not self.opens(row, start, place):
                place += self.step(start)
                continue
            first = place + self.width(start)
            last = next_end(row, end, first + self.skipped)
            marked = range(first - self.before, last + self.closing + self.behind)
            if (last < len(row) or self.cut_off) and (last > first or self.empty):
                for i in marked:
                    if 0 <= i < len(row):
                        marks[i] = True
            place = last + 1
        return marks


right = Scan()


def by_the_last_two(row: Row, start: Row, end: int) -> Marks:
    return right(row, start[-2:], end)


def with_opening(row: Row, start: Row, end: int) -> Marks:
    return Scan(before=len(start))(row, start, end)


def turned(row: Row, start: Row, end: int) -> Marks:
    return [not mark for mark in right(row, start, end)]


def place_before(row: Row, start: Row, end: int) -> Marks:
    return [*right(row, start, end)[1:], False]


def with_all_ends(row: Row, start: Row, end: int) -> Marks:
    marks = right(row, start, end)
    return [mark or token == end for mark, token in zip(marks, row, strict=True)]


def other_ids(row: Row, start: Row, end: int) -> Marks:
    return [token not in start for token in row]


def other_ids_and_no_end(row: Row, start: Row, end: int) -> Marks:
    return [token not in start and token != end for token in row]


def first_answer(row: Row, start: Row, end: int) -> Marks:
    places = openings(row, start)[:1]
    stop = next_end(row, end, places[0]) + 1 if places else 0
    return right(row[:stop], start, end) + [False] * len(row[stop:])


def last_answer(row: Row, start: Row, end: int) -> Marks:
    places = openings(row, start)[-1:] or [len(row)]
    return [False] * places[0] + right(row[places[0] :], start, end)


def from_first_to(last: Callable[[Row, int], int]) -> Way:
    """Return a way that marks from the first opening on, up to a place that it picks."""

    def way(row: Row, start: Row, end: int) -> Marks:
        first = (openings(row, start) or [len(row)])[0] + len(start)
        return [first <= place <= last(row, end) for place in range(len(row))]

    return way


def first_end(row: Row, end: int) -> int:
    return next_end(row, end, 0)


def last_end(row: Row, end: int) -> int:
    return len(row) - 1 - (row[::-1].index(end) if end in row else 0)


def openings_less_ends(row: Row, start: Row, end: int) -> Marks:
    """Mark where more openings than ends have come."""
    n_ended = [row[:place].count(end) for place in range(len(row))]
    n_opened = [len(openings(row[:place], start)) for place in range(len(row))]
    return [opened > ended for opened, ended in zip(n_opened, n_ended, strict=True)]


def to_the_next_opening(row: Row, start: Row, end: int) -> Marks:
    marks = [False] * len(row)
    places = openings(row, start)
    for place in range(len(row)):
        behind = [p + len(start) for p in places if p <= place]
        marks[place] = bool(behind) and place >= behind[-1]
    return marks


def anew_at_each_opening(row: Row, start: Row, end: int) -> Marks:
    """Let an opening within an answer begin another one; what stood before it is lost."""
    marks = right(row, start, end)
    for place in openings(row, start):
        if marks[place]:
            for i in range(place + len(start)):
                same_answer = end not in row[i : place + len(start)]
                marks[i] = marks[i] and not same_answer
    return marks


def less_each_opening(row: Row, start: Row, end: int) -> Marks:
    inside = [p + j for p in openings(row, start) for j in range(len(start))]
    return [m and i not in inside for i, m in enumerate(right(row, start, end))]


def every_second(row: Row, start: Row, end: int) -> Marks:
    return [row[:place].count(end) % 2 == 1 for place in range(len(row))]


def counting(again: bool = False, gaps: bool = False) -> Way:
    """Return a way that counts how many ids of the opening have come.

    Args:
        again: whether an id that does not fit may be the first of the opening.
        gaps: whether ids that do not fit are passed over.
    """

    def way(row: Row, start: Row, end: int) -> Marks:
        marks, n, inside = [], 0, False
        for token in row:
            marks.append(inside)
            if inside:
                inside = token != end
                continue
            if token == start[n]:
                n += 1
            elif not gaps:
                n = int(again and token == start[0])
            if n == len(start):
                n, inside = 0, True
        return marks

    return way


def going_around(row: Row, start: Row, end: int) -> Marks:
    """Let the row go on with its own beginning where an opening is looked for."""
    k = len(start)
    marks, inside = [], False
    for place, token in enumerate(row):
        marks.append(inside)
        behind = [row[(place - k + 1 + j) % len(row)] for j in range(k)]
        inside = token != end if inside else behind == start
    return marks
