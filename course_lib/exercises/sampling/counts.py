"""Judge drawn rows by how often each beginning came: is that what chance gives?

Rows that are drawn independently begin with a given beginning as often as a biased coin falls on
its head. By Chernoff's bound, a coin of probability p falls on its head in a share s of n throws,
or in one still further from p, with a probability below exp(-n KL(s || p)), whatever n is. So
counts are refused where that exponent passes a limit that leaves FALSE_ALARM to all of them.
"""

import math
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor

FALSE_ALARM = 1e-11  # of one set of rows: a hundred of them stay below 1e-9


@dataclass(frozen=True)
class Odds:
    """What independent rows are drawn from.

    Attributes:
        rows: how many are drawn.
        of: the probability of each whole row, prompt included.
    """

    rows: int
    of: dict[tuple[int, ...], float]

    @property
    def width(self) -> int:
        return len(next(iter(self.of)))

    def beginnings(self) -> dict[tuple[int, ...], float]:
        """Return the probability of each beginning of a row, whole rows included."""
        found = {}
        for row, probability in self.of.items():
            for end in range(1, len(row) + 1):
                found[row[:end]] = found.get(row[:end], 0.0) + probability
        return found


def fit(odds: Odds, drawn: Tensor) -> bool:
    """Return whether rows (rows, width) may have been drawn with these odds."""
    if drawn.dtype != torch.int64 or tuple(drawn.shape) != (odds.rows, odds.width):
        return False
    _, surprise, n_beginnings = _oddest(odds, drawn)
    return surprise < math.log(2 * n_beginnings / FALSE_ALARM)


def oddest(odds: Odds, drawn: Tensor) -> tuple[list[int], float, int]:
    """Return (beginning, expected count, count) where the rows depart most from the odds."""
    beginning, _, _ = _oddest(odds, drawn)
    expected = odds.rows * odds.beginnings().get(beginning, 0.0)
    return list(beginning), expected, _counts(drawn)[beginning]


def surprise(n: int, count: int, p: float) -> float:
    """Return n KL(count / n || p): the count has a probability below exp(-surprise).

    Example:
        >>> round(surprise(100, 50, 0.5), 1), round(surprise(100, 75, 0.5), 1)
        (0.0, 13.1)
    """
    return _term(count, n * p) + _term(n - count, n * max(1 - p, 0.0))


def _term(count: int, expected: float) -> float:
    if count == 0:
        return 0.0
    return count * math.log(count / expected) if expected > 0 else math.inf


def _oddest(odds: Odds, drawn: Tensor) -> tuple[tuple[int, ...], float, int]:
    probabilities, counts = odds.beginnings(), _counts(drawn)
    surprises = {
        beginning: surprise(odds.rows, counts[beginning], probabilities.get(beginning, 0.0))
        for beginning in {**probabilities, **counts}
    }
    worst = max(surprises, key=lambda beginning: (surprises[beginning], -len(beginning)))
    return worst, surprises[worst], len(probabilities)


def _counts(drawn: Tensor) -> Counter:
    rows = [tuple(row) for row in drawn.tolist()]
    return Counter(row[:end] for row in rows for end in range(1, len(row) + 1))
