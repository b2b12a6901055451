"""What exercises about Python's own numbers need around a `Judge`: compare, round, and show."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from course_lib.exercises import tensors
from course_lib.exercises.mistakes import Judge, Mistake, known_by_property, same

TOLERANCE = 1e-5  # of the number: who computes in float32 stays well within
DIGITS = range(7)  # decimals that people round to


def judge(
    truth: Callable[[dict], Any],
    mistakes: tuple[Mistake, ...],
    cases: Callable[[np.random.Generator, bool], Iterable[dict]],
    **more: Any,
) -> Judge:
    """Return a `Judge` for numbers of any size, which may be off by what float32 rounds."""
    return Judge(
        truth,
        mistakes,
        cases=cases,
        equal=alike,
        contrast=tensors.contrast,
        unnamed=tensors.unnamed,
        **more,
    )


def alike(a: Any, b: Any) -> bool:
    """Return whether two results are of the same types, and equal but for what float32 rounds."""
    return same(a, b, _close)


def is_rounded(right: float, value: Any) -> bool:
    """Return whether a wrong value is the right one without its last decimals."""
    if type(value) is not float or not math.isfinite(value) or alike(right, value):
        return False
    rounded = [round(right, digits) for digits in DIGITS]
    cut = [math.floor(right * 10**digits) / 10**digits for digits in DIGITS]
    return any(math.isclose(value, one, rel_tol=1e-9, abs_tol=1e-12) for one in rounded + cut)


def _close(a: Any, b: Any) -> bool:
    if isinstance(a, float):
        near = math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-12)
        return near or (math.isnan(a) and math.isnan(b))
    return a == b


ROUNDED = Mistake(
    "rounded",
    known_by_property,
    "Decimals are missing. Return the number as it is: rounding is for printing, and `//` and "
    "`int` throw away what comes after the point.",
)
