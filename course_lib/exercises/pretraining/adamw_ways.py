"""A step of AdamW in parts, each of which a mistaken one can replace."""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor

from course_lib.exercises.pretraining.adamw_script import follow

Method = Callable[[dict], tuple[Tensor, ...]]


def running(old: Tensor, new: Tensor, beta: float) -> Tensor:
    return beta * old + (1 - beta) * new


def corrections(h: SimpleNamespace) -> tuple[float, float]:
    """Return what the two means are divided by."""
    return 1 - h.beta_1**h.t, 1 - h.beta_2**h.t


def direction(h: SimpleNamespace, mean: Tensor, square: Tensor) -> Tensor:
    return mean / (square.sqrt() + h.eps)


def moved(h: SimpleNamespace, way: Tensor) -> Tensor:
    return h.param - h.lr * way - h.lr * h.weight_decay * h.param


def adamw(
    begin: int = 0,
    count: Callable[[int], int] = lambda t: t + 1,
    betas: Callable[[tuple], tuple] = lambda betas: betas,
    gradient: Callable[[SimpleNamespace], Tensor] = lambda h: h.grad,
    mean: Callable[..., Tensor] = running,
    square: Callable[..., Tensor] = running,
    squared: Callable[[SimpleNamespace, Tensor], Tensor] = lambda h, grad: grad**2,
    correct: Callable[[SimpleNamespace], tuple] = corrections,
    toward: Callable[..., Tensor] = direction,
    finish: Callable[[SimpleNamespace, Tensor], Tensor] = moved,
    keep: Callable[[SimpleNamespace, dict], dict] = lambda h, new: new,
) -> Method:
    """Return a method in which one part may be mistaken.

    Args:
        begin: the t before the first step.
        count: the t of a step, of the one before.
        betas: which beta belongs to the mean, and which to the mean square.
        gradient: what goes into both means.
        mean, square: the new mean, of the old one, what comes in anew, and a beta.
        squared: what comes into the mean square, of h and the gradient.
        correct: what the two means are divided by; `h` holds all that a step knows, the old and
            the new means too.
        toward: the direction of the step, of h and both corrected means.
        finish: the new parameter, of h and that direction.
        keep: what is kept, of h and the state that a right answer keeps.
    """

    def step(param, grad, state, lr, given_betas, eps, weight_decay):
        beta_1, beta_2 = betas(given_betas)
        h = SimpleNamespace(param=param, grad=grad, lr=lr, eps=eps, weight_decay=weight_decay)
        h.beta_1, h.beta_2, h.t = beta_1, beta_2, count(state.get("t", begin))
        h.old_mean, h.old_square = (state.get(n, torch.zeros_like(param)) for n in MEANS)
        h.first_lr, h.first_decay = state.get("first", (lr, weight_decay))
        given = gradient(h)
        h.mean = mean(h.old_mean, given, beta_1)
        h.square = square(h.old_square, squared(h, given), beta_2)
        by_mean, by_square = correct(h)
        h.corrected = (h.mean / by_mean, h.square / by_square)
        new = {"t": h.t, "mean": h.mean, "square": h.square, "first": (h.first_lr, h.first_decay)}
        return finish(h, toward(h, *h.corrected)), keep(h, new)

    return lambda inputs: follow(step, inputs)


MEANS = ("mean", "square")


def without(*names: str) -> Callable[[SimpleNamespace, dict], dict]:
    """Return a `keep` that forgets these entries of the state."""
    return lambda h, new: {name: value for name, value in new.items() if name not in names}
