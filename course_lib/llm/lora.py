"""Train a big model by training little: beside a frozen matrix, the product of two thin ones.

    y = x @ w.T + (alpha / r) * x @ a.T @ b.T        w (out, in) frozen; a (r, in), b (out, r)

Hu et al., 2021, "LoRA: Low-Rank Adaptation", https://arxiv.org/abs/2106.09685. Gradients and what
an optimizer remembers are kept for a and b alone. After training, the product is added to w, and
the model is as fast as before.
"""

from collections.abc import Collection

import torch
from torch import Tensor, nn

EVERY_MATRIX = ("query", "key", "value", "output", "gate", "up", "down")  # of SmolLM2's blocks


class LoRALinear(nn.Module):
    """A frozen linear layer, and a small change to it that can be learned.

    `a` begins with random numbers and `b` with 0. So at first nothing is changed; and `b` has a
    gradient, which it would not have if both began with 0.

    Args:
        base: the layer; its weights are frozen.
        rank: r, at least 1: how many directions the change has.
        alpha: the change is multiplied by alpha / r. So a larger rank can keep its learning rate.
        generator: where the first numbers of `a` come from.
    """

    def __init__(
        self, base: nn.Linear, rank: int, alpha: float, generator: torch.Generator | None = None
    ):
        super().__init__()
        n_out, n_in = base.weight.shape
        if rank < 1:
            raise ValueError(f"rank must be at least 1, got {rank}")
        self.base = base.requires_grad_(False)
        first = torch.randn(rank, n_in, generator=generator) * n_in**-0.5  # a(x) about as long as x
        self.a = nn.Parameter(first.to(base.weight))
        self.b = nn.Parameter(base.weight.new_zeros(n_out, rank))
        self.scale = alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        """Return y (..., out) for x (..., in), without ever making the product of b and a."""
        return self.base(x) + self.scale * (x @ self.a.T @ self.b.T)

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """Add the change to the weights of the layer, and return the layer."""
        self.base.weight += self.scale * self.b @ self.a
        return self.base


def add_lora(
    model: nn.Module,
    names: Collection[str],
    rank: int,
    alpha: float,
    generator: torch.Generator | None = None,
) -> None:
    """Replace linear layers of `model` by `LoRALinear`, and freeze all else.

    Args:
        model: changed in place.
        names: what the layers are called inside of a block, such as ("query", "value").

    Raises:
        ValueError: if one of the names belongs to no layer, the rank is below 1, or a layer shares
            its weights with another part of the model, as a tied head does: merged, the change
            would be in both. The model is then unchanged.

    Example:
        >>> model = nn.ModuleDict({"up": nn.Linear(8, 32), "down": nn.Linear(32, 8)})
        >>> add_lora(model, ["up"], rank=2, alpha=4)
        >>> count_trainable(model)  # 2 * 8 + 32 * 2
        80
    """
    if isinstance(names, str):
        raise ValueError(f"names must be several strings, such as [{names!r}], got one string")
    layers = [
        (parent, name, layer)
        for parent in model.modules()
        for name, layer in parent.named_children()
        if isinstance(layer, nn.Linear)
    ]
    if unknown := set(names) - {name for _, name, _ in layers}:
        raise ValueError(
            f"names must be among {sorted({name for _, name, _ in layers})}, got {sorted(unknown)}"
        )
    chosen = [(parent, name, layer) for parent, name, layer in layers if name in names]
    owners = [id(weight) for _, weight in model.named_parameters(remove_duplicate=False)]
    for _, name, layer in chosen:
        if owners.count(id(layer.weight)) > 1:
            raise ValueError(f"{name!r} shares its weights with another part of the model")
    replacements = [LoRALinear(layer, rank, alpha, generator) for _, _, layer in chosen]
    model.requires_grad_(False)
    for (parent, name, _), replacement in zip(chosen, replacements, strict=True):
        setattr(parent, name, replacement)


def merge_lora(model: nn.Module) -> None:
    """Put each `LoRALinear` of `model` into the plain layer that it was made of, in place.

    All weights stay frozen; `model.requires_grad_(True)` would train them all.
    """
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, LoRALinear):
                setattr(parent, name, layer.merged())


def count_trainable(model: nn.Module) -> int:
    """Return how many numbers training would change."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
