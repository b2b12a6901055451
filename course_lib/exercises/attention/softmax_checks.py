"""`stable_softmax`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.attention.dry_run import SCORES
from course_lib.exercises.attention.softmax_mistakes import MISTAKES
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Along `dim`, each result is the exponential of its value divided by the sum of all
#    exponentials.
# 2. `dim` may be any axis, counted from the front or, if negative, from the end.
# 3. Values of 10,000 and −10,000 give finite results, and adding one number to all values along
#    `dim` changes nothing.
# 4. A value of −inf gets 0; where all values along `dim` are −inf, all results are 0 and not nan.
# 5. `x` is left unchanged.

INF = math.inf
EXAMPLE = {"x": SCORES[:2], "dim": -1}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1
    yield {"x": tensors.normal(first, 3, 3), "dim": -1}  # 1: a square, where no shape complains
    yield {"x": tensors.normal(first, 2, 3, 5), "dim": 1}  # 2
    yield {"x": tensors.normal(first, 4, 2, 3), "dim": 0}  # 2
    yield {"x": tensors.normal(first, 3, 2, 4, 5), "dim": -2}  # 2
    yield {"x": tensors.normal(first, 6), "dim": -1}  # 1: a single row
    yield _rows([10_000, 10_001, 9_999], [-10_000, -10_001, -9_998])  # 3
    yield _rows([10_000, 0, -10_000, 9_999])  # 3: far apart
    yield _rows([0, -INF, 1], [-INF, -INF, -INF], [-INF, 2, -INF])  # 4
    yield {**_rows([-INF, 1, 0.5], [-INF, -INF, 2]), "dim": 0}  # 2, 4: a column
    yield _rows([-INF, -INF], [10_000, -INF], [-10_000, -9_999])  # 3, 4
    for _ in range(20 if thorough else 3):
        yield _random_case(rng)


def _rows(*rows: list[float]) -> dict:
    return {"x": torch.tensor(rows, dtype=torch.float32), "dim": -1}


def _random_case(rng: np.random.Generator) -> dict:
    n_axes = int(rng.integers(1, 5))
    x = tensors.normal(rng, *sizes(rng, n_axes))
    dim = int(rng.integers(-n_axes, n_axes))
    shift = float(rng.choice([0.0, 10_000.0, -10_000.0]))  # 3
    dropped = torch.tensor(rng.random(x.shape) < 0.3)  # 4
    dropped |= (torch.tensor(rng.random(x.shape)) < 0.2).all(dim=dim, keepdim=True)
    return {"x": (x + shift).masked_fill(dropped, -INF), "dim": dim}


def truth(inputs: dict) -> Tensor:
    """Return torch's own softmax in float64, with 0 where it gives nan."""
    return inputs["x"].double().softmax(dim=inputs["dim"]).nan_to_num(nan=0.0).float()


compare = tensors.judge(truth, MISTAKES, cases)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the error of whoever calculates with all that `max` gives along an axis."""
    if outcome.raised is None or "torch.return_types.max" not in outcome.raised[1]:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    return Finding(
        "max_with_its_places",
        "",
        "a value, no error",
        f"{kind}: {shown(message, quote=False)}",
        "`max` with `dim` returns values and indices; use `.values`, or `amax`.",
    )


EXERCISE = Exercise(
    name="stable_softmax",
    functions=("stable_softmax",),
    read="section 4, A softmax that cannot overflow",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    forbids=(
        "softmax",
        "log_softmax",
        "softmin",
        "gumbel_softmax",
        "_softmax",
        "_log_softmax",
        "_safe_softmax",
        "_masked_softmax",
        "cross_entropy",  # of which it is nearly the gradient
        "Categorical",
        "Softmax",
        "Softmax2d",
        "LogSoftmax",
        "Softmin",
        "logsumexp",
        "logaddexp",
        "logcumsumexp",
        "scaled_dot_product_attention",
    ),
    call_text=lambda inputs: tensors.call_text("stable_softmax", inputs),
)
