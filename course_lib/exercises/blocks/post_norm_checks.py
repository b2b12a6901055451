"""`post_norm_block`, the bug hunt: what a right answer does, and the mistakes that people make."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.blocks.block_checks import share_of_the_largest
from course_lib.exercises.blocks.post_norm_mistakes import MISTAKES
from course_lib.exercises.exercise import Exercise

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The first half returns `norm_1` of the sum of `x` and `attention(x)`.
# 2. The second half reads that result: it returns `norm_2` of the sum of that result and
#    `feed_forward` of it.
# 3. Each of the four functions gets and returns a tensor `(B, T, C)`, whatever it does inside.
# 4. `x` is left unchanged.

EXAMPLE = {
    "x": torch.tensor([[[4.0, 1.0], [0.0, 1.0]]]),
    "attention": 2 * torch.eye(2),
    "norm_1": torch.tensor([2.0, 4.0]),
    "feed_forward": torch.eye(2),
    "norm_2": torch.tensor([6.0, 6.0]),
}
TINY = 1e-7


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2
    yield _drawn(first, 2, 3, 4)  # 1, 2, 3
    yield _drawn(first, 4, 2, 3)  # 3: more rows than positions
    yield _drawn(first, 1, 5, 2)  # 3: one row
    yield _drawn(first, 3, 1, 5)  # 3: one position
    yield _so_small(_drawn(first, 1, 2, 3))  # 1, 2: the sum, not its half or its double
    for _ in range(20 if thorough else 3):
        yield _drawn(rng, *sizes(rng, 3))


def _drawn(rng: np.random.Generator, B: int, T: int, C: int) -> dict:
    return {
        "x": tensors.normal(rng, B, T, C),
        "attention": tensors.normal(rng, C, C),
        "norm_1": tensors.normal(rng, C),
        "feed_forward": tensors.normal(rng, C, C),
        "norm_2": tensors.normal(rng, C),
    }


def _so_small(inputs: dict) -> dict:
    """Return inputs whose sums are below what a norm divides by: it no longer undoes a factor."""
    small = {name: inputs[name] * TINY for name in ("x", "norm_1")}
    return {**inputs, **small, "feed_forward": inputs["feed_forward"] / TINY}


def truth(inputs: dict) -> Tensor:
    """Return the stream position by position, by what the four functions do to one vector."""
    x, attention, norm_1, feed_forward, norm_2 = (inputs[name].double() for name in EXAMPLE)
    result = torch.zeros_like(x)
    for row, stream in zip(x, result, strict=True):
        for t, vector in enumerate(row):
            middle = share_of_the_largest(vector + attention @ row[: t + 1].mean(dim=0)) * norm_1
            stream[t] = share_of_the_largest(middle + feed_forward @ middle**2) * norm_2
    return result.float()


def call_text(inputs: dict) -> str:
    """Write the call, and say what the four functions do."""
    x = tensors.text(inputs["x"], digits=None)
    if torch.equal(inputs["x"], EXAMPLE["x"]):
        what = (
            "attention gives twice the mean of the positions so far, feed_forward squares; each "
            "norm divides a vector by its largest number, then norm_1 multiplies by (2, 4) and "
            "norm_2 by (6, 6)"
        )
    else:
        what = (
            "attention takes means of the positions so far, feed_forward squares, each with a "
            "matrix; a norm divides by the largest number (at least 1e-6) and has weights"
        )
    return f"post_norm_block({x}, attention, norm_1, feed_forward, norm_2), where {what}"


EXERCISE = Exercise(
    name="post_norm_block",
    functions=("post_norm_block",),
    read="section 6, Bug hunt: the block of 2017",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=call_text,
)
