"""Call each answer of lesson 02 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

LOOK_UPS = ("__getitem__", "embedding", "gather", "index_select", "take", "take_along_dim")


class LookedUpByIndex(TypeError):
    """Rows were taken out of a table that should be multiplied."""


class Table(Tensor):
    """A table that can be multiplied, and of which no function takes rows by a tensor of ids."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function.__name__ in LOOK_UPS and any(map(_is_ids, [*args, *(kwargs or {}).values()])):
            raise LookedUpByIndex("here, the table may only be multiplied, not looked up by ids")
        return super().__torch_function__(function, types, args, kwargs or {})


def _is_ids(argument: Any) -> bool:
    """Return whether an argument is ids as a tensor or a list, also as one of several indices."""
    if isinstance(argument, tuple):
        return any(map(_is_ids, argument))
    return isinstance(argument, (Tensor, list)) and type(argument) is not Table


def one_hot_lookup(answer: Callable, inputs: dict):
    vectors = answer(inputs["ids"], inputs["table"].as_subclass(Table))
    return vectors.as_subclass(Tensor) if type(vectors) is Table else vectors


def cosine_similarity(answer: Callable, inputs: dict):
    return answer(inputs["a"], inputs["b"])


def nearest_tokens(answer: Callable, inputs: dict):
    return answer(inputs["table"], inputs["query"], inputs["k"], inputs["exclude"])


def analogy(answer: Callable, inputs: dict):
    return answer(inputs["table"], inputs["a"], inputs["b"], inputs["c"], inputs["k"])


def skip_gram_loss(answer: Callable, inputs: dict):
    center, context, negatives = inputs["center"], inputs["context"], inputs["negatives"]
    if inputs["wanted"] == "loss":
        return answer(center, context, negatives)
    loss = answer(center.requires_grad_(), context, negatives)
    return torch.autograd.grad(loss, center)[0]


def sinusoidal_positions(answer: Callable, inputs: dict):
    return answer(inputs["T"], inputs["C"])


def apply_rope(answer: SimpleNamespace, inputs: dict):
    if inputs["function"] == "to_half_split":
        return answer.to_half_split(inputs["x"])
    return answer.apply_rope(inputs["x"], inputs["positions"], inputs["base"])


def add_positions(answer: Callable, inputs: dict):
    return answer(inputs["x"], inputs["table"])
