"""Errors that tell a mistake in `clip_gradients`."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Error:
    """An error that tells a mistake by a part of its text, where it fits the inputs."""

    name: str
    part: str
    cause: str
    fits: Callable[[dict], bool] = lambda inputs: True


def _has_none(inputs: dict) -> bool:
    return None in [grad if grad is None else 0 for grad in inputs["grads"]]


def _is_empty(inputs: dict) -> bool:
    return all(grad is None for grad in inputs["grads"])


NO_PAIR = (
    "returns_no_pair",
    "two values: the list of gradients, and the norm",
    "Return the clipped gradients and the norm before, with a comma between them.",
)
ERRORS = (
    Error(
        "trips_over_none",
        "NoneType",
        "A frozen parameter has None for its gradient. Leave it out of the sum, with "
        "`if grad is not None`, and let it through as it is where the others are multiplied.",
        _has_none,
    ),
    Error(
        "tests_a_tensor_for_truth",
        "Boolean value of Tensor",
        "A tensor of several numbers is neither true nor false. Ask `grad is not None` in place of "
        "`if grad`, and compare the one norm with `max_norm`, not a whole gradient.",
    ),
    Error(
        "divides_by_zero",
        "ZeroDivisionError",
        "Gradients of zeros have the norm 0. Divide only where the norm is larger than `max_norm`.",
    ),
    Error(
        "fails_without_gradients",
        "",
        "Here is no gradient at all. `stack`, `cat` and `max` refuse an empty list, and the `sum` "
        "of one is an int: what could stand in the list that changes no sum?",
        _is_empty,
    ),
)
