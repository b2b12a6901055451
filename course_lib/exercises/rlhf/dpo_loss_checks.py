"""`dpo_loss`: what a right answer does."""

from collections.abc import Iterator

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.dpo_loss_mistakes import MISTAKES, NAMES, truth
from course_lib.exercises.rlhf.losses import call_text, gradient_error
from course_lib.exercises.rlhf.preference_mistakes import by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The reward of a response is beta · (its log-probability under the policy − the same under the
#    reference).
# 2. The loss of a pair is minus the natural logarithm of the sigmoid of the chosen response's
#    reward minus the rejected one's. Where the policy is the reference, that is ln 2.
# 3. The result is the mean over the B pairs: a tensor with one number.
# 4. Log-probabilities that differ by 10,000 give neither nan nor inf.
# 5. It is made by torch operations alone, so that its gradients for `policy_chosen` and for
#    `policy_rejected` can be taken. The reference's are constants.
# 6. The inputs are left unchanged.

FAR = 10_000.0


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(12)  # mistakes are told by the first case that they get wrong
    yield _pairs([[-5, -7], [-8, -7], [-6, -4]], [[-7, -6.5], [-5, -7], [-4, -3]], beta=0.5)  # 1-3
    yield _drawn(first, B=4, beta=0.3)  # 1, 2, 3
    yield _drawn(first, B=5, beta=1.5)  # 1, 2, 3
    yield _drawn(first, B=1, beta=0.25)  # 1, 2, 3
    yield _of_the_reference(_drawn(first, B=3, beta=0.4))  # 2
    yield _pairs([[-5, -FAR]], [[-6, -4]], beta=0.5)  # 4: as right as can be
    yield _pairs([[-FAR, -5], [-3, -4]], [[-6, -5], [-3, -5]], beta=0.5)  # 4: as wrong as can be
    for wanted in ("policy_chosen", "policy_rejected"):
        yield {**_drawn(first, B=3, beta=0.4), "wanted": wanted}  # 5
        far = _pairs([[-FAR, -5], [-5, -FAR]], [[-6, -4.5], [-6, -4]], beta=0.5)
        yield {**far, "wanted": wanted}  # 4, 5
    for number in range(24 if thorough else 4):
        yield _random_case(rng, ("loss", "policy_chosen", "loss", "policy_rejected")[number % 4])


def _pairs(policy: list[list[float]], reference: list[list[float]], beta: float) -> dict:
    """Return a case of pairs, each a chosen and a rejected response."""
    columns = [*zip(*policy, strict=True), *zip(*reference, strict=True)]
    four = [torch.tensor(column, dtype=torch.float32) for column in columns]
    return {"wanted": "loss", **dict(zip(NAMES, four, strict=True)), "beta": beta}


def _drawn(rng: np.random.Generator, B: int, beta: float) -> dict:
    reference = -tensors.normal(rng, B, 2).abs() * 3 - 4
    moved = tensors.normal(rng, B, 2) * 0.75 / beta**0.5
    no_tie = torch.tensor([0.005, 0.0])  # some right answers have a kink there
    policy = (reference + moved).round(decimals=2) + no_tie
    return _pairs(policy.tolist(), reference.round(decimals=2).tolist(), beta)


def _of_the_reference(inputs: dict) -> dict:
    same = {name: inputs[name.replace("policy", "ref")].clone() for name in NAMES[:2]}
    return {**inputs, **same}


def _random_case(rng: np.random.Generator, wanted: str) -> dict:
    beta = float(rng.choice([0.15, 0.25, 0.35, 0.6, 1.4, 2.5]))
    return {**_drawn(rng, B=int(rng.integers(2, 7)), beta=beta), "wanted": wanted}


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that torch raises where it takes a gradient."""
    return gradient_error(outcome) or compare(inputs, outcome)


EXERCISE = Exercise(
    name="dpo_loss",
    functions=("dpo_loss",),
    read="section 9, Preferences without a reward model",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text("dpo_loss"),
)
