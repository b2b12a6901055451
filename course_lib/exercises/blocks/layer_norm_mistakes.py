"""Ways to write a LayerNorm that are not right, and what to say to whoever wrote them."""

from functools import partial

from torch import Tensor

from course_lib.exercises.blocks import norm_parts as parts
from course_lib.exercises.mistakes import Mistake


def _norm(**changed):
    """Return a LayerNorm with some of its parts replaced."""
    usual = {
        "center": parts.mean_off,
        "spread": parts.variance,
        "root": parts.eps_inside,
        "finish": parts.weight_and_bias,
    }
    return parts.norm(**{**usual, **changed})


def _along(axis):
    return _norm(center=axis(parts.mean_off), spread=axis(parts.variance))


def _bias_first(y: Tensor, inputs: dict) -> Tensor:
    return (y + inputs["bias"]) * inputs["weight"]


def _swapped(y: Tensor, inputs: dict) -> Tensor:
    return y * inputs["bias"] + inputs["weight"]


def _bias_only(y: Tensor, inputs: dict) -> Tensor:
    return y + inputs["bias"]


def _one_plus_weight(y: Tensor, inputs: dict) -> Tensor:
    return y * (1 + inputs["weight"]) + inputs["bias"]


def _bias_off(y: Tensor, inputs: dict) -> Tensor:
    return y * inputs["weight"] - inputs["bias"]


def _weight_first(inputs: dict) -> Tensor:
    """Scale the vectors by the weights, then norm them."""
    return _norm(finish=_bias_only)({**inputs, "x": inputs["x"] * inputs["weight"]})


def _by_rows(y: Tensor, inputs: dict) -> Tensor:
    """Give each vector, not each column, a weight and a bias: a square lets it pass."""
    return y * inputs["weight"][:, None] + inputs["bias"][:, None]


squeezed = parts.without_keepdim(parts.variance)
sample = partial(_norm, spread=parts.variance_of_a_sample)

KEEPDIM = (
    "A mean along an axis drops that axis, and what is left is stretched along another one. "
    "`keepdim=True` keeps it with size 1."
)
AXIS = (
    "The mean and the variance were not taken within each vector. A vector lies along the last "
    "axis: `dim=-1`, both times."
)
TOGETHER = (
    "Several vectors were brought to scale together. Each vector has its own mean and variance, "
    "over the last axis alone: `dim=-1`, both times."
)
ONE_LESS = (
    "The variance was divided by C − 1, which `var` and `std` do unless told otherwise. Divide by "
    "C: `correction=0`, or the mean of the squares."
)
OUTSIDE = (
    "Is eps inside the root? It is added to the variance, before the root is taken, and not to the "
    "root."
)
NO_EPS = (
    "Where did eps go? The one that comes in is added to the variance, always: one of your own is "
    "not enough, nor a least value for what you divide by."
)
MEAN_STAYS = (
    "The mean of each vector is still in it. Take it off before you divide: without weight and "
    "bias, each vector has mean 0."
)
MISTAKES = (
    Mistake("eps_outside_the_root", _norm(root=parts.eps_outside), OUTSIDE),
    Mistake("divides_by_one_less", sample(), ONE_LESS),
    Mistake(
        "std_plus_eps",
        sample(root=parts.eps_outside),
        "This is `std` plus eps, with two things off: `std` divides by C − 1 unless told "
        "otherwise, and eps belongs inside the root, next to the variance.",
    ),
    Mistake("no_eps", _norm(root=parts.no_eps), NO_EPS),
    Mistake("no_eps", _norm(root=parts.eps_as_a_floor), NO_EPS),
    Mistake("no_eps", _norm(root=parts.floor_under_the_root), NO_EPS),
    Mistake("no_eps", sample(root=parts.no_eps), f"{NO_EPS} And `std` divides by C − 1."),
    Mistake(
        "eps_squared",
        _norm(root=parts.eps_squared),
        "Here eps was squared before it was added. It is added as it is.",
    ),
    Mistake(
        "no_root",
        _norm(root=parts.no_root),
        "Divided by the variance itself. Its root is what has the scale of the numbers.",
    ),
    Mistake(
        "multiplies_by_the_root",
        _norm(root=parts.upside_down),
        "Multiplied by the root: what is large has become larger. `rsqrt` is one over the root, "
        "`sqrt` the root: which one did you use, with `*` or with `/`?",
    ),
    Mistake("mean_stays", _norm(center=parts.as_it_is), MEAN_STAYS),
    Mistake(
        "mean_stays",
        _norm(center=parts.as_it_is, spread=parts.mean_square),
        f"{MEAN_STAYS} What you have is the norm of section 3, with a bias.",
    ),
    Mistake(
        "squares_around_zero",
        _norm(spread=parts.mean_square),
        "The variance is the mean square of what is left *after* the mean is off. Here the vectors "
        "were squared as they came in.",
    ),
    Mistake(
        "divides_by_the_length",
        _norm(spread=lambda x: parts.sum_of_squares(parts.mean_off(x))),
        "The squares were added up, and not divided by C. The variance is their mean.",
    ),
    Mistake(
        "no_weight",
        _norm(finish=_bias_only),
        "The weight is missing: multiply by it, column by column, before the bias is added.",
    ),
    Mistake("no_bias", _norm(finish=parts.weight_only), "The bias is missing. Add it at the end."),
    Mistake(
        "no_weight_and_bias",
        _norm(finish=parts.nothing),
        "To scale they are; weight and bias are still missing.",
    ),
    Mistake(
        "bias_before_weight",
        _norm(finish=_bias_first),
        "The bias was multiplied, too. First the weight, then the bias.",
    ),
    Mistake(
        "weight_and_bias_swapped",
        _norm(finish=_swapped),
        "Weight and bias have changed places: multiply by `weight`, add `bias`.",
    ),
    Mistake("bias_taken_off", _norm(finish=_bias_off), "The bias was taken off. Add it."),
    Mistake(
        "one_plus_weight",
        _norm(finish=_one_plus_weight),
        "Multiplied by 1 + weight. Some models store their weights that way; here it is `weight`.",
    ),
    Mistake(
        "weight_before_the_norm",
        _weight_first,
        "The weight came in before mean and variance were taken. It comes last but one, only the "
        "bias is later.",
    ),
    Mistake("forgets_keepdim", _norm(center=parts.mean_off_without_keepdim), KEEPDIM),
    Mistake("forgets_keepdim", _norm(spread=squeezed), KEEPDIM),
    Mistake(
        "forgets_keepdim",
        _norm(center=parts.mean_off_without_keepdim, spread=squeezed),
        KEEPDIM,
    ),
    Mistake("one_weight_a_vector", _norm(finish=_by_rows), "Each column has a weight and a bias."),
    Mistake("wrong_axis", _along(parts.first_axis), AXIS),
    Mistake("wrong_axis", _along(parts.axis_before), AXIS),
    Mistake("not_each_by_itself", _along(parts.everything), TOGETHER),
    Mistake("not_each_by_itself", _along(parts.each_row), TOGETHER),
)
