"""What LoRA trains in SmolLM2-135M, counted from the shapes of its matrices."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import nn

from course_lib import smollm2
from course_lib.llm.lora import EVERY_MATRIX
from course_lib.llm.model import GPT, count_parameters

RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
MATRICES = {
    "query and value": ("query", "value"),
    "all of attention": EVERY_MATRIX[:4],
    "every matrix of the blocks": EVERY_MATRIX,
}
BYTES = 4  # of a number in float32
REMEMBERED = 3  # for each number trained: its gradient and AdamW's two means


@dataclass(frozen=True)
class Model:
    """The shape of a model.

    Attributes:
        n_params: how many numbers it has.
        n_layer: how many blocks.
        shapes: (out, in) of each matrix of a block, by name.
    """

    n_params: int
    n_layer: int
    shapes: dict[str, tuple[int, int]]


@cache
def smollm2_shape() -> Model:
    """Return the shape of SmolLM2-135M, without its weights."""
    with torch.device("meta"):  # shapes alone take no memory
        model = GPT(smollm2.config())
    shapes = {
        name.split(".")[-1]: tuple(layer.weight.shape)
        for name, layer in model.blocks[0].named_modules()
        if isinstance(layer, nn.Linear)
    }
    return Model(count_parameters(model), len(model.blocks), shapes)


def n_in_pair(shape: tuple[int, int], rank: int) -> int:
    """Return how many numbers the two thin matrices beside a matrix hold.

    Example:
        >>> n_in_pair((576, 576), rank=8)
        9216
    """
    n_out, n_in = shape
    return rank * (n_out + n_in)


def too_large_from(shape: tuple[int, int]) -> int:
    """Return the rank from which on the two thin matrices hold more numbers than the matrix.

    Example:
        >>> too_large_from((576, 576)), n_in_pair((576, 576), 288) - 576 * 576
        (289, 0)
    """
    n_out, n_in = shape
    return n_out * n_in // (n_out + n_in) + 1


@dataclass(frozen=True)
class Adapter:
    """LoRA of a rank in some of the matrices of each block; `matrices` is a name of `MATRICES`."""

    rank: int
    matrices: str

    @property
    def names(self) -> tuple[str, ...]:
        return MATRICES[self.matrices]

    @property
    def n_trained(self) -> int:
        model = smollm2_shape()
        a_block = sum(n_in_pair(model.shapes[name], self.rank) for name in self.names)
        return model.n_layer * a_block

    @property
    def share(self) -> float:
        """The part of the model's numbers that this is."""
        return self.n_trained / smollm2_shape().n_params

    @property
    def too_large(self) -> list[str]:
        """The chosen matrices that hold fewer numbers than the two beside them."""
        shapes = smollm2_shape().shapes
        return [name for name in self.names if self.rank >= too_large_from(shapes[name])]


def file_bytes(n_numbers: int) -> int:
    """Return the bytes of so many numbers in float32."""
    return BYTES * n_numbers


def training_bytes(n_trained: int) -> int:
    """Return the bytes of the gradients and of AdamW's two means, in float32."""
    return REMEMBERED * BYTES * n_trained
