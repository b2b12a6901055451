"""Call each answer of lesson 03 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor

Attention = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]


def attention_scores(answer: Callable, inputs: dict):
    return answer(inputs["q"], inputs["k"])


def stable_softmax(answer: Callable, inputs: dict):
    return answer(inputs["x"], inputs["dim"])


def causal_weights(answer: Callable, inputs: dict):
    return answer(inputs["scores"])


def attention(answer: Callable, inputs: dict):
    return answer(inputs["q"], inputs["k"], inputs["v"], inputs["allowed"])


def split_heads(answer: SimpleNamespace, inputs: dict):
    if inputs["function"] == "merge_heads":
        return answer.merge_heads(inputs["x"])
    heads = answer.split_heads(inputs["x"], inputs["n_head"])
    return heads if inputs["function"] == "split_heads" else answer.merge_heads(heads)


def multi_head_attention(answer: Callable, inputs: dict):
    weights = (inputs[name] for name in ("w_q", "w_k", "w_v", "w_o"))
    return answer(inputs["x"], *weights, inputs["n_head"], handed_in(inputs["attention"]))


def grouped_query_attention(answer: Callable, inputs: dict):
    return answer(inputs["q"], inputs["k"], inputs["v"], handed_in(inputs["attention"]))


def attention_cost(answer: Callable, inputs: dict):
    sizes = (inputs[name] for name in ("B", "T", "H", "D"))
    return answer(*sizes, inputs["bytes_per_value"])


def mask_first(answer: Callable, inputs: dict):
    return answer(inputs["scores"])


def handed_in(kind: str) -> Attention:
    """Return the `attention(q, k, v, allowed)` that an answer is given.

    Args:
        kind: "softmax" is real attention; "mean" gives each query the plain mean of the values it
            may use, so that an answer with an attention of its own is found out.
    """

    def attention(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None) -> Tensor:
        _refuse_odd_shapes(q, k, v, allowed)
        scores = q @ k.transpose(-2, -1) / q.size(-1) ** 0.5  # (B, H, T_q, T_k)
        if kind == "mean":
            scores = torch.zeros_like(scores)
        if allowed is not None:
            scores = scores.masked_fill(~allowed, float("-inf"))
        return scores.softmax(dim=-1) @ v

    return attention


def _refuse_odd_shapes(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None) -> None:
    """Raise ValueError for what torch would broadcast in silence, or refuse in words of its own."""
    shapes = ", ".join(f"{name} {tuple(t.shape)}" for name, t in (("q", q), ("k", k), ("v", v)))
    fit = q.dim() == k.dim() == 4 and k.shape == v.shape and q.shape[:2] == k.shape[:2]
    if not fit or q.size(-1) != k.size(-1):
        raise ValueError(f"attention wants q, k, v as (B, H, T, D) with one B, H, D; got {shapes}")
    wanted = (q.size(2), k.size(2))
    if allowed is not None and (allowed.dtype != torch.bool or tuple(allowed.shape) != wanted):
        raise ValueError(
            f"attention wants allowed as bools of shape {wanted}, or None; got "
            f"{str(allowed.dtype).removeprefix('torch.')} of shape {tuple(allowed.shape)}"
        )
