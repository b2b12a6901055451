"""`temperature_probs`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.sampling.temperature_probs_mistakes import (
    CHOICE,
    DIVIDES_BY_ZERO,
    MISTAKES,
    NEVER_0,
    NOT_FIRST,
    SHARES,
    all_best,
)

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Above 0, each row is the softmax of its own logits divided by `temperature`.
# 2. At 0, the first of the largest logits in each row gets 1, and all others get 0.
# 3. A negative temperature raises `ValueError`.
# 4. Logits of 10,000 and −10,000, and temperatures from 0.001 to 100, give neither nan nor inf, and
#    every row sums to 1.
# 5. A logit of −inf gets exactly 0 at every temperature; each row has at least one other logit.
# 6. `logits` is left unchanged.

INF = math.inf
BY_HAND = [2.0, 1.0, 0.5, 0.0]
EXAMPLE = {"logits": torch.tensor([BY_HAND]), "temperature": 1.0}
TEMPERATURES = (0.0, 0.3, 0.5, 0.8, 1.5, 2.0, 4.0)
EXACT = (0.5, 2.0, 4.0)  # divided by these, a large logit is not rounded
NOT_QUITE_0 = 1e-30  # far below what a right answer rounds to 0


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(5)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1
    yield _rows(0.5, [0.5, 2.0, 0.0, 1.0])  # 1: the same numbers in another order
    yield _rows(2.0, BY_HAND)  # 1
    yield {"logits": tensors.normal(first, 3, 5), "temperature": 0.7}  # 1: rows by themselves
    yield {"logits": tensors.normal(first, 4, 4), "temperature": 1.6}  # 1: where no shape complains
    yield _rows(0.0, [1, 3, 3, 0, -2], [-1, -0.5, -2, -1, -0.5])  # 2: equals; nothing above 0
    yield _rows(0, [0.25, -1, 1.5], [2, 0, -0.5])  # 2: an int
    yield _rows(1.0, [10_000, 10_001, 9_999], [-10_000, -10_001, -9_998])  # 4
    yield _rows(0.5, [10_000, 0, -10_000, 9_999])  # 4: far apart
    yield _rows(0.01, [0.02, 0.01, 0, -0.03], [0.47, 0.49, -1, 0.5])  # 1, 4: small
    yield _rows(0.001, [0.5, 0.51, 0.52], [-2, 3, -1.5])  # 4: the smallest
    yield _rows(100.0, [0, -150, -300, 60])  # 1, 4: unlikely tokens come back
    yield _rows(0.5, [0, -INF, 1], [-INF, 2, -INF])  # 5
    yield _rows(0.0, [-INF, -1, -1.5, -1], [-2, -INF, -INF, -INF])  # 2, 5
    yield _rows(100.0, [0.5, -INF, -INF, 1])  # 4, 5
    yield _rows(-1.0, BY_HAND)  # 3
    yield _rows(-0.001, BY_HAND)  # 3
    for _ in range(20 if thorough else 3):
        yield _random_case(rng)


def _rows(temperature: float, *rows: list[float]) -> dict:
    return {"logits": torch.tensor(rows, dtype=torch.float32), "temperature": temperature}


def _random_case(rng: np.random.Generator) -> dict:
    B, V = rng.permutation(range(2, 8))[:2].tolist()
    temperature = float(rng.choice(TEMPERATURES))
    shift = float(rng.choice([0.0, 10_000.0, -10_000.0])) if temperature in EXACT else 0.0  # 4
    hidden = torch.tensor(rng.random((B, V)) < 0.2)  # 5
    hidden[range(B), rng.integers(V, size=B)] = False
    logits = tensors.normal(rng, B, V) + shift
    return {"logits": logits.masked_fill(hidden, -INF), "temperature": temperature}


def truth(inputs: dict) -> Tensor:
    """Return the probabilities, each row worked out by itself in Python's numbers."""
    temperature = inputs["temperature"]
    if temperature < 0:
        raise ValueError(temperature)
    return torch.tensor([_row_of_probs(row, temperature) for row in inputs["logits"].tolist()])


def _row_of_probs(row: list[float], temperature: float) -> list[float]:
    top = max(row)
    if temperature == 0:
        return [float(place == row.index(top)) for place in range(len(row))]
    powers = [math.exp((logit - top) / temperature) for logit in row]
    total = math.fsum(powers)
    return [power / total for power in powers]


def equal(a: object, b: object) -> bool:
    """Return whether two results are equal but for rounding, which spares a probability of 0."""
    if not tensors.alike(a, b):
        return False
    return not isinstance(a, Tensor) or torch.equal(a.abs() > NOT_QUITE_0, b.abs() > NOT_QUITE_0)


def contrast(right: object, got: object) -> tuple[str, str]:
    """Write what was expected and what came; a probability that is nearly 0 with its digits."""
    if not tensors.alike(right, got):
        return tensors.contrast(right, got)
    place = tuple(((right > NOT_QUITE_0) != (got > NOT_QUITE_0)).nonzero()[0].tolist())
    expected = "exactly 0" if right[place] == 0 else f"{right[place].item():.2g}"
    return f"{expected} at index {place}", f"{got[place].item():.2g} at index {place}"


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a token that gets a little in place of 0, and odd results at a temperature of 0."""
    logits = inputs["logits"]
    shaped = isinstance(value, Tensor) and value.shape == right.shape
    if not shaped or value.dtype != right.dtype:
        whole = isinstance(value, Tensor) and not value.is_floating_point()
        choice = whole and value.shape in ((len(logits),), (len(logits), 1))
        return CHOICE if choice and inputs["temperature"] == 0 else None
    never = right <= NOT_QUITE_0 if tensors.alike(right, value) else logits.isneginf()
    if (value[never] > 0).any():
        return NEVER_0
    return _at_zero(logits, right, value) if inputs["temperature"] == 0 else None


def _at_zero(logits: Tensor, right: Tensor, value: Tensor) -> Mistake | None:
    if value.isnan().any() or (value == 0).all(dim=-1).any():
        return DIVIDES_BY_ZERO
    best = all_best(logits)
    shares = best / best.sum(dim=-1, keepdim=True)
    if torch.allclose(value, shares, rtol=0, atol=0.05):
        return SHARES
    single = ((value == 0) | (value == 1)).all() and (value.sum(dim=-1) == 1).all()
    return NOT_FIRST if single and ((value * best).sum(dim=-1) == 1).all() else None


EXERCISE = Exercise(
    name="temperature_probs",
    functions=("temperature_probs",),
    read="section 2, Temperature",
    cases=cases,
    judge=Judge(
        truth,
        MISTAKES,
        cases=cases,
        equal=equal,
        contrast=contrast,
        otherwise=by_property,
        unnamed=tensors.unnamed,
    ),
    returns=("torch.Tensor",),
    raises=lambda inputs: "ValueError" if inputs["temperature"] < 0 else "",
    call_text=partial(tensors.call_text, "temperature_probs"),
)
