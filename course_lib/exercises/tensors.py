"""What exercises about tensors need around a `Judge`: compare, show, and say where two part.

A mistake's method and a truth may work in float64: a result is compared in value only to what
float32 rounds, and in shape and dtype exactly.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises.exercise import SHOWN
from course_lib.exercises.mistakes import WRONG_VALUE, Judge, Mistake, known_by_property, same

TOLERANCE = 1e-5  # of the number or, below 1, of 1: sums of a hundred float32 numbers stay within
WHOLE, WHOLE_INPUT = 12, 24  # numbers of a tensor that is shown whole, in a result and in a call


def normal(rng: np.random.Generator, *shape: int) -> Tensor:
    """Draw a float32 tensor of normal numbers with two decimals, which can be typed again."""
    return torch.tensor(rng.normal(size=shape).round(2), dtype=torch.float32)


def judge(
    truth: Callable[[dict], Any],
    mistakes: tuple[Mistake, ...],
    cases: Callable[[np.random.Generator, bool], Iterable[dict]],
    **more: Any,
) -> Judge:
    """Return a `Judge` that compares and shows results as this module does."""
    return Judge(
        truth, mistakes, cases=cases, equal=alike, contrast=contrast, unnamed=unnamed, **more
    )


def alike(a: Any, b: Any) -> bool:
    """Return whether two results are equal but for what float32 rounds.

    Shapes and dtypes are compared exactly, and so are all types of what holds the tensors. Not a
    number equals itself only, and so does infinity.
    """
    return same(a, b, _close)


def text(value: Any, digits: int | None = 4) -> str:
    """Return a value in one line: a small tensor whole, of a large one its shape.

    Args:
        digits: of each number; None writes numbers as they are typed.

    Example:
        >>> text([torch.tensor([1, 2]), torch.ones(3, 5), 0.25])
        '[tensor([1, 2]), a tensor of shape (3, 5), 0.2500]'
    """
    if isinstance(value, float):
        return _number(value, digits)
    if isinstance(value, Tensor):
        return _tensor(value, digits)
    if isinstance(value, (list, tuple)):
        inner = ", ".join(text(item, digits) for item in value)
        comma = "," if len(value) == 1 else ""
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{comma})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {text(item, digits)}' for key, item in value.items())}}}"
    return repr(value)


def call_text(function: str, inputs: dict) -> str:
    """Return the call of a function with these inputs, as a learner would type it.

    Example:
        >>> call_text("f", {"x": torch.tensor([0.5, 2.0]), "base": 100.0})
        'f(x=tensor([0.5, 2.0]), base=100.0)'
    """
    arguments = (f"{name}={text(value, digits=None)}" for name, value in inputs.items())
    return f"{function}({', '.join(arguments)})"


def contrast(right: Any, got: Any) -> tuple[str, str]:
    """Write what was expected and what came, where they part first.

    Example:
        >>> contrast(torch.zeros(2, 9), torch.eye(2, 9))
        ('0.0000 at index (0, 0)', '1.0000 at index (0, 0), the first of 2 wrong numbers')
    """
    at_four_digits = _contrast(right, got, digits=4)
    return at_four_digits if len(set(at_four_digits)) == 2 else _contrast(right, got, digits=9)


def unnamed(right: Any, got: Any) -> Mistake:
    """Name a result that no mistake of the exercise explains by its type, shape, dtype or nan."""
    _, right, got = first_difference(right, got)
    if type(right) is not type(got):
        cause = f"Here the task asks for {_kind(right)}, and this is {_kind(got)}."
        return Mistake("wrong_inner_type", known_by_property, cause)
    if not isinstance(right, Tensor):
        return WRONG_VALUE
    if right.shape != got.shape:
        return WRONG_SHAPE
    if right.dtype != got.dtype:
        return WRONG_DTYPE
    if got.isnan().any() and not right.isnan().any():
        return HAS_NAN
    return HAS_INF if got.isinf().any() and not right.isinf().any() else WRONG_VALUE


def first_difference(right: Any, got: Any, path: str = "") -> tuple[str, Any, Any]:
    """Return (path, part of right, part of got) where two results part first, inside lists too.

    Example:
        >>> first_difference({"a": [1, 2]}, {"a": [1, 3]})
        ("['a'][1]", 2, 3)
    """
    for place in _common_places(right, got):
        if not alike(right[place], got[place]):
            return first_difference(right[place], got[place], f"{path}[{place!r}]")
    return path, right, got


WRONG_SHAPE = Mistake(
    "wrong_shape",
    known_by_property,
    "Write down the shape of each step next to its line, letter by letter, and print what it "
    "really is. Which axis is summed, lost or in another's place?",
)
WRONG_DTYPE = Mistake(
    "wrong_dtype",
    known_by_property,
    "The numbers are of another type. Whole numbers stay whole, and numpy and `.double()` make "
    "float64, until `.float()` or `dtype=` says otherwise.",
)
HAS_NAN = Mistake(
    "nan_in_result",
    known_by_property,
    "nan is what 0 / 0, inf - inf and the root or logarithm of a negative number give. Let your "
    "function print what it holds at each step: where does the first one come up?",
)
HAS_INF = Mistake(
    "inf_in_result",
    known_by_property,
    "A number became too large for its type, or was divided by zero, or is the logarithm of 0. "
    "Let your function print what it holds at each step: where does the first inf come up?",
)


def _close(a: Any, b: Any) -> bool:
    if isinstance(a, float):
        near = math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        return near or (math.isnan(a) and math.isnan(b))
    if isinstance(a, Tensor):
        return a.shape == b.shape and a.dtype == b.dtype and not bool(_wrong(a, b).any())
    return a == b


def _wrong(right: Tensor, got: Tensor) -> Tensor:
    """Return where two tensors of one shape differ, as booleans."""
    if not right.is_floating_point():
        return right != got
    return ~torch.isclose(got, right, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)


def _common_places(right: Any, got: Any) -> list:
    """Return the indices or keys under which both hold something, where they are built alike."""
    if type(right) is type(got) and isinstance(right, (list, tuple, dict)):
        ours, theirs = (list(v) if isinstance(v, dict) else range(len(v)) for v in (right, got))
        return list(ours) if set(ours) == set(theirs) else []
    return []


def _contrast(right: Any, got: Any, digits: int) -> tuple[str, str]:
    path, right_part, got_part = first_difference(right, got)
    if isinstance(right_part, Tensor) and isinstance(got_part, Tensor):
        texts = _contrast_tensors(right_part, got_part, digits)
    elif max(len(text(right)), len(text(got))) <= SHOWN:
        return text(right, digits), text(got, digits)
    else:
        texts = text(right_part, digits), text(got_part, digits)
    expected, found = (f"{path}: {part}" if path else part for part in texts)
    return expected, found


def _contrast_tensors(right: Tensor, got: Tensor, digits: int) -> tuple[str, str]:
    if right.shape != got.shape:
        return _shape(right), _shape(got)
    if right.dtype != got.dtype:
        return f"a tensor of {_name(right.dtype)}", f"a tensor of {_name(got.dtype)}"
    if right.numel() <= WHOLE:
        return text(right, digits), text(got, digits)
    wrong = _wrong(right, got).nonzero().tolist()
    place = tuple(wrong[0])
    expected, found = (_number(tensor[place].item(), digits) for tensor in (right, got))
    count = (
        f"the first of {len(wrong)} wrong numbers" if len(wrong) > 1 else "the only wrong number"
    )
    return f"{expected} at index {place}", f"{found} at index {place}, {count}"


def _number(value: float, digits: int | None) -> str:
    if not isinstance(value, float):
        return repr(value)
    if digits is None:
        return repr(float(f"{value:.6g}"))
    short = value == 0 or 0.001 <= abs(value) < 1e6
    return f"{value:.{digits}f}" if short else f"{value:.{digits}g}"


def _tensor(tensor: Tensor, digits: int | None) -> str:
    kind = "" if tensor.dtype in (torch.float32, torch.int64, torch.bool) else _name(tensor.dtype)
    if tensor.numel() > (WHOLE_INPUT if digits is None else WHOLE):
        return f"a {kind}{' ' if kind else ''}tensor of shape {tuple(tensor.shape)}"
    return f"tensor({text(tensor.tolist(), digits)}{f', dtype={kind}' if kind else ''})"


def _shape(tensor: Tensor) -> str:
    return f"shape {tuple(tensor.shape)}" if tensor.ndim else "shape (), a single number"


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _kind(value: Any) -> str:
    return "a tensor" if isinstance(value, Tensor) else f"of type {type(value).__name__}"
