"""Measure what a function of tensors costs: time, and the largest tensor that it makes."""

from collections.abc import Callable, Sequence
from math import log
from time import process_time

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


def seconds(fn: Callable[..., Tensor], *inputs: Tensor, at_least: float = 0.1) -> float:
    """Return the processor's seconds for one call, all threads together.

    Time that other programs take does not count. Short calls are repeated until `at_least` so many
    seconds have been measured, after one call that is not.
    """
    fn(*inputs)
    start, n_calls = process_time(), 0
    while (spent := process_time() - start) < at_least:
        fn(*inputs)
        n_calls += 1
    return spent / n_calls


def largest_tensor(fn: Callable[..., Tensor], *inputs: Tensor) -> int:
    """Return the bytes of the largest tensor that any step of `fn` makes; the same on each run.

    The workspace inside a step, some blocks of fixed size in fused attention, is not seen.
    """
    with _Sizes() as sizes:
        fn(*inputs)
    return sizes.largest


def power(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the p of the best fit cost = c * size^p: the slope where both axes are logarithmic.

    Example:
        >>> round(power([1, 2, 4], [3, 12, 48]), 3)
        2.0
    """
    if len(sizes) != len(costs) or len(set(sizes)) < 2:
        raise ValueError(f"expected a cost for each of two sizes or more, got {sizes} and {costs}")
    xs, ys = [log(size) for size in sizes], [log(cost) for cost in costs]
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    covariance = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    return covariance / sum((x - x_mean) ** 2 for x in xs)


class _Sizes(TorchDispatchMode):
    """See the result of every operation; views share memory and do not count."""

    def __init__(self):
        super().__init__()
        self.largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if not func.is_view:
            for one in made if isinstance(made, tuple | list) else [made]:
                if isinstance(one, torch.Tensor):
                    self.largest = max(self.largest, one.nbytes)
        return made
