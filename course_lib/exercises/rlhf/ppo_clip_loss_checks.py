"""`ppo_clip_loss`: what right answers do."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.observe import Outcome
from course_lib.exercises.rlhf.losses import call_text, gradient_error
from course_lib.exercises.rlhf.ppo_clip_loss_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The ratio of a token is its probability under the policy as it is now, divided by the one under
#    the policy that drew it.
# 2. A token gains the lesser of two numbers: its ratio times its advantage, and its ratio kept
#    within 1 − `clip` and 1 + `clip`, times its advantage.
# 3. The result is minus the sum of these gains over all tokens in the mask, divided by their
#    number: a tensor with one number. Where `mask` is False everywhere, it is 0.
# 4. What stands outside the mask changes neither the loss nor its gradient, whatever it is, nan and
#    inf too.
# 5. Log-probabilities of −200, of which e to the power is 0 in float32, give neither nan nor a
#    ratio of 0.
# 6. It is made by torch operations alone, so that its gradient for `logprobs` can be taken. The
#    other inputs are constants.
# 7. The inputs are left unchanged.

RATIOS = (1.5, 0.5, 0.5, 1.5)
BY_HAND = {
    "wanted": "loss",
    "logprobs": torch.tensor([[math.log(ratio) - 1 for ratio in RATIOS]]),
    "old_logprobs": torch.full((1, 4), -1.0),
    "advantages": torch.tensor([[2.0, 1.0, -1.0, -1.0]]),
    "mask": torch.ones(1, 4, dtype=torch.bool),
    "clip": 0.2,
}
CLIPS = (0.1, 0.2, 0.3)
MOVES = (-0.9, -0.6, -0.3, -0.16, -0.05, 0.05, 0.14, 0.3, 0.45, 0.7)  # no ratio near any 1 ± clip
FAR_AWAY = {
    "wanted": "loss",
    "logprobs": torch.tensor([[-0.5, -3.5, -1.0, -4.0]]),
    "old_logprobs": torch.tensor([[-2.5, -1.5, -2.5, -2.0]]),  # ratios of 7.4, 0.14, 4.5, 0.14
    "advantages": torch.tensor([[-1.0, 0.5, 2.0, -0.5]]),
    "mask": torch.tensor([[True, True, True, True]]),
    "clip": 0.2,
}
NO_NUMBERS = (float("nan"), -float("inf"), float("inf"))


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(44)  # mistakes are told by the first case that they get wrong
    yield _drawn(first, ["11111", "11111"], clip=0.2)  # 1, 2, 3
    yield BY_HAND  # 1, 2, 3
    yield _drawn(first, ["00110", "01111"], clip=0.1)  # 3, 4
    yield _drawn(first, ["01", "00", "11"], clip=0.3)  # 3, 4: a row of none
    yield _no_numbers(_drawn(first, ["00111", "00100"], clip=0.2))  # 4
    yield _unlikely(_drawn(first, ["111", "110"], clip=0.2))  # 5
    yield _drawn(first, ["000", "000"], clip=0.2)  # 3: nothing counts
    yield FAR_AWAY  # 2: a step in the wrong direction is felt at any ratio
    yield _unmoved(_drawn(first, ["1110", "0111"], clip=0.2))  # 1, 2: before the first step
    gradient = {"wanted": "logprobs"}
    yield {**_drawn(first, ["1111", "1111"], clip=0.2), **gradient}  # 6
    yield {**_drawn(first, ["01110", "00100"], clip=0.3), **gradient}  # 4, 6
    yield {**_unmoved(_drawn(first, ["1110", "0111"], clip=0.1)), **gradient}  # 6
    yield {**_no_numbers(_drawn(first, ["0011", "0010"], clip=0.2)), **gradient}  # 4, 6
    yield {**FAR_AWAY, **gradient}  # 2, 6
    for number in range(24 if thorough else 4):
        inputs = _random_case(rng)
        inputs = [inputs, _no_numbers(inputs), _unlikely(inputs), inputs][number % 4]
        # Where every token is past its end, torch has no gradient for some of the right answers.
        is_felt = truth({**inputs, **gradient}).any()
        yield {**inputs, **gradient} if is_felt and number % 8 in (3, 5) else inputs


def _drawn(rng: np.random.Generator, rows: list[str], clip: float) -> dict:
    shape = len(rows), len(rows[0])
    old = -(rng.random(shape) * 3 + 1).round(2)
    signs = rng.choice([-1, 1], size=shape)
    return {
        "wanted": "loss",
        "logprobs": torch.tensor(old + rng.choice(MOVES, size=shape)).float(),
        "old_logprobs": torch.tensor(old).float(),
        "advantages": torch.tensor(signs * (rng.random(shape) * 2 + 0.2).round(2)).float(),
        "mask": torch.tensor([[mark == "1" for mark in row] for row in rows]),
        "clip": clip,
    }


def _no_numbers(inputs: dict) -> dict:
    """Return a case with nan and infinity outside the mask, in turns."""
    names = ("logprobs", "old_logprobs", "advantages")
    given = {name: inputs[name].clone() for name in names}
    for number, (b, t) in enumerate((~inputs["mask"]).nonzero().tolist()):
        given["logprobs"][b, t] = NO_NUMBERS[(number + 1) % 3]
        given["old_logprobs"][b, t] = NO_NUMBERS[(number + 1) % 2]
        given["advantages"][b, t] = NO_NUMBERS[number % 3]
    return {**inputs, **given}


def _unlikely(inputs: dict) -> dict:
    return {**inputs, **{name: inputs[name] - 200 for name in ("logprobs", "old_logprobs")}}


def _unmoved(inputs: dict) -> dict:
    return {**inputs, "logprobs": inputs["old_logprobs"].clone()}


def _random_case(rng: np.random.Generator) -> dict:
    B, T = rng.permutation(range(2, 8))[:2].tolist()
    mask = torch.tensor(rng.random((B, T)) < 0.6)
    mask[int(rng.integers(B)), int(rng.integers(T))] = True
    return {**_drawn(rng, ["0" * T] * B, float(rng.choice(CLIPS))), "mask": mask}


def truth(inputs: dict) -> Tensor:
    """Go through the tokens: from 1 + clip on a good one gains no more, from 1 − clip a bad one."""
    new, old, advantages = (
        inputs[name].tolist() for name in ("logprobs", "old_logprobs", "advantages")
    )
    places = inputs["mask"].nonzero().tolist()
    gains, slopes = [], torch.zeros(inputs["mask"].shape)
    for b, t in places:
        ratio, advantage = math.exp(new[b][t] - old[b][t]), advantages[b][t]
        end = 1 + inputs["clip"] if advantage > 0 else 1 - inputs["clip"]
        is_past = ratio > end if advantage > 0 else ratio < end
        gains.append((end if is_past else ratio) * advantage)
        slopes[b, t] = 0.0 if is_past else -ratio * advantage / len(places)
    if inputs["wanted"] == "loss":
        return torch.tensor((0.0 - math.fsum(gains)) / max(len(places), 1))
    return slopes


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that torch raises where it takes a gradient."""
    return gradient_error(outcome) or compare(inputs, outcome)


EXERCISE = Exercise(
    name="ppo_clip_loss",
    functions=("ppo_clip_loss",),
    read="section 7, Small steps",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text("ppo_clip_loss"),
)
