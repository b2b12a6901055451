"""`top_p_filter`: what a right answer does, on which logits it is tried."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.sampling import top_p_mistakes, top_p_ways
from course_lib.exercises.sampling.nucleus_logits import (
    ONE_AMONG_MANY,
    RARE,
    SURE_OR_NOT,
    drawn,
    rows,
)

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each row keeps the fewest of its most likely tokens whose probabilities together reach `p`; the
#    token with which they reach it is kept.
# 2. Kept tokens keep their logits and all others get −inf, each at its own place in the vocabulary.
# 3. `p = 1` keeps every token, however rare.
# 4. A `p` outside (0, 1] raises `ValueError`.
# 5. `logits` is left unchanged.

BY_HAND = torch.tensor([[2.0, 1.0, 0.5, 0.0]])


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(5)  # the first cases are the same in every check
    yield {"logits": SURE_OR_NOT, "p": 0.5}  # 1, 2: one is enough in two rows
    yield {"logits": BY_HAND, "p": 0.7}  # 1: two are needed
    yield {"logits": BY_HAND, "p": 0.95}  # 1: all are needed
    yield drawn(first, 4, 4)  # 1, 2: a square, where no shape complains
    yield drawn(first, 2, 7)  # 1, 2
    yield {"logits": rows([-1.0, 2.0, 0.5, 1.0, 3.0]) + 40, "p": 0.9}  # 1: logits far from 0
    yield {**drawn(first, 3, 6, dropped=True), "p": 0.97}  # 2: −inf is what other filters leave
    yield {"logits": rows([-0.5]), "p": 0.2}  # 1: a vocabulary of one
    yield {"logits": RARE, "p": 1.0}  # 3
    yield {"logits": ONE_AMONG_MANY, "p": 1.0}  # 3: rounded sums pass 1
    for p in (0.0, -0.3, 1.5):
        yield {"logits": BY_HAND, "p": p}  # 4
    for number in range(20 if thorough else 3):
        B, V = (int(size) for size in rng.permutation(range(2, 10))[:2])
        yield drawn(rng, B, V, dropped=number % 3 == 2)  # 1, 2


EXERCISE = Exercise(
    name="top_p_filter",
    functions=("top_p_filter",),
    read="section 5, As many as it takes",
    cases=cases,
    judge=top_p_mistakes.judge(cases),
    returns=("torch.Tensor",),
    raises=top_p_ways.raises,
    call_text=partial(tensors.call_text, "top_p_filter"),
)
