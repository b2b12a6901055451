"""Norms of 16-bit numbers: inputs that tell whether float32 was used inside.

A right answer may round once or twice on its way back to 16 bits. What was computed in 16 bits is
far off for these inputs, so a few roundings more or less decide nothing.
"""

from typing import Any

import torch
from torch import Tensor

from course_lib.exercises import codec, tensors
from course_lib.exercises.mistakes import Mistake, known_by_property

ROUNDINGS = 4  # that are forgiven in a 16-bit number, of the number and, below 1, of 1

# Numbers near 200 are whole in bfloat16, so that their mean, 201.4, cannot be written in it.
FAR_FROM_ZERO = torch.tensor([[200, 201, 204, 201, 201], [-3, 1, 0.5, 2, 4]], dtype=torch.bfloat16)
# float16 ends at 65,504, and the square of 600 is 360,000.
LARGE = torch.tensor([[600, -500, 250, 30, -20], [-3, 1, 0.5, 2, 4]], dtype=torch.float16)


def alike(a: Any, b: Any) -> bool:
    """Return whether two results are equal but for rounding; in 16 bits that is coarse."""
    if not (_in_16_bits(a) and _in_16_bits(b)):
        return tensors.alike(a, b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    tolerance = ROUNDINGS * torch.finfo(a.dtype).eps
    return torch.allclose(a.float(), b.float(), rtol=tolerance, atol=tolerance)


def otherwise(inputs: dict, right: Tensor, value: Any) -> Mistake | None:
    """Name what is wrong only with 16-bit numbers by the type of the result."""
    dtype = inputs["x"].dtype
    if not _in_16_bits(inputs["x"]) or not codec.is_tensor(value) or value.shape != right.shape:
        return None
    if value.dtype == dtype:
        return COMPUTED_IN_16_BITS
    return NOT_CONVERTED_BACK if value.is_floating_point() else None


def _in_16_bits(value: Any) -> bool:
    return codec.is_tensor(value) and value.dtype in (torch.float16, torch.bfloat16)


COMPUTED_IN_16_BITS = Mistake(
    "computed_in_16_bits",
    known_by_property,
    "Right for float32, and far off for 16-bit numbers: squares overflow in float16, and a mean "
    "is rounded in bfloat16. Which line is the first to calculate, and is `x` float32 before it?",
)
NOT_CONVERTED_BACK = Mistake(
    "not_converted_back",
    known_by_property,
    "What comes out has another type than what came in. Convert at the end, to the type that `x` "
    "had at first: after `x = x.float()`, its `dtype` is no longer that one.",
)
