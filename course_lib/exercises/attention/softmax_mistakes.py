"""Ways to write a softmax that are not right, and what to say to whoever wrote them."""

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake


def _shares(exponentials: Tensor, dim: int) -> Tensor:
    return exponentials / exponentials.sum(dim=dim, keepdim=True)


def _from_the_top(x: Tensor, dim: int) -> Tensor:
    return (x - x.amax(dim=dim, keepdim=True)).exp()


def _plain(inputs: dict) -> Tensor:
    return _shares(inputs["x"].exp(), inputs["dim"])


def _usual(inputs: dict) -> Tensor:
    return _shares(_from_the_top(**inputs), inputs["dim"])


def _top_of_all(inputs: dict) -> Tensor:
    x = inputs["x"]
    return _shares((x - x.max()).exp(), inputs["dim"])


def _top_of_the_last_axis(inputs: dict) -> Tensor:
    return _shares(_from_the_top(inputs["x"], -1), inputs["dim"])


def _sum_of_the_last_axis(inputs: dict) -> Tensor:
    return _shares(_from_the_top(**inputs), -1)


def _shares_of_all(inputs: dict) -> Tensor:
    exponentials = (inputs["x"] - inputs["x"].max()).exp()
    return exponentials / exponentials.sum()


def _without_keepdim_in_the_top(inputs: dict) -> Tensor:
    x, dim = inputs["x"], inputs["dim"]
    return _shares((x - x.amax(dim=dim)).exp(), dim)


def _without_keepdim_in_the_sum(inputs: dict) -> Tensor:
    exponentials = _from_the_top(**inputs)
    return exponentials / exponentials.sum(dim=inputs["dim"])


def _without_keepdim(inputs: dict) -> Tensor:
    x, dim = inputs["x"], inputs["dim"]
    exponentials = (x - x.amax(dim=dim)).exp()
    return exponentials / exponentials.sum(dim=dim)


def _plain_without_keepdim(inputs: dict) -> Tensor:
    exponentials = inputs["x"].exp()
    return exponentials / exponentials.sum(dim=inputs["dim"])


def _from_the_mean(inputs: dict) -> Tensor:
    x, dim = inputs["x"], inputs["dim"]
    return _shares((x - x.mean(dim=dim, keepdim=True)).exp(), dim)


def _clamped(inputs: dict) -> Tensor:
    return _shares(inputs["x"].clamp(-80, 80).exp(), inputs["dim"])


def _clamped_from_above(inputs: dict) -> Tensor:
    return _shares(inputs["x"].clamp(max=80).exp(), inputs["dim"])


def _divided_by_the_top(inputs: dict) -> Tensor:
    x, dim = inputs["x"], inputs["dim"]
    return _shares((x / x.amax(dim=dim, keepdim=True)).exp(), dim)


def _with_a_low_number(inputs: dict) -> Tensor:
    return _usual({**inputs, "x": inputs["x"].clamp(min=-1e9)})


def _turned_around(inputs: dict) -> Tensor:
    return _usual({**inputs, "x": -inputs["x"]})


def _only_the_largest(inputs: dict) -> Tensor:
    x, dim = inputs["x"], inputs["dim"]
    return torch.zeros_like(x).scatter(dim, x.argmax(dim=dim, keepdim=True), 1.0)


def _plain_shares(inputs: dict) -> Tensor:
    return _shares(inputs["x"], inputs["dim"])


