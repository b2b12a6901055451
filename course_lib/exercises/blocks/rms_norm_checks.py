"""`rms_norm`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.blocks import sixteen_bits
from course_lib.exercises.blocks.rms_norm_mistakes import MISTAKES
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each vector is divided by the root of the mean of its C squares plus `eps`, with `eps` inside
#    the root. No mean is taken off.
# 2. Then each column is multiplied by its weight.
# 3. Each vector is treated by itself, however many axes come before the last one.
# 4. For a float16 or bfloat16 `x` everything is computed in float32; the result has the dtype of
#    `x` again.
# 5. The inputs are left unchanged.

EXAMPLE = {
    "x": torch.tensor([[1.0, -3.0, 5.0, 9.0]]),  # the squares 1, 9, 25, 81 have the mean 29
    "weight": torch.tensor([6.0, 4.0, 12.0, 2.0]),
    "eps": 7.0,  # the root of 36
}
ZEROS = torch.tensor([[0.0, 0.0, 0.0, 0.0], [0.1, -0.2, 0.0, 0.3]])


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2
    yield _drawn(first, 3, 3, eps=0.5)  # 1, 2: a square, where no shape complains
    yield _drawn(first, 2, 3, 5, eps=1.0)  # 3
    yield _drawn(first, 3, 2, 4, 6, eps=0.3)  # 3
    yield _drawn(first, 7, eps=2.0)  # 3: a single vector
    yield {**_drawn(first, 2, 4, eps=0.1), "x": ZEROS}  # 1: nothing but eps under the root
    yield _in_16_bits(first, sixteen_bits.LARGE)  # 4
    yield _in_16_bits(first, sixteen_bits.FAR_FROM_ZERO)  # 4
    for _ in range(20 if thorough else 3):
        shape = sizes(rng, int(rng.integers(1, 5)))
        yield _drawn(rng, *shape, eps=float(rng.choice([0.1, 0.5, 3.0])))


def _drawn(rng: np.random.Generator, *shape: int, eps: float) -> dict:
    x = tensors.normal(rng, *shape) * 2 + 1  # with a mean that somebody may take off
    return {"x": x, "weight": tensors.normal(rng, shape[-1]), "eps": eps}


def _in_16_bits(rng: np.random.Generator, x: Tensor) -> dict:
    """Return a case with these vectors, and weights of their dtype that hide no error."""
    weight = torch.tensor(rng.uniform(0.5, 1.5, x.size(-1)).round(1)).to(x.dtype)
    return {"x": x, "weight": weight, "eps": 0.5}


def truth(inputs: dict) -> Tensor:
    """Return torch's own RMSNorm in float64."""
    x, weight = inputs["x"].double(), inputs["weight"].double()
    return F.rms_norm(x, weight.shape, weight, inputs["eps"]).to(inputs["x"].dtype)


EXERCISE = Exercise(
    name="rms_norm",
    functions=("rms_norm",),
    read="section 3, Without the mean",
    cases=cases,
    judge=Judge(
        truth,
        MISTAKES,
        cases=cases,
        equal=sixteen_bits.alike,
        contrast=tensors.contrast,
        otherwise=sixteen_bits.otherwise,
        unnamed=tensors.unnamed,
    ),
    returns=("torch.Tensor",),
    forbids=("rms_norm", "RMSNorm", "_fused_rms_norm", "layer_norm", "LayerNorm"),
    call_text=lambda inputs: tensors.call_text("rms_norm", inputs),
)
