"""`top_k_filter`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.sampling import kept
from course_lib.exercises.sampling.top_k_filter_mistakes import EXACTLY_K, MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. In each row, the `k` largest logits stay as they are, in their places; all others become −inf.
# 2. Logits equal to the k-th largest all stay, so that more than `k` may stay.
# 3. A `k` of V or more keeps every token.
# 4. A `k` below 1 raises `ValueError`.
# 5. A logit that is −inf stays −inf; each row has at least one other logit.
# 6. `logits` is left unchanged.

INF = math.inf
BY_HAND = [2.0, 1.0, 0.5, 0.0]
EXAMPLE = {"logits": torch.tensor([BY_HAND]), "k": 2}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(5)  # mistakes are told by the first case that they get wrong
    yield _rows(1, BY_HAND, [0, 1.5, -1, 3], [-0.5, 1, 0.25, -2])  # 1
    yield EXAMPLE  # 1
    yield {"logits": tensors.normal(first, 3, 5), "k": 3}  # 1: each row by itself
    yield {"logits": tensors.normal(first, 4, 4), "k": 2}  # 1: where no shape complains
    yield {"logits": tensors.normal(first, 2, 7) - 5, "k": 4}  # 1: 0 is more than any logit here
    yield _rows(2, [1, 3, 2, 2, 0], [2, 0, -1, 2, 1.5])  # 2: ties of the k-th, once one too many
    yield _rows(3, [5, 1, 5, 3, 3], [0, 0, 0, 0, 0])  # 1, 2: ties above the k-th count one by one
    yield _rows(2, [0, 300, -200, 150])  # 1: far apart
    yield _rows(4, BY_HAND, [-1, -3, -2, -2.5])  # 3
    yield _rows(5, BY_HAND)  # 3
    yield _rows(1000, [0.5, -1, 0.5], [2, 0, 1])  # 3
    yield _rows(1, [0.7], [-2])  # 1, 3: a vocabulary of one
    yield _rows(3, [-INF, 1, -INF, 0], [2, -INF, 0.5, 1])  # 5
    yield _rows(2, [-INF, 1, 1, 0.5], [0.5, -INF, 2, 0.5])  # 2, 5
    yield _rows(0, BY_HAND)  # 4
    yield _rows(-1, BY_HAND)  # 4
    for _ in range(20 if thorough else 3):
        yield _random_case(rng)


def _rows(k: int, *rows: list[float]) -> dict:
    return {"logits": torch.tensor(rows, dtype=torch.float32), "k": k}


def _random_case(rng: np.random.Generator) -> dict:
    B, V = rng.permutation(range(2, 8))[:2].tolist()
    logits = tensors.normal(rng, B, V)
    if rng.random() < 0.5:
        logits = logits.round()  # 2: many ties
    hidden = torch.tensor(rng.random((B, V)) < 0.15)  # 5
    hidden[range(B), rng.integers(V, size=B)] = False
    return {"logits": logits.masked_fill(hidden, -INF), "k": int(rng.integers(1, V + 2))}


def truth(inputs: dict) -> Tensor:
    """Return the logits, each row sorted by itself as a list of Python's numbers."""
    k = inputs["k"]
    if k < 1:
        raise ValueError(k)
    return torch.tensor([_row(row, k) for row in inputs["logits"].tolist()])


def _row(row: list[float], k: int) -> list[float]:
    staying = sorted(row, reverse=True)[:k]
    return [logit if logit >= staying[-1] else -INF for logit in row]


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a result without all ties of the k-th, and what filters share."""
    return kept.by_property(inputs, right, value) or (
        EXACTLY_K if _drops_ties(inputs, right, value) else None
    )


def _drops_ties(inputs: dict, right: Tensor, value: object) -> bool:
    """Return whether the only fault is that no more than k tokens stay in a row."""
    if not tensors.alike(torch.zeros_like(right), torch.zeros_like(value)):
        return False
    stays = ~value.isneginf()
    most = (~right.isneginf()).sum(dim=-1).clamp(max=inputs["k"])
    exact = bool((stays.sum(dim=-1) == most).all())
    return exact and tensors.alike(value, right.masked_fill(~stays, -INF))


EXERCISE = Exercise(
    name="top_k_filter",
    functions=("top_k_filter",),
    read="section 4, The k best",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases, otherwise=by_property),
    returns=("torch.Tensor",),
    raises=lambda inputs: "ValueError" if inputs["k"] < 1 else "",
    call_text=partial(tensors.call_text, "top_k_filter"),
)
