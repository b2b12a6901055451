"""Call the answers of lesson 08 that return two tensors."""

from collections.abc import Callable

from torch import Tensor

from course_lib.exercises.pretraining.pairs import pair


class CarriesAGradient(RuntimeError):
    """A result that should be a constant would pass a gradient on."""


def returns_and_advantages(answer: Callable, inputs: dict) -> tuple | None:
    """Return what comes back; `inputs["learned"]` says whether the values carry a gradient.

    Raises:
        ReturnsNoPair, CarriesAGradient
    """
    values = inputs["values"].requires_grad_(inputs["learned"])
    names = ("rewards", "mask", "gamma", "lam")
    rewards, mask, gamma, lam = (inputs[name] for name in names)
    found = pair(answer(rewards, values, mask, gamma, lam))
    for name, part in zip(("returns", "advantages"), found or (), strict=False):
        if isinstance(part, Tensor) and part.requires_grad:
            raise CarriesAGradient(f"the {name} carry one")
    return found


def penalized_returns(answer: Callable, inputs: dict) -> tuple | None:
    """Return what comes back.

    Raises:
        ReturnsNoPair
    """
    names = ("rewards", "logprobs", "ref_logprobs", "mask", "beta")
    return pair(answer(*(inputs[name] for name in names)))
