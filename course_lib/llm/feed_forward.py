"""Let each position work on what it has gathered: the feed-forward half of a block.

All of them widen a vector from C to F numbers, bend it, and bring it back. They differ in the bend.
"""

import torch.nn.functional as F
from torch import Tensor, nn


class ReLUFeedForward(nn.Module):
    """down(relu(up(x))): the Transformer of 2017."""

    def __init__(self, d_model: int, d_ff: int):
        super().__init__()
        self.up = nn.Linear(d_model, d_ff, bias=False)
        self.down = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.relu(self.up(x)))


class GELUFeedForward(nn.Module):
    """down(gelu(up(x))), a ReLU with a rounded corner: GPT-2 and GPT-3.

    Hendrycks and Gimpel, 2016, https://arxiv.org/abs/1606.08415.
    """

    def __init__(self, d_model: int, d_ff: int):
        super().__init__()
        self.up = nn.Linear(d_model, d_ff, bias=False)
        self.down = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.gelu(self.up(x)))


class SwiGLUFeedForward(nn.Module):
    """down(silu(gate(x)) * up(x)), where one half opens or shuts the other: Llama, SmolLM2.

    Shazeer, 2020, https://arxiv.org/abs/2002.05202. It has three matrices instead of two, so
    d_ff is usually taken smaller, two thirds as large.
    """

    def __init__(self, d_model: int, d_ff: int):
        super().__init__()
        self.gate = nn.Linear(d_model, d_ff, bias=False)
        self.up = nn.Linear(d_model, d_ff, bias=False)
        self.down = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))
