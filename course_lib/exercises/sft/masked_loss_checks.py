"""`masked_loss`: what a right answer does."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sft.masked_loss_errors import of_message
from course_lib.exercises.sft.masked_loss_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The loss at one position is minus the natural logarithm of the probability that the softmax of
#    its logits gives to its target.
# 2. The result is the sum of these losses over all positions where `mask` is True, divided by the
#    number of those positions: a tensor with one number.
# 3. Where `mask` is False everywhere, the result is 0.
# 4. Targets outside the mask may be any numbers: ids, −100, or larger than any id. They change
#    nothing.
# 5. Logits of 10,000 and −10,000 give neither nan nor inf.
# 6. It is made by torch operations alone, so that its gradient can be taken.
# 7. The inputs are left unchanged.

PAD = -100
FAR = 10_000.0


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(5)  # mistakes are told by the first case that they get wrong
    yield _drawn(first, [[0, 1, 1], [0, 0, 1], [0, 1, 1], [0, 1, 1]], V=2)  # 1, 2
    yield _drawn(first, [[0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 1, 0]], V=5)  # 1, 2
    yield _drawn(first, [[0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]], V=5)  # 1, 2: with a gap
    yield _outside(_drawn(first, [[0, 0, 1, 1, 0], [0, 1, 0, 0, 0]], V=3), [PAD])  # 4
    yield _outside(
        _drawn(first, [[0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]], V=6), [PAD, -1, 9]
    )  # 4
    yield _outside(_drawn(first, [[0, 0, 1], [1, 0, 1]], V=4), [4, 999, PAD])  # 4
    yield _of_id_0(_drawn(first, [[0, 1, 1, 1], [0, 0, 1, 1]], V=5))  # 2, 4
    yield _drawn(first, [[0, 0], [1, 1], [0, 1]], V=4)  # 2: a row of none
    yield _far(mask=[[1, 1, 1]])  # 5
    yield _far(mask=[[0, 1, 0]])  # 2, 5
    apart = torch.tensor([[[FAR, 0.0, 0.0], [0.0, 1.0, 2.0], [-9.0, -8.0, -9.0]]])
    yield {**_far(mask=[[1, 1, 1]]), "logits": apart}  # 5: each position far from the others
    yield _drawn(first, [[0, 0, 0], [0, 0, 0]], V=4)  # 3
    yield _outside(_drawn(first, [[0, 0]], V=3), [PAD, 7])  # 3, 4
    yield {**_drawn(first, [[0, 1], [1, 1], [0, 0]], V=4), "wanted": "gradient"}  # 6
    outside = _outside(_drawn(first, [[0, 0, 1], [1, 0, 0]], V=5), [PAD, 5])
    yield {**outside, "wanted": "gradient"}  # 4, 6
    nothing = _outside(_drawn(first, [[0, 0], [0, 0], [0, 0]], V=4), [2, PAD])
    yield {**nothing, "wanted": "gradient"}  # 3, 6
    for number in range(24 if thorough else 4):
        yield _random_case(rng, "gradient" if number % 4 == 3 else "loss")


def _drawn(rng: np.random.Generator, mask: list[list[int]], V: int) -> dict:
    B, T = len(mask), len(mask[0])
    return {
        "wanted": "loss",
        "logits": tensors.normal(rng, B, T, V),
        "targets": torch.tensor(rng.integers(V, size=(B, T))),
        "mask": torch.tensor(mask, dtype=torch.bool),
    }


def _outside(inputs: dict, numbers: list[int]) -> dict:
    """Return a case in which these numbers, in turns, are the targets outside the mask."""
    targets = inputs["targets"].clone()
    n_outside = int((~inputs["mask"]).sum())
    filling = [numbers[i % len(numbers)] for i in range(n_outside)]
    targets[~inputs["mask"]] = torch.tensor(filling, dtype=torch.int64)
    return {**inputs, "targets": targets}


def _of_id_0(inputs: dict) -> dict:
    """Return a case in which the first target that counts in each row is id 0."""
    targets = inputs["targets"].clone()
    for row, mask in zip(targets, inputs["mask"], strict=True):
        row[mask.nonzero()[0]] = 0
    return {**inputs, "targets": targets}


def _far(mask: list[list[int]]) -> dict:
    logits = [[[FAR, -FAR, 0.0], [-FAR, FAR, FAR], [0.5, FAR, 1.0]]]
    return {
        "wanted": "loss",
        "logits": torch.tensor(logits),
        "targets": torch.tensor([[1, 0, 2]]),
        "mask": torch.tensor(mask, dtype=torch.bool),
    }


def _random_case(rng: np.random.Generator, wanted: str) -> dict:
    B, T, V = rng.permutation(range(2, 8))[:3].tolist()
    mask = rng.random((B, T)) < 0.45
    mask[rng.integers(B), rng.integers(T)] = True
    inputs = {**_drawn(rng, mask.astype(int).tolist(), V), "wanted": wanted}
    kind = rng.integers(3)
    return [inputs, _outside(inputs, [PAD]), _outside(inputs, [PAD, V, -3, 0])][kind]


def truth(inputs: dict) -> Tensor:
    """Go from position to position, in Python's own numbers."""
    logits, targets = inputs["logits"].tolist(), inputs["targets"].tolist()
    counted = [(b, t, targets[b][t]) for b, t in inputs["mask"].nonzero().tolist()]
    n = max(len(counted), 1)
    if inputs["wanted"] == "loss":
        nats = [_log_of_sum(logits[b][t]) - logits[b][t][target] for b, t, target in counted]
        return torch.tensor(math.fsum(nats) / n)
    slopes = torch.zeros_like(inputs["logits"], dtype=torch.float64)
    for b, t, target in counted:
        for i, logit in enumerate(logits[b][t]):
            slopes[b, t, i] = (math.exp(logit - _log_of_sum(logits[b][t])) - (i == target)) / n
    return slopes.float()


def _log_of_sum(logits: list[float]) -> float:
    """Return the logarithm of the sum of their exponentials."""
    largest = max(logits)
    return largest + math.log(math.fsum(math.exp(logit - largest) for logit in logits))


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that torch raises where it looks targets up, and takes the gradient."""
    kind, message = outcome.raised or ("", "")
    error = of_message(inputs, message)
    if error is None:
        return compare(inputs, outcome)
    got = f"{kind}: {shown(message, quote=False)}"
    return Finding(error.name, "", error.expected, got, error.cause)


def call_text(inputs: dict) -> str:
    arguments = {name: value for name, value in inputs.items() if name != "wanted"}
    call = tensors.call_text("masked_loss", arguments)
    return call if inputs["wanted"] == "loss" else f"the gradient for logits of {call}"


EXERCISE = Exercise(
    name="masked_loss",
    functions=("masked_loss",),
    read="section 3, Which tokens to learn from",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text,
)
