"""Compare several answers to one prompt with each other: no value model is needed.

GRPO, group relative policy optimization: Shao et al., 2024, https://arxiv.org/abs/2402.03300.

Two of its divisions change what is learned. Liu et al., 2025, https://arxiv.org/abs/2503.20783,
leave out both and call that Dr. GRPO:

- by the standard deviation of a group's rewards: the less the answers to a prompt differ, the
  more each difference counts, so most where nearly all are right or nearly all wrong;
- by the length of each answer: every answer counts the same, so a token of a long one counts
  less. A wrong answer is punished less a token if it goes on, and a right one rewarded more a
  token if it is short. They saw wrong answers grow longer.
"""

from torch import Tensor

from course_lib.llm.kl import response_kl_estimates
from course_lib.llm.ppo import clipped_gain


def grpo_advantages(rewards: Tensor, eps: float = 1e-4) -> Tensor:
    """Return how much better each answer is than its group, in standard deviations of the group.

    Where all answers of a group are equally good, nothing is learned from it: all get 0. With
    right-or-wrong rewards that is most groups, as long as prompts are too hard or too easy.

    Args:
        rewards: (groups, n) of n answers to each prompt; not modified.
        eps: added to the standard deviation, which divides by n (not n - 1) inside; above 0.

    Returns:
        (groups, n); each group sums to 0.

    Raises:
        ValueError: if `eps` is not above 0.

    Example:
        >>> import torch
        >>> grpo_advantages(torch.tensor([[1.0, 0.0, 0.0, 1.0], [0.1, 0.1, 0.1, 0.1]]), eps=0.0001)
        tensor([[ 0.9998, -0.9998, -0.9998,  0.9998],
                [ 0.0000,  0.0000,  0.0000,  0.0000]])
    """
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    # Equal rewards minus their rounded mean would not be quite 0; minus each other they are.
    rewards = rewards - rewards[:, :1]
    centered = rewards - rewards.mean(dim=-1, keepdim=True)
    return centered / (rewards.std(dim=-1, keepdim=True, correction=0) + eps)


def grpo_loss(
    logprobs: Tensor,
    old_logprobs: Tensor,
    ref_logprobs: Tensor,
    advantages: Tensor,
    response_mask: Tensor,
    clip: float,
    beta: float,
) -> Tensor:
    """Return the loss of a policy: PPO's clipped gain, minus beta times k3, at each token.

    The mean is taken over the tokens of each answer first, then over answers: see above what that
    does. The penalty is part of the loss, not of the rewards: see `kl` for its gradient. It is
    right on average only until the first step, while the policy is the one that drew the tokens.

    Args:
        logprobs: (B, T) under the policy.
        old_logprobs: (B, T) constants, under the policy as it was when it drew the tokens.
        ref_logprobs: (B, T) constants, under the reference.
        advantages: (B,) constants, one for each answer.
        response_mask: (B, T) bool.
        clip: as in `ppo.ppo_clip_loss`.
        beta: the price of a nat.

    Returns:
        A scalar to minimize. A row without a response adds 0 to the mean over answers.
    """
    gain = clipped_gain(logprobs, old_logprobs, advantages[:, None], response_mask, clip)
    penalty = beta * response_kl_estimates(logprobs, ref_logprobs, response_mask)["k3"]
    totals = (gain - penalty).masked_fill(~response_mask, 0.0).sum(dim=-1)  # (B,)
    lengths = response_mask.sum(dim=-1).clamp(min=1)  # (B,)
    return -(totals / lengths).mean()
