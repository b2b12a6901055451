"""`causal_weights`: what a right answer does, and the mistakes that people make in it."""

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
# 4. `scores` is left unchanged.

EXAMPLE = {"scores": SCORES[None]}
LARGE_LATER = [  # e to the 150 is more than float32 can hold, e to the 70 is not
    [[0.5, 30_000.0, 0.0], [1.0, 0.0, 150.0], [0.0, 1.0, 0.5]],
    [[-40.0, 70.0, 0.0], [-40.0, -41.0, 70.0], [-41.0, -40.0, -40.0]],
]


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2, 3: one of the scores is 0
    yield {"scores": tensors.normal(first, 2, 4, 4)}  # 3: batch rows have weights of their own
    yield {"scores": tensors.normal(first, 3, 5, 5) - 3}  # 1: 0 is more than any score here
    yield {"scores": torch.tensor(LARGE_LATER)}  # 1, 3: large later scores
    yield {"scores": torch.zeros(2, 3, 3)}  # 3: scores that are all alike
    yield {"scores": torch.tensor([[[-1.5]]])}  # 2: a single token
    for _ in range(20 if thorough else 3):
        B, T = sizes(rng, 2)
        yield {"scores": tensors.normal(rng, B, T, T)}


EXERCISE = Exercise(
    name="causal_weights",
    functions=("causal_weights",),
    read="section 5, Weights that never look ahead",
    cases=cases,
    judge=causal_ways.judge(cases),
    returns=("torch.Tensor",),
    call_text=lambda inputs: tensors.call_text("causal_weights", inputs),
)