KEEPDIM = (
    "`max` and `sum` along an axis drop it, and what is left is stretched along another one. "
    "`keepdim=True` keeps it with size 1."
)
ONE_AXIS = (
    "It always works along the last axis. Give `dim` to the maximum and to the sum, both times."
)
OTHER_TOP = (
    "The maximum was not taken along `dim`. Each row needs its own: where another row is far "
    "larger, all exponentials of this one become 0."
)
CLAMPED = (
    "Large values were cut off, and those above the cut became equal. Take the largest value off "
    "all of them instead: that changes no share."
)
MISTAKES = (
    Mistake("forgets_keepdim", _without_keepdim_in_the_top, KEEPDIM),
    Mistake("forgets_keepdim", _without_keepdim_in_the_sum, KEEPDIM),
    Mistake("forgets_keepdim", _without_keepdim, KEEPDIM),
    Mistake("forgets_keepdim", _plain_without_keepdim, KEEPDIM),
    Mistake(
        "not_divided",
        lambda inputs: _from_the_top(**inputs),
        "These are exponentials and no shares: they do not sum to 1. Divide by their sum.",
    ),
    Mistake(
        "not_divided",
        lambda inputs: inputs["x"].exp(),
        "These are exponentials and no shares: they do not sum to 1. Divide by their sum.",
    ),
    Mistake(
        "no_exponential",
        _plain_shares,
        "The values themselves were divided by their sum. Take `exp` first: it makes every share "
        "positive.",
    ),
    Mistake(
        "returns_logarithms",
        lambda inputs: _usual(inputs).log(),
        "These are the logarithms of the shares.",
    ),
    Mistake(
        "turned_around",
        _turned_around,
        "The smallest value got the largest share. Is it the value minus the maximum, or the "
        "maximum minus the value?",
    ),
    Mistake(
        "only_the_largest",
        _only_the_largest,
        "Everything went to the largest value. A soft maximum leaves each value its share.",
    ),
    Mistake(
        "sums_over_everything",
        _shares_of_all,
        "The whole tensor sums to 1. Each row along `dim` should, by itself.",
    ),
    Mistake("ignores_dim", lambda inputs: _usual({**inputs, "dim": -1}), ONE_AXIS),
    Mistake("ignores_dim", lambda inputs: _plain({**inputs, "dim": -1}), ONE_AXIS),
    Mistake("ignores_dim", _sum_of_the_last_axis, ONE_AXIS),
    Mistake(
        "ignores_dim",
        lambda inputs: _usual({**inputs, "dim": 0}),
        "It always works along the first axis. Give `dim` to the maximum and to the sum.",
    ),
    Mistake("maximum_of_another_axis", _top_of_the_last_axis, OTHER_TOP),
    Mistake("maximum_of_everything", _top_of_all, OTHER_TOP),
    Mistake(
        "maximum_of_everything",
        lambda inputs: _top_of_all(inputs).nan_to_num(nan=0.0),
        OTHER_TOP,
    ),
    Mistake(
        "overflows",
        _plain,
        "e to the 10,000 is more than float32 can hold: inf / inf is nan. And where all values are "
        "very negative, all exponentials are 0. Take the largest value off all of them first: "
        "every share stays what it was.",
    ),
    Mistake(
        "hides_the_overflow",
        lambda inputs: _plain(inputs).nan_to_num(nan=0.0),
        "The nan is gone, but the shares are lost with it: these rows should sum to 1. Prevent the "
        "overflow: take the largest value off all of them before `exp`.",
    ),
    Mistake(
        "subtracts_the_mean",
        _from_the_mean,
        "Taking off the mean leaves large values large, and they overflow. After taking off the "
        "maximum, nothing is above 0.",
    ),
    Mistake("clamps", _clamped, CLAMPED),
    Mistake("clamps", _clamped_from_above, CLAMPED),
    Mistake(
        "divides_by_the_maximum",
        _divided_by_the_top,
        "Dividing by the maximum changes the distances between values, and with them the shares. "
        "Subtract it.",
    ),
    Mistake(
        "nan_for_minus_infinity",
        _usual,
        "Where all values are −inf, so is their maximum, and −inf minus −inf is nan. What should "
        "be taken off such a row, and by what may its sum of 0 be divided?",
    ),
    Mistake(
        "spreads_over_what_is_hidden",
        _with_a_low_number,
        "A row of nothing but −inf came out as equal shares. A very low number is not −inf: among "
        "equals it gets as much as any. All results of such a row are 0.",
    ),
    Mistake(
        "spreads_over_what_is_hidden",
        lambda inputs: _usual(inputs).nan_to_num(nan=1.0),
        "A row of nothing but −inf should be 0 everywhere.",
    ),
)
