"""`split_heads` and `merge_heads`: what right answers do, and the mistakes that people make."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. `split_heads(x, n_head)` returns `(B, H, T, D)`: head h holds numbers h * D to (h + 1) * D − 1
#    of each position's vector.
# 2. `merge_heads(x)` returns `(B, T, H * D)`: the vectors of all heads at one position, side by
#    side, head 0 first.
# 3. Merging what was split gives back the same tensor, for every number of heads that divides the
#    width.
# 4. `x` is left unchanged.


def numbered(B: int, T: int, C: int) -> Tensor:
    """Return (B, T, C) numbers that tell their place: 213 is batch row 2, position 1, number 3."""
    b, t, c = (torch.arange(size, dtype=torch.float32) for size in (B, T, C))
    return 100 * b[:, None, None] + 10 * t[:, None] + c


EXAMPLE = {"function": "split_heads", "x": numbered(1, 2, 6), "n_head": 3}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1
    yield {"function": "merge_heads", "x": _tenths(first, 1, 3, 2, 2)}  # 2
    yield {"function": "split_heads", "x": numbered(2, 5, 12), "n_head": 3}  # 1
    yield {"function": "merge_heads", "x": _tenths(first, 2, 3, 5, 4)}  # 2
    yield {"function": "both", "x": numbered(2, 5, 12), "n_head": 6}  # 3
    yield {"function": "split_heads", "x": _tenths(first, 3, 4, 5), "n_head": 1}  # 1: one
    yield {"function": "split_heads", "x": _tenths(first, 3, 4, 5), "n_head": 5}  # 1: D = 1
    yield {"function": "merge_heads", "x": _tenths(first, 3, 1, 4, 5)}  # 2: one head
    for number in range(24 if thorough else 6):
        B, T, H, D = sizes(rng, 4)
        if number % 3 == 0:
            yield {"function": "merge_heads", "x": _tenths(rng, B, H, T, D)}
        else:
            function = "split_heads" if number % 3 == 1 else "both"
            yield {"function": function, "x": _tenths(rng, B, T, H * D), "n_head": H}


def _tenths(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw numbers with one decimal, which look the same in a call and in a result."""
    return torch.tensor(rng.normal(size=shape).round(1), dtype=torch.float32)


def truth(inputs: dict) -> Tensor:
    """Cut with `chunk`, or put together with `cat`, and never change a view."""
    x = inputs["x"]
    if inputs["function"] == "both":
        return x
    if inputs["function"] == "merge_heads":
        return torch.cat(list(x.unbind(dim=1)), dim=-1)
    return torch.stack(x.chunk(inputs["n_head"], dim=-1), dim=1)


def _split(method: Callable[[Tensor, int], Tensor]) -> Callable[[dict], Tensor]:
    """Return a method that is mistaken in `split_heads` and right in the other function."""

    def mistaken(inputs: dict) -> Tensor:
        if inputs["function"] == "merge_heads":
            return truth(inputs)
        heads = method(inputs["x"], inputs["n_head"])
        return heads if inputs["function"] == "split_heads" else _merge_right(heads)

    return mistaken


def _merge(method: Callable[[Tensor], Tensor]) -> Callable[[dict], Tensor]:
    """Return a method that is mistaken in `merge_heads` and right in the other function."""

    def mistaken(inputs: dict) -> Tensor:
        if inputs["function"] == "split_heads":
            return truth(inputs)
        both = inputs["function"] == "both"
        return method(truth({**inputs, "function": "split_heads"}) if both else inputs["x"])

    return mistaken


def _merge_right(x: Tensor) -> Tensor:
    return truth({"function": "merge_heads", "x": x})


def _view(x: Tensor, *shape: int) -> Tensor:
    return x.reshape(shape)


def _every_h_th(x: Tensor, n_head: int) -> Tensor:
    B, T, _ = x.shape
    return _view(x, B, T, -1, n_head).permute(0, 3, 1, 2)


def _n_head_as_head_dim(x: Tensor, n_head: int) -> Tensor:
    B, T, _ = x.shape
    return _view(x, B, T, -1, n_head).transpose(1, 2)


def _cuts_positions(x: Tensor, n_head: int) -> Tensor:
    return torch.stack(x.chunk(n_head, dim=1), dim=1)


