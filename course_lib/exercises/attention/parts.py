"""Attention put together from parts, so that a mistake can put another in the place of one.

It works in float64 and is about mistakes only: what is right comes from elsewhere.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Hide = Callable[[Tensor, Tensor], Tensor]  # scores and what is allowed -> scores
Weigh = Callable[[Tensor], Tensor]  # scores -> weights


def attend(
    inputs: dict,
    divisor: float | None = None,
    hide: Hide | None = None,
    weigh: Weigh | None = None,
    values: str = "v",
) -> Tensor:
    """Return attention as float32, with the right part wherever None stands.

    Args:
        inputs: "q", "k", "v" and "allowed" (T_q, T_k) or None.
        divisor: of the scores; the square root of D.
        hide: for scores where `allowed` is a mask; sets the others to minus infinity.
        weigh: the softmax over the keys.
        values: the name of the input that is summed.
    """
    q, k = inputs["q"].double(), inputs["k"].double()
    scores = q @ k.transpose(-2, -1) / (divisor or math.sqrt(q.size(-1)))
    if inputs["allowed"] is not None:
        scores = (hide or minus_infinity)(scores, inputs["allowed"])
    return ((weigh or softmax)(scores) @ inputs[values].double()).float()


def all_of(T_q: int, T_k: int) -> Tensor:
    """Return the mask (T_q, T_k) that allows everything."""
    return torch.ones(T_q, T_k, dtype=torch.bool)


def past(T: int) -> Tensor:
    """Return (T, T) bools, True where the key is at the query's position or before it."""
    return all_of(T, T).tril()


def softmax(scores: Tensor) -> Tensor:
    return scores.softmax(dim=-1)


def softmax_over_queries(scores: Tensor) -> Tensor:
    return scores.softmax(dim=-2)


def softmax_over_the_first_axis(scores: Tensor) -> Tensor:
    return scores.softmax(dim=0)


def only_the_largest(scores: Tensor) -> Tensor:
    return torch.zeros_like(scores).scatter(-1, scores.argmax(-1, keepdim=True), 1.0)


def all_alike(scores: Tensor) -> Tensor:
    return torch.zeros_like(scores).masked_fill(scores.isneginf(), -math.inf).softmax(dim=-1)


def without_exponential(scores: Tensor) -> Tensor:
    scores = scores.masked_fill(scores.isneginf(), 0.0)
    return scores / scores.sum(dim=-1, keepdim=True)


def minus_infinity(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores.masked_fill(~allowed, -math.inf)


def turned_around(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores.masked_fill(allowed, -math.inf)


def zero(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores.masked_fill(~allowed, 0.0)


def nothing(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores


def added(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores + allowed


def times(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores * allowed


def zero_times_infinity(scores: Tensor, allowed: Tensor) -> Tensor:
    return scores + (~allowed).double() * -math.inf


def lowered_by(amount: float) -> Hide:
    """Return a way to hide that takes the same off each score that is not allowed."""
    return lambda scores, allowed: scores - amount * (~allowed).double()


def replaced_by(score: float) -> Hide:
    """Return a way to hide that gives each key that is not allowed the same score."""
    return lambda scores, allowed: scores.masked_fill(~allowed, score)
