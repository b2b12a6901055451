"""`min_p_filter`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sampling import kept
from course_lib.exercises.sampling.min_p_filter_mistakes import LOG_OF_0, MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. In each row, a logit stays as it is where the probability of its token, by the softmax of the
#    row, is at least `min_p` times the largest of the row; all others become −inf.
# 2. A `min_p` of 0 keeps every token; a `min_p` of 1 keeps the most likely one, and all that tie
#    with it.
# 3. A `min_p` below 0 or above 1 raises `ValueError`.
# 4. Logits may be as large as 10,000 and as low as −10,000.
# 5. A logit that is −inf stays −inf; each row has at least one other logit.
# 6. `logits` is left unchanged.

INF = math.inf
BY_HAND = [2.0, 1.0, 0.5, 0.0]
EXAMPLE = {"logits": torch.tensor([BY_HAND]), "min_p": 0.2}
# Two rows, one unsure and one sure, in which almost every mistake keeps tokens of its own choice.
TELLING = [[0.6, -0.4, 0.7, 0.4, 0.2, 0.3], [0.7, 2.2, 1.9, 0.9, -2.6, 2.7]]
SOME = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(5)  # mistakes are told by the first case that they get wrong
    yield {"logits": torch.tensor(TELLING), "min_p": 0.4}  # 1
    yield EXAMPLE  # 1
    yield _rows(0.5, [0.5, 2, 0, 1.8], [1, -1, 0.5, 0.25])  # 1: rows by themselves
    yield _rows(0.9, [0, 0.05, 0, 0.03, 0.02])  # 1: all nearly alike, none of them likely
    yield _away_from_edges(first, tensors.normal(first, 3, 5))  # 1
    yield _away_from_edges(first, tensors.normal(first, 4, 4))  # 1: where no shape complains
    yield _away_from_edges(first, tensors.normal(first, 2, 7) - 5)  # 1: nothing above 0
    yield _rows(0, BY_HAND, [0, 90, -90, -200])  # 2: 0, and an int
    yield _rows(0.0, [9, -9, 0.5])  # 2
    yield _rows(1.0, [1, 3, 2, 3, 0], [-1, -2, -1.5, -3, -4])  # 2: ties, and one best
    yield _rows(1, [0.5, 0.5, 0.5])  # 2: all alike
    yield _rows(0.3, [10_000, 9_999, 9_998], [-10_000, -10_002, -9_999])  # 4
    yield _rows(0.3, [10_000, -10_000, 0], [0, -10_000, 0.5])  # 4: far apart
    yield _rows(0.3, [-INF, 1, 0.5, -1], [0, -INF, -INF, 2])  # 5
    yield _rows(0.0, [-INF, 1, -3])  # 2, 5
    yield _rows(1.0, [-INF, -1, -1])  # 2, 5
    yield _rows(-0.1, BY_HAND)  # 3
    yield _rows(1.1, BY_HAND)  # 3
    for _ in range(20 if thorough else 3):
        yield _random_case(rng)


def _rows(min_p: float, *rows: list[float]) -> dict:
    return {"logits": torch.tensor(rows, dtype=torch.float32), "min_p": min_p}


def _random_case(rng: np.random.Generator) -> dict:
    B, V = rng.permutation(range(2, 8))[:2].tolist()
    hidden = torch.tensor(rng.random((B, V)) < 0.15)  # 5
    hidden[range(B), rng.integers(V, size=B)] = False
    logits = tensors.normal(rng, B, V).masked_fill(hidden, -INF)
    if rng.random() < 0.2:
        return {"logits": logits, "min_p": float(rng.integers(2))}  # 2
    return _away_from_edges(rng, logits + float(rng.choice([0, 10_000, -10_000])))  # 4


def _away_from_edges(rng: np.random.Generator, logits: Tensor) -> dict:
    """Choose a `min_p` that no rounding takes for one of the ratios."""
    ratios = (logits - logits.amax(dim=-1, keepdim=True)).double().exp()
    far = [p for p in SOME if ((ratios / p - 1).abs() > 0.01).all()]
    return {"logits": logits, "min_p": float(rng.choice(far))}


def truth(inputs: dict) -> Tensor:
    """Return the logits, each compared in Python's numbers with the best of its row."""
    min_p = inputs["min_p"]
    if not 0 <= min_p <= 1:
        raise ValueError(min_p)
    return torch.tensor([_row(row, min_p) for row in inputs["logits"].tolist()])


def _row(row: list[float], min_p: float) -> list[float]:
    top = max(row)
    return [logit if math.exp(logit - top) >= min_p else -INF for logit in row]


compare = tensors.judge(truth, MISTAKES, cases, otherwise=kept.by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the error of the logarithm of 0, which is a ValueError like that of the task."""
    if inputs["min_p"] != 0 or outcome.raised is None or not _of_a_logarithm(*outcome.raised):
        return compare(inputs, outcome)
    kind, message = outcome.raised
    got = f"{kind}: {shown(message, quote=False)}"
    return Finding(LOG_OF_0.name, "", "a value, no error", got, LOG_OF_0.cause)


def _of_a_logarithm(kind: str, message: str) -> bool:
    """Return whether this is what `math.log(0)` raises; Python 3.14 says it in other words."""
    return kind == "ValueError" and ("math domain" in message or "positive input" in message)


EXERCISE = Exercise(
    name="min_p_filter",
    functions=("min_p_filter",),
    read="section 6, Relative to the best",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    raises=lambda inputs: "" if 0 <= inputs["min_p"] <= 1 else "ValueError",
    call_text=partial(tensors.call_text, "min_p_filter"),
)
