"""Mistakes in a loss over preferences, whatever the margin is made of.

The margin of a pair is how much better its chosen answer looks than its rejected one. The right
loss is the mean of -log sigmoid(margin).
"""

from collections.abc import Callable
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.rlhf.losses import Loss, Method, in_float32, in_float64

Margin = Callable[[dict], Tensor]  # (B,)
LARGE = 1_000.0  # a loss that no capped logarithm reaches


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a loss that stays small where it should be large."""
    if inputs["wanted"] != "loss" or not isinstance(value, Tensor) or value.shape != right.shape:
        return None
    return CAPPED if right > LARGE and 0 < value < right / 2 else None


CAPPED = Mistake(
    "epsilon_caps_the_loss",
    known_by_property,
    "Something keeps the logarithm finite, a small number or a clamp, but then the loss cannot "
    "grow beyond it, and the worst mistakes teach nothing. `F.logsigmoid` needs neither.",
)


# Losses of margins (B,): by the name of the mistake its cause, and ways to make it.
EXACT = {
    "wrong_sign": (
        "The sign is wrong. The logarithm of a probability is negative, the loss is minus that.",
        lambda m: F.logsigmoid(m).mean(),
    ),
    "sums_the_loss": (
        "This is the sum over the pairs. Take the mean, so that the size of a batch does not "
        "matter.",
        lambda m: -F.logsigmoid(m).sum(),
    ),
    "one_loss_each": (
        "This is one loss for each pair. Take the mean.",
        lambda m: -F.logsigmoid(m),
    ),
    "first_pair_only": (
        "Only the first pair counts. All pairs do.",
        lambda m: -F.logsigmoid(m)[0],
    ),
    "loss_of_the_mean": (
        "The differences were averaged first. Take the loss of each pair, then the mean: a "
        "pair that is far off must not be hidden by the others.",
        lambda m: -F.logsigmoid(m.mean()),
    ),
    "log_of_the_mean": (
        "The logarithm was taken of the mean probability. Take it of each pair, then the mean.",
        lambda m: -m.sigmoid().mean().log(),
    ),
    "forgets_the_sigmoid": (
        "This is a difference without a sigmoid and a logarithm. It could fall for ever, by "
        "pairs that are right already.",
        lambda m: -m.mean(),
        lambda m: m.mean(),
    ),
    "forgets_the_log": (
        "This is made of the probabilities without a logarithm. How surprised you are is minus "
        "the logarithm of a probability.",
        lambda m: m.sigmoid().mean(),
        lambda m: 1 - m.sigmoid().mean(),
        lambda m: -m.sigmoid().mean(),
    ),
    "another_loss": (
        "This is another loss: of a margin that has to be reached, or of squares. Here it is "
        "minus the logarithm of a probability.",
        lambda m: (1 - m).relu().mean(),
        lambda m: (-m).relu().mean(),
        lambda m: (1 - m.sigmoid()).square().mean(),
        lambda m: (1 - m).square().mean(),
    ),
    "sigmoid_twice": (
        "The sigmoid was taken twice: `F.logsigmoid` and `binary_cross_entropy_with_logits` "
        "take the difference itself.",
        lambda m: -F.logsigmoid(m.sigmoid()).mean(),
    ),
    "another_logarithm": (
        "This is in bits or by another logarithm. The course counts in nats.",
        lambda m: -F.logsigmoid(m).mean() / log(2),
        lambda m: -F.logsigmoid(m).mean() / log(10),
    ),
}
# The same, in numbers that may leave what float32 holds.
ROUNDED = {
    CAPPED.name: (
        CAPPED.cause,
        *((lambda m, e=e: -(m.sigmoid() + e).log().mean()) for e in (1e-6, 1e-5, 1e-4)),
    ),
    "log_of_sigmoid": (
        "e to the 10,000 is more than a float holds, and the sigmoid of −10,000 is 0 to it: so "
        "come inf, nan, or the logarithm of 0. `F.logsigmoid` takes both steps at once.",
        lambda m: -m.sigmoid().log().mean(),
        lambda m: -(1 / (1 + (-m).exp())).log().mean(),
        lambda m: -(m.exp() / (1 + m.exp())).log().mean(),
        lambda m: (m.exp().log1p() - m).mean(),
        lambda m: torch.log1p((-m).exp()).mean(),
    ),
}


def mistakes(margin: Margin) -> tuple[Mistake, ...]:
    """Return the mistakes of whoever has the right margins and makes another loss of them."""
    return (CAPPED, *_each(EXACT, margin, in_float64), *_each(ROUNDED, margin, in_float32))


def _each(table: dict, margin: Margin, numbers: Callable[[Loss], Method]) -> list[Mistake]:
    return [
        Mistake(name, numbers(lambda inputs, loss=loss: loss(margin(inputs))), cause)
        for name, (cause, *losses) in table.items()
        for loss in losses
    ]
