"""`bits_per_byte`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.pretraining import plain_numbers
from course_lib.exercises.pretraining.plain_numbers import ROUNDED, is_rounded

# The properties of the task; behind each case stands which of them it tries.
#
# 1. It returns a float: the loss in bits, shared out over the bytes. One bit is ln 2 nats.
# 2. An `n_bytes` below 1 raises `ValueError`.

EXAMPLE = {"total_nats": 69.3, "n_bytes": 100}  # by hand


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield {"total_nats": 47.3, "n_bytes": 29}  # 1
    yield EXAMPLE  # 1
    yield {"total_nats": 1234.5, "n_bytes": 1}  # 1, 2: the shortest text
    yield {"total_nats": 3.0, "n_bytes": 1700}  # 1: far below one bit
    yield {"total_nats": 0.0, "n_bytes": 7}  # 1: a model that was sure, and right
    yield {"total_nats": 2.5e6, "n_bytes": 1_600_000}  # 1
    yield {"total_nats": 5.0, "n_bytes": 0}  # 2
    yield {"total_nats": 0.0, "n_bytes": 0}  # 2
    yield {"total_nats": 5.0, "n_bytes": -4}  # 2
    for _ in range(20 if thorough else 3):
        n_bytes = int(rng.integers(2, 5000))
        total_nats = round(float(rng.uniform(0.3, 3)) * n_bytes, 2)
        yield {"total_nats": total_nats, "n_bytes": n_bytes}


def truth(inputs: dict) -> float:
    """Ask how often 2 must be multiplied by itself to reach what e to the loss is."""
    if inputs["n_bytes"] < 1:
        raise ValueError(inputs["n_bytes"])
    return math.log2(math.e) * (inputs["total_nats"] / inputs["n_bytes"])


def _share(method: Callable[[float, int], float], least: int = 1) -> Callable[[dict], float]:
    """Return a method whose sum, `method(total_nats, n_bytes)`, may be mistaken."""

    def mistaken(inputs: dict) -> float:
        if inputs["n_bytes"] < least:
            raise ValueError(inputs["n_bytes"])
        return float(method(inputs["total_nats"], inputs["n_bytes"]))

    return mistaken


def _right(nats: float, n: int) -> float:
    return nats / math.log(2) / n


def _of_some_loss(nats: float, n: int) -> float:
    if nats <= 0:
        raise ValueError(nats)
    return _right(nats, n)


def _unguarded(inputs: dict) -> float:
    return _right(inputs["total_nats"], inputs["n_bytes"])


def by_property(inputs: dict, right: float, value: object) -> Mistake | None:
    """Name a result that lost its last decimals."""
    return ROUNDED if is_rounded(right, value) else None


WRONG_WAY = (
    "The nats were multiplied by ln 2. A bit is smaller than a nat, 0.69 of it, so the same loss "
    "is more bits than nats."
)
NOT_SHARED = "This is the loss of the whole text. How many bytes share it?"
LOG_OF_LOSS = (
    "A logarithm was taken of the loss. The loss is the logarithm already: from nats to bits it "
    "only changes its unit, as from feet to meters."
)
UPSIDE_DOWN = (
    "This is upside down: bytes for each unit of loss. What is shared out stands above the line."
)
BITS_AND_BYTES = (
    "There is an 8 too many. These bits measure the loss; nobody asks for the 8 bits that a byte "
    "is made of."
)
BY_HAND_CONSTANT = (
    "Nearly: this is what a rounded number for ln 2 gives, such as 0.69. `log(2)` of `math` has "
    "all its digits."
)
AS_PROBABILITY = (
    "A power of the loss was taken, as for a perplexity. Bits a byte are the loss itself, in "
    "another unit."
)
MISTAKES = (
    Mistake("the_wrong_way", _share(lambda nats, n: nats * math.log(2) / n), WRONG_WAY),
    Mistake(
        "still_nats",
        _share(lambda nats, n: nats / n),
        "These are nats a byte. How many nats is one bit?",
    ),
    Mistake("not_shared", _share(lambda nats, n: nats / math.log(2)), NOT_SHARED),
    Mistake("not_shared", _share(lambda nats, n: nats * math.log(2)), f"{NOT_SHARED} {WRONG_WAY}"),
    Mistake("not_shared", _share(lambda nats, n: nats), NOT_SHARED),
    Mistake(
        "times_the_bytes",
        _share(lambda nats, n: nats / math.log(2) * n),
        "The loss was multiplied by the bytes. Python goes from left to right, so `a / b * c` is "
        "a times c over b.",
    ),
    Mistake("upside_down", _share(lambda nats, n: n * math.log(2) / nats), UPSIDE_DOWN),
    Mistake("upside_down", _share(lambda nats, n: n / nats), UPSIDE_DOWN),
    Mistake("upside_down", _share(lambda nats, n: n / (nats / math.log(2))), UPSIDE_DOWN),
    Mistake("log_of_the_loss", _share(lambda nats, n: math.log2(nats) / n), LOG_OF_LOSS),
    Mistake("log_of_the_loss", _share(lambda nats, n: math.log2(nats / n)), LOG_OF_LOSS),
    Mistake("log_of_the_loss", _share(lambda nats, n: math.log(nats) / n), LOG_OF_LOSS),
    Mistake("log_of_the_loss", _share(lambda nats, n: math.log2(nats)), LOG_OF_LOSS),
    Mistake(
        "log_of_the_loss",
        _share(lambda nats, n: math.log(nats) / math.log(2) / n),
        LOG_OF_LOSS,
    ),
    Mistake(
        "another_logarithm",
        _share(lambda nats, n: nats / math.log(10) / n),
        "It was divided by ln 10, which gives decimal digits. A bit has two values: ln 2.",
    ),
    Mistake(
        "another_logarithm",
        _share(lambda nats, n: nats / math.log10(2) / n),
        "It was divided by the decimal logarithm of 2. Nats belong to the natural one: `log(2)`.",
    ),
    Mistake(
        "divides_by_2",
        _share(lambda nats, n: nats / 2 / n),
        "It was divided by 2. One bit is ln 2 nats, 0.69 of one.",
    ),
    Mistake("eight_too_many", _share(lambda nats, n: _right(nats, n) / 8), BITS_AND_BYTES),
    Mistake("eight_too_many", _share(lambda nats, n: _right(nats, n) * 8), BITS_AND_BYTES),
    Mistake("eight_too_many", _share(lambda nats, n: nats / n * 8), BITS_AND_BYTES),
    Mistake("eight_too_many", _share(lambda nats, n: nats / n / 8), BITS_AND_BYTES),
    Mistake("a_power_of_it", _share(lambda nats, n: 2 ** (nats / n)), AS_PROBABILITY),
    Mistake("a_power_of_it", _share(lambda nats, n: math.exp(nats / n)), AS_PROBABILITY),
    Mistake("a_power_of_it", _share(lambda nats, n: 2 ** _right(nats, n)), AS_PROBABILITY),
    Mistake(
        "wrong_sign",
        _share(lambda nats, n: -_right(nats, n)),
        "The sign is wrong. The loss is minus a logarithm already, so it is never negative, and "
        "neither are its bits.",
    ),
    *(
        Mistake("a_rounded_constant", _share(lambda nats, n, c=c: nats / c / n), BY_HAND_CONSTANT)
        for c in (0.7, 0.69, 0.693, 0.6931, 1 / 1.4, 1 / 1.44, 1 / 1.443)
    ),
    Mistake(
        "refuses_one_byte",
        _share(_right, least=2),
        "A text of one byte is no error. Only an `n_bytes` below 1 is.",
    ),
    Mistake(
        "refuses_no_loss",
        _share(_of_some_loss),
        "A loss of 0 is no error: the model was sure of every token, and right. It costs 0 bits.",
    ),
    Mistake(
        "divides_by_no_bytes",
        _unguarded,
        "A text without bytes divides by 0. Test for it first, and raise ValueError yourself.",
    ),
)

EXERCISE = Exercise(
    name="bits_per_byte",
    functions=("bits_per_byte",),
    read="section 4, Per token, per byte",
    cases=cases,
    judge=plain_numbers.judge(truth, MISTAKES, cases, otherwise=by_property),
    returns=("float",),
    raises=lambda inputs: "ValueError" if inputs["n_bytes"] < 1 else "",
    call_text=partial(tensors.call_text, "bits_per_byte"),
)
