"""`apply_rope` and `to_half_split`: what right answers do."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.embeddings.rope_mistakes import MISTAKES, ROPE, SPLIT, truth
from course_lib.exercises.exercise import Exercise

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Numbers 2i and 2i + 1 of each vector, `x0` and `x1`, become `x0 cos - x1 sin` and
#    `x0 sin + x1 cos` of one angle, in their old places.
# 2. The angle is the position times `base ** (-2i / D)`, in radians.
# 3. `positions[t]` is the position of `x[:, :, t]`, the same in each batch row and head; positions
#    may start anywhere.
# 4. `to_half_split(x)` returns the numbers of each vector in the order x0, x2, x4, ..., x1, x3, x5,
#    ...
# 5. `x` and `positions` are left unchanged.

EXAMPLE = {  # angles 2, 1 and 0.5, then 5, 2.5 and 1.25
    "function": ROPE,
    "x": torch.tensor([[[[1.0, 0.0, 1.0, 2.0, 0.0, 1.0], [1.0, 0.0, 1.0, 2.0, 0.0, 1.0]]]]),
    "positions": torch.tensor([2, 5]),
    "base": 8.0,
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    always = np.random.default_rng(0)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2
    yield _turn(always, (1, 1, 3, 4), start=0, base=10_000.0)  # 1, 2
    yield _turn(always, (2, 3, 4, 6), start=7, base=50.0)  # 2, 3
    yield {**_turn(always, (1, 2, 3, 2), 0, 9.0), "positions": torch.tensor([5, 0, 11])}  # 3
    yield _turn(always, (1, 2, 2, 4), start=1000, base=100_000.0)  # 3: far away
    yield _split(torch.tensor([[[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]]]))  # 4
    yield _split(tensors.normal(always, 2, 1, 3, 8))  # 4
    yield _split(torch.arange(6.0))  # 4: one vector
    yield _split(tensors.normal(always, 3, 4))  # 4: two axes
    for _ in range(20 if thorough else 4):
        B, H, T = (int(size) for size in rng.permutation(range(1, 6))[:3])
        shape = (B, H, T, 2 * int(rng.integers(2, 6)))
        base = float(rng.choice([10.0, 100.0, 10_000.0, 100_000.0]))
        yield _turn(rng, shape, int(rng.integers(0, 20)), base)
        yield _split(tensors.normal(rng, *shape))


def _turn(rng: np.random.Generator, shape: tuple, start: int, base: float) -> dict:
    positions = torch.arange(start, start + shape[2])
    x = tensors.normal(rng, *shape)
    return {"function": ROPE, "x": x, "positions": positions, "base": base}


def _split(x: Tensor) -> dict:
    return {"function": SPLIT, "x": x}


def _call_text(inputs: dict) -> str:
    arguments = {name: value for name, value in inputs.items() if name != "function"}
    return tensors.call_text(inputs["function"], arguments)


EXERCISE = Exercise(
    name=ROPE,
    functions=(ROPE, SPLIT),
    read="section 9, Turn pairs by their position",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=_call_text,
)
