"""What `mine` hands out where a learner has no answer yet, built on `course_lib.llm`."""

from collections.abc import Collection

import torch.nn.functional as F
from torch import Tensor

from course_lib.llm import embeddings


def one_hot_lookup(ids: Tensor, table: Tensor) -> Tensor:
    """Return the rows (B, T, C) of table (V, C) for ids (B, T), by a product."""
    one_hot = F.one_hot(ids, table.size(0)).to(table.dtype)  # (B, T, V)
    return one_hot @ table


def cosine_similarity(a: Tensor, b: Tensor) -> Tensor:
    """Return the cosine of vectors along the last axis; 0 where one of them is all zeros."""
    return (F.normalize(a, dim=-1) * F.normalize(b, dim=-1)).sum(dim=-1)


def nearest_tokens(table: Tensor, query: Tensor, k: int, exclude: Collection[int]) -> list[int]:
    """Return the k ids whose rows of table (V, C) are most similar to query (C,), best first."""
    similarities = cosine_similarity(table, query)  # (V,)
    ids = similarities.argsort(descending=True).tolist()
    return [i for i in ids if i not in exclude][:k]


def analogy(table: Tensor, a: int, b: int, c: int, k: int) -> list[int]:
    """Return the k ids nearest to a - b + c on unit rows of table (V, C), without those three."""
    units = F.normalize(table, dim=-1)
    return nearest_tokens(units, units[a] - units[b] + units[c], k, exclude=(a, b, c))


def skip_gram_loss(center: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
    """Return the mean loss of skip-gram with negative sampling.

    As in Mikolov et al., 2013, https://arxiv.org/abs/1310.4546.

    Args:
        center: (B, C) vectors of the words in the middle.
        context: (B, C) vectors of one true neighbor each.
        negatives: (B, K, C) vectors of words drawn at random.
    """
    score = (center * context).sum(dim=-1)  # (B,)
    negative_scores = (negatives @ center.unsqueeze(-1)).squeeze(-1)  # (B, K)
    return -(F.logsigmoid(score) + F.logsigmoid(-negative_scores).sum(dim=-1)).mean()


def sinusoidal_positions(T: int, C: int) -> Tensor:
    """Return the fixed vectors (T, C) of positions 0..T-1, sines and cosines in turn."""
    return embeddings.sinusoidal_positions(T, C)


def apply_rope(x: Tensor, positions: Tensor, base: float) -> Tensor:
    """Return x (B, H, T, D) with each pair of neighbors turned by its position."""
    return embeddings.apply_rope(x, positions, base)


def to_half_split(x: Tensor) -> Tensor:
    """Return x (..., D) in the order x0, x2, x4, ..., x1, x3, x5, ..."""
    return x.unflatten(-1, (-1, 2)).mT.flatten(-2)


def add_positions(x: Tensor, table: Tensor) -> Tensor:
    """Return x (B, T, C) with row t of table (context_length, C) added at each position t.

    Raises:
        ValueError: if there are more positions than rows.
    """
    n_positions, context_length = x.size(1), table.size(0)
    if n_positions > context_length:
        raise ValueError(f"expected at most {context_length} positions, got {n_positions}")
    return x + table[:n_positions]
