"""`mask_first`, the bug hunt: what a right answer does, and the mistakes that people make."""

from collections.abc import Iterator

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.attention import causal_ways
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.attention.dry_run import SCORES
from course_lib.exercises.exercise import Exercise

# The properties of the task; behind each case stands which of them it tries.
#
# 1. A query gives weight exactly 0 to every later key.
# 2. The weights of each query sum to 1.
# 3. The keys that a query may use share the weight as the softmax of their scores alone.
# 4. The score of a later key changes nothing, however large it is.
# 5. `scores` is left unchanged.

EXAMPLE = {"scores": SCORES[None]}
LARGE_LATER = [
    [[0.5, 30_000.0, 0.0], [1.0, 0.0, 30_000.0], [0.0, 1.0, 0.5]],
    [[-20_000.0, -50_000.0, 0.0], [-20_000.0, -20_001.0, 0.0], [-30_000.0, -29_999.0, -30_000.0]],
]


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2, 3
    yield {"scores": tensors.normal(first, 2, 4, 4)}  # 3: batch rows have weights of their own
    yield {"scores": torch.tensor(LARGE_LATER)}  # 3, 4: large, or larger than very low ones
    yield {"scores": tensors.normal(first, 3, 5, 5) - 3}  # 1: 0 is more than any score here
    for number in range(20 if thorough else 4):
        B, T = sizes(rng, 2)
        scores = tensors.normal(rng, B, T, T)
        later = torch.ones(T, T).triu(1)
        yield {"scores": scores + 200 * later * (number % 2)}  # 4, every second time


EXERCISE = Exercise(
    name="mask_first",
    functions=("mask_first",),
    read="section 11, Bug hunt: the lost weight",
    cases=cases,
    judge=causal_ways.judge(cases),
    returns=("torch.Tensor",),
    call_text=lambda inputs: tensors.call_text("mask_first", inputs),
)
