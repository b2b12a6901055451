"""Logits to keep the most likely tokens of: no sum of probabilities comes near p by chance."""

import math

import numpy as np
import torch
from torch import Tensor

SURE_OR_NOT = torch.tensor(  # p = 0.5 keeps one, one and two of them
    [[2.0, 1.0, 0.5, 0.0], [-6.0, -7.0, -1.0, -8.0], [-0.6, 0.2, 0.0, -0.1]]
)
RARE = torch.tensor([[-30.0, 0.0, -200.0, -20.0], [0.0, -25.0, -120.0, -150.0]])
# float32 adds many of the 1,500 to 1 in vain, so that all shares together are more than 1.
ONE_AMONG_MANY = torch.cat((torch.zeros(1, 1), torch.full((1, 1500), -17.0)), dim=-1)
MARGIN = 0.002  # between p and every sum that a filter may compare with it


def rows(*rows: list[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32)


def drawn(rng: np.random.Generator, B: int, V: int, dropped: bool = False) -> dict:
    """Draw logits (B, V), all different within a row, and a p that is kept clear of.

    Args:
        dropped: whether some tokens of each row are at −inf, as another filter leaves them.
    """
    p = float(rng.integers(10, 98)) / 100
    steps = np.arange(-30, 31) / 10
    logits = []
    while len(logits) < B:
        row = rng.permutation(steps)[:V]
        if dropped:
            row[rng.permutation(V)[: max(1, V // 3)]] = -math.inf
        if _is_clear(row, p):
            logits.append(row)
    return {"logits": torch.tensor(np.stack(logits), dtype=torch.float32), "p": p}


def _is_clear(row: np.ndarray, p: float) -> bool:
    weights = np.sort(np.exp(row))[::-1]
    sums = np.cumsum(weights) / weights.sum()
    return bool((np.abs(sums - p) > MARGIN).all())
