"""Ways to share out a budget that are not right, and what to say to whoever shared it so."""

import math
from collections.abc import Callable

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.pretraining.plain_numbers import ROUNDED

CHINCHILLA = 20  # tokens a parameter
Pair = tuple[float, float]


def is_refused(inputs: dict) -> bool:
    return inputs["flops"] <= 0 or inputs["tokens_per_param"] <= 0


def _guarded(method: Callable[[float, float], Pair]) -> Callable[[dict], Pair]:
    """Return a method that refuses what it must, and may be mistaken in the pair."""

    def mistaken(inputs: dict) -> Pair:
        if is_refused(inputs):
            raise ValueError
        first, second = method(inputs["flops"], inputs["tokens_per_param"])
        return float(first), float(second)

    return mistaken


def _sized(params: Callable[[float, float], float]) -> Callable[[dict], Pair]:
    """Return a method with a mistaken number of parameters, and the tokens that belong to it."""

    def pair(flops: float, ratio: float) -> Pair:
        n_params = params(flops, ratio)
        return n_params, ratio * n_params

    return _guarded(pair)


def _fed(tokens: Callable[[float, float, float], float]) -> Callable[[dict], Pair]:
    """Return a method with the right parameters, and mistaken tokens."""

    def pair(flops: float, ratio: float) -> Pair:
        n_params = _params(flops, ratio)
        return n_params, tokens(n_params, flops, ratio)

    return _guarded(pair)


def _params(flops: float, ratio: float) -> float:
    return math.sqrt(flops / (6 * ratio))


_right = _sized(_params)


def _swapped(inputs: dict) -> Pair:
    return _right(inputs)[::-1]


def _guards_the_budget(inputs: dict) -> Pair:
    if inputs["flops"] <= 0:
        raise ValueError
    n_params = _params(inputs["flops"], inputs["tokens_per_param"])
    return n_params, inputs["tokens_per_param"] * n_params


def _refuses_below_1(name: str) -> Callable[[dict], Pair]:
    def mistaken(inputs: dict) -> Pair:
        if inputs[name] < 1:
            raise ValueError
        return _right(inputs)

    return mistaken


NOT_A_PAIR = Mistake(
    "not_a_pair",
    known_by_property,
    "Two numbers are asked for, the parameters and the tokens, and no others.",
)
NOT_FLOATS = Mistake(
    "not_floats",
    known_by_property,
    "Both numbers are floats. `int`, `round` and `//` make whole numbers or cut decimals off, and "
    "a tensor gives its number by `.item()`.",
)
NO_ROOT = (
    "The root is missing. The tokens grow with the parameters, so the budget pays for parameters "
    "times parameters: C = 6 N × (r N). Solve that for N."
)
MISPLACED = (
    "In C = 6 N × (r N) both 6 and the ratio r multiply the square of N. So C is divided by both, "
    "and the root is taken of the result. Is one of them above the line, or outside of the root? "
    "Mind that `a / b * c` is (a / b) * c."
)
SIX = (
    "The 6 was lost, or is another number. A training run costs 6 FLOPs for each parameter and "
    "each token: 2 forward, 4 backward."
)
OFF_THE_BUDGET = (
    "The parameters are right, the tokens are not: six times parameters times tokens is the budget."
)
ANOTHER_RATIO = (
    "The tokens do not belong to the parameters: each parameter is to see `tokens_per_param` of "
    "them."
)
DIVIDES = (
    "A `tokens_per_param` of 0 divides by 0. Test both numbers first, and raise ValueError "
    "yourself."
)
MISTAKES = (
    Mistake(
        "swapped",
        _swapped,
        "The two numbers changed places: parameters first, then tokens.",
    ),
    Mistake("no_root", _sized(lambda c, r: c / (6 * r)), NO_ROOT),
    Mistake("no_root", _sized(lambda c, r: c / 6), NO_ROOT),
    Mistake("misplaced", _sized(lambda c, r: math.sqrt(c / 6 * r)), MISPLACED),
    Mistake("misplaced", _sized(lambda c, r: math.sqrt(c * 6 / r)), MISPLACED),
    Mistake("misplaced", _sized(lambda c, r: math.sqrt(c * 6 * r)), MISPLACED),
    Mistake("misplaced", _sized(lambda c, r: math.sqrt(c / 6) / r), MISPLACED),
    Mistake("misplaced", _sized(lambda c, r: math.sqrt(c) / (6 * r)), MISPLACED),
    Mistake("misplaced", _sized(lambda c, r: math.sqrt(c / r) / 6), MISPLACED),
    Mistake(
        "forgets_the_ratio",
        _sized(lambda c, r: math.sqrt(c / 6)),
        "The parameters are those for one token each. The more tokens a parameter sees, the fewer "
        "parameters the budget pays for: where does `tokens_per_param` come in?",
    ),
    Mistake("rounded", _sized(lambda c, r: math.sqrt(c // (6 * r))), ROUNDED.cause),
    *(
        Mistake("not_6", _sized(lambda c, r, k=k: math.sqrt(c / (k * r))), SIX)
        for k in (1, 2, 3, 4, 8, 12)
    ),
    Mistake(
        "another_root",
        _sized(lambda c, r: (c / (6 * r)) ** (1 / 3)),
        "A third root was taken. N stands in C = 6 N × (r N) twice, so it is the square root.",
    ),
    Mistake(
        "half_each",
        _guarded(lambda c, r: (math.sqrt(c / 6), math.sqrt(c / 6))),
        "Parameters and tokens are equal here. Where does `tokens_per_param` come in?",
    ),
    Mistake(
        "always_20",
        lambda inputs: _right({**inputs, "tokens_per_param": CHINCHILLA}),
        "The ratio is always 20 here. 20 was found for one kind of data and model; "
        "`tokens_per_param` says which one is asked for.",
    ),
    Mistake(
        "divides_by_the_ratio",
        _fed(lambda n, c, r: n / r),
        "The parameters were divided by the ratio. There are `tokens_per_param` tokens for each "
        "parameter.",
    ),
    Mistake(
        "tokens_of_one_parameter",
        _fed(lambda n, c, r: r),
        "The second number is what one parameter sees. How many tokens do all of them see?",
    ),
    Mistake("tokens_off_the_budget", _fed(lambda n, c, r: c / 6), OFF_THE_BUDGET),
    Mistake("tokens_off_the_budget", _fed(lambda n, c, r: c / n), OFF_THE_BUDGET),
    Mistake("tokens_off_the_budget", _fed(lambda n, c, r: 6 * r * n), OFF_THE_BUDGET),
    Mistake("always_20", _fed(lambda n, c, r: CHINCHILLA * n), ANOTHER_RATIO),
    Mistake(
        "in_billions",
        _guarded(lambda c, r: (_params(c, r) / 1e9, r * _params(c, r) / 1e9)),
        "These are billions. Return the plain numbers; `print` can divide them.",
    ),
    Mistake(
        "refuses_a_low_ratio",
        _refuses_below_1("tokens_per_param"),
        "A `tokens_per_param` between 0 and 1 is no error: there are fewer tokens than parameters.",
    ),
    Mistake(
        "refuses_a_low_budget",
        _refuses_below_1("flops"),
        "A `flops` between 0 and 1 is no error, small as it is. Only 0 and less are.",
    ),
    Mistake("divides_by_0", _guards_the_budget, DIVIDES),
)
