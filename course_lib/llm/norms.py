"""Bring each vector to a common scale, so that a deep stack of layers stays trainable."""

import torch
from torch import Tensor, nn


class LayerNorm(nn.Module):
    """Shift each vector to mean 0 and scale it to variance 1, then scale and shift as learned.

    Ba et al., 2016, https://arxiv.org/abs/1607.06450. `eps` stands inside the root.

    Args:
        d_model: C, the width of the vectors (..., C).
    """

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean(dim=-1, keepdim=True)
        variance = centred.square().mean(dim=-1, keepdim=True)  # of the C values, not C - 1
        return centred * torch.rsqrt(variance + self.eps) * self.weight + self.bias


class RMSNorm(nn.Module):
    """Scale each vector to a root mean square of 1, then each column by a learned weight.

    LayerNorm without the mean (Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467).

    Args:
        d_model: C, the width of the vectors (..., C).
    """

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(self, x: Tensor) -> Tensor:
        mean_square = x.square().mean(dim=-1, keepdim=True)
        return x * torch.rsqrt(mean_square + self.eps) * self.weight
