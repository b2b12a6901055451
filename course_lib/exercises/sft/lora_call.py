"""Call `lora_linear` and `merge_lora` with plain inputs; take a gradient where one is wanted."""

from types import SimpleNamespace

import torch
from torch import Tensor


class ReturnsTheBase(RuntimeError):
    """`merge_lora` gave back the base itself, unchanged, and no new tensor."""


def lora(answer: SimpleNamespace, inputs: dict):
    """Return what `inputs["function"]` gives; "merged" applies what `merge_lora` gives to x.

    Raises:
        ReturnsTheBase
    """
    parts = [inputs[name] for name in ("w", "a", "b", "alpha")]
    if inputs["function"] == "lora_linear":
        return answer.lora_linear(inputs["x"], *parts)
    if inputs["function"] == "gradient":
        wanted = inputs[inputs["of"]].requires_grad_()
        output = answer.lora_linear(inputs["x"], *parts)
        return torch.autograd.grad(output.mean(), wanted)[0]
    base = inputs["w"].clone()
    merged = answer.merge_lora(*parts)
    if not isinstance(merged, Tensor):
        return merged
    if merged.data_ptr() == inputs["w"].data_ptr() and torch.equal(inputs["w"], base):
        raise ReturnsTheBase("`merge_lora` gave back `w` itself")
    return merged if inputs["function"] == "merge_lora" else inputs["x"] @ merged.T
