"""A plan for the learning rate, put together from parts of which one may be mistaken."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi


@dataclass(frozen=True)
class Asked:
    """What the answer is called with."""

    step: int
    max_lr: float
    warmup_steps: int
    total_steps: int
    min_lr: float

    @property
    def since(self) -> int:
        """The steps since the end of the warm-up."""
        return self.step - self.warmup_steps

    @property
    def span(self) -> int:
        """The steps from the end of the warm-up to the end."""
        return self.total_steps - self.warmup_steps


Part = Callable[[Asked], float]


def rising_line(asked: Asked) -> float:
    return asked.max_lr * (asked.step + 1) / asked.warmup_steps


def part_done(asked: Asked) -> float:
    return asked.since / asked.span


def half_wave(done: float) -> float:
    return (1 + cos(pi * done)) / 2


def between(asked: Asked, share: float) -> float:
    """Return the rate that lies this share of the way up from min_lr to max_lr."""
    return asked.min_lr + (asked.max_lr - asked.min_lr) * share


def schedule(
    rising: Part = rising_line,
    done: Part = part_done,
    wave: Callable[[float], float] = half_wave,
    mix: Callable[[Asked, float], float] = between,
    is_rising: Callable[[Asked], bool] = lambda asked: asked.step < asked.warmup_steps,
    is_over: Callable[[Asked], bool] = lambda asked: asked.step >= asked.total_steps,
    end: Part = lambda asked: asked.min_lr,
) -> Callable[[dict], float]:
    """Return a schedule in which one part may be mistaken.

    Args:
        rising: the rate in the warm-up.
        done: how much of the fall is done, from 0 to 1.
        wave: the share that is left, made of that.
        mix: the rate, made of that share.
        is_rising, is_over: which of the parts a step belongs to.
        end: the rate after the last step.
    """

    def method(inputs: dict) -> float:
        asked = Asked(**inputs)
        if is_rising(asked):
            return float(rising(asked))
        if is_over(asked):
            return float(end(asked))
        return float(mix(asked, wave(done(asked))))

    return method


right = schedule()
