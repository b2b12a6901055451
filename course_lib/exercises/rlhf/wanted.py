"""A loss, or its gradient for one of its arguments: what a case wants of it."""

from collections.abc import Callable

import torch
from torch import Tensor


def loss_or_gradient(loss: Callable[[dict], Tensor], inputs: dict) -> Tensor:
    """Return `loss(inputs)`, or its gradient for the input that `inputs["wanted"]` names.

    Args:
        loss: takes all inputs.
        inputs: under "wanted" stands "loss" or the name of another input, a tensor.
    """
    wanted = inputs["wanted"]
    if wanted == "loss":
        return loss(inputs)
    inputs[wanted].requires_grad_()
    return torch.autograd.grad(loss(inputs), inputs[wanted])[0]
