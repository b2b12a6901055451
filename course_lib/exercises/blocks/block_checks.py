"""`block`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.blocks.block_mistakes import MISTAKES
from course_lib.exercises.exercise import Exercise

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The first half adds `attention(norm_1(x))` to `x`.
# 2. The second half reads that sum: it adds `feed_forward(norm_2(sum))` to the sum, and this is
#    what is returned.
# 3. Each of the four functions gets and returns a tensor `(B, T, C)`, whatever it does inside.
# 4. `x` is left unchanged.

EXAMPLE = {
    "x": torch.tensor([[[2.0, 4.0], [1.0, 0.0]]]),
    "norm_1": torch.tensor([1.0, 1.0]),
    "attention": 4 * torch.eye(2),
    "norm_2": torch.tensor([2.0, 2.0]),
    "feed_forward": torch.eye(2),
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2
    yield _drawn(first, 2, 3, 4)  # 1, 2, 3
    yield _drawn(first, 4, 2, 3)  # 3: more rows than positions
    yield _drawn(first, 1, 5, 2)  # 3: one row
    yield _drawn(first, 3, 1, 5)  # 3: one position
    for _ in range(20 if thorough else 3):
        yield _drawn(rng, *sizes(rng, 3))


def _drawn(rng: np.random.Generator, B: int, T: int, C: int) -> dict:
    return {
        "x": tensors.normal(rng, B, T, C),
        "norm_1": tensors.normal(rng, C),
        "attention": tensors.normal(rng, C, C),
        "norm_2": tensors.normal(rng, C),
        "feed_forward": tensors.normal(rng, C, C),
    }


def truth(inputs: dict) -> Tensor:
    """Return the stream position by position, by what the four functions do to one vector."""
    x = inputs["x"].double()
    norm_1, attention, norm_2, feed_forward = (
        inputs[name].double() for name in ("norm_1", "attention", "norm_2", "feed_forward")
    )
    result = x.clone()
    for row, stream in zip(x, result, strict=True):
        read = torch.stack([share_of_the_largest(vector) * norm_1 for vector in row])  # (T, C)
        for t, vector in enumerate(stream):
            vector += attention @ read[: t + 1].mean(dim=0)
            vector += feed_forward @ (share_of_the_largest(vector) * norm_2) ** 2
    return result.float()


def share_of_the_largest(vector: Tensor) -> Tensor:
    """Return a vector over its largest number; one of zeros as it is."""
    return vector / max(vector.abs().max().item(), 1e-6)


def call_text(inputs: dict) -> str:
    """Write the call, and say what the four functions do."""
    x = tensors.text(inputs["x"], digits=None)
    if torch.equal(inputs["x"], EXAMPLE["x"]):
        what = (
            "norm_1 divides each vector by its largest number, norm_2 does so and doubles it, "
            "attention gives 4 times the mean of the positions so far, feed_forward squares"
        )
    else:
        what = (
            "each norm divides a vector by its largest number and has weights of its own; "
            "attention takes the mean of the positions so far, feed_forward squares, and each has "
            "a matrix"
        )
    return f"block({x}, norm_1, attention, norm_2, feed_forward), where {what}"


EXERCISE = Exercise(
    name="block",
    functions=("block",),
    read="section 5, The block",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=call_text,
)
