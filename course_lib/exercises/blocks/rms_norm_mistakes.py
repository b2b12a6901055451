"""Ways to write an RMSNorm that are not right, and what to say to whoever wrote them."""

from torch import Tensor

from course_lib.exercises.blocks import norm_parts as parts
from course_lib.exercises.mistakes import Mistake


def _norm(**changed):
    """Return an RMSNorm with some of its parts replaced."""
    usual = {
        "center": parts.as_it_is,
        "spread": parts.mean_square,
        "root": parts.eps_inside,
        "finish": parts.weight_only,
    }
    return parts.norm(**{**usual, **changed})


def _one_plus_weight(y: Tensor, inputs: dict) -> Tensor:
    return y * (1 + inputs["weight"])


def _over_weight(y: Tensor, inputs: dict) -> Tensor:
    return y / inputs["weight"]


def _plus_weight(y: Tensor, inputs: dict) -> Tensor:
    return y + inputs["weight"]


def _by_rows(y: Tensor, inputs: dict) -> Tensor:
    """Give each vector, not each column, a weight: a square lets it pass."""
    return y * inputs["weight"][:, None]


def _weight_first(inputs: dict) -> Tensor:
    """Scale the vectors by the weights, then norm them."""
    return _norm(finish=parts.nothing)({**inputs, "x": inputs["x"] * inputs["weight"]})


def _mean_size(x: Tensor) -> Tensor:
    """Return the square of the mean size of a vector's numbers."""
    return x.abs().mean(dim=-1, keepdim=True).square()


MEAN_OFF = (
    "The mean of each vector was taken off. That is LayerNorm; here the vectors are squared and "
    "divided as they come in."
)
AROUND_THE_MEAN = (
    "This divides by the root of the variance, which is measured around the mean. Here the numbers "
    "themselves are squared: no mean is taken off anywhere."
)
AXIS = (
    "The mean of the squares was not taken within each vector. A vector lies along the last axis: "
    "`dim=-1`."
)
TOGETHER = (
    "Several vectors were brought to scale together. Each has a root mean square of its own, over "
    "the last axis alone: `dim=-1`."
)
NO_EPS = (
    "Where did eps go? The one that comes in is added to the mean of the squares, always: one of "
    "your own is not enough, nor a least value for what you divide by."
)
LENGTH = (
    "The squares were added up, and not divided by C. This is the length of the vector, as `norm()`"
    " gives it; the mean of the squares is asked for."
)
MISTAKES = (
    Mistake(
        "eps_outside_the_root",
        _norm(root=parts.eps_outside),
        "Is eps inside the root? It is added to the mean of the squares, before the root is taken, "
        "and not to the root.",
    ),
    Mistake("no_eps", _norm(root=parts.no_eps), NO_EPS),
    Mistake("no_eps", _norm(root=parts.eps_as_a_floor), NO_EPS),
    Mistake("no_eps", _norm(root=parts.floor_under_the_root), NO_EPS),
    Mistake(
        "eps_squared",
        _norm(root=parts.eps_squared),
        "Here eps was squared before it was added. It is added as it is.",
    ),
    Mistake("takes_the_mean_off", _norm(center=parts.mean_off, spread=parts.variance), MEAN_OFF),
    Mistake("takes_the_mean_off", _norm(center=parts.mean_off), MEAN_OFF),
    Mistake("divides_by_the_variance", _norm(spread=parts.variance), AROUND_THE_MEAN),
    Mistake(
        "divides_by_the_variance",
        _norm(spread=parts.variance_of_a_sample),
        f"{AROUND_THE_MEAN} (And `std` and `var` divide by C − 1.)",
    ),
    Mistake(
        "divides_by_one_less",
        _norm(spread=parts.squares_over_one_less),
        "The sum of the squares was divided by C − 1. It is a mean: divide by C.",
    ),
    Mistake("divides_by_the_length", _norm(spread=parts.sum_of_squares), LENGTH),
    Mistake(
        "divides_by_the_length",
        _norm(spread=parts.sum_of_squares, root=parts.no_eps),
        f"{LENGTH} And `eps` is missing.",
    ),
    Mistake(
        "square_of_the_mean",
        _norm(spread=parts.square_of_the_mean),
        "First the mean and then the square: in that order, positive and negative numbers cancel "
        "out. Square first, then take the mean.",
    ),
    Mistake(
        "mean_size",
        _norm(spread=_mean_size),
        "This divides by the mean of the sizes, without signs. Large numbers count more in a root "
        "mean square: take the mean of the squares.",
    ),
    Mistake(
        "no_root",
        _norm(root=parts.no_root),
        "Divided by the mean of the squares itself. Its root is what has the scale of the numbers.",
    ),
    Mistake(
        "multiplies_by_the_root",
        _norm(root=parts.upside_down),
        "Multiplied by the root: what is large has become larger. `rsqrt` is one over the root, "
        "`sqrt` the root: which one did you use, with `*` or with `/`?",
    ),
    Mistake(
        "no_weight",
        _norm(finish=parts.nothing),
        "To scale they are; the weight is still missing. Multiply by it, column by column.",
    ),
    Mistake(
        "one_plus_weight",
        _norm(finish=_one_plus_weight),
        "Multiplied by 1 + weight. Some models store their weights that way; here it is `weight`.",
    ),
    Mistake(
        "divides_by_the_weight",
        _norm(finish=_over_weight),
        "Divided by the weight. Multiply by it.",
    ),
    Mistake("adds_the_weight", _norm(finish=_plus_weight), "The weight was added. Multiply by it."),
    Mistake(
        "weight_before_the_norm",
        _weight_first,
        "The weight came in before the squares were taken. It comes last.",
    ),
    Mistake(
        "forgets_keepdim",
        _norm(spread=parts.without_keepdim(parts.mean_square)),
        "A mean along an axis drops that axis, and what is left is stretched along another one. "
        "`keepdim=True` keeps it with size 1.",
    ),
    Mistake("one_weight_a_vector", _norm(finish=_by_rows), "Each column has a weight."),
    Mistake("wrong_axis", _norm(spread=parts.first_axis(parts.mean_square)), AXIS),
    Mistake("wrong_axis", _norm(spread=parts.axis_before(parts.mean_square)), AXIS),
    Mistake("not_each_by_itself", _norm(spread=parts.everything(parts.mean_square)), TOGETHER),
    Mistake("not_each_by_itself", _norm(spread=parts.each_row(parts.mean_square)), TOGETHER),
)
