"""What a right `get_batch` may give: windows of a text, every one of them equally likely.

The truth of a case is no value but a set of them. Counts are judged as in lesson 05: one set of
rows is refused by chance less than once in 1e11 times.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.sampling import counts
from course_lib.exercises.sampling.counts import Odds

Window = tuple[int, ...]  # T + 1 neighboring ids: what is read, and the one behind
MANY = 100  # rows from which on pairs of them are counted
HARDLY_EVER = 1e12  # once in so many times, chance spaces the starts of all rows evenly


@dataclass(frozen=True)
class Windows:
    """The rows that may be drawn from a text.

    Attributes:
        text: its ids, more than T of them.
        B: how many rows are drawn.
        T: how many ids of each are read.
    """

    text: tuple[int, ...]
    B: int
    T: int

    @cached_property
    def of_start(self) -> list[Window]:
        """The window at each possible start."""
        windows = []
        for start in range(len(self.text)):
            window = self.text[start : start + self.T + 1]
            if len(window) == self.T + 1:
                windows.append(window)
        return windows

    @cached_property
    def odds(self) -> Odds:
        """The probability of each window; one that occurs twice in the text is twice as likely."""
        n = len(self.of_start)
        return Odds(self.B, {window: c / n for window, c in Counter(self.of_start).items()})

    @cached_property
    def pairs(self) -> Odds:
        """The probability of the windows of two rows, each by its place in `odds.of`."""
        single = enumerate(self.odds.of.values())
        both = product(list(single), repeat=2)
        return Odds(self.B // 2, {(i, j): p * q for (i, p), (j, q) in both})

    @property
    def has_no_double(self) -> bool:
        """Whether a window tells its start."""
        return len(set(self.text)) == len(self.text)

    def starts(self, x: Tensor) -> list[int | None]:
        """Return where each row of x (B, T) begins, None where it is no window of the text."""
        known = {window[:-1]: start for start, window in enumerate(self.of_start)}
        return [known.get(tuple(row)) for row in x.tolist()]

    def are_evenly_spaced(self, x: Tensor) -> bool:
        """Return whether the starts of all rows follow from the first, where chance is no cause."""
        n = len(self.of_start)
        if not self.has_no_double or n ** max(self.B - 2, 0) < HARDLY_EVER:
            return False
        return len({(b - a) % n for a, b in pairwise(self.starts(x))}) == 1

    def pairs_in(self, rows: Tensor) -> Tensor:
        """Return for rows 0 and 1, 2 and 3, ... which windows they are, (B // 2, 2)."""
        place = {window: number for number, window in enumerate(self.odds.of)}
        numbers = torch.tensor([place[tuple(row)] for row in rows.tolist()])
        return numbers[: self.B // 2 * 2].view(-1, 2)

    def rows_depend(self, rows: Tensor) -> bool:
        """Return whether which window one row (T + 1 ids) is depends on the row before."""
        return self.B >= MANY and not counts.fit(self.pairs, self.pairs_in(rows))

    def admit(self, value: Any) -> bool:
        """Return whether (x, y) may have been drawn."""
        if not is_pair_of_ids(value, (self.B, self.T)):
            return False
        x, y = value
        rows = torch.cat((x, y[:, -1:]), dim=1)  # (B, T + 1)
        return (
            torch.equal(x[:, 1:], y[:, :-1])
            and counts.fit(self.odds, rows)
            and not self.are_evenly_spaced(x)
            and not self.rows_depend(rows)
        )


def truth(inputs: dict) -> Windows:
    windows = Windows(tuple(inputs["ids"].tolist()), inputs["B"], inputs["T"])
    if not windows.of_start:
        raise ValueError("no window fits")
    return windows


def is_pair_of_ids(value: Any, shape: tuple[int, int]) -> bool:
    """Return whether a value is (x, y), both int64 of this shape."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    return all(
        isinstance(part, Tensor) and part.dtype == torch.int64 and tuple(part.shape) == shape
        for part in value
    )
