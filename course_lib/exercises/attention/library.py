"""What `mine` hands out where a learner has no answer yet, built on `course_lib.llm.attention`."""

from collections.abc import Callable

from torch import Tensor

from course_lib.llm.attention import causal_mask, explicit_attention, merge_heads, share_heads

Attend = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]


def attention_scores(q: Tensor, k: Tensor) -> Tensor:
    """Return q (B, H, T_q, D) times k (B, H, T_k, D), scaled: (B, H, T_q, T_k)."""
    return q @ k.transpose(-2, -1) * q.size(-1) ** -0.5


def stable_softmax(x: Tensor, dim: int) -> Tensor:
    """Return the softmax of x along dim, with 0 where all of x is minus infinity."""
    return x.softmax(dim=dim).masked_fill(x.isneginf(), 0.0)


def causal_weights(scores: Tensor) -> Tensor:
    """Return weights (B, T, T) of scores (B, T, T) that never look ahead."""
    T = scores.size(-1)
    return scores.masked_fill(~causal_mask(T, T), float("-inf")).softmax(dim=-1)


def attention(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None) -> Tensor:
    """Return softmax(q k^T / sqrt(D)) v over the keys that are allowed, (B, H, T_q, D)."""
    return explicit_attention(q, k, v, allowed)


def split_heads(x: Tensor, n_head: int) -> Tensor:
    """Give each head its part of every vector: (B, T, H * D) -> (B, H, T, D)."""
    return x.unflatten(-1, (n_head, -1)).transpose(1, 2)


def multi_head_attention(
    x: Tensor,
    w_q: Tensor,
    w_k: Tensor,
    w_v: Tensor,
    w_o: Tensor,
    n_head: int,
    attention: Attend,
) -> Tensor:
    """Return what each position of x (B, T, C) gathers with n_head causal heads, (B, T, C)."""
    q, k, v = (split_heads(x @ w.T, n_head) for w in (w_q, w_k, w_v))  # each (B, H, T, D)
    gathered = attention(q, k, v, causal_mask(x.size(1), x.size(1)))
    return merge_heads(gathered) @ w_o.T


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor, attention: Attend) -> Tensor:
    """Return attention in which neighboring heads of q share the heads of k and v."""
    H = q.size(1)
    return attention(q, share_heads(k, H), share_heads(v, H), None)


def attention_cost(B: int, T: int, H: int, D: int, bytes_per_value: int) -> dict[str, int]:
    """Return the FLOPs of both products of attention, and the bytes of its scores."""
    n_scores = B * H * T * T
    return {"flops": 4 * n_scores * D, "score_bytes": n_scores * bytes_per_value}


def mask_first(scores: Tensor) -> Tensor:
    """Return weights (B, T, T) of scores (B, T, T) that never look ahead."""
    return causal_weights(scores)
