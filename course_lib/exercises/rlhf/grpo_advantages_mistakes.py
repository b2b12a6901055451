"""Ways to compare answers within a group that are not right, and what to say about them."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.pretraining.clip_gradients_errors import Error

Method = Callable[[dict], Tensor]


def mean(x: Tensor, dim: int = 1) -> Tensor:
    return x.mean(dim, keepdim=True)


def std(x: Tensor, dim: int = 1, correction: int = 0) -> Tensor:
    return x.std(dim, correction=correction, keepdim=True)


def by(method: Callable[[Tensor, float], Tensor]) -> Method:
    """Return a method on rewards (groups, n) and eps."""
    return lambda inputs: method(inputs["rewards"].double(), inputs["eps"]).float()


def over(size: Callable[[Tensor, float], Tensor]) -> Method:
    """Return a method that divides the centered rewards by another size."""
    return by(lambda x, eps: (x - mean(x)) / size(x, eps))


def less(baseline: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that takes another number than the mean off the rewards."""
    return by(lambda x, eps: (x - baseline(x)) / (std(x) + eps))


def in_float32(size: Callable[[Tensor], Tensor]) -> Method:
    """Return a method whose deviation loses digits in float32."""

    def method(inputs: dict) -> Tensor:
        x = inputs["rewards"]
        return (x - mean(x)) / (size(x) + inputs["eps"])

    return method


def _by_squares(x: Tensor) -> Tensor:
    return (mean(x.square()) - mean(x).square()).sqrt()


def _by_squares_above_0(x: Tensor) -> Tensor:
    return (mean(x.square()) - mean(x).square()).clamp(min=0).sqrt()


def _of_the_others(x: Tensor) -> Tensor:
    """Return for each answer the mean of the other answers of its group."""
    n = x.size(1)
    return (x.sum(1, keepdim=True) - x) / max(n - 1, 1)


def _places(x: Tensor, eps: float) -> Tensor:
    return x.argsort(1).argsort(1).double()


