"""Let each token take from the tokens before it what it needs: attention.

Every position asks a question (its query), and every position offers a label (its key) and
something to hand over (its value). Vaswani et al., 2017, https://arxiv.org/abs/1706.03762.

Shapes: B batch, T_q and T_k positions of queries and keys, H query heads, H_kv key and value
heads, D the width of a head, C = H * D the width of the model.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.llm.cache import KVCache
from course_lib.llm.embeddings import rotate


def causal_mask(T_q: int, T_k: int) -> Tensor:
    """Return which keys each query may use: its own position and those before it.

    The queries are the last T_q of the T_k positions, as when earlier keys come from a cache.

    Returns:
        (T_q, T_k) bool, True where a key may be used.

    Example:
        >>> causal_mask(2, 3).int()
        tensor([[1, 1, 0],
                [1, 1, 1]], dtype=torch.int32)
    """
    return torch.ones(T_q, T_k, dtype=torch.bool).tril(diagonal=T_k - T_q)


def document_mask(segments: Tensor) -> Tensor:
    """Return which keys each query may use where several documents share a row.

    A token sees its own document, up to itself, as if it stood alone in the row.

    Args:
        segments: (B, T) the number of the document that each token belongs to.

    Returns:
        (B, 1, T, T) bool, the same for all heads.
    """
    same = segments[:, :, None] == segments[:, None, :]  # (B, T, T)
    return (same & causal_mask(segments.size(1), segments.size(1)))[:, None]


def attention_weights(q: Tensor, k: Tensor, allowed: Tensor | None = None) -> Tensor:
    """Return how much of each key's value each query takes.

    Args:
        q: (B, H, T_q, D) queries.
        k: (B, H_kv, T_k, D) keys; each is shared by H / H_kv neighbouring query heads.
        allowed: bool, broadcast to (B, H, T_q, T_k), True where a key may be used; None for all.

    Returns:
        (B, H, T_q, T_k) weights; each row sums to 1.
    """
    q = q * q.size(-1) ** -0.5  # cheaper than to divide each score by the root of D
    scores = q @ share_heads(k, q.size(1)).transpose(-2, -1)  # (B, H, T_q, T_k)
    if allowed is not None:
        scores = scores + torch.zeros(allowed.shape).masked_fill(~allowed, float("-inf"))
    return scores.softmax(dim=-1)


def explicit_attention(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None = None) -> Tensor:
    """Return softmax(q k^T / sqrt(D)) v, written out.

    Args:
        q, k, allowed: as in `attention_weights`.
        v: (B, H_kv, T_k, D) values.

    Returns:
        (B, H, T_q, D)
    """
    return attention_weights(q, k, allowed) @ share_heads(v, q.size(1))


def fused_attention(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None = None) -> Tensor:
    """Return the same as `explicit_attention` without ever holding all weights at once.

    Dao et al., 2022, https://arxiv.org/abs/2205.14135. It saves the memory that grows with
    T_q * T_k, and for long texts time as well.
    """
    k, v = share_heads(k, q.size(1)), share_heads(v, q.size(1))
    return F.scaled_dot_product_attention(q, k, v, attn_mask=allowed)


def share_heads(x: Tensor, H: int) -> Tensor:
    """Repeat each key or value head for the query heads that share it.

    Query head h uses head h // (H / H_kv): grouped-query attention, Ainslie et al., 2023,
    https://arxiv.org/abs/2305.13245.

    Args:
        x: (B, H_kv, T, D), where H is a multiple of H_kv.

    Returns:
        (B, H, T, D)
    """
    return x if x.size(1) == H else x.repeat_interleave(H // x.size(1), dim=1)


class Attention(nn.Module):
    """Attention with several heads, each with its own queries, over shared keys and values.

    Args:
        d_model: C, the width of the vectors that come in and go out.
        n_head: H, the number of query heads; C is a multiple of it.
        n_kv_head: H_kv, the number of key and value heads; H is a multiple of it.

    Attributes:
        attend: the function that combines queries, keys and values, `explicit_attention` or
            one with its arguments and result. At a few hundred positions and with gradients,
            the explicit one is the faster on a CPU.
    """

    def __init__(self, d_model: int, n_head: int, n_kv_head: int):
        super().__init__()
        if d_model % n_head or n_head % n_kv_head:
            raise ValueError(
                "d_model must be a multiple of n_head, and n_head of n_kv_head, got "
                f"d_model={d_model}, n_head={n_head}, n_kv_head={n_kv_head}"
            )
        self.head_dim = d_model // n_head
        self.query = nn.Linear(d_model, n_head * self.head_dim, bias=False)
        self.key = nn.Linear(d_model, n_kv_head * self.head_dim, bias=False)
        self.value = nn.Linear(d_model, n_kv_head * self.head_dim, bias=False)
        self.output = nn.Linear(n_head * self.head_dim, d_model, bias=False)
        self.attend = explicit_attention

    def forward(
        self,
        x: Tensor,
        allowed: Tensor | None = None,
        turns: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Return what each position of `x` gathers from the positions it may see.

        Args:
            x: (B, T, C)
            allowed: bool, broadcast to (B, H, T, T_k), True where a key may be used.
            turns: (T, D / 2) from `rope_turns`, where queries and keys are to be turned.
            cache: earlier keys and values; the new ones are appended to it.

        Returns:
            (B, T, C)
        """
        q = self.split_heads(self.query(x))  # (B, H, T, D)
        k = self.split_heads(self.key(x))  # (B, H_kv, T, D)
        v = self.split_heads(self.value(x))  # (B, H_kv, T, D)
        if turns is not None:
            q, k = rotate(q, turns), rotate(k, turns)
        if cache is not None:
            k, v = cache.append(k, v)  # (B, H_kv, T_k, D), earlier positions first
        return self.output(merge_heads(self.attend(q, k, v, allowed)))

    def split_heads(self, x: Tensor) -> Tensor:
        """Give each head its part of every vector: (B, T, H * D) -> (B, H, T, D)."""
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """Put the parts of all heads side by side again: (B, H, T, D) -> (B, T, H * D)."""
    return x.transpose(1, 2).flatten(-2)
