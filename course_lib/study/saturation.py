"""What the width of queries and keys does to scores, and scores to the softmax.

Random queries and keys, each number of them standard normal: D is the width, T the number of keys.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True)
class Spread:
    """What many random queries find among T keys of width D, means over the queries.

    Attributes:
        variance: of the scores.
        largest: the largest weight of a query.
        entropy: of a query's weights, in nats; ln T is a flat mean, 0 is a choice of one.
        slope: how much the largest weight grows when its score does, w (1 - w).
    """

    variance: float
    largest: float
    entropy: float
    slope: float


def scores(D: int, T: int, n_queries: int, seed: int = 0) -> Tensor:
    """Return the dot products (n_queries, T) of random queries and keys of width D, not divided."""
    generator = Generator().manual_seed(seed)
    q = torch.randn(n_queries, D, generator=generator)
    k = torch.randn(n_queries, T, D, generator=generator)
    return (k @ q[..., None])[..., 0]


def spread(scores: Tensor) -> Spread:
    """Return how scores (n, T) are spread, and the weights that a softmax makes of them."""
    logprobs = scores.double().log_softmax(dim=-1)
    weights = logprobs.exp()
    largest = weights.amax(dim=-1)
    entropy = -(weights * logprobs).sum(dim=-1)
    slope = largest * (1 - largest)
    return Spread(
        scores.double().var().item(),
        largest.mean().item(),
        entropy.mean().item(),
        slope.mean().item(),
    )
