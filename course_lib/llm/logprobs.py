"""How likely were the tokens of an answer? And how far apart are two models, exactly?

A model's logits at one position are about the next token. Here everything is stored where the
token itself stands: entry t is about token t, given the tokens before it. So a mask over the
tokens of an answer fits as it is, and nothing needs to be shifted later.
"""

import torch.nn.functional as F
from torch import Tensor


def token_logprobs(logits: Tensor, ids: Tensor, response_mask: Tensor) -> Tensor:
    """Return the log-probability of each response token, given all tokens before it.

    Entry t comes from the logits at t - 1. Nothing comes before the first token, so it can only
    be part of a prompt.

    Args:
        logits: (B, T, V) what a model says after reading `ids`.
        ids: (B, T) int64, prompt, response, padding.
        response_mask: (B, T) bool, True at the tokens of the response.

    Returns:
        (B, T) in nats; 0 outside the response.

    Raises:
        ValueError: if the first token of a row is part of its response.

    Example:
        >>> import torch
        >>> logits = torch.tensor([[[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]]]).log()
        >>> mask = torch.tensor([[False, True, True]])
        >>> token_logprobs(logits, torch.tensor([[0, 1, 0]]), mask).exp()
        tensor([[1.0000, 0.8000, 0.5000]])
    """
    if response_mask[:, 0].any():
        raise ValueError("expected a prompt before each response, got one at the first token")
    before = logits[:, :-1].log_softmax(dim=-1)  # (B, T - 1, V), entry t - 1 is about token t
    chosen = before.gather(-1, ids[:, 1:, None]).squeeze(-1)  # (B, T - 1)
    return F.pad(chosen, (1, 0)).masked_fill(~response_mask, 0.0)  # (B, T)


def sequence_logprob(logprobs: Tensor, response_mask: Tensor) -> Tensor:
    """Return the log-probability of each whole response: the sum over its tokens.

    Args:
        logprobs: (B, T) from `token_logprobs`.
        response_mask: (B, T) bool.

    Returns:
        (B,) in nats. Longer responses have smaller ones.
    """
    return logprobs.masked_fill(~response_mask, 0.0).sum(dim=-1)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of the counted values, whatever stands elsewhere; 0 if none is counted.

    Args:
        values: (B, T)
        mask: (B, T) bool, True where a value counts.
    """
    return values.masked_fill(~mask, 0.0).sum() / mask.sum().clamp(min=1)


def at_next_token(values: Tensor) -> Tensor:
    """Move what was found at each position to the token that the position predicts.

    Args:
        values: (B, T), such as the `entropy` of a model's logits.

    Returns:
        (B, T), entry t about token t as in `token_logprobs`; the first is 0.

    Example:
        >>> import torch
        >>> at_next_token(torch.tensor([[5, 6, 7]]))
        tensor([[0, 5, 6]])
    """
    return F.pad(values[:, :-1], (1, 0))


def entropy(logits: Tensor) -> Tensor:
    """Return how uncertain each prediction is, from 0 to log V, in nats.

    Args:
        logits: (..., V)

    Returns:
        (...), at the position that predicts; see `at_next_token`.
    """
    logprobs = logits.log_softmax(dim=-1)
    probs = logprobs.exp()
    return -(probs * logprobs.masked_fill(probs == 0, 0.0)).sum(dim=-1)  # 0 log 0 is 0


def exact_kl(logits: Tensor, ref_logits: Tensor) -> Tensor:
    """Return KL(policy, reference) of each prediction: a sum over all V tokens.

    The Kullback-Leibler divergence is the mean of log(policy / reference) over tokens that the
    policy draws. It is 0 where both agree, else above 0, and not the same the other way round.

    Args:
        logits, ref_logits: (..., V) of the policy and of the reference, after the same tokens.

    Returns:
        (...) in nats, at the position that predicts; see `at_next_token`.
    """
    logprobs, ref_logprobs = logits.log_softmax(dim=-1), ref_logits.log_softmax(dim=-1)
    probs = logprobs.exp()
    log_ratio = (logprobs - ref_logprobs).masked_fill(probs == 0, 0.0)  # never drawn: no part
    return (probs * log_ratio).sum(dim=-1)
