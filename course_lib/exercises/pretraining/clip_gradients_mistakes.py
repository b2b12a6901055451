"""Ways to clip gradients that are not right, and what to say to whoever clipped them so."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property

Method = Callable[[dict], tuple]
Grads = list[Tensor | None]


def _numbers(grads: Grads) -> Tensor:
    """Return all numbers of all gradients, (N,) in float64."""
    present = [grad.double().flatten() for grad in grads if grad is not None]
    return torch.cat([torch.zeros(0, dtype=torch.float64), *present])


def _joint(grads: Grads) -> Tensor:
    return (_numbers(grads) ** 2).sum().sqrt()


def _each(grads: Grads, change: Callable[[Tensor], Tensor]) -> Grads:
    return [None if grad is None else change(grad.double()).float() for grad in grads]


def _shrinks(norm: Tensor, max_norm: float) -> Tensor:
    return max_norm / norm if norm > max_norm else torch.tensor(1.0)


def _clip(
    norm: Callable[[Grads], Tensor] = _joint,
    factor: Callable[[Tensor, float], Tensor] = _shrinks,
    told: Callable[[Grads, Grads], Tensor] | None = None,
) -> Method:
    """Return a method in which one part may be mistaken.

    Args:
        norm: what is compared with max_norm, and returned.
        factor: what every gradient is multiplied by, of that norm and max_norm.
        told: the norm that is returned, of the gradients before and after; None takes `norm`.
    """

    def method(inputs: dict) -> tuple:
        grads = inputs["grads"]
        length = norm(grads)
        by = factor(length, inputs["max_norm"])
        clipped = _each(grads, lambda grad: grad * by)
        return clipped, (length if told is None else told(grads, clipped)).float()

    return method


def _one_by_one(told: Callable[[Grads], Tensor]) -> Method:
    """Return a method that clips each gradient by its own length."""

    def method(inputs: dict) -> tuple:
        def alone(grad: Tensor) -> Tensor:
            return grad * _shrinks(_joint([grad]), inputs["max_norm"])

        return _each(inputs["grads"], alone), told(inputs["grads"]).float()

    return method


def _values(inputs: dict) -> tuple:
    limit = inputs["max_norm"]
    clamped = _each(inputs["grads"], lambda grad: grad.clamp(-limit, limit))
    return clamped, _joint(inputs["grads"]).float()


def _lengths(grads: Grads) -> Tensor:
    found = [_joint([grad]) for grad in grads if grad is not None]
    return torch.stack([torch.zeros((), dtype=torch.float64), *found])


def _mean_square(grads: Grads) -> Tensor:
    return (_numbers(grads) ** 2).mean().nan_to_num().sqrt()


def _first_alone(grads: Grads) -> Tensor:
    return next((_joint([grad]) for grad in grads if grad is not None), torch.tensor(0.0))


def _last_alone(grads: Grads) -> Tensor:
    return _first_alone(grads[::-1])


def _nan_for_zeros(norm: Tensor, max_norm: float) -> Tensor:
    return norm.clamp(max=max_norm) / norm


def _to_length_1(norm: Tensor, max_norm: float) -> Tensor:
    return 1 / norm if norm > max_norm else torch.tensor(1.0)


def _turned_over(norm: Tensor, max_norm: float) -> Tensor:
    return norm / max_norm if norm > max_norm else torch.tensor(1.0)


def _as_far_as(squared: bool) -> Callable[[Grads], Tensor]:
    return lambda grads: _joint(grads) ** 2 if squared else _joint(grads)


SWAPPED = Mistake(
    "swapped",
    known_by_property,
    "The two values changed places: first the list of gradients, then the norm.",
)
TUPLE_OF_GRADIENTS = Mistake(
    "wrong_inner_type",
    known_by_property,
    "The gradients came back in a tuple. A list is asked for, as they came in.",
)
DROPS_NONE = Mistake(
    "drops_none",
    known_by_property,
    "None was left out of the list, so that the gradients stand at the places of other parameters.",
)
FILLS_NONE = Mistake(
    "fills_none",
    known_by_property,
    "Something stands in place of None. A parameter that is frozen has no gradient, not even one "
    "of zeros: an optimizer would decay it.",
)
ALONE = (
    "Each gradient was clipped by its own length, which turns the step into another direction. "
    "One norm of all of them together decides."
)
NOT_ROOTED = "This is the sum of the squares. The length is its root."
MISTAKES = (
    Mistake("clips_each_alone", _one_by_one(_joint), ALONE),
    Mistake("clips_each_alone", _one_by_one(lambda grads: _lengths(grads).sum()), ALONE),
    Mistake("clips_each_alone", _one_by_one(lambda grads: _lengths(grads).max()), ALONE),
    Mistake("clips_each_alone", _one_by_one(_last_alone), ALONE),
    Mistake(
        "clips_values",
        _values,
        "Each number was cut off at `max_norm`. All are multiplied by one number, so that the "
        "direction stays.",
    ),
    Mistake("forgets_the_root", _clip(_as_far_as(squared=True)), NOT_ROOTED),
    Mistake(
        "forgets_the_root",
        _clip(told=lambda before, after: _joint(before) ** 2),
        f"The gradients are right. {NOT_ROOTED}",
    ),
    Mistake(
        "adds_the_norms",
        _clip(lambda grads: _lengths(grads).sum()),
        "The lengths of the gradients were added. Add the squares of all numbers, then take the "
        "root once: 3 and 4 make 5.",
    ),
    Mistake(
        "adds_the_sizes",
        _clip(lambda grads: _numbers(grads).abs().sum()),
        "The numbers were added without their signs. The length is the root of the sum of their "
        "squares.",
    ),
    Mistake(
        "largest_number",
        _clip(lambda grads: torch.cat([torch.zeros(1), _numbers(grads).abs()]).max()),
        "This is the largest of all numbers. The length takes all of them, squared.",
    ),
    Mistake(
        "largest_gradient",
        _clip(lambda grads: _lengths(grads).max()),
        "This is the length of the longest gradient. All of them together have one length.",
    ),
    Mistake(
        "mean_of_squares",
        _clip(_mean_square),
        "The squares were averaged. They are summed, however many there are.",
    ),
    Mistake(
        "mean_of_squares",
        _clip(lambda grads: _lengths(grads)[1:].mean().nan_to_num()),
        "Lengths were averaged. Sum the squares of all numbers, then take the root.",
    ),
    Mistake(
        "one_gradient_alone",
        _clip(_first_alone),
        "The first gradient alone was measured. All count: does a loop end too early?",
    ),
    Mistake(
        "one_gradient_alone",
        _clip(_last_alone),
        "The last gradient alone was measured. Does each turn of the loop write over the sum?",
    ),
    Mistake(
        "scales_up",
        _clip(factor=lambda norm, max_norm: max_norm / norm),
        "Short gradients were made longer. Where the norm is not larger than `max_norm`, nothing "
        "is multiplied.",
    ),
    Mistake(
        "does_not_clip",
        _clip(factor=lambda norm, max_norm: 1.0),
        "The gradients came back as they were, although their norm is larger than `max_norm`. Is "
        "what was multiplied in the list that you return? Is the comparison the right way round?",
    ),
    Mistake(
        "to_length_1",
        _clip(factor=_to_length_1),
        "The gradients got the length 1. It should become `max_norm`, and only where it is larger.",
    ),
    Mistake(
        "turned_over",
        _clip(factor=_turned_over),
        "Long gradients were made longer still. Which of the two norms is divided by the other?",
    ),
    Mistake(
        "multiplies_by_max_norm",
        _clip(factor=lambda norm, max_norm: max_norm if norm > max_norm else 1.0),
        "The gradients were multiplied by `max_norm` and not divided by their norm.",
    ),
    Mistake(
        "returns_the_norm_after",
        _clip(told=lambda before, after: _joint(after)),
        "This is the norm after clipping. The one before is asked for: it tells that a batch was "
        "bad.",
    ),
    Mistake(
        "returns_the_factor",
        _clip(told=lambda before, after: _joint(after) / _joint(before)),
        "The second value is what the gradients were multiplied by. The norm before is asked for.",
    ),
    Mistake(
        "divides_by_zero",
        _clip(factor=_nan_for_zeros),
        "Gradients of zeros became nan: their norm is 0, and 0 / 0 is nan. Divide only where the "
        "norm is larger than `max_norm`.",
    ),
)
