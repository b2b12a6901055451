"""The mistakes that people make in `apply_rope` and `to_half_split`, and the truth."""

import cmath
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake

ROPE, SPLIT = "apply_rope", "to_half_split"
TABLE_ROWS = 64  # of those who work the angles out beforehand

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


def _of_four_axes(x: Tensor, error: type[Exception]) -> Tensor:
    if x.ndim != 4:
        raise error
    return truth({"function": SPLIT, "x": x})


def _angles(angle: Callable[[float, int, int, float], float]) -> Callable[[dict], Tensor]:
    return _rope(partial(_turned, angle=angle))


def _turns(turn: Turn) -> Callable[[dict], Tensor]:
    return _rope(partial(_turned, turn=turn))


def _from_a_table(inputs: dict) -> Tensor:
    """Look the angles up in a table that was made for the first positions."""
    if int(inputs["positions"].max()) >= TABLE_ROWS:
        raise IndexError
    return _turned(inputs)


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
        "table_of_angles_ends",
        _rope(_from_a_table),
        "The angles were made for the first positions only, and looked up. A text may start "
        "anywhere: make them from `positions` itself.",
    ),
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
        "divides_by_one_pair_less",
        _angles(lambda position, i, D, base: position * base ** (-2 * i / max(D - 2, 1))),
        "The last pair is slowed down by the whole base. It gets a little less: the exponent is "
        "-2i / D, and 2i ends at D - 2. `linspace` from 0 to 1 ends too late, and so does a "
        "division by D - 2.",
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
    *(
        Mistake(
            "only_four_axes",
            _split_mistake(partial(_of_four_axes, error=error)),
            "This works for four axes only, and `x` may have any shape. `...` stands for all axes "
            "in front of the last: `x[..., 0::2]`.",
        )
        for error in (IndexError, ValueError)
    ),
    Mistake(
        "leaves_the_halves_apart",
        _split_mistake(lambda x: x.unflatten(-1, (-1, 2)).transpose(-1, -2)),
        "The halves stand on an axis of their own. Flatten the last two: the shape stays that of "
        "`x`.",
    ),
)
