"""The mistakes that people make in `adamw_step`."""

from types import SimpleNamespace

from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.pretraining.adamw_means_mistakes import MEANS_MISTAKES
from course_lib.exercises.pretraining.adamw_ways import (
    Method,
    adamw,
    corrections,
    direction,
    moved,
)

H = SimpleNamespace  # all that one step knows


def _l2(h: H) -> Tensor:
    return h.grad + h.weight_decay * h.param


def _no_decay(h: H, way: Tensor) -> Tensor:
    return h.param - h.lr * way


def _decay_of_the_new(h: H, way: Tensor) -> Tensor:
    new = h.param - h.lr * way
    return new - h.lr * h.weight_decay * new


def _decay_by(factor: float, by_lr: bool) -> Method:
    def finish(h: H, way: Tensor) -> Tensor:
        return h.param - h.lr * way - factor * (h.lr if by_lr else 1) * h.weight_decay * h.param

    return adamw(finish=finish)


def _constant_decay(h: H, way: Tensor) -> Tensor:
    return h.param - h.lr * way - h.lr * h.weight_decay


def _first_settings(h: H, way: Tensor) -> Tensor:
    return h.param - h.first_lr * way - h.first_lr * h.first_decay * h.param


def _eps_inside(h: H, mean: Tensor, square: Tensor) -> Tensor:
    return mean / (square + h.eps).sqrt()


def _eps_too_early(h: H, mean: Tensor, square: Tensor) -> Tensor:
    _, by_square = corrections(h)
    return mean / ((h.square.sqrt() + h.eps) / by_square**0.5)


def _one_size(h: H, mean: Tensor, square: Tensor) -> Tensor:
    return mean / (square.mean().sqrt() + h.eps)


ALWAYS_THE_SAME = Mistake(
    "ignores_input",
    known_by_property,
    "The same parameter comes back after every step. Is a value written into your function, or "
    "does it use a variable of the notebook in place of its argument?",
)
DECAY = "`lr * weight_decay` times the value before the step."
MISTAKES = (
    *MEANS_MISTAKES,
    Mistake(
        "l2_in_the_gradient",
        adamw(gradient=_l2, finish=_no_decay),
        "The decay was added to the gradient, and went into both means: that is Adam with L2. "
        "Here it acts on the parameter, and the means know nothing of it.",
    ),
    Mistake(
        "decays_twice",
        adamw(gradient=_l2),
        "The decay acts twice: inside the gradient and beside it. Only the second is asked for.",
    ),
    Mistake(
        "eps_inside_the_root",
        adamw(toward=_eps_inside),
        "`eps` went into the root. Take the root first, then add it.",
    ),
    Mistake(
        "forgets_eps",
        adamw(toward=lambda h, mean, square: mean / square.sqrt()),
        "`eps` is missing from what the step is divided by.",
    ),
    Mistake(
        "eps_before_the_correction",
        adamw(toward=_eps_too_early),
        "`eps` was added before the mean square was corrected, and grew with it. Correct, take "
        "the root, then add `eps`.",
    ),
    Mistake(
        "decay_without_lr",
        _decay_by(1, by_lr=False),
        f"The decay is too strong: `lr` has no part in it. It is {DECAY}",
    ),
    Mistake("no_decay", adamw(finish=_no_decay), f"Nothing decays. What is lost is {DECAY}"),
    Mistake(
        "grows_instead_of_decaying",
        _decay_by(-1, by_lr=True),
        "The decay lets the parameter grow. It brings it nearer to 0: mind the sign.",
    ),
    Mistake(
        "decays_the_new_value",
        adamw(finish=_decay_of_the_new),
        "The decay was taken from the value after the step. It is a part of the value before.",
    ),
    Mistake(
        "decays_by_a_constant",
        adamw(finish=_constant_decay),
        f"All numbers lost the same. The decay is a part of each: {DECAY}",
    ),
    Mistake(
        "goes_uphill",
        adamw(finish=lambda h, way: moved(h, -way)),
        "The parameter went with the gradient, where the loss grows. It goes against it.",
    ),
    Mistake(
        "forgets_lr",
        adamw(finish=lambda h, way: h.param - way - h.lr * h.weight_decay * h.param),
        "The step was not multiplied by `lr`.",
    ),
    Mistake(
        "forgets_the_root",
        adamw(toward=lambda h, mean, square: mean / (square + h.eps)),
        "The step was divided by the mean square itself. Take its root.",
    ),
    Mistake(
        "forgets_the_size",
        adamw(toward=lambda h, mean, square: mean),
        "The step is not divided by the size of the gradients. That is momentum alone.",
    ),
    Mistake(
        "forgets_the_mean",
        adamw(toward=lambda h, mean, square: direction(h, h.grad, square)),
        "The step goes along the newest gradient. Its direction is the corrected mean of them all.",
    ),
    Mistake(
        "one_size_for_all",
        adamw(toward=_one_size),
        "All numbers were divided by one size. Each number of a parameter has its own mean square.",
    ),
    Mistake(
        "keeps_the_first_settings",
        adamw(finish=_first_settings),
        "`lr` and `weight_decay` of the first step were used for all. They come in anew each time.",
    ),
    Mistake(
        "returns_the_step",
        adamw(finish=lambda h, way: h.lr * way + h.lr * h.weight_decay * h.param),
        "This is the step. What is asked for is the parameter after it.",
    ),
    Mistake(
        "returns_the_step",
        adamw(finish=lambda h, way: -h.lr * way - h.lr * h.weight_decay * h.param),
        "This is the step. What is asked for is the parameter after it.",
    ),
    Mistake(
        "does_not_move",
        adamw(finish=lambda h, way: h.param),
        "The parameter came back as it was. Is what you return the new one?",
    ),
)
