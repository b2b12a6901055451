"""Turn scores for the next token into one token: filters, temperature, a draw.

Each function takes logits (B, V) and returns new ones; a token that is filtered out has -inf.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


def temperature_probs(logits: Tensor, temperature: float) -> Tensor:
    """Return the probabilities of softmax(logits / temperature).

    Below 1 the likely tokens become likelier. At 0 all probability is on the first of the most
    likely tokens: greedy choice.

    Args:
        logits: (B, V); not modified.
        temperature: at least 0.

    Returns:
        (B, V) probabilities; each row sums to 1.

    Raises:
        ValueError: if `temperature` is negative.
    """
    if not temperature >= 0:
        raise ValueError(f"temperature must be at least 0, got {temperature}")
    if temperature == 0:
        best = logits.argmax(dim=-1, keepdim=True)  # (B, 1), the first of equals
        return torch.zeros_like(logits).scatter(-1, best, 1.0)
    largest = logits.amax(dim=-1, keepdim=True)  # taken off, so that no tiny temperature overflows
    smallest_number = torch.finfo(logits.dtype).tiny
    return ((logits - largest) / max(temperature, smallest_number)).softmax(dim=-1)


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    """Keep the `k` most likely tokens, and all that are exactly as likely as the k-th.

    Fan et al., 2018, https://arxiv.org/abs/1805.04833.

    Args:
        logits: (B, V); not modified.
        k: at least 1; V or more keeps every token.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    kth = logits.topk(min(k, logits.size(-1)), dim=-1).values[:, -1:]  # (B, 1)
    return logits.masked_fill(logits < kth, float("-inf"))


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    """Keep the smallest set of most likely tokens whose probability reaches `p`.

    Also called nucleus sampling (Holtzman et al., 2019, https://arxiv.org/abs/1904.09751). The
    token that crosses `p` is kept, so that at least one always is.

    Args:
        logits: (B, V); not modified.
        p: probability to keep, in (0, 1]; 1 keeps every token.

    Example:
        >>> probs = torch.tensor([[0.5, 0.3, 0.2]])
        >>> top_p_filter(probs.log(), p=0.6).softmax(dim=-1)
        tensor([[0.6250, 0.3750, 0.0000]])
    """
    if not 0 < p <= 1:
        raise ValueError(f"p must be in (0, 1], got {p}")
    if p == 1:
        return logits.clone()  # the rounding of a cumulative sum would drop rare tokens
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)  # both (B, V)
    probs = ordered.softmax(dim=-1)
    mass_before = probs.cumsum(dim=-1) - probs  # of the tokens that are likelier: crossing: < p
    dropped = (mass_before >= p).scatter(-1, order, mass_before >= p)  # in the order of ids
    return logits.masked_fill(dropped, float("-inf"))


def min_p_filter(logits: Tensor, min_p: float) -> Tensor:
    """Keep the tokens at least `min_p` times as likely as the most likely one.

    Nguyen et al., 2024, https://arxiv.org/abs/2407.01082.

    Args:
        logits: (B, V); not modified.
        min_p: in [0, 1]; 0 keeps every token.
    """
    if not 0 <= min_p <= 1:
        raise ValueError(f"min_p must be in [0, 1], got {min_p}")
    probs = logits.softmax(dim=-1)
    floor = min_p * probs.amax(dim=-1, keepdim=True)
    return logits.masked_fill(probs < floor, float("-inf"))


def repetition_penalty(logits: Tensor, ids: Tensor, penalty: float) -> Tensor:
    """Make the tokens of the text so far less likely, each once.

    Keskar et al., 2019, https://arxiv.org/abs/1909.05858, section 4.1.

    Args:
        logits: (B, V); not modified.
        ids: (B, T) each row's own text.
        penalty: above 0; positive logits are divided by it, negative ones multiplied. At 1 nothing
            changes.
    """
    if not penalty > 0:
        raise ValueError(f"penalty must be above 0, got {penalty}")
    seen = logits.gather(-1, ids)  # (B, T)
    lowered = torch.where(seen > 0, seen / penalty, seen * penalty)
    return logits.scatter(-1, ids, lowered)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to choose the next token. The default is a draw from the model's own distribution.

    Attributes:
        temperature: see `temperature_probs`; 0 is greedy.
        top_k, top_p, min_p: see the filters; None leaves one out.
        repetition_penalty: 1 does nothing.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0


GREEDY = Settings(temperature=0.0)


def next_token_probs(logits: Tensor, ids: Tensor, settings: Settings) -> Tensor:
    """Return the probabilities from which the next token is drawn.

    The penalty comes first, then the temperature, then each filter on what the one before left.

    Args:
        logits: (B, V) of the last position; not modified.
        ids: (B, T) the text so far.

    Returns:
        (B, V); each row sums to 1.
    """
    if settings.repetition_penalty != 1:
        logits = repetition_penalty(logits, ids, settings.repetition_penalty)
    probs = temperature_probs(logits, settings.temperature)
    if settings.temperature == 0:
        return probs  # all on one token, which every filter keeps
    logits = probs.log()
    if settings.top_k is not None:
        logits = top_k_filter(logits, settings.top_k)
    if settings.top_p is not None:
        logits = top_p_filter(logits, settings.top_p)
    if settings.min_p is not None:
        logits = min_p_filter(logits, settings.min_p)
    return logits.softmax(dim=-1)


def choose(
    logits: Tensor, ids: Tensor, settings: Settings, generator: torch.Generator | None = None
) -> Tensor:
    """Return the next token of each row, drawn from `next_token_probs`; greedy draws nothing.

    Returns:
        (B, 1) int64.
    """
    probs = next_token_probs(logits, ids, settings)
    if settings.temperature == 0:
        return probs.argmax(dim=-1, keepdim=True)
    return torch.multinomial(probs, num_samples=1, generator=generator)
