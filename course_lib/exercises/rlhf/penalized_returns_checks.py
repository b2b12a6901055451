"""`penalized_returns`, the bug hunt: what a right answer does."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.pair_errors import finding_of
from course_lib.exercises.rlhf.pair_parts import judge_parts
from course_lib.exercises.rlhf.penalized_returns_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each token in the mask has a price, `beta` times the difference `logprobs - ref_logprobs`. It
#    may be below 0.
# 2. The return of a token in the mask is the reward of its row, minus its own price and the prices
#    of all later tokens in the mask of its row. Outside the mask the returns are 0.
# 3. `kl` is the mean of `logprobs - ref_logprobs` over all tokens in the mask, those of all rows
#    together: a tensor with one number.
# 4. What stands outside the mask in `logprobs` and `ref_logprobs` changes nothing, whatever it is,
#    nan and inf too.
# 5. The inputs are left unchanged.

BY_HAND = {
    "rewards": torch.tensor([1.0, 2.0]),
    "logprobs": torch.tensor([[-1.0, -2.0, -3.0], [-1.0, -0.5, -2.0]]),
    "ref_logprobs": torch.tensor([[-1.5, -1.75, -7.0], [-2.0, -1.0, -1.0]]),
    "mask": torch.tensor([[True, True, False], [True, True, True]]),
    "beta": 0.5,
}
BETAS = (0.1, 0.25, 0.5, 0.75, 2.0)
NAMES = ("returns", "kl")
NO_NUMBERS = (float("nan"), -float("inf"), float("inf"))


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(3)  # mistakes are told by the first case that they get wrong
    yield _drawn(first, ["111", "111"], 0.4)  # 1, 2, 3
    yield BY_HAND  # 1 to 4
    yield _drawn(first, ["11000", "11100"], 0.5)  # 2, 3, 4: padding in all rows
    yield _drawn(first, ["0011", "0111", "0110"], 0.25)  # 2, 3, 4: a prompt before
    yield _drawn(first, ["11011", "10110"], 0.75)  # 2, 3, 4: a gap
    yield _no_numbers(_drawn(first, ["0110", "1000", "0111"], 0.5))  # 4
    yield _drawn(first, ["1"], 0.5)  # 1, 2, 3: one token
    for number in range(24 if thorough else 4):
        B, T = rng.permutation(range(2, 8))[:2].tolist()
        mask = torch.tensor(rng.random((B, T)) < 0.6)
        mask[torch.arange(B), torch.tensor(rng.integers(T, size=B))] = True
        inputs = {**_drawn(rng, ["0" * T] * B, float(rng.choice(BETAS))), "mask": mask}
        yield _no_numbers(inputs) if number % 2 else inputs


def _drawn(rng: np.random.Generator, rows: list[str], beta: float) -> dict:
    shape = len(rows), len(rows[0])
    logprobs, ref_logprobs = (-(rng.random(shape) * 3).round(2) for _ in range(2))
    return {
        "rewards": tensors.normal(rng, len(rows)) + 1,
        "logprobs": torch.tensor(logprobs).float(),
        "ref_logprobs": torch.tensor(ref_logprobs).float(),
        "mask": torch.tensor([[mark == "1" for mark in row] for row in rows]),
        "beta": beta,
    }


def _no_numbers(inputs: dict) -> dict:
    """Return a case with nan and infinity outside the mask, in turns."""
    given = {name: inputs[name].clone() for name in ("logprobs", "ref_logprobs")}
    for number, (b, t) in enumerate((~inputs["mask"]).nonzero().tolist()):
        given["logprobs"][b, t] = NO_NUMBERS[(number + 1) % 3]
        given["ref_logprobs"][b, t] = NO_NUMBERS[number % 2]
    return {**inputs, **given}


def truth(inputs: dict) -> tuple[Tensor, Tensor]:
    """Let each token add up what it and the later ones have to pay."""
    new, reference = inputs["logprobs"].tolist(), inputs["ref_logprobs"].tolist()
    returns, nats = torch.zeros(inputs["mask"].shape), []
    for b, mask in enumerate(inputs["mask"].tolist()):
        moved = {t: new[b][t] - reference[b][t] for t, counts in enumerate(mask) if counts}
        nats += moved.values()
        for t in moved:
            to_pay = sum(inputs["beta"] * moved[later] for later in moved if later >= t)
            returns[b, t] = inputs["rewards"][b].item() - to_pay
    return returns, torch.tensor(math.fsum(nats) / len(nats))


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches; then look at the returns first, the KL afterwards."""
    return finding_of(outcome) or judge_parts(compare, inputs, outcome, NAMES, first=0)


def call_text(inputs: dict) -> str:
    return tensors.call_text("penalized_returns", inputs)


EXERCISE = Exercise(
    name="penalized_returns",
    functions=("penalized_returns",),
    read="section 7, A KL that falls by itself",
    cases=cases,
    judge=judge,
    returns=("tuple",),
    call_text=call_text,
)
