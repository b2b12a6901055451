"""`bradley_terry_loss`: what a right answer does."""

from collections.abc import Iterator

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.bradley_terry_loss_mistakes import MISTAKES, truth
from course_lib.exercises.rlhf.losses import call_text, gradient_error
from course_lib.exercises.rlhf.preference_mistakes import by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. An answer with reward a is preferred to one with reward b with the probability
#    1 / (1 + exp(b − a)). The loss of a pair is minus the natural logarithm of the probability that
#    its chosen answer is preferred.
# 2. The result is the mean over the B pairs: a tensor with one number.
# 3. Rewards of 10,000 and −10,000 give neither nan nor inf.
# 4. It is made by torch operations alone, so that its gradients for `chosen` and for `rejected` can
#    be taken.
# 5. The inputs are left unchanged.

FAR = 10_000.0


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(8)  # mistakes are told by the first case that they get wrong
    yield _pairs([2.0, 0.5, -1.0], [0.0, 1.5, -0.5])  # 1, 2
    yield _drawn(first, B=5)  # 1, 2
    yield _drawn(first, B=1)  # 2
    yield _pairs([3.0, 3.0], [3.0, 3.0])  # 1: no difference
    yield _shifted(_drawn(first, B=4), 16.0)  # 1: only differences count
    yield _pairs([FAR, 1.0], [-FAR, 0.5])  # 3: as right as can be
    yield _pairs([-FAR, 1.0], [FAR, 0.5])  # 3: as wrong as can be
    for wanted in ("chosen", "rejected"):
        yield {**_drawn(first, B=3), "wanted": wanted}  # 4
        yield {**_pairs([-FAR, 0.5, 1.0], [FAR, 1.5, -0.25]), "wanted": wanted}  # 3, 4
    for number in range(24 if thorough else 4):
        yield _random_case(rng, ("loss", "chosen", "loss", "rejected")[number % 4])


def _pairs(chosen: list[float], rejected: list[float]) -> dict:
    return {
        "wanted": "loss",
        "chosen": torch.tensor(chosen),
        "rejected": torch.tensor(rejected),
    }


def _drawn(rng: np.random.Generator, B: int) -> dict:
    chosen = (
        2 * tensors.normal(rng, B) + 0.505
    )  # no two are equal: a tie has a kink in some answers
    rejected = 2 * tensors.normal(rng, B)
    return {"wanted": "loss", "chosen": chosen, "rejected": rejected}


def _shifted(inputs: dict, by: float) -> dict:
    return {**inputs, "chosen": inputs["chosen"] + by, "rejected": inputs["rejected"] + by}


def _random_case(rng: np.random.Generator, wanted: str) -> dict:
    inputs = _drawn(rng, B=int(rng.integers(2, 8)))
    return {**_shifted(inputs, float(rng.choice([0.0, 0.0, 8.0, -8.0]))), "wanted": wanted}


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that torch raises where it takes a gradient."""
    return gradient_error(outcome) or compare(inputs, outcome)


EXERCISE = Exercise(
    name="bradley_terry_loss",
    functions=("bradley_terry_loss",),
    read="section 2, From comparisons to worths",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text("bradley_terry_loss"),
)
