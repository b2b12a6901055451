"""`kl_estimates`: what a right answer does."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.kl_estimates_mistakes import MISTAKES, by_property
from course_lib.exercises.rlhf.losses import gradient_error

# The properties of the task; behind each case stands which of them it tries.
#
# 1. `k1` is the natural logarithm of the ratio policy / reference of the two probabilities. It may
#    be negative.
# 2. `k2` is half the square of that logarithm.
# 3. `k3` is r − 1 − ln r, where r is the other ratio, reference / policy.
# 4. Each is a tensor of the shape of `logprobs`, whatever that is, with one estimate for each
#    token. Nothing is averaged.
# 5. Log-probabilities of −200 give neither nan nor inf where both are near one another.
# 6. They are made by torch operations alone, so that the gradient of each for `logprobs` can be
#    taken. The reference's are constants.
# 7. The inputs are left unchanged.

NAMES = ("k1", "k2", "k3")
BY_HAND = {
    "wanted": "estimates",
    "logprobs": torch.tensor([1 / 2, 1 / 4, 1 / 8, 1 / 4]).log(),
    "ref_logprobs": torch.tensor([1 / 4, 1 / 4, 1 / 2, 1 / 8]).log(),
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(6)  # mistakes are told by the first case that they get wrong
    yield BY_HAND  # 1, 2, 3
    yield _drawn(first, 2, 5)  # 1, 2, 3, 4
    yield _drawn(first)  # 4: a single token
    yield _drawn(first, 2, 1, 3)  # 4
    yield _equal(_drawn(first, 3, 2))  # 1, 2, 3: both agree
    yield _unlikely(_drawn(first, 4), 200.0)  # 5
    for wanted in NAMES:
        yield {**_drawn(first, 3, 2), "wanted": wanted}  # 6
    yield {**_unlikely(_drawn(first, 3), 200.0), "wanted": "k3"}  # 5, 6
    for number in range(24 if thorough else 4):
        yield _random_case(rng, ("estimates", NAMES[number // 2 % 3])[number % 2])


def _drawn(rng: np.random.Generator, *shape: int) -> dict:
    """Return log-probabilities that differ everywhere, by 0.03 to 2."""
    logprobs = -tensors.normal(rng, *shape).abs() - 0.5
    apart = torch.tensor(rng.uniform(0.03, 2, size=shape).round(2) * rng.choice([-1, 1], shape))
    ref_logprobs = (logprobs + apart.float()).clamp(max=-0.01)
    return {"wanted": "estimates", "logprobs": logprobs, "ref_logprobs": ref_logprobs}


def _equal(inputs: dict) -> dict:
    return {**inputs, "ref_logprobs": inputs["logprobs"].clone()}


def _unlikely(inputs: dict, by: float) -> dict:
    names = ("logprobs", "ref_logprobs")
    return {**inputs, **{name: inputs[name] - by for name in names}}


def _random_case(rng: np.random.Generator, wanted: str) -> dict:
    shape = rng.permutation(range(2, 6))[: int(rng.integers(1, 4))].tolist()
    inputs = {**_drawn(rng, *shape), "wanted": wanted}
    return _unlikely(inputs, 150.0) if rng.random() < 0.2 else inputs


def truth(inputs: dict) -> dict[str, Tensor]:
    """Return all of it token by token, in Python's floats."""
    wanted = inputs["wanted"]
    if wanted == "estimates":
        return {name: _token_by_token(inputs, ESTIMATES[name]) for name in NAMES}
    return {wanted: _token_by_token(inputs, SLOPES[wanted])}


def _token_by_token(inputs: dict, of_log_ratio: Callable[[float], float]) -> Tensor:
    both = (inputs[name].flatten().tolist() for name in ("logprobs", "ref_logprobs"))
    numbers = [of_log_ratio(p - q) for p, q in zip(*both, strict=True)]
    return torch.tensor(numbers).reshape(inputs["logprobs"].shape)


ESTIMATES = {
    "k1": lambda x: x,
    "k2": lambda x: x * x / 2,
    "k3": lambda x: math.exp(-x) - 1 + x,
}
SLOPES = {"k1": lambda x: 1.0, "k2": lambda x: x, "k3": lambda x: 1 - math.exp(-x)}


def call_text(inputs: dict) -> str:
    arguments = {name: inputs[name] for name in ("logprobs", "ref_logprobs")}
    call, wanted = tensors.call_text("kl_estimates", arguments), inputs["wanted"]
    if wanted == "estimates":
        return call
    return f"the gradient for logprobs of the sum of {wanted}, of {call}"


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that torch raises where it takes a gradient."""
    return gradient_error(outcome) or compare(inputs, outcome)


EXERCISE = Exercise(
    name="kl_estimates",
    functions=("kl_estimates",),
    read="section 6, How far has the policy moved?",
    cases=cases,
    judge=judge,
    returns=("dict",),
    call_text=call_text,
)
