"""Tell a model where each token stands: three ways to give a position to a vector.

A table of learned vectors and a table of fixed waves are added to the token's own vector. RoPE
instead turns the queries and keys of attention, so that their product depends on distance alone.
"""

import torch
from torch import Tensor, nn


def sinusoidal_positions(T: int, C: int) -> Tensor:
    """Return the fixed vectors of positions 0..T-1: waves from fast (left) to slow (right).

    Column 2i holds sin(t / 10000^(2i/C)) and column 2i + 1 the cosine of the same angle, as in
    Vaswani et al., 2017, https://arxiv.org/abs/1706.03762, section 3.5.

    Returns:
        (T, C) float32, to be added to token vectors of width C.

    Raises:
        ValueError: if `C` is odd.

    Example:
        >>> sinusoidal_positions(3, 4)[2]
        tensor([ 0.9093, -0.4161,  0.0200,  0.9998])
    """
    angles = position_angles(torch.arange(T), C, base=10_000.0)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2).float()  # (T, C)


def position_angles(positions: Tensor, D: int, base: float) -> Tensor:
    """Return the angle, in radians, of each position in each of D / 2 turning pairs.

    Pair i turns by base^(-2i/D) a step: pair 0 by one radian, later ones ever more slowly.

    Args:
        positions: (T,) where tokens stand, from any start.
        D: width of the vectors, even.

    Returns:
        (T, D / 2) float64: in float32 the angle of a far position would be off by its rounding.
    """
    if D % 2:
        raise ValueError(f"positions are told to pairs of numbers: expected an even width, got {D}")
    pairs = torch.arange(0, D, 2, dtype=torch.float64, device=positions.device)
    return torch.outer(positions.double(), base ** (-pairs / D))  # radians a step


def rope_turns(positions: Tensor, D: int, base: float) -> Tensor:
    """Return the turn of each pair at each position, as complex numbers of length 1.

    Returns:
        (T, D / 2) complex64. Multiplying by one of them turns a point of the plane.
    """
    angles = position_angles(positions, D, base)
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64)


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn each pair of neighbours (x0, x1), (x2, x3), ... of each vector.

    Args:
        x: (..., T, D) queries or keys; not modified.
        turns: (T, D / 2) from `rope_turns`.

    Returns:
        (..., T, D), of the dtype of `x`; the turning itself is done in float32.
    """
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))  # (..., T, D / 2)
    return torch.view_as_real(pairs * turns).flatten(-2).type_as(x)  # (..., T, D)


def apply_rope(x: Tensor, positions: Tensor, base: float = 10_000.0) -> Tensor:
    """Turn queries or keys by their positions: rotary position embedding.

    The product of a turned query and a turned key depends on the distance of their positions
    only (Su et al., 2021, https://arxiv.org/abs/2104.09864). Pairs are neighbours, (x0, x1) and
    so on; some models pair the two halves of a vector instead.

    Args:
        x: (B, H, T, D) queries or keys; not modified.
        positions: (T,) where the T tokens stand, from any start.
        base: the slowest pair turns by about 1 / base a step.

    Returns:
        (B, H, T, D), each vector as long as before.

    Example:
        >>> apply_rope(torch.tensor([[[[1.0, 0.0]]]]), torch.tensor([1]))
        tensor([[[[0.5403, 0.8415]]]])
    """
    return rotate(x, rope_turns(positions, x.size(-1), base))


class LearnedPositions(nn.Module):
    """Add a learned vector for each position (GPT-2's way).

    Args:
        context_length: how many positions there are; later ones do not exist.
        d_model: width of the token vectors.
    """

    def __init__(self, context_length: int, d_model: int):
        super().__init__()
        self.table = nn.Embedding(context_length, d_model)

    def forward(self, x: Tensor, start: int) -> Tensor:
        """Return `x` (B, T, C) with the vectors of positions start..start+T-1 added."""
        return x + self.table.weight[start : start + x.size(1)]


class SinusoidalPositions(nn.Module):
    """Add the fixed waves of `sinusoidal_positions`; nothing is learned."""

    def __init__(self, context_length: int, d_model: int):
        super().__init__()
        waves = sinusoidal_positions(context_length, d_model)
        self.register_buffer("table", waves, persistent=False)

    def forward(self, x: Tensor, start: int) -> Tensor:
        """Return `x` (B, T, C) with the vectors of positions start..start+T-1 added."""
        return x + self.table[start : start + x.size(1)]
