"""Random inputs for lesson 03: all sizes differ, so that no axis passes for another.

The first cases of an exercise come from `same_each_time`. A judge rules a mistake out by the cases
that came before, and can do so only where every check begins with the same ones.
"""

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises.tensors import normal


def same_each_time() -> np.random.Generator:
    """Return a generator that draws the same numbers for every seed of a check."""
    return np.random.default_rng(3)


def sizes(rng: np.random.Generator, n: int) -> list[int]:
    """Return n different sizes from 2 to 7."""
    return rng.permutation(range(2, 8))[:n].tolist()


def qkv(rng: np.random.Generator, B: int, H: int, T_q: int, T_k: int, D: int) -> dict:
    """Return queries, keys and values whose scaled scores are mostly between -2 and 2."""
    return {
        "q": normal(rng, B, H, T_q, D),
        "k": normal(rng, B, H, T_k, D),
        "v": normal(rng, B, H, T_k, D),
    }


def mask(rng: np.random.Generator, T_q: int, T_k: int) -> Tensor:
    """Return a mask (T_q, T_k) in which every query may use at least one key, and not all."""
    allowed = torch.tensor(rng.random((T_q, T_k)) < 0.6)
    last = torch.tensor(rng.integers(T_k, size=T_q))
    rows = torch.arange(T_q)
    allowed[rows, last] = True
    allowed[rows, (last + 1) % T_k] = False
    return allowed
