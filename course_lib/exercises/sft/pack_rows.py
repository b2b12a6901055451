"""What a right `pack_examples` may give: any rows of whole examples that leave little room.

The truth of a case is no value but a set of them. Two neighboring rows never fit into one: so it is
with whoever starts a row only where an example does not fit the one before. That example alone is
already too much for the row before, and neither row loses anything later. It holds for next fit,
first fit, best fit and worst fit, in any order of the examples, and for one row after the other
filled with all that still fits.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import torch
from torch import Tensor

Example = tuple[int, ...]
Rows = list[list[Example]]
STEPS = 5_000  # after so many, a search for examples in rows gives up


@dataclass(frozen=True)
class Packing:
    """The examples that are to be packed.

    Attributes:
        examples: in the given order.
        row_length: room of a row, ids.
        pad_id: what fills the rest of it.
    """

    examples: tuple[Example, ...]
    row_length: int
    pad_id: int

    def admit(self, value: Any) -> bool:
        """Return whether a value is a right (ids, segments)."""
        if not is_pair_of_ids(value, self.row_length):
            return False
        rows = [self._read(*row) for row in zip(value[0].tolist(), value[1].tolist(), strict=True)]
        if None in rows:
            return False
        found = Counter(example for row in rows for example in row)
        return found == Counter(self.examples) and not self.fitting_neighbors(rows)

    def _read(self, ids: list[int], segments: list[int]) -> list[Example] | None:
        """Return the examples of a row, or None where it is not built as it should be."""
        numbers = [number for number, _ in groupby(segments)]
        if 0 in numbers:
            padding = {i for i, number in zip(ids, segments, strict=True) if number == 0}
            if numbers.pop() != 0 or padding != {self.pad_id}:
                return None
        if not numbers or numbers != list(range(1, len(numbers) + 1)):
            return None
        pairs = zip(segments, ids, strict=True)
        groups = groupby((pair for pair in pairs if pair[0]), key=lambda pair: pair[0])
        return [tuple(i for _, i in group) for _, group in groups]

    def fitting_neighbors(self, rows: Rows) -> list[int]:
        """Return the number of each row that would fit into one with the next."""
        pairs = pairwise(map(used, rows))
        return [number for number, (a, b) in enumerate(pairs) if a + b <= self.row_length]

    def is_padding(self, ids: Sequence[int]) -> bool:
        return all(i == self.pad_id for i in ids)

    def rows_in(self, ids: Iterable[Sequence[int]]) -> Rows | None:
        """Return which examples stand in rows of ids, whatever their segments, or None.

        Every example is there once, and nothing else but padding behind them.
        """
        return find_rows(ids, self.examples, self.is_padding)

    def examples_in(self, ids: Sequence[int]) -> list[Example] | None:
        """Return which examples stand in one row, each as often as it may be, or None."""
        many = [e for e in self.examples for _ in range(len(ids) // len(e))]
        rows = find_rows([ids], many, self.is_padding, all_of_them=False)
        return None if rows is None else rows[0]


def packing_of(inputs: dict) -> Packing:
    examples = tuple(map(tuple, inputs["examples"]))
    return Packing(examples, inputs["row_length"], inputs["pad_id"])


def truth(inputs: dict) -> Packing:
    if is_too_long(inputs):
        raise ValueError("an example is longer than a row")
    return packing_of(inputs)


def is_too_long(inputs: dict) -> bool:
    return any(len(example) > inputs["row_length"] for example in inputs["examples"])


def used(row: Sequence[Example]) -> int:
    """Return how many ids the examples of a row have."""
    return sum(map(len, row))


def is_pair_of_ids(value: Any, row_length: int) -> bool:
    """Return whether a value is two int64 tensors of one shape, (any number, row_length)."""
    if not isinstance(value, tuple) or len(value) != 2:
        return False
    if not all(isinstance(part, Tensor) and part.dtype == torch.int64 for part in value):
        return False
    return value[0].shape == value[1].shape and value[0].shape[1:] == (row_length,)


def find_rows(
    ids: Iterable[Sequence[int]],
    examples: Iterable[Example],
    is_rest: Callable[[Sequence[int]], bool],
    all_of_them: bool = True,
) -> Rows | None:
    """Search for examples that stand side by side in rows, each of them at most once.

    Args:
        ids: of each row.
        is_rest: whether what stands behind the examples of a row is allowed there.
        all_of_them: whether no example may be left in the end.
    """
    lines, left = [tuple(row) for row in ids], Counter(examples)
    found: Rows = [[] for _ in lines]
    steps = 0

    def search(number: int, place: int) -> bool:
        nonlocal steps
        steps += 1
        if steps > STEPS:
            return False
        if number == len(lines):
            return not all_of_them or not any(left.values())
        line = lines[number]
        for example in [e for e, n in left.items() if n]:
            if line[place : place + len(example)] == example:
                left[example] -= 1
                found[number].append(example)
                if search(number, place + len(example)):
                    return True
                left[example] += 1
                found[number].pop()
        return is_rest(line[place:]) and search(number + 1, 0)

    return found if search(0, 0) else None
