"""`apply_rope` and `to_half_split`: what right answers do, and the mistakes that people make."""

import cmath
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Numbers 2i and 2i + 1 of each vector, `x0` and `x1`, become `x0 cos - x1 sin` and
#    `x0 sin + x1 cos` of one angle, in their old places.
# 2. The angle is the position times `base ** (-2i / D)`, in radians.
# 3. `positions[t]` is the position of `x[:, :, t]`, the same in each batch row and head; positions
#    may start anywhere.
# 4. `to_half_split(x)` returns the numbers of each vector in the order x0, x2, x4, ..., x1, x3, x5,
#    ...
# 5. `x` and `positions` are left unchanged.

ROPE, SPLIT = "apply_rope", "to_half_split"
EXAMPLE = {  # angles 2 and 0.5, then 5 and 1.25
    "function": ROPE,
    "x": torch.tensor([[[[1.0, 0.0, 1.0, 2.0], [1.0, 0.0, 1.0, 2.0]]]]),
    "positions": torch.tensor([2, 5]),
    "base": 16.0,
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    always = np.random.default_rng(0)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2
    yield _turn(always, (1, 1, 3, 4), start=0, base=10_000.0)  # 1, 2
    yield _turn(always, (2, 3, 4, 6), start=7, base=50.0)  # 2, 3
    yield {**_turn(always, (1, 2, 3, 2), 0, 9.0), "positions": torch.tensor([5, 0, 11])}  # 3
    yield _split(torch.tensor([[[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]]]))  # 4
    yield _split(tensors.normal(always, 2, 1, 3, 8))  # 4
    for _ in range(20 if thorough else 4):
        B, H, T = (int(size) for size in rng.permutation(range(1, 6))[:3])
        shape = (B, H, T, 2 * int(rng.integers(2, 6)))
        base = float(rng.choice([10.0, 100.0, 10_000.0, 100_000.0]))
        yield _turn(rng, shape, int(rng.integers(0, 20)), base)
        yield _split(tensors.normal(rng, *shape))


def _turn(rng: np.random.Generator, shape: tuple, start: int, base: float) -> dict:
    positions = torch.arange(start, start + shape[2])
    x = tensors.normal(rng, *shape)
    return {"function": ROPE, "x": x, "positions": positions, "base": base}


def _split(x: Tensor) -> dict:
    return {"function": SPLIT, "x": x}


Turn = Callable[[Tensor, float], Tensor]  # turns points of the plane, as complex numbers


def truth(inputs: dict) -> Tensor:
    if inputs["function"] == ROPE:
        return _turned(inputs)
    D = inputs["x"].size(-1)
    return _in_order(inputs["x"], [*range(0, D, 2), *range(1, D, 2)])


def _angle(position: float, i: int, D: int, base: float) -> float:
    return position * base ** (-2 * i / D)


def _rotation(points: Tensor, angle: float) -> Tensor:
    return points * cmath.exp(1j * angle)


def _turned(
    inputs: dict, *, angle: Callable[..., float] = _angle, turn: Turn = _rotation
) -> Tensor:
    """Turn each pair (x0, x1) as the point x0 + x1 i of the plane, one position after the other."""
    x, D = inputs["x"].double(), inputs["x"].size(-1)
    turned = torch.empty_like(x)
    for t, position in enumerate(inputs["positions"].tolist()):
        for i in range(D // 2):
            points = torch.complex(x[:, :, t, 2 * i], x[:, :, t, 2 * i + 1])  # (B, H)
            points = turn(points, angle(position, i, D, inputs["base"]))
            turned[:, :, t, 2 * i], turned[:, :, t, 2 * i + 1] = points.real, points.imag
    return turned.float()


def _in_order(x: Tensor, order: list[int]) -> Tensor:
    return torch.stack([x[..., j] for j in order], dim=-1)


def _to_interleaved(x: Tensor) -> Tensor:
    """Undo `to_half_split`."""
    half = x.size(-1) // 2
    return _in_order(x, [j + i * half for j in range(half) for i in range(2)])


def _rope(method: Callable[[dict], Tensor]) -> Callable[[dict], Tensor]:
    """Return a mistake of `apply_rope` alone: `to_half_split` is right."""
    return lambda inputs: method(inputs) if inputs["function"] == ROPE else truth(inputs)


def _split_mistake(method: Callable[[Tensor], Tensor]) -> Callable[[dict], Tensor]:
    """Return a mistake of `to_half_split` alone: `apply_rope` is right."""
    return lambda inputs: method(inputs["x"]) if inputs["function"] == SPLIT else truth(inputs)


def _angles(angle: Callable[[float, int, int, float], float]) -> Callable[[dict], Tensor]:
    return _rope(partial(_turned, angle=angle))


def _turns(turn: Turn) -> Callable[[dict], Tensor]:
    return _rope(partial(_turned, turn=turn))


def _half_split_pairs(inputs: dict) -> Tensor:
    """Turn x0 with x(D/2), x1 with x(D/2 + 1), and so on, as other models do."""
    turned = _turned({**inputs, "x": _to_interleaved(inputs["x"])})
    return truth({"function": SPLIT, "x": turned})


def _left_in_halves(inputs: dict) -> Tensor:
    return truth({"function": SPLIT, "x": _turned(inputs)})


def _from_zero(inputs: dict) -> Tensor:
    return _turned({**inputs, "positions": torch.arange(len(inputs["positions"]))})


def _from_the_first(inputs: dict) -> Tensor:
    return _turned({**inputs, "positions": inputs["positions"] - inputs["positions"][0]})


def _one_after_the_other(points: Tensor, angle: float) -> Tensor:
    """Overwrite x0, and use it for x1."""
    x0 = _rotation(points, angle).real
    return torch.complex(x0, x0 * cmath.exp(1j * angle).imag + points.imag * _cos(angle))


def _cos(angle: float) -> float:
    return cmath.exp(1j * angle).real


def _mirrored(points: Tensor, angle: float) -> Tensor:
    """Add where it should subtract: x0 cos + x1 sin."""
    right, other = _rotation(points, angle), _rotation(points, -angle)
    return torch.complex(other.real, right.imag)


def _mirrored_below(points: Tensor, angle: float) -> Tensor:
    right, other = _rotation(points, angle), _rotation(points, -angle)
    return torch.complex(right.real, other.imag)


ONE_SIGN = (
    "One of the two signs is wrong, and lengths change. Of the four products only `x1 sin` is "
    "taken off, in the first number; both products are added in the second."
)
FROM_ZERO = "The first token was taken to stand at 0. Where each one stands is in `positions`."
MISTAKES = (
    Mistake(
        "pairs_the_halves",
        _rope(_half_split_pairs),
        "Here x0 was turned together with the first number of the other half. That is the "
        "half-split layout; this task pairs neighbors: x0 with x1, x2 with x3.",
    ),
    Mistake(
        "left_in_halves",
        _rope(_left_in_halves),
        "The numbers are right and stand in the wrong places: all first ones, then all second "
        "ones. Put each pair back where it was: `torch.stack(..., dim=-1).flatten(-2)`.",
    ),
    Mistake(
        "turns_backwards",
        _turns(lambda points, angle: _rotation(points, -angle)),
        "The turn goes the other way: the minus belongs to the first number, x0 cos - x1 sin.",
    ),
    Mistake("one_wrong_sign", _turns(_mirrored), ONE_SIGN),
    Mistake("one_wrong_sign", _turns(_mirrored_below), ONE_SIGN),
    Mistake(
        "uses_the_turned_number",
        _turns(_one_after_the_other),
        "The second number was made with the new first one. Both need the old `x0` and `x1`: work "
        "them out before you write either.",
    ),
    Mistake(
        "swaps_sine_and_cosine",
        _turns(lambda points, angle: _rotation(points, cmath.pi / 2 - angle)),
        "Sine and cosine changed places. At position 0, where the angle is 0, nothing may change.",
    ),
    Mistake("counts_positions_from_zero", _rope(_from_zero), FROM_ZERO),
    Mistake("counts_positions_from_zero", _rope(_from_the_first), FROM_ZERO),
    Mistake(
        "ignores_the_base",
        _angles(lambda position, i, D, base: _angle(position, i, D, 10_000.0)),
        "The base is 10000 here, whatever the caller says. Use the argument.",
    ),
    Mistake(
        "half_the_exponent",
        _angles(lambda position, i, D, base: position * base ** (-i / D)),
        "Pairs slow down too little from left to right: the exponent of pair i is -2i / D.",
    ),
    Mistake(
        "twice_the_exponent",
        _angles(lambda position, i, D, base: position * base ** (-4 * i / D)),
        "Pairs slow down too fast. If your `i` runs over 0, 2, 4 ... it is 2i already.",
    ),
    Mistake(
        "one_speed_for_all",
        _angles(lambda position, i, D, base: position),
        "All pairs turn equally fast. Only pair 0 turns by one radian a step.",
    ),
    Mistake(
        "faster_to_the_right",
        _angles(lambda position, i, D, base: position * base ** (2 * i / D)),
        "Pairs become faster from left to right. The exponent is negative.",
    ),
    Mistake(
        "does_not_turn",
        _rope(lambda inputs: inputs["x"]),
        "Nothing was turned. Is the new tensor returned?",
    ),
    Mistake(
        "does_not_reorder",
        _split_mistake(lambda x: x),
        "The order is as before. `x[..., 0::2]` holds every second number, from the first on.",
    ),
    Mistake(
        "reorders_backwards",
        _split_mistake(_to_interleaved),
        "This goes from half-split to interleaved. The other way is asked for.",
    ),
    Mistake(
        "odd_numbers_first",
        _split_mistake(lambda x: truth({"function": SPLIT, "x": x}).roll(x.size(-1) // 2, -1)),
        "The odd places come first. The list starts with x0, x2, x4.",
    ),
    Mistake(
        "swaps_neighbors",
        _split_mistake(lambda x: x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)),
        "Neighbors changed places. All even places are asked for first, and then all odd ones.",
    ),
    Mistake(
        "leaves_the_halves_apart",
        _split_mistake(lambda x: x.unflatten(-1, (-1, 2)).transpose(-1, -2)),
        "The halves stand on an axis of their own. Flatten the last two: the shape stays that of "
        "`x`.",
    ),
)


def _call_text(inputs: dict) -> str:
    arguments = {name: value for name, value in inputs.items() if name != "function"}
    return tensors.call_text(inputs["function"], arguments)


EXERCISE = Exercise(
    name=ROPE,
    functions=(ROPE, SPLIT),
    read="section 9, Turn pairs by their position",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=_call_text,
)
