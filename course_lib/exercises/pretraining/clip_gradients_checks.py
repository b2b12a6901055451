"""`clip_gradients`: what a right answer does."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining import clip_gradients_mistakes as named
from course_lib.exercises.pretraining.clip_gradients_errors import ERRORS, NO_PAIR
from course_lib.exercises.pretraining.clip_gradients_mistakes import MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The norm is the length of all gradients together: the root of the sum of the squares of all
#    their numbers.
# 2. Where it is larger than `max_norm`, every gradient is multiplied by the same number, so that
#    the norm becomes `max_norm`. Otherwise the gradients keep their values.
# 3. None stays None, at its place, and counts for nothing.
# 4. A list without any gradient, such as `[]`, has the norm 0, and gradients of zeros stay zeros.
# 5. The tensors in `grads` are left unchanged.

EXAMPLE = {  # 1 + 4 + 36 + 4 + 4 is 49, the norm is 7, and all are halved
    "grads": [torch.tensor([1.0, -2.0]), torch.tensor([6.0, 2.0]), None, torch.tensor([2.0])],
    "max_norm": 3.5,
}
WHOLE = 12  # numbers of all gradients of a call that is shown whole
BELOW, ABOVE = (0.2, 0.5, 0.9), (1.2, 3.0)  # max_norm, as a part of the norm


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(8)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 3
    yield _given([3], None, [4], max_norm=1)  # 1, 2, 3
    yield _given([3, -4], [12], max_norm=2)  # 1, 2: to another length than 1
    yield _given([0.3, -0.1], [0.2], max_norm=2)  # 2: nothing to clip
    yield _drawn(first, [(2, 3), (4,), ()], part=0.5)  # 1, 2: any shapes
    yield _drawn(first, [(3,), (2, 1, 4)], part=3.0)  # 2: nothing to clip
    yield _given([3], [4], max_norm=4.5)  # 1, 2: each alone is short enough
    yield _given([0.3], [4, 3], max_norm=2)  # 1, 2: a part of them is short enough
    yield _given([3, 4], max_norm=5)  # 2: as long as it may be
    yield _given(None, [2, -1], None, None, [0.5], None, max_norm=1.5)  # 3
    yield _given(None, [0.5], [1, 0.5], max_norm=6)  # 2, 3
    yield _given([0, 0, 0], [0], max_norm=0.5)  # 4: zeros
    yield _given(max_norm=0.5)  # 4: an empty list
    yield _given(None, None, max_norm=3)  # 3, 4
    for number in range(20 if thorough else 4):
        shapes = [_shape(rng) for _ in range(int(rng.integers(1, 6)))]
        drawn = _drawn(rng, shapes, part=float(rng.choice(ABOVE if number % 3 == 2 else BELOW)))
        frozen = rng.random(len(shapes)) < 0.25
        for place in frozen.nonzero()[0].tolist():
            drawn["grads"].insert(place, None)
        yield drawn


def _given(*grads: list[float] | None, max_norm: float) -> dict:
    given = [None if g is None else torch.tensor(g, dtype=torch.float32) for g in grads]
    return {"grads": given, "max_norm": float(max_norm)}


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(rng.permutation(range(1, 5))[: int(rng.integers(4))].tolist())


def _drawn(rng: np.random.Generator, shapes: list[tuple[int, ...]], part: float) -> dict:
    """Return a case in which max_norm is about this part of the norm, and not near it."""
    grads = [tensors.normal(rng, *shape) + 0.5 for shape in shapes]
    return {"grads": grads, "max_norm": round(part * _length(grads), 3) + 0.001}


def _length(grads: list[Tensor | None]) -> float:
    numbers = [x for grad in grads if grad is not None for x in grad.flatten().tolist()]
    return math.sqrt(math.fsum(x * x for x in numbers))


def truth(inputs: dict) -> tuple[list[Tensor | None], Tensor]:
    """Return all of it number by number, in Python's floats."""
    norm, max_norm = _length(inputs["grads"]), inputs["max_norm"]
    factor = max_norm / norm if norm > max_norm else 1.0
    clipped = [
        None
        if grad is None
        else torch.tensor([x * factor for x in grad.flatten().tolist()]).reshape(grad.shape)
        for grad in inputs["grads"]
    ]
    return clipped, torch.tensor(norm)


def by_property(inputs: dict, right: tuple, value: tuple) -> Mistake | None:
    """Name a result that is built in another way."""
    grads, norm = value
    if isinstance(grads, Tensor) and isinstance(norm, (list, tuple)):
        return named.SWAPPED
    if isinstance(grads, tuple):
        return named.TUPLE_OF_GRADIENTS
    if not isinstance(grads, list):
        return None
    given = inputs["grads"]
    n_given, n_none = len(given), sum(grad is None for grad in given)
    if (
        n_none
        and len(grads) == n_given - n_none
        and None not in [g if g is None else 0 for g in grads]
    ):
        return named.DROPS_NONE
    if len(grads) == n_given and n_none and _fills_none(given, grads):
        return named.FILLS_NONE
    return None


def _fills_none(given: list, grads: list) -> bool:
    filled = [new is not None for old, new in zip(given, grads, strict=True) if old is None]
    return any(filled)


def contrast(right: tuple, got: tuple | None) -> tuple[str, str]:
    """Write where the two part, and whether that is a gradient or the norm."""
    return tuple(
        text.replace("[1]: ", "norm: ", 1)
        if text.startswith("[1]")
        else text.replace("[0]", "grads", 1)
        if text.startswith("[0]")
        else text
        for text in tensors.contrast(right, got)
    )


compare = Judge(
    truth,
    MISTAKES,
    cases=cases,
    equal=tensors.alike,
    contrast=contrast,
    otherwise=by_property,
    unnamed=tensors.unnamed,
)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that None, an empty list and a gradient for a condition bring."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    if kind == "ReturnsNoPair":
        name, expected, cause = NO_PAIR
        return Finding(name, "", expected, message, cause)
    for error in ERRORS:
        if error.part in f"{kind}: {message}" and error.fits(inputs):
            got = f"{kind}: {shown(message, quote=False)}"
            return Finding(error.name, "", "a value, no error", got, error.cause)
    return compare(inputs, outcome)


def call_text(inputs: dict) -> str:
    """Write the call, with all numbers where they are few, else with the shapes."""
    given = [grad for grad in inputs["grads"] if grad is not None]
    if sum(grad.numel() for grad in given) <= WHOLE:
        return tensors.call_text("clip_gradients", inputs)
    shapes = [None if grad is None else tuple(grad.shape) for grad in inputs["grads"]]
    max_norm = tensors.text(inputs["max_norm"], digits=None)
    return f"clip_gradients(grads, max_norm={max_norm}), with grads of the shapes {shapes}"


EXERCISE = Exercise(
    name="clip_gradients",
    functions=("clip_gradients",),
    read="section 7, One bad batch",
    cases=cases,
    judge=judge,
    returns=("tuple",),
    forbids=(
        *("utils", "clip_grad_norm_", "clip_grad_norm", "get_total_norm"),
        *("clip_grad", "_get_total_norm", "_clip_grads_with_norm_"),
    ),
    call_text=call_text,
)
