"""`feed_forward`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.blocks.feed_forward_mistakes import MISTAKES
from course_lib.exercises.exercise import Exercise

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The gate is silu of `x @ w_gate.T`, where silu(z) is z times the sigmoid of z. Nothing else
#    goes through silu.
# 2. The gate is multiplied by `x @ w_up.T`, number by number.
# 3. The product goes through `w_down`: `product @ w_down.T`, a tensor `(B, T, C)`.
# 4. The result is finite where a number before silu is 200 or −200.
# 5. The inputs are left unchanged.

EXAMPLE = {  # C and F are equal, so that no shape complains
    "x": torch.tensor([[[2.0, 3.0]]]),
    "w_gate": torch.tensor([[2.0, -1.0], [1.0, -1.0]]),  # 1 and -1
    "w_up": torch.tensor([[5.0, 0.0], [1.0, 6.0]]),  # 10 and 20
    "w_down": torch.tensor([[1.0, 0.0], [1.0, -1.0]]),
}
FAR_OUT = {  # 200 and -200 before silu, and small numbers everywhere else
    "x": torch.tensor([[[1.0, -2.0], [-1.0, 3.0]]]),
    "w_gate": torch.tensor([[200.0, 0.0], [0.0, 100.0], [0.5, 0.5]]),
    "w_up": torch.tensor([[1.0, 1.0], [2.0, 1.0], [0.0, 1.0]]),
    "w_down": torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]),
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2, 3
    yield _drawn(first, 2, 3, 4, 5)  # 1, 2, 3
    yield _drawn(first, 3, 2, 6, 4)  # 3: narrower inside
    yield _drawn(first, 1, 1, 3, 7)  # 3: a single position
    yield FAR_OUT  # 4
    for _ in range(20 if thorough else 3):
        yield _drawn(rng, *sizes(rng, 4))


def _drawn(rng: np.random.Generator, B: int, T: int, C: int, F: int) -> dict:
    return {
        "x": tensors.normal(rng, B, T, C),
        "w_gate": tensors.normal(rng, F, C),
        "w_up": tensors.normal(rng, F, C),
        "w_down": tensors.normal(rng, C, F),
    }


def truth(inputs: dict) -> Tensor:
    """Return what each position gives, neuron by neuron, in Python's own numbers."""
    w_gate, w_up = inputs["w_gate"].tolist(), inputs["w_up"].tolist()
    columns = inputs["w_down"].T.tolist()  # what each neuron adds
    positions = []
    for vector in inputs["x"].flatten(0, 1).tolist():
        total = [0.0] * len(vector)
        for gate_row, up_row, column in zip(w_gate, w_up, columns, strict=True):
            z = _dot(gate_row, vector)
            neuron = z / (1 + math.exp(-z)) * _dot(up_row, vector)
            total = [t + neuron * part for t, part in zip(total, column, strict=True)]
        positions.append(total)
    return torch.tensor(positions, dtype=torch.float32).reshape(inputs["x"].shape)


def _dot(row: list[float], vector: list[float]) -> float:
    return math.fsum(weight * number for weight, number in zip(row, vector, strict=True))


def call_text(inputs: dict) -> str:
    """Write the call; where it would fill the screen, with shapes alone."""
    if sum(tensor.numel() for tensor in inputs.values()) <= tensors.WHOLE_INPUT:
        return tensors.call_text("feed_forward", inputs)
    shapes = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in inputs.items())
    return f"feed_forward(x, w_gate, w_up, w_down) with random numbers of the shapes {shapes}"


EXERCISE = Exercise(
    name="feed_forward",
    functions=("feed_forward",),
    read="section 4, The half that works alone",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=call_text,
)
