"""Keep weights in 8 bits: a quarter of the memory, and faster to read.

Each row of a matrix is scaled so that its largest weight becomes 127, then rounded. Only weights
are kept so; what flows through the model is float32, but for the 16 bits that go into a product.
"""

import copy

import torch
from torch import Tensor, nn

from course_lib.llm.model import GPT

BLOCK = 16  # numbers of a row that torch's product reads at once, past the end if it must


def quantize_rows(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return a matrix as whole numbers and one scale a row: weight ~ numbers * scales[:, None].

    Args:
        weight: (out, in) float.

    Returns:
        numbers (out, in) int8 in -127..127, and scales (out,) bfloat16. The error of a weight is
        at most half a scale.
    """
    scales = (weight.abs().amax(dim=1) / 127).clamp(min=torch.finfo(torch.bfloat16).tiny)
    scales = scales.bfloat16()  # rounded before it is used, so that the numbers make up for it
    return (weight / scales[:, None].float()).round().to(torch.int8), scales


class Int8Linear(nn.Module):
    """x @ weight.T, with the weight kept in 8 bits and no gradient.

    Args:
        weight: (out, in) float, `in` a multiple of 16.

    Raises:
        ValueError: if `in` is not: torch would read past the end of the memory.
    """

    def __init__(self, weight: Tensor):
        super().__init__()
        if weight.shape[1] % BLOCK:
            raise ValueError(
                f"expected a weight with rows of a multiple of {BLOCK} numbers, got "
                f"{tuple(weight.shape)}: choose such a d_model and d_ff"
            )
        numbers, scales = quantize_rows(weight.detach())
        self.register_buffer("numbers", numbers)
        self.register_buffer("scales", scales)

    def forward(self, x: Tensor) -> Tensor:
        # torch's product takes matrices (B * T, in), and is fast for bfloat16 alone. It adds up in
        # float32 and rounds at the end.
        rows = x.flatten(0, -2).bfloat16()
        product = torch._weight_int8pack_mm(rows, self.numbers, self.scales)
        return product.unflatten(0, x.shape[:-1]).type_as(x)


def quantize(model: GPT) -> GPT:
    """Return a copy of `model` whose matrices are kept in 8 bits; the embedding table is not."""
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                setattr(module, name, Int8Linear(child.weight))
    return model.eval()
