"""Ways to use a temperature that are not right, and what to say to whoever wrote them."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property


def _first_best(x: Tensor) -> Tensor:
    return _one_in_each_row(x, x.argmax(dim=-1, keepdim=True))


def _one_in_each_row(x: Tensor, place: Tensor) -> Tensor:
    return torch.zeros_like(x).scatter(-1, place, 1.0)


def _probs(x: Tensor, temperature: float) -> Tensor:
    return (x / temperature).softmax(dim=-1)


def _method(
    above_zero: Callable[[Tensor, float], Tensor] = _probs,
    at_zero: Callable[[Tensor], Tensor] = _first_best,
) -> Callable[[dict], Tensor]:
    """Return a method in which one of two parts may be mistaken."""

    def method(inputs: dict) -> Tensor:
        x, temperature = inputs["logits"], inputs["temperature"]
        if temperature < 0:
            raise ValueError(f"temperature must be at least 0, got {temperature}")
        return at_zero(x) if temperature == 0 else above_zero(x, temperature)

    return method


def _shares(powers: Tensor) -> Tensor:
    return powers / powers.sum(dim=-1, keepdim=True)


def _bare(x: Tensor, temperature: float) -> Tensor:
    return _shares((x / temperature).exp())


def _from_one_maximum(x: Tensor, temperature: float) -> Tensor:
    return _shares(((x - x.max()) / temperature).exp())


def _powers(x: Tensor, temperature: float) -> Tensor:
    return x.softmax(dim=-1) ** (1 / temperature)


def _of_the_logarithm(x: Tensor, temperature: float) -> Tensor:
    return (x.softmax(dim=-1).log() / temperature).softmax(dim=-1)


def _of_everything(x: Tensor, temperature: float) -> Tensor:
    return _probs(x.flatten(), temperature).view_as(x)


def all_best(x: Tensor) -> Tensor:
    """Return 1 for every largest logit of a row (B, V)."""
    return (x == x.amax(dim=-1, keepdim=True)).to(x.dtype)


def _one_choice(x: Tensor) -> Tensor:
    return _one_in_each_row(x, (x.argmax() % x.size(-1)).expand(len(x), 1))


def _choice_of_the_first_row(x: Tensor) -> Tensor:
    return _one_in_each_row(x, x[0].argmax().expand(len(x), 1))


def _every_choice(x: Tensor) -> Tensor:
    return _one_in_each_row(x, x.argmax(dim=-1).expand(len(x), len(x)))


def _raising(error: type[Exception]) -> Callable[[Tensor], Tensor]:
    def at_zero(x: Tensor) -> Tensor:
        raise error

    return at_zero


ZERO = (
    "Nothing can be divided by a temperature of 0: make a case of its own for it, before the "
    "division, in which the first of the largest logits gets 1."
)
ROUNDED = (
    "The softmax was taken before the temperature. Unlikely tokens are rounded to 0 there, and no "
    "temperature brings them back. Divide the logits first."
)
OVERFLOW = (
    "e to the 10,000 is more than float32 can hold: inf / inf is nan, and a row of 0 is 0 / 0. "
    "Take the largest logit off its row first, or let torch's softmax do it."
)
CLAMPED = (
    "Large scores were cut off, and those beyond the cut became equal. Take the largest logit off "
    "its row instead: that changes no share."
)
ONE_CHOICE = (
    "At a temperature of 0 the rows share one choice. Each row has its own largest logit: "
    "`argmax(dim=-1, keepdim=True)` gives one place for each row, and `scatter` puts a 1 there."
)
IGNORED = (
    "This is the plain softmax; the temperature changed nothing. Dividing all probabilities of a "
    "row by one number and then by their sum changes nothing either: divide the logits."
)

DIVIDES_BY_ZERO = Mistake("divides_by_zero", _method(at_zero=_raising(ZeroDivisionError)), ZERO)
NEVER_0 = Mistake(
    "never_exactly_0",
    known_by_property,
    "A token that should get exactly 0 gets a little. A logit of −inf says that it can never be "
    "drawn: put no floor under probabilities, and no low number in place of −inf.",
)
SHARES = Mistake(
    "shares_among_equals",
    known_by_property,
    "Equal largest logits got equal shares, as with a very small temperature. At 0 the choice is "
    "greedy: the first of them gets 1. `argmax` finds it.",
)
NOT_FIRST = Mistake(
    "not_the_first_of_equals",
    known_by_property,
    "Where several logits are the largest, the first of them gets the 1. `argmax` finds the first; "
    "a sort or `topk` may put another one in front.",
)
CHOICE = Mistake(
    "returns_the_choice",
    known_by_property,
    "These are the places of the largest logits. Probabilities `(B, V)` are asked for: 1 at that "
    "place, 0 elsewhere.",
)
MISTAKES = (
    Mistake("ignores_temperature", _method(lambda x, t: x.softmax(-1)), IGNORED),
    Mistake("ignores_temperature", lambda inputs: inputs["logits"].softmax(-1), IGNORED),
    Mistake(
        "multiplies",
        _method(lambda x, t: (x * t).softmax(-1)),
        "The logits were multiplied. A high temperature should make the shares more alike: divide.",
    ),
    Mistake(
        "divides_the_probabilities",
        _method(lambda x, t: x.softmax(-1) / t),
        "The probabilities were divided, and no longer sum to 1. Divide the logits, then take the "
        "softmax.",
    ),
    Mistake(
        "softmax_twice",
        _method(lambda x, t: (x.softmax(-1) / t).softmax(-1)),
        "The softmax was taken twice. Divide the logits by the temperature, and take it once.",
    ),
    Mistake(
        "applied_twice",
        _method(lambda x, t: _probs(x / t, t)),
        "The temperature was applied twice: the logits were divided by its square.",
    ),
    Mistake(
        "powers_not_divided",
        _method(_powers),
        "Powers of probabilities do not sum to 1. Divide the logits before the softmax instead.",
    ),
    Mistake("rounds_first", _method(lambda x, t: _shares(_powers(x, t))), ROUNDED),
    Mistake("rounds_first", _method(_of_the_logarithm), ROUNDED),
    Mistake(
        "turned_around",
        _method(lambda x, t: _probs(-x, t)),
        "The smallest logit got the largest share. Where did the sign change?",
    ),
    Mistake(
        "returns_logarithms",
        _method(lambda x, t: (x / t).log_softmax(-1)),
        "These are the logarithms of the probabilities.",
    ),
    Mistake(
        "returns_logits",
        _method(lambda x, t: x / t),
        "These are divided logits. Probabilities are asked for: take their softmax.",
    ),
    Mistake(
        "always_greedy",
        _method(lambda x, t: _first_best(x)),
        "Everything went to the largest logit. That is right at a temperature of 0 only.",
    ),
    Mistake(
        "along_the_batch",
        _method(lambda x, t: (x / t).softmax(0)),
        "The columns sum to 1. Each row should: take the softmax along the last axis.",
    ),
    Mistake(
        "sums_over_everything",
        _method(_of_everything),
        "The whole batch sums to 1. Each row should, by itself.",
    ),
    *(
        Mistake(
            "floor_under_the_temperature",
            _method(lambda x, t, floor=floor: _probs(x, max(t, floor))),
            "A small temperature was replaced by a larger one. All down to 0.001 are to be used "
            "as they are.",
        )
        for floor in (0.1, 0.05, 0.02)
    ),
    Mistake(
        "maximum_of_everything",
        _method(_from_one_maximum),
        "The largest logit of the whole batch was taken off. Each row needs its own: beside a row "
        "that is far larger, all exponentials of this one become 0.",
    ),
    Mistake("overflows", _method(_bare), OVERFLOW),
    Mistake("overflows", _method(lambda x, t: _bare(x, t).nan_to_num(0.0)), OVERFLOW),
    *(
        Mistake("clamps", _method(lambda x, t, cut=cut: _bare((x / t).clamp(*cut), 1)), CLAMPED)
        for cut in ((-80, 80), (None, 80), (-50, 50))
    ),
    Mistake("clamps", _method(lambda x, t: (x / t).clamp(max=80).softmax(-1)), CLAMPED),
    Mistake(
        "zero_does_nothing",
        _method(at_zero=lambda x: x.softmax(-1)),
        "At a temperature of 0 the plain softmax came back. To Python, 0 counts as False: `if "
        "temperature:` and `temperature or 1` take it for none. Compare with `== 0`.",
    ),
    Mistake(
        "zero_is_flat",
        _method(at_zero=lambda x: torch.full_like(x, 1 / x.size(-1))),
        "At a temperature of 0 all tokens came out equally likely: that is what a very high one "
        "does. At 0 the first of the largest logits gets 1.",
    ),
    DIVIDES_BY_ZERO,
    Mistake(
        "all_of_the_best",
        _method(at_zero=all_best),
        "Every one of the largest logits got a 1, and the row sums to more than 1. The first of "
        "them gets it: `argmax` finds its place.",
    ),
    Mistake("one_choice_for_all_rows", _method(at_zero=_one_choice), ONE_CHOICE),
    Mistake("one_choice_for_all_rows", _method(at_zero=_choice_of_the_first_row), ONE_CHOICE),
    Mistake("one_choice_for_all_rows", _method(at_zero=_every_choice), ONE_CHOICE),
    Mistake(
        "refuses_zero",
        _method(at_zero=_raising(ValueError)),
        "A temperature of 0 is allowed: it means greedy. Only a negative one is an error.",
    ),
)
