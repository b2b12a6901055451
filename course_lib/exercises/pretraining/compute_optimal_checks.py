"""`compute_optimal`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.pretraining import plain_numbers
from course_lib.exercises.pretraining.compute_optimal_mistakes import (
    MISTAKES,
    NOT_A_PAIR,
    NOT_FLOATS,
    is_refused,
)
from course_lib.exercises.pretraining.plain_numbers import ROUNDED, alike, is_rounded

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The tokens are `tokens_per_param` times the parameters.
# 2. Six times parameters times tokens is `flops`.
# 3. `flops` or `tokens_per_param` of 0 or less raises `ValueError`.

EXAMPLE = {"flops": 12_000, "tokens_per_param": 20}  # by hand


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield {"flops": 7_000, "tokens_per_param": 13.5}  # 1, 2
    yield EXAMPLE  # 1, 2
    yield {"flops": 5.76e23, "tokens_per_param": 20.0}  # 1, 2: a real budget
    yield {"flops": 3.8e25, "tokens_per_param": 38.0}  # 1, 2
    yield {"flops": 900.0, "tokens_per_param": 0.4}  # 1, 2, 3: fewer tokens than parameters
    yield {"flops": 0.5, "tokens_per_param": 3.0}  # 1, 2, 3: less than one FLOP
    yield {"flops": 0, "tokens_per_param": 20}  # 3
    yield {"flops": 12_000, "tokens_per_param": 0}  # 3
    yield {"flops": 0, "tokens_per_param": 0}  # 3
    yield {"flops": -12_000, "tokens_per_param": 20}  # 3
    yield {"flops": 12_000, "tokens_per_param": -20}  # 3
    yield {"flops": -12_000, "tokens_per_param": -20}  # 3: a root that could be taken
    for _ in range(20 if thorough else 3):
        flops = float(f"{10 ** rng.uniform(3, 26):.3e}")
        yield {"flops": flops, "tokens_per_param": round(float(rng.uniform(0.5, 200)), 1)}


def truth(inputs: dict) -> tuple[float, float]:
    """Search: halve the exponents between which 6 N D reaches the budget, until none is left."""
    if is_refused(inputs):
        raise ValueError
    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        n_params = 10**middle
        spent = 6 * n_params * (inputs["tokens_per_param"] * n_params)
        low, high = (low, middle) if spent > inputs["flops"] else (middle, high)
    return 10**low, inputs["tokens_per_param"] * 10**low


def by_property(inputs: dict, right: tuple, value: object) -> Mistake | None:
    """Name what is no pair of floats, and a pair of which a number lost its decimals."""
    if len(value) != 2:
        return NOT_A_PAIR
    if any(type(number) is not float for number in value):
        return NOT_FLOATS
    rounded = [is_rounded(a, b) for a, b in zip(right, value, strict=True)]
    near = [a_rounded or alike(a, b) for a_rounded, a, b in zip(rounded, right, value, strict=True)]
    passed_on = rounded[0] and alike(inputs["tokens_per_param"] * value[0], value[1])
    return ROUNDED if all(near) or passed_on else None


EXERCISE = Exercise(
    name="compute_optimal",
    functions=("compute_optimal",),
    read="section 18, The best size for a budget",
    cases=cases,
    judge=plain_numbers.judge(truth, MISTAKES, cases, otherwise=by_property),
    returns=("tuple",),
    raises=lambda inputs: "ValueError" if is_refused(inputs) else "",
    call_text=partial(tensors.call_text, "compute_optimal"),
)
