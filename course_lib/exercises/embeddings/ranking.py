"""Ids put in order by a score, for the checks that look for the nearest rows of a table."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors

GAP = 0.01  # smallest distance between two scores: rounding never changes the order


def cosines(table: Tensor, query: Tensor) -> list[float]:
    """Return the cosine of each row with the query, in float64; 0 for a row of zeros."""
    rows, query = table.double(), query.double()
    return [float(row @ query / (row.norm() * query.norm())) if row.any() else 0.0 for row in rows]


def best_first(scores: Sequence[float], exclude: Collection[int] = ()) -> list[int]:
    """Return the ids of the scores, the largest first, without those in exclude."""
    ids = [i for i in range(len(scores)) if i not in exclude]
    return sorted(ids, key=lambda i: -scores[i])


def without_ties(scores: Sequence[float]) -> bool:
    """Return whether all scores keep their distance from each other."""
    ordered = sorted(scores)
    return all(b - a > GAP for a, b in zip(ordered, ordered[1:], strict=False))


def tables(rng: np.random.Generator) -> Iterator[Tensor]:
    """Draw tables (V, C) without end, with rows of very different lengths."""
    while True:
        V, C = int(rng.integers(6, 12)), int(rng.integers(3, 6))
        lengths = torch.tensor(rng.choice([1e-3, 1, 4], size=(V, 1)), dtype=torch.float32)
        yield tensors.normal(rng, V, C) * lengths