def _each(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


ERRORS = (
    Error(
        "forgets_keepdim",
        "must match the size of tensor",
        "`mean` and `std` along an axis drop it, and what is left, (groups,), is stretched along "
        "another one. `keepdim=True` keeps it with size 1.",
    ),
)
MISTAKES = (
    *_each(
        "std_of_a_sample",
        "The standard deviation was divided by n − 1, as `std` does by itself. Here it is n: "
        "`correction=0`. With a single answer, n − 1 would be 0.",
        over(lambda x, eps: std(x, correction=1) + eps),
    ),
    *_each(
        "eps_inside_the_root",
        "eps was added to the variance, inside the root. Add it to the standard deviation.",
        over(lambda x, eps: (std(x).square() + eps).sqrt()),
        over(lambda x, eps: (std(x).square() + eps**2).sqrt()),
        over(lambda x, eps: (std(x, correction=1).square() + eps).sqrt()),
    ),
    *_each(
        "eps_as_a_floor",
        "eps is only a lower limit here. It is added to every standard deviation.",
        over(lambda x, eps: std(x).clamp(min=eps)),
    ),
    *_each(
        "eps_outside_the_division",
        "eps was added after the division, or above it: mind the brackets. It belongs to what is "
        "divided by.",
        by(lambda x, eps: (x - mean(x)) / std(x) + eps),
        by(lambda x, eps: (x - mean(x) + eps) / std(x)),
        by(lambda x, eps: (x - mean(x) + eps) / (std(x) + eps)),
        by(lambda x, eps: x - mean(x) / (std(x) + eps)),
    ),
    *_each(
        "does_not_use_eps",
        "This is the same whatever `eps` is: it is missing, or another number stands in its place. "
        "Add it to the standard deviation.",
        over(lambda x, eps: std(x)),
        over(lambda x, eps: std(x).masked_fill(std(x) == 0, 1.0)),
        *(over(lambda x, _, eps=eps: std(x) + eps) for eps in (1e-4, 1e-8, 1e-6, 1e-5)),
    ),
    *_each(
        "not_divided",
        "The standard deviation is missing: these are the differences from the mean, or those "
        "divided by something else.",
        over(lambda x, eps: torch.ones(())),
        over(lambda x, eps: torch.ones(()) + eps),
        over(lambda x, eps: torch.tensor(eps)),
    ),
    *_each(
        "divides_by_the_variance",
        "This was divided by the variance. The standard deviation is its root.",
        over(lambda x, eps: std(x).square() + eps),
        over(lambda x, eps: std(x, correction=1).square() + eps),
    ),
    *_each(
        "another_spread",
        "This was divided by another measure of spread. The standard deviation is the root of the "
        "mean square difference from the mean.",
        over(lambda x, eps: mean((x - mean(x)).abs()) + eps),
        over(lambda x, eps: x.amax(1, keepdim=True) - x.amin(1, keepdim=True) + eps),
        over(lambda x, eps: std(x) / x.size(1) ** 0.5 + eps),
        over(lambda x, eps: std(x) * x.size(1) ** 0.5 + eps),
        over(lambda x, eps: mean(x) + eps),
        over(lambda x, eps: mean(x.square()).sqrt() + eps),
    ),
    *_each(
        "not_centered",
        "The mean is missing. An answer is good or bad only beside the others of its group.",
        less(lambda x: torch.zeros(())),
        by(lambda x, eps: x),
    ),
    *_each(
        "another_baseline",
        "Something else than the mean of the group was taken off. It is the mean over all its "
        "answers, this one included.",
        less(lambda x: x.median(1, keepdim=True).values),
        less(lambda x: x[:, :1]),
        less(lambda x: x.amin(1, keepdim=True)),
        less(lambda x: x.amax(1, keepdim=True)),
        less(_of_the_others),
        by(lambda x, eps: x - _of_the_others(x)),
        by(lambda x, eps: (x - x.amin(1, True)) / (x.amax(1, True) - x.amin(1, True) + eps)),
    ),
    *_each(
        "turned_around",
        "The best answer got the lowest advantage. Take the mean off the reward.",
        by(lambda x, eps: (mean(x) - x) / (std(x) + eps)),
    ),
    *_each(
        "over_all_groups",
        "The mean or the standard deviation was taken over all groups. Each prompt is compared "
        "only with itself: along which axis lie the answers to it?",
        by(lambda x, eps: (x - x.mean()) / (x.std(correction=0) + eps)),
        by(lambda x, eps: (x - x.mean()) / (x.std() + eps)),
        by(lambda x, eps: (x - mean(x)) / (x.std(correction=0) + eps)),
        by(lambda x, eps: (x - mean(x)) / (x.std() + eps)),
        by(lambda x, eps: (x - x.mean()) / (std(x) + eps)),
        by(lambda x, eps: (x - mean(x)) / ((x - mean(x)).std(correction=0) + eps)),
        by(lambda x, eps: (x - mean(x)) / ((x - mean(x)).std() + eps)),
    ),
    *_each(
        "over_the_prompts",
        "This went along the axis of the groups, so the first answers of all prompts were compared "
        "with one another. A group is a row.",
        by(lambda x, eps: (x - mean(x, 0)) / (std(x, 0) + eps)),
        by(lambda x, eps: (x - mean(x, 0)) / (std(x, 0, correction=1) + eps)),
        by(lambda x, eps: (x - mean(x)) / (std(x, 0) + eps)),
        by(lambda x, eps: (x - mean(x, 0)) / (std(x) + eps)),
    ),
    *_each(
        "forgets_keepdim",
        ERRORS[0].cause,
        by(lambda x, eps: (x - x.mean(1)) / (x.std(1, correction=0) + eps)),
        by(lambda x, eps: (x - x.mean(1)) / (std(x) + eps)),
        by(lambda x, eps: (x - mean(x)) / (x.std(1, correction=0) + eps)),
        by(lambda x, eps: (x - x.mean(1)) / (x.std(1) + eps)),
    ),
    *_each(
        "a_softmax",
        "This is a softmax, whose numbers are all above 0. Half of what is compared with its mean "
        "should be below.",
        by(lambda x, eps: x.softmax(1)),
    ),
    *_each(
        "only_the_order",
        "Only the order of the answers counts here, or only the best one. How much better an "
        "answer is matters as well.",
        by(_places),
        by(lambda x, eps: (_places(x, eps) - mean(_places(x, eps))) / (std(_places(x, eps)) + eps)),
        by(lambda x, eps: (x - mean(x)).sign()),
        by(lambda x, eps: (x == x.amax(1, keepdim=True)).double()),
    ),
    *_each(
        "drops_equal_groups",
        "Groups of equal rewards are missing. They stay, with 0 for each of their answers.",
        by(lambda x, eps: ((x - mean(x)) / (std(x) + eps))[std(x)[:, 0] > 0]),
    ),
    *_each(
        "not_0_for_equal_rewards",
        "Where all rewards of a group are equal, all its advantages are 0: there is nothing to "
        "learn from it, neither that all are good nor that all are bad.",
        by(lambda x, eps: ((x - mean(x)) / (std(x) + eps)).masked_fill(std(x) == 0, 1.0)),
        by(lambda x, eps: x.where(std(x) == 0, (x - mean(x)) / (std(x) + eps))),
    ),
    *_each(
        "variance_by_squares",
        "The mean of the squares minus the square of the mean is a small difference of two large "
        "numbers, and float32 keeps only seven digits of each. Take the mean off first, then "
        "square; or call `std`.",
        in_float32(_by_squares),
        in_float32(_by_squares_above_0),
    ),
)
