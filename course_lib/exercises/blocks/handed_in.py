"""The norms and halves that a block is handed, built from plain data: the weights of each.

They are no real ones. All four differ, attention lets a position see those before it, and nothing
comes out alike when two of them change places. Sums are small enough to do by hand.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from course_lib.exercises.exercise import an

Part = Callable[[Tensor], Tensor]  # (B, T, C) -> (B, T, C)
PARTS = ("norm_1", "attention", "norm_2", "feed_forward")  # in the order of the arguments


def part(name: str, weight: Tensor) -> Part:
    """Return the part of this name, which refuses everything but a tensor (B, T, C).

    Args:
        name: one of `PARTS`.
        weight: (C,) of a norm, (C, C) of a half.
    """
    work = {"attention": means_so_far, "feed_forward": _squares}.get(name, _share_of_the_largest)

    def handed_in(*given: Any) -> Tensor:
        if len(given) != 1:
            raise ValueError(f"{name} takes one tensor (B, T, C); got {len(given)} arguments")
        (x,) = given
        refuse_odd_shapes(name, x, weight.size(-1))
        return work(x, weight.to(x.dtype))

    return handed_in


def parts(inputs: dict) -> list[Part]:
    """Return all four, in the order of the arguments."""
    return [part(name, inputs[name]) for name in PARTS]


def _share_of_the_largest(x: Tensor, weight: Tensor) -> Tensor:
    largest = x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-6)
    return x / largest * weight


def means_so_far(x: Tensor, weight: Tensor) -> Tensor:
    """Return the mean of each vector (B, T, C) and those before it, times a matrix (C, C)."""
    counts = x.new_ones(x.size(1), 1).cumsum(dim=0)  # (T, 1): 1, 2, 3 ...
    return x.cumsum(dim=1) / counts @ weight.T


def _squares(x: Tensor, weight: Tensor) -> Tensor:
    return x.square() @ weight.T


def refuse_odd_shapes(name: str, x: Any, C: int) -> None:
    """Raise ValueError for what torch would broadcast in silence, or refuse in words of its own."""
    if not isinstance(x, Tensor):
        raise ValueError(f"{name} wants a tensor (B, T, C); got {an(type(x).__name__)}")
    if x.dim() != 3 or x.size(-1) != C or not x.is_floating_point():
        kind = str(x.dtype).removeprefix("torch.")
        raise ValueError(
            f"{name} wants floats of shape (B, T, C) with C = {C}; got {kind} of shape "
            f"{tuple(x.shape)}"
        )
