"""The parts that a model is handed: a table, blocks, a norm and a head, built from plain data."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.blocks.handed_in import Part, means_so_far, part, refuse_odd_shapes
from course_lib.exercises.exercise import an


def embed(table: Tensor) -> Part:
    """Return a part that turns ids (B, T) into rows of the table (V, C), and refuses the rest."""

    def handed_in(ids: Any) -> Tensor:
        if not isinstance(ids, Tensor):
            raise ValueError(f"embed wants a tensor of ids (B, T); got {an(type(ids).__name__)}")
        if ids.dim() != 2 or ids.dtype != torch.int64:
            kind = str(ids.dtype).removeprefix("torch.")
            raise ValueError(
                f"embed wants int64 ids of shape (B, T); got {kind} of shape {tuple(ids.shape)}"
            )
        return table[ids]

    return handed_in


def block(number: int, weight: Tensor) -> Part:
    """Return a part that adds to each vector (B, T, C) a mean of those so far, times (C, C)."""
    return _checked(f"blocks[{number}]", weight, lambda x, w: x + means_so_far(x, w))


def head(weight: Tensor) -> Part:
    """Return a part that scores each vector (B, T, C) against the rows of a matrix (V, C)."""
    return _checked("head", weight, lambda x, w: x @ w.T)


def parts(inputs: dict) -> tuple[Part, list[Part], Part, Part]:
    """Return embed, blocks, norm and head."""
    blocks = [block(number, weight) for number, weight in enumerate(inputs["blocks"])]
    return embed(inputs["embed"]), blocks, part("norm", inputs["norm"]), head(inputs["head"])


def _checked(name: str, weight: Tensor, work: Callable[[Tensor, Tensor], Tensor]) -> Part:
    def handed_in(x: Any) -> Tensor:
        refuse_odd_shapes(name, x, weight.size(-1))
        return work(x, weight.to(x.dtype))

    return handed_in
