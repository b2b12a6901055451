"""Make tokens that turned out better than expected likelier, in small steps.

PPO, proximal policy optimization: Schulman et al., 2017, https://arxiv.org/abs/1707.06347. As
everywhere in these files, entry t is about token t given the tokens before it.

    rewards -> penalized_rewards -> returns_and_advantages -> ppo_clip_loss (policy)
                                                           -> value_loss (value model)
"""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.llm.logprobs import at_next_token, masked_mean
from course_lib.llm.rewards import last_response_token

MAX_LOG_RATIO = 20.0  # far outside any clip; e^100 would be infinite, and infinity * 0 no number


@torch.no_grad()
def penalized_rewards(
    rewards: Tensor, logprobs: Tensor, ref_logprobs: Tensor, response_mask: Tensor, beta: float
) -> Tensor:
    """Return the reward of each token: the answer's, at its last token, minus a price to move.

    Each token pays beta * log(policy / reference), the estimate k1. The sum over an answer is on
    average reward - beta * KL(policy, reference): Ziegler et al., 2019,
    https://arxiv.org/abs/1909.08593.

    Args:
        rewards: (B,) of whole answers.
        logprobs, ref_logprobs: (B, T) of the tokens, under the policy that drew them and under
            the reference.
        response_mask: (B, T) bool, at least one token a row.
        beta: units of reward a nat.

    Returns:
        (B, T), 0 outside the response; constants, through which no gradient flows.
    """
    prices = beta * (logprobs - ref_logprobs).masked_fill(~response_mask, 0.0)  # (B, T)
    brought = -prices
    brought[torch.arange(len(rewards)), last_response_token(response_mask)] += rewards
    return brought


def token_values(model: Callable[[Tensor], Tensor], ids: Tensor, response_mask: Tensor) -> Tensor:
    """Return the rewards to come that a value model expects before each token is chosen.

    Args:
        model: ids (B, T) -> (B, T, 1), of the kind that `rewards.reward_model` makes.
        ids, response_mask: (B, T)

    Returns:
        (B, T), entry t from what was read up to t - 1; 0 outside the response.
    """
    return at_next_token(model(ids).squeeze(-1)).masked_fill(~response_mask, 0.0)


@torch.no_grad()
def returns_and_advantages(
    rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, lam: float
) -> tuple[Tensor, Tensor]:
    """Return the rewards to come from each token on, and how much better than expected they are.

    Generalized advantage estimation (GAE): Schulman et al., 2015,
    https://arxiv.org/abs/1506.02438. A token's surprise (TD error, for temporal difference) is
    what it brought, reward + gamma * next value, minus what was expected, its value. Its
    advantage is its surprise, plus gamma * lam times the next token's advantage. lam = 1 believes
    the rewards that came (right on average, noisy), lam = 0 the next value (steady, and as wrong
    as the values are).

    Args:
        rewards: (B, T) of each token.
        values: (B, T) the rewards to come, as expected before each token.
        mask: (B, T) bool. After the last counted token nothing is to come; what is not counted is
            left out as if it were not there.
        gamma: what a reward one token later is worth, in [0, 1]; for answers usually 1.
        lam: in [0, 1].

    Returns:
        returns (B, T), the target of the values, and advantages (B, T), not normalized; both 0
        where nothing is counted, and constants, through which no gradient flows.
    """
    advantages = torch.zeros_like(values)
    next_value = next_advantage = torch.zeros_like(values[:, 0])  # (B,)
    for t in reversed(range(values.size(1))):
        surprise = rewards[:, t] + gamma * next_value - values[:, t]
        advantage = surprise + gamma * lam * next_advantage
        next_value = torch.where(mask[:, t], values[:, t], next_value)
        next_advantage = torch.where(mask[:, t], advantage, next_advantage)
        advantages[:, t] = advantage
    returns = (advantages + values).masked_fill(~mask, 0.0)
    return returns, advantages.masked_fill(~mask, 0.0)


def policy_gradient_loss(logprobs: Tensor, advantages: Tensor, mask: Tensor) -> Tensor:
    """Return the loss whose gradient makes tokens likelier in proportion to their advantage.

    REINFORCE: Williams, 1992, https://doi.org/10.1007/BF00992696. Only the gradient has a meaning,
    and only for tokens that the policy, as it is now, drew itself. Summed over the tokens of an
    answer it is on average the gradient of the expected reward; the mean takes smaller steps.

    Args:
        logprobs: (B, T) under the policy.
        advantages: (B, T) constants.
        mask: (B, T) bool.

    Returns:
        A scalar to minimize, a mean over the counted tokens.
    """
    return -masked_mean(logprobs.masked_fill(~mask, 0.0) * advantages, mask)


def ppo_clip_loss(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: float
) -> Tensor:
    """Return the loss of a policy that may move only a little from the one that drew the tokens.

    Before the first step on fresh tokens, its gradient is that of `policy_gradient_loss`.

    Args:
        logprobs: (B, T) under the policy.
        old_logprobs: (B, T) constants, under the policy as it was when it drew the tokens.
        advantages: (B, T) constants.
        mask: (B, T) bool.
        clip: how far the ratio of probabilities is rewarded to move from 1, such as 0.2.

    Returns:
        A scalar to minimize, a mean over the counted tokens.
    """
    return -masked_mean(clipped_gain(logprobs, old_logprobs, advantages, mask, clip), mask)


def clipped_gain(
    logprobs: Tensor, old_logprobs: Tensor, advantages: Tensor, mask: Tensor, clip: float
) -> Tensor:
    """Return what each token gains, (B, T): the lesser of ratio * advantage, clipped and not.

    So nothing is gained by going past 1 + clip with a good token or below 1 - clip with a bad
    one, while a step in the wrong direction is always felt.
    """
    log_ratio = (logprobs - old_logprobs).masked_fill(~mask, 0.0)
    ratio = log_ratio.clamp(max=MAX_LOG_RATIO).exp()
    return torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)


def value_loss(values: Tensor, returns: Tensor, mask: Tensor) -> Tensor:
    """Return the mean squared difference of expected and seen rewards, over counted tokens.

    Args:
        values: (B, T) from `token_values`.
        returns: (B, T) constants, from `returns_and_advantages`.
        mask: (B, T) bool.
    """
    return masked_mean((values - returns).masked_fill(~mask, 0.0).square(), mask)
