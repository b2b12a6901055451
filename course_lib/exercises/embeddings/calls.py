"""Call each answer of lesson 02 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

LOOK_UPS = ("__getitem__", "embedding", "gather", "index_select", "take", "take_along_dim")
WAYS_OUT = ("numpy", "__array__", "tolist")  # to where a look-up is not seen
PRODUCTS = {"mul", "multiply", "matmul", "mm", "bmm", "mv", "dot", "inner", "vdot", "vecdot"}
PRODUCTS |= {"einsum", "tensordot", "linear", "addmm", "addmv", "addbmm", "baddbmm", "addcmul"}


class LookedUpByIndex(TypeError):
    """Rows were taken out of a table that should be multiplied."""


class NeverMultiplied(TypeError):
    """Rows were copied out of a table that should be multiplied."""


class Table(Tensor):
    """A table that can be multiplied, and of which no function takes rows by a tensor of ids."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        by_ids = any(map(_is_ids, [*args, *(kwargs or {}).values()]))
        leaves = function.__name__ in WAYS_OUT and args[0].dim() == 2  # as a table, not as rows
        if leaves or (function.__name__ in LOOK_UPS and by_ids):
            raise LookedUpByIndex("here, the table may only be multiplied, not looked up by ids")
        return super().__torch_function__(function, types, args, kwargs or {})


class Products(TorchFunctionMode):
    """Watches whether a table is touched at all, and whether another tensor is multiplied by it."""

    def __init__(self) -> None:
        super().__init__()
        self.touched = self.multiplied = False

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if any(issubclass(kind, Table) for kind in types):
            self.touched = True
            factors = _n_tensors([*args, *(kwargs or {}).values()])
            self.multiplied |= function.__name__.strip("_") in PRODUCTS and factors > 1
        return function(*args, **(kwargs or {}))


def _n_tensors(argument: Any) -> int:
    if isinstance(argument, (list, tuple)):
        return sum(map(_n_tensors, argument))
    return int(isinstance(argument, Tensor))


def _is_ids(argument: Any) -> bool:
    """Return whether an argument is ids as a tensor or a list, also as one of several indices."""
    if isinstance(argument, tuple):
        return any(map(_is_ids, argument))
    return isinstance(argument, (Tensor, list)) and type(argument) is not Table


def one_hot_lookup(answer: Callable, inputs: dict):
    ids, table = inputs["ids"], inputs["table"]
    rows = table[ids]  # before the answer can change its inputs
    with Products() as products:
        vectors = answer(ids, table.as_subclass(Table))
    vectors = vectors.as_subclass(Tensor) if type(vectors) is Table else vectors
    same = isinstance(vectors, Tensor) and torch.equal(vectors, rows)
    if same and products.touched and not products.multiplied:
        raise NeverMultiplied("here, the table has to be multiplied with another tensor")
    return vectors


def cosine_similarity(answer: Callable, inputs: dict):
    return answer(inputs["a"], inputs["b"])


def nearest_tokens(answer: Callable, inputs: dict):
    return answer(inputs["table"], inputs["query"], inputs["k"], inputs["exclude"])


def analogy(answer: Callable, inputs: dict):
    return answer(inputs["table"], inputs["a"], inputs["b"], inputs["c"], inputs["k"])


def skip_gram_loss(answer: Callable, inputs: dict):
    vectors = [inputs[name] for name in ("center", "context", "negatives")]
    if inputs["wanted"] == "loss":
        return answer(*vectors)
    loss = answer(*(tensor.requires_grad_() for tensor in vectors))
    return torch.autograd.grad(loss, inputs[inputs["wanted"]])[0]


def sinusoidal_positions(answer: Callable, inputs: dict):
    return answer(inputs["T"], inputs["C"])


def apply_rope(answer: SimpleNamespace, inputs: dict):
    if inputs["function"] == "to_half_split":
        return answer.to_half_split(inputs["x"])
    return answer.apply_rope(inputs["x"], inputs["positions"], inputs["base"])


def add_positions(answer: Callable, inputs: dict):
    return answer(inputs["x"], inputs["table"])
