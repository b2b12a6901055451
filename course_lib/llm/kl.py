"""How far has a policy moved from its reference? Three estimates from the tokens it drew.

All need only the two log-probabilities of each drawn token. Schulman, 2020, "Approximating KL
Divergence", http://joschu.net/blog/kl-approx.html.

With log_ratio = log policy - log reference:

    k1 = log_ratio                         right on average; single values are often negative
    k2 = log_ratio^2 / 2                   wrong on average, nearly right while both are close
    k3 = exp(-log_ratio) - 1 + log_ratio   right on average, and never below 0

Right on average means: over tokens that this policy drew, and where the policy can draw all that
the reference can. Near the reference k3 is far steadier than k1. Far from it its mean rests on
tokens that are hardly ever drawn, and a sample of usual size says too little.

A right value does not make a right gradient, because drawing is not differentiated. On average,
at one position, the gradient of k1 is 0: it pushes nowhere. That of k2 is the gradient of
KL(policy, reference). That of k3 is the gradient of KL(reference, policy), the other way round,
which is nearly the same while both are close. None of them tells a token that later ones went
astray because of it; a penalty inside the reward does (`ppo.penalized_rewards`). Tang and Munos,
2025, https://arxiv.org/abs/2506.09477.
"""

import torch
from torch import Tensor

from course_lib.llm.logprobs import masked_mean


def kl_estimates(logprobs: Tensor, ref_logprobs: Tensor) -> dict[str, Tensor]:
    """Return k1, k2 and k3 of KL(policy, reference) at each token.

    Args:
        logprobs: (...) the policy's log-probability of each token that it drew.
        ref_logprobs: (...) the reference's of the same tokens.

    Returns:
        {"k1": (...), "k2": (...), "k3": (...)} in nats.

    Example:
        >>> half, quarter = torch.tensor(0.5).log(), torch.tensor(0.25).log()
        >>> {name: round(value.item(), 3) for name, value in kl_estimates(half, quarter).items()}
        {'k1': 0.693, 'k2': 0.24, 'k3': 0.193}
    """
    log_ratio = logprobs - ref_logprobs
    return {
        "k1": log_ratio,
        "k2": log_ratio.square() / 2,
        "k3": torch.expm1(-log_ratio) + log_ratio,  # expm1(x) is exp(x) - 1, exact near 0 too
    }


def response_kl_estimates(
    logprobs: Tensor, ref_logprobs: Tensor, response_mask: Tensor
) -> dict[str, Tensor]:
    """Return each estimate (B, T) at the response tokens, and 0 elsewhere, whatever stands there.

    Args:
        logprobs, ref_logprobs: (B, T) from `token_logprobs`.
        response_mask: (B, T) bool.
    """
    outside = ~response_mask
    return kl_estimates(logprobs.masked_fill(outside, 0.0), ref_logprobs.masked_fill(outside, 0.0))


def mean_kl_estimates(
    logprobs: Tensor, ref_logprobs: Tensor, response_mask: Tensor
) -> dict[str, Tensor]:
    """Return the mean of each estimate over all response tokens, a scalar in nats a token."""
    estimates = response_kl_estimates(logprobs, ref_logprobs, response_mask)
    return {name: masked_mean(values, response_mask) for name, values in estimates.items()}
