"""`grpo_advantages`: what a right answer does."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.grpo_advantages_mistakes import ERRORS, MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each row of `rewards` is a group, and is compared only with itself: an advantage is the reward
#    minus the mean of its group, divided by (the standard deviation of its group + `eps`).
# 2. The standard deviation is the root of the mean square difference from the mean. It divides by
#    n, not by n − 1.
# 3. Where all rewards of a group are equal, all its advantages are 0 and not nan. `eps` is above 0.
#    A group may be a single answer.
# 4. Adding the same number to all rewards of a group changes nothing, 10,000 for example.
# 5. `rewards` is left unchanged.


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(21)  # mistakes are told by the first case that they get wrong
    yield _rewards([[1, 0, 0, 1], [0, 0, 3, 1], [2, 1.5, 1.75, 1.5]], eps=0.5)  # 1, 2
    yield _drawn(first, 2, 5, eps=0.25)  # 1, 2
    yield _drawn(first, 3, 3, eps=0.1)  # 1: a square, where no shape complains
    yield _drawn(first, 1, 4, eps=0.001)  # 1, 2: one group
    yield _rewards([[0, 1, 0], [1, 1, 1], [0.5, 0.5, 0.5], [0, 0, 0]], eps=0.01)  # 3
    yield _rewards([[0.5], [2], [0]], eps=0.5)  # 2, 3: a single answer each
    yield _rewards([[10_000, 10_001, 10_003, 10_000], [0, 1, 3, 0]], eps=0.5)  # 4
    for _ in range(24 if thorough else 4):
        yield _random_case(rng)


def _rewards(rows: list[list[float]], eps: float) -> dict:
    return {"rewards": torch.tensor(rows, dtype=torch.float32), "eps": eps}


def _drawn(rng: np.random.Generator, groups: int, n: int, eps: float) -> dict:
    """Return groups whose means and deviations differ."""
    level = torch.arange(groups, dtype=torch.float32)[:, None]
    return {"rewards": tensors.normal(rng, groups, n) * (1 + level) + level, "eps": eps}


def _random_case(rng: np.random.Generator) -> dict:
    groups, n = rng.permutation(range(2, 8))[:2].tolist()
    inputs = _drawn(rng, groups, n, eps=float(rng.choice([0.5, 0.2, 0.1, 0.05])))
    if rng.random() < 0.5:
        inputs["rewards"] = torch.tensor(rng.integers(2, size=(groups, n))).float()  # right or not
    return inputs


def truth(inputs: dict) -> Tensor:
    """Go from group to group, in Python's floats."""
    rows = [_of_group(row, inputs["eps"]) for row in inputs["rewards"].tolist()]
    return torch.tensor(rows)


def _of_group(rewards: list[float], eps: float) -> list[float]:
    n = len(rewards)
    mean = math.fsum(rewards) / n
    deviation = math.sqrt(math.fsum((reward - mean) ** 2 for reward in rewards) / n)
    return [(reward - mean) / (deviation + eps) for reward in rewards]


compare = tensors.judge(truth, MISTAKES, cases)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the error of shapes that do not go together."""
    kind, message = outcome.raised or ("", "")
    for error in ERRORS:
        if error.part in message:
            got = f"{kind}: {shown(message, quote=False)}"
            return Finding(error.name, "", "a value, no error", got, error.cause)
    return compare(inputs, outcome)


EXERCISE = Exercise(
    name="grpo_advantages",
    functions=("grpo_advantages",),
    read="section 10, Compare the answers to one question",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=lambda inputs: tensors.call_text("grpo_advantages", inputs),
)
