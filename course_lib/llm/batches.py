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
Piece = Sequence[tuple[int, int]]  # (id, target) of each token


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

    def piece(document: Sequence[int]) -> Piece:
        if len(document) >= T:
            raise ValueError(f"expected documents of at most {T - 1} tokens, got {len(document)}")
        return list(zip((end_id, *document), (*document, end_id), strict=True))

    return pack(map(piece, documents), T, pad_id=end_id)


def pack(pieces: Iterable[Piece], T: int, pad_id: int) -> Batch:
    """Put pieces of text side by side in rows of `T` tokens, each as a segment of its own.

    Args:
        pieces: what is read together: for each token its id and its target; at most `T` tokens.
        pad_id: what fills a row up; it has segment 0 and no target.

    Returns:
        One `Batch` of all rows.
    """
    pieces = iter(pieces)
    ids, targets, segments = [], [], []
    while window := list(islice(pieces, 256)):  # many enough to choose from, and quick
        for row in fill_rows(window, T):
            padding = room(row, T)
            steps = [step for piece in row for step in piece] + [(pad_id, IGNORED)] * padding
            ids.append([id for id, _ in steps])
            targets.append([target for _, target in steps])
            numbers = [number for number, piece in enumerate(row, 1) for _ in piece]
            segments.append(numbers + [0] * padding)
    return Batch(torch.tensor(ids), torch.tensor(targets), torch.tensor(segments))


def fill_rows(pieces: Iterable[Piece], T: int) -> list[list[Piece]]:
    """Deal pieces to rows, the longest first, each to the row that it fills best."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=len, reverse=True):
        fitting = [row for row in rows if room(row, T) >= len(piece)]
        if not fitting:
            fitting = [[]]
            rows += fitting
        min(fitting, key=lambda row: room(row, T)).append(piece)
    return rows


def room(row: Iterable[Piece], T: int) -> int:
    """Return how many tokens a row of pieces has left."""
    return T - sum(map(len, row))
