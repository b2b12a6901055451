"""`learning_rate`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import partial

import numpy as np

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.pretraining import plain_numbers
from course_lib.exercises.pretraining.learning_rate_mistakes import MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. For the first `warmup_steps` steps it is `max_lr * (step + 1) / warmup_steps`.
# 2. From then on it falls from `max_lr`, at `step = warmup_steps`, to `min_lr`, at
#    `step = total_steps`, as half a wave of a cosine does: slowly, fast in the middle, slowly.
# 3. At `total_steps` and later it is `min_lr`.
# 4. With `warmup_steps = 0` it begins at `max_lr`.

FIRST = {"max_lr": 0.3, "warmup_steps": 5, "total_steps": 18, "min_lr": 0.04}
BY_HAND = {"max_lr": 1.0, "warmup_steps": 4, "total_steps": 12, "min_lr": 0.2}
NO_WARMUP = {"max_lr": 0.02, "warmup_steps": 0, "total_steps": 9, "min_lr": 0.001}
TO_NOTHING = {"max_lr": 0.006, "warmup_steps": 2, "total_steps": 7, "min_lr": 0.0}
HIGH_END = {"max_lr": 0.3, "warmup_steps": 10, "total_steps": 31, "min_lr": 0.1}
SHORT = {"max_lr": 0.04, "warmup_steps": 3, "total_steps": 4, "min_lr": 0.01}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield from _at(FIRST, 2, 0, 4)  # 1
    yield from _at(FIRST, 8, 5, 12, 16, 17)  # 2: its first part, start, middle, near its end
    yield from _at(FIRST, 18, 19, 31, 44)  # 3: also where a cosine would be up again
    yield from _at(BY_HAND, 0, 3, 4, 8, 12)  # 1, 2, 3
    yield from _at(NO_WARMUP, 0, 1, 4, 9, 12)  # 2, 3, 4
    yield from _at(TO_NOTHING, 0, 3, 7, 9)  # 1, 2, 3: down to 0
    yield from _at(HIGH_END, 1, 11)  # 1, 2: the warm-up starts below min_lr
    yield from _at(SHORT, 2, 3, 4)  # 1, 2, 3: all at once
    for _ in range(40 if thorough else 6):
        yield _random_case(rng)


def _at(schedule: dict, *steps: int) -> Iterator[dict]:
    yield from ({"step": step, **schedule} for step in steps)


def _random_case(rng: np.random.Generator) -> dict:
    warmup = int(rng.integers(9))
    total = warmup + int(rng.integers(2, 16))
    max_lr = round(float(rng.uniform(0.0005, 0.9)), 4)
    return {
        "step": int(rng.integers(total + 4)),
        "max_lr": max_lr,
        "warmup_steps": warmup,
        "total_steps": total,
        "min_lr": round(max_lr * float(rng.choice([0.0, 0.1, 0.3])), 6),
    }


def truth(inputs: dict) -> float:
    """Mix max_lr and min_lr: the share of max_lr is the square of a quarter of a wave."""
    step, warmup, total = (inputs[name] for name in ("step", "warmup_steps", "total_steps"))
    if step < warmup:
        return float(Fraction(step + 1, warmup) * Fraction(inputs["max_lr"]))
    left = max(Fraction(total - step, total - warmup), Fraction(0))
    share = math.sin(math.pi / 2 * left) ** 2
    return share * inputs["max_lr"] + (1 - share) * inputs["min_lr"]


EXERCISE = Exercise(
    name="learning_rate",
    functions=("learning_rate",),
    read="section 6, How fast to learn",
    cases=cases,
    judge=plain_numbers.judge(truth, MISTAKES, cases),
    returns=("float",),
    call_text=partial(tensors.call_text, "learning_rate"),
)
