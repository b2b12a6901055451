"""`layer_norm`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.blocks import sixteen_bits
from course_lib.exercises.blocks.layer_norm_mistakes import MISTAKES
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge

# The properties of the task; behind each case stands which of them it tries.
#
# 1. From each vector its mean is taken off, and the rest is divided by the root of its variance
#    plus `eps`, with `eps` inside the root.
# 2. The variance is the mean of the C squared distances from the mean: divide by C, not by C − 1.
# 3. Then each column is multiplied by its weight, and its bias is added.
# 4. Each vector is treated by itself, however many axes come before the last one.
# 5. For a float16 or bfloat16 `x` everything is computed in float32; the result has the dtype of
#    `x` again.
# 6. The inputs are left unchanged.

EXAMPLE = {
    "x": torch.tensor([[2.0, 4.0, 6.0, 12.0]]),  # mean 6, variance 14
    "weight": torch.tensor([10.0, 2.0, 5.0, 2.0]),
    "bias": torch.tensor([0.0, 1.0, 7.0, 1.0]),
    "eps": 2.0,  # the root of 16
}
EQUAL = torch.tensor([[5.0, 5.0, 5.0, 5.0], [-1.0, 0.5, 2.0, 0.0]])


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2, 3
    yield _drawn(first, 3, 3, eps=0.5)  # 1, 2, 3: a square, where no shape complains
    yield _drawn(first, 2, 3, 5, eps=1.0)  # 4
    yield _drawn(first, 3, 2, 4, 6, eps=0.3)  # 4
    yield _drawn(first, 7, eps=2.0)  # 4: a single vector
    yield {**_drawn(first, 2, 4, eps=0.1), "x": EQUAL}  # 1: variance 0
    yield _in_16_bits(first, sixteen_bits.FAR_FROM_ZERO)  # 5
    yield _in_16_bits(first, sixteen_bits.LARGE)  # 5
    for _ in range(20 if thorough else 3):
        shape = sizes(rng, int(rng.integers(1, 5)))
        yield _drawn(rng, *shape, eps=float(rng.choice([0.1, 0.5, 3.0])))


def _drawn(rng: np.random.Generator, *shape: int, eps: float) -> dict:
    C = shape[-1]
    x = tensors.normal(rng, *shape) * 2 + 1  # a mean that is worth taking off
    return {"x": x, "weight": tensors.normal(rng, C), "bias": tensors.normal(rng, C), "eps": eps}


def _in_16_bits(rng: np.random.Generator, x: Tensor) -> dict:
    """Return a case with these vectors, and weights of their dtype that hide no error."""
    C = x.size(-1)
    weight = torch.tensor(rng.uniform(0.5, 1.5, C).round(1)).to(x.dtype)
    bias = torch.tensor(rng.uniform(-1, 1, C).round(1)).to(x.dtype)
    return {"x": x, "weight": weight, "bias": bias, "eps": 0.5}


def truth(inputs: dict) -> Tensor:
    """Return torch's own LayerNorm in float64."""
    x, weight, bias = (inputs[name].double() for name in ("x", "weight", "bias"))
    return F.layer_norm(x, weight.shape, weight, bias, inputs["eps"]).to(inputs["x"].dtype)


EXERCISE = Exercise(
    name="layer_norm",
    functions=("layer_norm",),
    read="section 2, A common scale",
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
    forbids=(
        "layer_norm",
        "rms_norm",
        "RMSNorm",
        "native_layer_norm",
        "LayerNorm",
        "batch_norm",
        "native_batch_norm",
        "BatchNorm1d",
        "group_norm",
        "native_group_norm",
        "GroupNorm",
        "instance_norm",
        "InstanceNorm1d",
    ),
    call_text=lambda inputs: tensors.call_text("layer_norm", inputs),
)
