"""`sinusoidal_positions`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import IGNORES_INPUT, Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Column 2i of row t is `sin(t / 10000 ** (2i / C))`, column 2i + 1 is the cosine of the same
#    angle.
# 2. The result is a float32 tensor `(T, C)`, one row for each position from 0 to T - 1.
# 3. An odd C raises `ValueError`.

EXAMPLE = {"T": 3, "C": 4}
BASE = 10_000.0


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield {"T": 2, "C": 8}  # 1: at width 4, two wrong exponents would give the same
    yield EXAMPLE  # 1, 2
    yield {"T": 5, "C": 2}  # 1: one pair
    yield {"T": 1, "C": 6}  # 2: position 0 alone
    yield {"T": 4, "C": 5}  # 3
    yield {"T": 3, "C": 1}  # 3
    for _ in range(20 if thorough else 4):
        yield {"T": int(rng.integers(1, 40)), "C": 2 * int(rng.integers(1, 20))}


def _waves(
    inputs: dict,
    *,
    angle: Callable[[int, int, int], float] = lambda t, i, C: t / BASE ** (2 * i / C),
    wave: Callable[[int, float], float] = lambda j, a: math.cos(a) if j % 2 else math.sin(a),
) -> Tensor:
    """Return the table, one number after the other: column j belongs to pair j // 2."""
    T, C = inputs["T"], inputs["C"]
    return torch.tensor([[wave(j, angle(t, j // 2, C)) for j in range(C)] for t in range(T)])


def truth(inputs: dict) -> Tensor:
    if inputs["C"] % 2:
        raise ValueError
    return _waves(inputs)


def _halves(inputs: dict) -> Tensor:
    waves = _waves(inputs)
    return torch.cat((waves[:, 0::2], waves[:, 1::2]), dim=1)


def _speed_for_each_column(inputs: dict) -> Tensor:
    T, C = inputs["T"], inputs["C"]
    angles = [[t / BASE ** (j / C) for j in range(C)] for t in range(T)]
    return torch.tensor(
        [[(math.cos if j % 2 else math.sin)(row[j]) for j in range(C)] for row in angles]
    )


def _angle(angle: Callable[[int, int, int], float]) -> Callable[[dict], Tensor]:
    return partial(_waves, angle=angle)


MISTAKES = (
    Mistake(
        "halves_side_by_side",
        _halves,
        "All sines stand on the left, all cosines on the right. Here they take turns: even columns "
        "are sines, odd ones cosines. `table[:, 0::2]` is every second column.",
    ),
    Mistake(
        "sine_and_cosine_swapped",
        partial(_waves, wave=lambda j, a: math.sin(a) if j % 2 else math.cos(a)),
        "Sine and cosine changed places: column 0 is a sine, so row 0 starts with 0.",
    ),
    Mistake(
        "only_sines",
        partial(_waves, wave=lambda j, a: math.sin(a)),
        "All columns are sines. The odd ones are cosines of the same angle.",
    ),
    Mistake(
        "a_speed_for_each_column",
        _speed_for_each_column,
        "Each column has a speed of its own. A sine and its cosine share one: columns 2i and 2i + "
        "1 both use 2i / C.",
    ),
    Mistake(
        "half_the_exponent",
        _angle(lambda t, i, C: t / BASE ** (i / C)),
        "The waves slow down too little from left to right: the exponent is 2i / C for pair i, and "
        "this used i / C.",
    ),
    Mistake(
        "twice_the_exponent",
        _angle(lambda t, i, C: t / BASE ** (4 * i / C)),
        "The waves slow down too fast. If `i` runs over the even columns 0, 2, 4 ... it is 2i "
        "already.",
    ),
    Mistake(
        "divides_by_one_pair_less",
        _angle(lambda t, i, C: t / BASE ** (2 * i / max(C - 2, 1))),
        "The last pair is slowed down by the whole 10000. It gets a little less: the exponent is "
        "2i / C, and 2i ends at C - 2. `linspace` from 0 to 1 ends too late, and so does a "
        "division by C - 2.",
    ),
    Mistake(
        "one_speed_for_all",
        _angle(lambda t, i, C: float(t)),
        "All waves are equally fast. `2 * i // C` is 0 throughout; `/` keeps the fraction.",
    ),
    Mistake(
        "starts_at_one",
        _angle(lambda t, i, C: (t + 1) / BASE ** (2 * i / C)),
        "The first row is that of position 1. Positions start at 0, where every sine is 0.",
    ),
    Mistake(
        "swaps_rows_and_columns",
        lambda inputs: _waves(inputs).T,
        "Positions go down, columns across: `(T, C)`.",
    ),
    Mistake(
        "returns_the_angles",
        partial(_waves, wave=lambda j, a: a),
        "These are the angles. Their sines and cosines are asked for.",
    ),
    Mistake(
        "rounds_an_odd_width_down",
        lambda inputs: _waves({**inputs, "C": inputs["C"] // 2 * 2}),
        "With an odd C, a sine has no cosine beside it, and this returns another width than the "
        "caller asked for. Refuse it: `raise ValueError(...)`.",
    ),
)


FASTER = Mistake(
    "faster_to_the_right",
    _angle(lambda t, i, C: t * BASE ** (2 * i / C)),
    "The waves become faster from left to right. Divide by the power, or make its exponent "
    "negative.",
)
COARSE = 0.01  # what rounding in float32 leaves of the sine of an angle of a thousand


def _by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name the example's result, which is not the first case, and waves too fast to be exact."""
    if tensors.alike(value, truth(EXAMPLE)):
        return IGNORES_INPUT
    shaped = isinstance(value, Tensor) and value.shape == right.shape
    faster = shaped and torch.allclose(value.float(), FASTER.method(inputs), rtol=0, atol=COARSE)
    return FASTER if faster else None


EXERCISE = Exercise(
    name="sinusoidal_positions",
    functions=("sinusoidal_positions",),
    read="section 8, Waves for positions",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases, otherwise=_by_property),
    returns=("torch.Tensor",),
    raises=lambda inputs: "ValueError" if inputs["C"] % 2 else "",
    call_text=partial(tensors.call_text, "sinusoidal_positions"),
)
