"""`nucleus`, the bug hunt: what a right answer does, on which logits it is tried."""

from collections.abc import Iterator
from functools import partial

import numpy as np

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
# 1. Each row keeps the fewest of its most likely tokens whose probabilities together reach `p`, so
#    at least one token, however sure the model is.
# 2. Kept tokens keep their logits and all others get −inf, each at its own place in the vocabulary.
# 3. `p = 1` keeps every token, however rare.
# 4. A `p` outside (0, 1] raises `ValueError`.
# 5. `logits` is left unchanged.


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(6)  # the first cases are the same in every check
    yield {"logits": SURE_OR_NOT, "p": 0.5}  # 1, 2: two sure rows, where one token is enough
    yield {"logits": rows([0.1, 0.4, 0.3, 0.0, 0.2]), "p": 0.8}  # 1: four of five are needed
    yield drawn(first, 4, 4)  # 1, 2: a square, where no shape complains
    yield drawn(first, 3, 7)  # 1, 2
    yield {"logits": rows([1.0, 2.0, 30.0], [-5.0, 25.0, -6.0]), "p": 0.3}  # 1: as sure as can be
    yield {**drawn(first, 2, 6, dropped=True), "p": 0.97}  # 2: −inf is what other filters leave
    yield {"logits": RARE, "p": 1.0}  # 3
    yield {"logits": ONE_AMONG_MANY, "p": 1.0}  # 3: rounded sums pass 1
    for p in (0.0, -0.3, 1.5):
        yield {"logits": SURE_OR_NOT[:1], "p": p}  # 4
    for number in range(20 if thorough else 3):
        B, V = (int(size) for size in rng.permutation(range(2, 10))[:2])
        yield drawn(rng, B, V, dropped=number % 3 == 2)  # 1, 2


EXERCISE = Exercise(
    name="nucleus",
    functions=("nucleus",),
    read="section 5, Bug hunt: the sampler that stops",
    cases=cases,
    judge=top_p_mistakes.judge(cases),
    returns=("torch.Tensor",),
    raises=top_p_ways.raises,
    call_text=partial(tensors.call_text, "nucleus"),
)
