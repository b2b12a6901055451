"""`cross_entropy`: what a right answer does."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining.cross_entropy_errors import BY_MESSAGE
from course_lib.exercises.pretraining.cross_entropy_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The loss at one position is minus the natural logarithm of the probability that the softmax of
#    its logits gives to its target.
# 2. The result is the mean over the counted positions, a tensor with one number.
# 3. Where no position is counted, the result is 0.
# 4. Logits of 10,000 and −10,000 give neither nan nor inf.
# 5. It is made by torch operations alone, so that its gradient can be taken.
# 6. `ignore_index` may be negative, so that it is no id at all, or an id such as 0.
# 7. The inputs are left unchanged.

PAD = -100
EXAMPLE = {
    "wanted": "loss",
    "logits": torch.tensor([[[2.0, 1, 0.5, 0], [0, 0, 0, 0]], [[1, 3, 0, -1], [0, -2, 1, 2]]]),
    "targets": torch.tensor([[1, 3], [0, 2]]),
    "ignore_index": PAD,
}
FAR = 10_000.0


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(3)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2
    yield _drawn(first, 2, 3, 5)  # 1, 2
    yield _ignoring(_drawn(first, 3, 4, 5), -1, [[0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]])  # 2, 6
    yield _ignoring(_drawn(first, 2, 4, 6), 0, [[0, 1, 0, 0], [1, 0, 1, 1]])  # 2, 6: an id
    yield _ignoring(_drawn(first, 3, 2, 4), 2, [[0, 0], [0, 1], [0, 0]])  # 2, 6: an id
    yield _ignoring(_drawn(first, 2, 5, 3), PAD, [[1, 0, 0, 0, 0], [0, 0, 1, 1, 0]])  # 2, 6
    yield _ignoring(_drawn(first, 3, 2, 4), PAD, [[0, 0], [1, 1], [0, 1]])  # 2: a row of none
    yield _far(targets=[[1, 0, 2]])  # 4
    yield _far(targets=[[1, PAD, 0]])  # 2, 4
    apart = torch.tensor([[[FAR, 0.0, 0.0], [0.0, 1.0, 2.0], [-9.0, -8.0, -9.0]]])
    yield {**_far(targets=[[0, 2, 1]]), "logits": apart}  # 4: each position far from the others
    yield _ignoring(_drawn(first, 2, 3, 4), PAD, [[1, 1, 1], [1, 1, 1]])  # 3
    yield _ignoring(_drawn(first, 1, 2, 3), 0, [[1, 1]])  # 3, 6
    yield {**_drawn(first, 3, 2, 4), "wanted": "gradient"}  # 5
    masked = _ignoring(_drawn(first, 2, 3, 5), PAD, [[0, 1, 0], [0, 0, 0]])
    yield {**masked, "wanted": "gradient"}  # 2, 5
    for number in range(24 if thorough else 4):
        yield _random_case(rng, "gradient" if number % 4 == 3 else "loss")


def _drawn(rng: np.random.Generator, B: int, T: int, V: int) -> dict:
    return {
        "wanted": "loss",
        "logits": tensors.normal(rng, B, T, V),
        "targets": torch.tensor(rng.integers(V, size=(B, T))),
        "ignore_index": PAD,
    }


def _ignoring(inputs: dict, index: int, ignored: list[list[int]]) -> dict:
    """Return a case in which just the positions with a 1 are not counted."""
    V = inputs["logits"].size(-1)
    targets = inputs["targets"].masked_fill(inputs["targets"] == index, (index + 1) % V)
    targets = targets.masked_fill(torch.tensor(ignored, dtype=torch.bool), index)
    return {**inputs, "targets": targets, "ignore_index": index}


def _far(targets: list[list[int]]) -> dict:
    logits = [[[FAR, -FAR, 0.0], [-FAR, FAR, FAR], [0.5, FAR, 1.0]]]
    return {
        "wanted": "loss",
        "logits": torch.tensor(logits),
        "targets": torch.tensor(targets),
        "ignore_index": PAD,
    }


def _random_case(rng: np.random.Generator, wanted: str) -> dict:
    B, T, V = rng.permutation(range(2, 8))[:3].tolist()
    index = int(rng.choice([PAD, -1, 0, V - 1]))
    ignored = rng.random((B, T)) < 0.35
    ignored[rng.integers(B), rng.integers(T)] = False
    return {**_ignoring(_drawn(rng, B, T, V), index, ignored.tolist()), "wanted": wanted}


def truth(inputs: dict) -> Tensor:
    """Go from position to position, in Python's own numbers."""
    logits, targets = inputs["logits"].tolist(), inputs["targets"].tolist()
    counted = [
        (b, t, targets[b][t])
        for b in range(len(targets))
        for t in range(len(targets[b]))
        if targets[b][t] != inputs["ignore_index"]
    ]
    n = max(len(counted), 1)
    if inputs["wanted"] == "loss":
        nats = [_log_of_sum(logits[b][t]) - logits[b][t][target] for b, t, target in counted]
        return torch.tensor(math.fsum(nats) / n)
    slopes = torch.zeros_like(inputs["logits"], dtype=torch.float64)
    for b, t, target in counted:
        for i, logit in enumerate(logits[b][t]):
            prob = math.exp(logit - _log_of_sum(logits[b][t]))
            slopes[b, t, i] = (prob - (i == target)) / n
    return slopes.float()


def _log_of_sum(logits: list[float]) -> float:
    """Return the logarithm of the sum of their exponentials."""
    largest = max(logits)
    return largest + math.log(math.fsum(math.exp(logit - largest) for logit in logits))


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that torch raises where it looks targets up, and takes the gradient."""
    kind, message = outcome.raised or ("", "")
    for part, error in BY_MESSAGE.items():
        if part in message and error.fits(inputs):
            got = f"{kind}: {shown(message, quote=False)}"
            return Finding(error.name, "", error.expected, got, error.cause)
    return compare(inputs, outcome)


def call_text(inputs: dict) -> str:
    arguments = {name: value for name, value in inputs.items() if name != "wanted"}
    call = tensors.call_text("cross_entropy", arguments)
    return call if inputs["wanted"] == "loss" else f"the gradient for logits of {call}"


EXERCISE = Exercise(
    name="cross_entropy",
    functions=("cross_entropy",),
    read="section 3, How wrong is a prediction?",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    forbids=(
        *("cross_entropy", "CrossEntropyLoss", "nll_loss", "NLLLoss"),
        *("cross_entropy_loss", "nll_loss_nd", "nll_loss_forward", "Categorical"),
        *("log_softmax", "_log_softmax", "LogSoftmax"),
    ),
    call_text=call_text,
)
