"""Call each answer of lesson 08 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable

import torch

from course_lib.exercises.rlhf.critique_call import critique_and_revise
from course_lib.exercises.rlhf.pair_call import penalized_returns, returns_and_advantages
from course_lib.exercises.rlhf.wanted import loss_or_gradient

__all__ = [
    "bradley_terry_loss",
    "critique_and_revise",
    "dpo_loss",
    "grpo_advantages",
    "kl_estimates",
    "penalized_returns",
    "ppo_clip_loss",
    "returns_and_advantages",
]


def bradley_terry_loss(answer: Callable, inputs: dict):
    return loss_or_gradient(lambda given: answer(given["chosen"], given["rejected"]), inputs)


def kl_estimates(answer: Callable, inputs: dict):
    """Return the estimates, or the gradient of the sum of one of them for `logprobs`."""
    logprobs, ref_logprobs = inputs["logprobs"], inputs["ref_logprobs"]
    if inputs["wanted"] == "estimates":
        return answer(logprobs, ref_logprobs)
    estimates = answer(logprobs.requires_grad_(), ref_logprobs)
    total = estimates[inputs["wanted"]].sum()
    return {inputs["wanted"]: torch.autograd.grad(total, logprobs)[0]}


def ppo_clip_loss(answer: Callable, inputs: dict):
    names = ("logprobs", "old_logprobs", "advantages", "mask", "clip")
    return loss_or_gradient(lambda given: answer(*(given[name] for name in names)), inputs)


def dpo_loss(answer: Callable, inputs: dict):
    names = ("policy_chosen", "policy_rejected", "ref_chosen", "ref_rejected", "beta")
    return loss_or_gradient(lambda given: answer(*(given[name] for name in names)), inputs)


def grpo_advantages(answer: Callable, inputs: dict):
    return answer(inputs["rewards"], inputs["eps"])
