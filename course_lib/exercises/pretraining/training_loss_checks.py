"""`training_loss`, the bug hunt: what a right answer does."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining.loss_errors import BY_KIND, BY_MESSAGE
from course_lib.exercises.pretraining.training_loss_mistakes import MISTAKES, by_property
from course_lib.exercises.sampling.generate_errors import Error

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The model reads each row without its last id, in one call.
# 2. The logits at each position are compared with the id that comes after the one read there; the
#    last position with the last id of the row.
# 3. The result is the mean of minus the logarithm of the probability of these B · T ids, a tensor
#    with one number.
# 4. Its gradient can be taken.
# 5. `ids` is left unchanged.

EXAMPLE = {
    "wanted": "loss",
    "ids": torch.tensor([[0, 1, 3, 2], [2, 1, 0, 3]]),
    "table": torch.tensor([[0.0, 3, 1, 2], [1, 0, 4, 2], [2, 1, 0, 5], [0, 1, 3, 2]]),
    "reads": "last",
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(8)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 3
    yield _drawn(first, 3, 5, 6)  # 1, 2, 3
    yield _drawn(first, 4, 2, 3)  # 1, 2, 3: more rows than positions
    yield _drawn(first, 1, 4, 5)  # 1, 2: one row
    yield _drawn(first, 5, 1, 4)  # 2, 3: one position
    yield {**_drawn(first, 2, 3, 5), "wanted": "gradient"}  # 4
    for number in range(24 if thorough else 4):
        drawn = _drawn(rng, *rng.permutation(range(2, 8))[:3].tolist())
        yield {**drawn, "wanted": "gradient"} if number % 4 == 3 else drawn


def _drawn(rng: np.random.Generator, B: int, T: int, V: int) -> dict:
    return {
        "wanted": "loss",
        "ids": torch.tensor(rng.integers(V, size=(B, T + 1))),
        "table": tensors.normal(rng, V, V),
        "reads": "sum",
    }


def truth(inputs: dict) -> Tensor:
    """Follow each row from id to id, in Python's own numbers."""
    table, guesses = inputs["table"].tolist(), []
    for row in inputs["ids"].tolist():
        for t in range(len(row) - 1):
            place = row[t] if inputs["reads"] == "last" else sum(row[: t + 1]) % len(table)
            guesses.append((place, row[t + 1]))
    if inputs["wanted"] == "loss":
        nats = [-math.log(_probs(table[place])[target]) for place, target in guesses]
        return torch.tensor(math.fsum(nats) / len(nats))
    slopes = torch.zeros(len(table), len(table), dtype=torch.float64)
    for place, target in guesses:
        for i, prob in enumerate(_probs(table[place])):
            slopes[place, i] += (prob - (i == target)) / len(guesses)
    return slopes.float()


def _probs(logits: list[float]) -> list[float]:
    exponentials = [math.exp(logit) for logit in logits]
    return [e / math.fsum(exponentials) for e in exponentials]


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches, and the errors that torch raises here."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    if kind in BY_KIND:
        return _finding(BY_KIND[kind], message)
    for part, error in BY_MESSAGE.items():
        if part in message:
            return _finding(error, f"{kind}: {shown(message, quote=False)}")
    return compare(inputs, outcome)


def _finding(error: Error, got: str) -> Finding:
    return Finding(error.name, "", error.expected, got, error.cause)


def call_text(inputs: dict) -> str:
    """Write the call, and say what its model does."""
    ids, table = (tensors.text(inputs[name], digits=None) for name in ("ids", "table"))
    row = "after id i" if inputs["reads"] == "last" else "after ids with sum s"
    place = "i" if inputs["reads"] == "last" else "s % V"
    call = f"training_loss(model, {ids}), where {row}, the model's logits are table[{place}]"
    gradient = "the gradient for the table of " if inputs["wanted"] == "gradient" else ""
    return f"{gradient}{call}, table = {table}"


EXERCISE = Exercise(
    name="training_loss",
    functions=("training_loss",),
    read="section 9, A loss that is too good",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text,
)
