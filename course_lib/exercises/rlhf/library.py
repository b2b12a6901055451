"""What `mine` hands out where a learner has no answer yet: short versions that change nothing."""

from collections.abc import Callable

from torch import Tensor

from course_lib.llm import constitution, dpo, grpo, kl, ppo, rewards
from course_lib.llm.logprobs import masked_mean


def bradley_terry_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """Return how surprised rewards (B,) are by preferences, in nats a pair."""
    return rewards.bradley_terry_loss(chosen, rejected)


def kl_estimates(logprobs: Tensor, ref_logprobs: Tensor) -> dict[str, Tensor]:
    """Return k1, k2 and k3 of KL(policy, reference) at each token that the policy drew."""
    return kl.kl_estimates(logprobs, ref_logprobs)


def returns_and_advantages(
    rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, lam: float
) -> tuple[Tensor, Tensor]:
    """Return the rewards to come from each token on, and how much better than expected, (B, T)."""
    return ppo.returns_and_advantages(rewards, values, mask, gamma, lam)


def ppo_clip_loss(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: float
) -> Tensor:
    """Return minus the mean gain of the tokens in mask (B, T); moving far gains none."""
    return ppo.ppo_clip_loss(logprobs, old_logprobs, advantages, mask, clip)


def penalized_returns(
    rewards: Tensor, logprobs: Tensor, ref_logprobs: Tensor, mask: Tensor, beta: float
) -> tuple[Tensor, Tensor]:
    """Return rewards (B,) minus the prices still to pay, at each token (B, T), and the mean KL."""
    log_ratio = (logprobs - ref_logprobs).masked_fill(~mask, 0.0)
    to_pay = beta * log_ratio.flip(1).cumsum(dim=1).flip(1)
    returns = (rewards[:, None] - to_pay).masked_fill(~mask, 0.0)
    return returns, masked_mean(log_ratio, mask)


def dpo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    beta: float,
) -> Tensor:
    """Return how surprised the policy's implicit rewards (B,) are by preferences, in nats a pair.

    The first four are log-probabilities of whole responses, (B,).
    """
    return dpo.dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta)


def grpo_advantages(rewards: Tensor, eps: float) -> Tensor:
    """Return how much better each answer is than its group, for rewards (groups, n)."""
    return grpo.grpo_advantages(rewards, eps)


def critique_and_revise(
    prompt: str, response: str, critic: Callable, reviser: Callable, max_rounds: int
) -> tuple[str, str] | None:
    """Return (chosen, rejected): a revision that violates nothing and the original, or None."""
    return constitution.critique_and_revise(prompt, response, critic, reviser, max_rounds)