def _interleaved(x: Tensor) -> Tensor:
    B, _, T, _ = x.shape
    return _view(x.permute(0, 2, 3, 1), B, T, -1)


def _view_after_transpose(x: Tensor) -> Tensor:
    turned = x.contiguous().transpose(1, 2)
    return turned.view(turned.size(0), turned.size(1), -1)


def _in_split(name: str, method: Callable[[Tensor, int], Tensor], cause: str) -> Mistake:
    return Mistake(name, _split(method), f"In `split_heads`: {cause}")


def _in_merge(name: str, method: Callable[[Tensor], Tensor], cause: str) -> Mistake:
    return Mistake(name, _merge(method), f"In `merge_heads`: {cause}")


NO_TRANSPOSE = (
    "`view` and `reshape` only lay out the numbers anew, in their order: here one head got numbers "
    "of several positions. First cut the width, to (B, T, H, D); then swap the axes T and H."
)
MISTAKES = (
    _in_split(
        "view_instead_of_transpose",
        lambda x, n: _view(x, x.size(0), n, x.size(1), -1),
        NO_TRANSPOSE,
    ),
    _in_split(
        "leaves_the_heads_behind",
        lambda x, n: _view(x, x.size(0), x.size(1), n, -1),
        "The width is cut well, but the shape is (B, T, H, D). Swap T and H: `transpose(1, 2)`.",
    ),
    _in_split(
        "every_h_th_number",
        _every_h_th,
        "Head 0 got every H-th number. A head's numbers stand side by side: cut the width into "
        "(H, D), in this order.",
    ),
    _in_split(
        "n_head_is_not_head_dim",
        _n_head_as_head_dim,
        "There are `n_head` heads, and each is D = C / n_head wide. Here the two are swapped.",
    ),
    _in_split(
        "head_dim_before_positions",
        lambda x, n: _view(x, x.size(0), x.size(1), n, -1).permute(0, 2, 3, 1),
        "The last two axes are swapped: (B, H, D, T). Positions come before the head's numbers.",
    ),
    _in_split(
        "cuts_the_positions",
        _cuts_positions,
        "The text was cut into parts. Each head sees every position; what is cut is the width.",
    ),
    _in_split(
        "does_not_split",
        lambda x, n: x[:, None].expand(-1, n, -1, -1),
        "Each head got the whole vector. It gets its part of it, D numbers.",
    ),
    _in_merge(
        "reshape_instead_of_transpose",
        lambda x: _view(x, x.size(0), x.size(2), -1),
        "`reshape` only lays out the numbers anew: several positions of one head now stand side by "
        "side. First swap the axes H and T back; then join the last two.",
    ),
    _in_merge(
        "heads_interleaved",
        _interleaved,
        "The numbers of the heads alternate. All numbers of head 0 come first, then those of head "
        "1: join (H, D), in this order.",
    ),
    _in_merge(
        "does_not_join",
        lambda x: x.transpose(1, 2),
        "The axes are swapped back; the last two are still to be joined to one: `flatten(-2)`.",
    ),
    _in_merge(
        "adds_the_heads",
        lambda x: x.sum(dim=1),
        "The heads were added up. They stand side by side, and nothing is lost.",
    ),
    _in_merge(
        "last_head_first",
        lambda x: _merge_right(x.flip(1)),
        "The heads stand side by side in the wrong order: head 0 first.",
    ),
    _in_merge(
        "view_after_transpose",
        _view_after_transpose,
        "`transpose` moves no numbers, so `view` cannot join axes after it. `reshape` or `flatten` "
        "copies where it has to; so does `.contiguous()` before `view`.",
    ),
)


def call_text(inputs: dict) -> str:
    """Write the call of the one of the two functions that was tried, or of both."""
    x = tensors.text(inputs["x"], digits=1)
    if inputs["function"] == "merge_heads":
        return f"merge_heads({x})"
    split = f"split_heads({x}, n_head={inputs['n_head']})"
    return split if inputs["function"] == "split_heads" else f"merge_heads({split})"


EXERCISE = Exercise(
    name="split_heads",
    functions=("split_heads", "merge_heads"),
    read="section 7, Split and merge the heads",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=call_text,
)
