"""What a model sees at each training step: rows of tokens, and the token after each of them.

A batch is a function of its step number. So a run that was interrupted goes on with the very
batches that it would have seen, and nothing about the data needs to be saved.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from course_lib.llm.loss import IGNORED


@dataclass(frozen=True)
class Batch:
    """Rows of tokens.

    Attributes:
        ids: (B, T) int64, what the model reads.
        targets: (B, T) int64, the token after each, or `IGNORED`.
        segments: (B, T) the document of each token, where several share a row; else None.
    """

    ids: Tensor
    targets: Tensor
    segments: Tensor | None = None

    @property
    def n_counted(self) -> int:
        """The number of targets that count."""
        return int((self.targets != IGNORED).sum())

    def rows(self, chosen: slice | Tensor) -> "Batch":
        """Return some of the rows."""
        segments = None if self.segments is None else self.segments[chosen]
        return Batch(self.ids[chosen], self.targets[chosen], segments)


Batches = Callable[[int], Batch]


def text_batches(ids: Tensor, B: int, T: int, seed: int) -> Batches:
    """Return a function from a step to `B` windows of `T` tokens, cut anywhere from one text.

    Args:
        ids: (N,) the text, more than `T` tokens.

    Raises:
        ValueError: if the text is too short for one window and the token after it.
    """
    n_starts = len(ids) - T
    if n_starts < 1:
        raise ValueError(f"expected a text of at least {T + 1} tokens, got {len(ids)}")

    def batch(step: int) -> Batch:
        starts = torch.randint(n_starts, (B, 1), generator=generator_for(seed, step))
        places = starts + torch.arange(T)  # (B, T)
        return Batch(ids[places], ids[places + 1])

    return batch


def row_batches(rows: Batch, B: int, seed: int) -> Batches:
    """Return a function from a step to `B` of the rows: all once, then again in another order."""
    n_rows = len(rows.ids)
    if n_rows < B:
        raise ValueError(f"expected at least {B} rows, got {n_rows}")
    steps_a_pass = n_rows // B

    def batch(step: int) -> Batch:
        number, place = divmod(step, steps_a_pass)
        order = torch.randperm(n_rows, generator=generator_for(seed, number))
        return rows.rows(order[place * B : (place + 1) * B])

    return batch


def generator_for(seed: int, number: int) -> torch.Generator:
    """Return a source of random numbers that is the same whenever it is asked for."""
    return torch.Generator().manual_seed(seed * 1_000_003 + number)


def pack_documents(documents: Iterable[Sequence[int]], T: int, end_id: int) -> Batch:
    """Put whole documents side by side in rows of `T` tokens.

    A document is read as `end_id`, d1, d2, ..., and asked for d1, d2, ..., `end_id`. Padding has
    segment 0 and no target; the documents of a row count from 1.

    Args:
        documents: the ids of each, at most T - 1 of them, without `end_id`.

    Returns:
        One `Batch` of all rows.

    Raises:
        ValueError: if a document does not fit a row.
    """
    documents = iter(documents)
    ids, targets, segments = [], [], []
    while window := list(islice(documents, 256)):  # many enough to choose from, and quick
        for row in fill_rows(window, T):
            padding = room(row, T)
            ids.append([id for d in row for id in (end_id, *d)] + [end_id] * padding)
            targets.append([id for d in row for id in (*d, end_id)] + [IGNORED] * padding)
            numbers = [number for number, d in enumerate(row, 1) for _ in range(len(d) + 1)]
            segments.append(numbers + [0] * padding)
    return Batch(torch.tensor(ids), torch.tensor(targets), torch.tensor(segments))


def fill_rows(documents: Iterable[Sequence[int]], T: int) -> list[list[Sequence[int]]]:
    """Deal documents to rows, the longest first, each to the row that it fills best."""
    rows: list[list[Sequence[int]]] = []
    for document in sorted(documents, key=len, reverse=True):
        if len(document) >= T:
            raise ValueError(f"expected documents of at most {T - 1} tokens, got {len(document)}")
        fitting = [row for row in rows if room(row, T) > len(document)]
        if not fitting:
            fitting = [[]]
            rows += fitting
        min(fitting, key=lambda row: room(row, T)).append(document)
    return rows


def room(row: Sequence[Sequence[int]], T: int) -> int:
    """Return how many tokens a row of documents has left."""
    return T - sum(len(document) + 1 for document in row)
