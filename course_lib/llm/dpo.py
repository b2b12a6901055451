"""Learn from preferences without a reward model: the policy is one.

DPO, direct preference optimization: Rafailov et al., 2023, https://arxiv.org/abs/2305.18290.

The policy that is best at reward - beta * KL(policy, reference) is the reference, with each
answer made exp(reward / beta) times as likely and then all divided by their sum. Read backwards,
every policy is best at some reward: beta * log(policy / reference), and a number for each prompt
that cancels where two answers to it are compared.
"""

from torch import Tensor

from course_lib.llm.rewards import bradley_terry_loss


def implicit_reward(policy: Tensor, reference: Tensor, beta: float) -> Tensor:
    """Return the reward (B,) at which a policy is best, up to a number for each prompt.

    Args:
        policy, reference: (B,) log-probabilities of whole responses, in nats.
        beta: units of reward a nat; the larger, the closer to the reference a policy stays.
    """
    return beta * (policy - reference)


def dpo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    beta: float,
) -> Tensor:
    """Return how surprised the policy's implicit rewards are by preferences, in nats a pair.

    Args:
        policy_chosen, policy_rejected: (B,) the policy's log-probabilities of the preferred and
            of the other response of each pair, from `logprobs.sequence_logprob`.
        ref_chosen, ref_rejected: (B,) the reference's; constants.
        beta: as in `implicit_reward`.

    Returns:
        A scalar, log 2 where the policy is the reference. It can fall while both responses become
        less likely, if the rejected one falls faster.

    Example:
        >>> import torch
        >>> a, b = torch.tensor([-5.0]), torch.tensor([-7.0])
        >>> dpo_loss(a, b, a, b, beta=0.1)
        tensor(0.6931)
    """
    chosen = implicit_reward(policy_chosen, ref_chosen, beta)
    rejected = implicit_reward(policy_rejected, ref_rejected, beta)
    return bradley_terry_loss(chosen, rejected)
