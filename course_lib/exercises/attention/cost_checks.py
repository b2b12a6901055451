"""`attention_cost`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Callable, Iterator

import numpy as np

from course_lib.exercises.attention.drawn import sizes
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake, known_by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. `"flops"` counts the two products, queries with keys and weights with values, over all T × T
#    pairs; one multiply-add is 2 FLOPs.
# 2. `"score_bytes"` is what all scores take: one value for each pair of query and key, in each head
#    and each batch row.
# 3. Both are ints, exact for the largest models too.

EXAMPLE = {"B": 1, "T": 3, "H": 1, "D": 4, "bytes_per_value": 2}  # by hand


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1, 2
    yield {"B": 2, "T": 7, "H": 3, "D": 5, "bytes_per_value": 4}  # 1, 2: each size counts
    yield {"B": 1, "T": 2048, "H": 9, "D": 64, "bytes_per_value": 2}  # a layer of SmolLM2
    yield {"B": 3, "T": 1_048_573, "H": 129, "D": 127, "bytes_per_value": 1}  # 3: large and odd
    yield {"B": 5, "T": 1, "H": 2, "D": 3, "bytes_per_value": 8}  # a single position
    for _ in range(20 if thorough else 3):
        B, T, H, D = sizes(rng, 4)
        large = int(rng.integers(1, 200))
        bytes_per_value = int(rng.choice([1, 2, 4, 8]))
        yield {"B": B, "T": T * large, "H": H, "D": D, "bytes_per_value": bytes_per_value}


def _pairs(inputs: dict) -> int:
    return inputs["B"] * inputs["H"] * inputs["T"] ** 2


def truth(inputs: dict) -> dict:
    """Count one score after the other: D multiply-adds for it, and D more to use its weight."""
    multiply_adds = _pairs(inputs) * (inputs["D"] + inputs["D"])
    return {"flops": 2 * multiply_adds, "score_bytes": _pairs(inputs) * inputs["bytes_per_value"]}


def _flops(method: Callable[[dict], int]) -> Callable[[dict], dict]:
    """Return a method that is mistaken in the FLOPs alone."""
    return lambda inputs: {**truth(inputs), "flops": method(inputs)}


def _bytes(method: Callable[[dict], int]) -> Callable[[dict], dict]:
    """Return a method that is mistaken in the bytes alone."""
    return lambda inputs: {**truth(inputs), "score_bytes": method(inputs)}


def _times(factor: float) -> Callable[[dict], int]:
    return lambda inputs: int(truth(inputs)["flops"] * factor)


def _without(name: str) -> Callable[[dict], dict]:
    """Return a method for which one of the sizes is always 1."""
    return lambda inputs: truth({**inputs, name: 1})


def _causal(inputs: dict) -> dict:
    right, T = truth(inputs), inputs["T"]
    return {name: value * (T + 1) // (2 * T) for name, value in right.items()}


def _linear(inputs: dict) -> dict:
    return {name: value // inputs["T"] for name, value in truth(inputs).items()}


def _vectors(inputs: dict) -> int:
    return inputs["B"] * inputs["H"] * inputs["T"] * inputs["D"] * inputs["bytes_per_value"]


def _with_width(inputs: dict) -> int:
    return truth(inputs)["flops"] * inputs["H"]


def _with_softmax(inputs: dict) -> int:
    return truth(inputs)["flops"] + 5 * _pairs(inputs)


def odd_keys(inputs: dict, right: dict, value: dict) -> Mistake | None:
    """Name a dict whose keys are not those that the task asks for."""
    return None if set(right) == set(value) else WRONG_KEYS


WRONG_KEYS = Mistake(
    "wrong_keys",
    known_by_property,
    'The keys are "flops" and "score_bytes", written like this, and no others.',
)
EACH_HEAD = (
    "The number of heads is missing. D is the width of one head, and each head has scores of its "
    "own."
)
EACH_ROW = "The number of batch rows is missing. Each row has scores of its own."
NO_SAVING = (
    "Only the pairs that a causal mask allows were counted. Here all T × T count: the product "
    "computes them before any is hidden."
)
MISTAKES = (
    Mistake(
        "half_of_the_flops",
        _flops(_times(1 / 2)),
        "Half of it. There are two products, queries with keys and weights with values; and one "
        "multiply-add is 2 FLOPs. Which of the two is missing?",
    ),
    Mistake(
        "a_quarter_of_the_flops",
        _flops(_times(1 / 4)),
        "A quarter of it. There are two products, queries with keys and weights with values; one "
        "multiply-add is 2 FLOPs; and a dot product of D numbers takes D of them.",
    ),
    Mistake("forgets_the_heads", _without("H"), EACH_HEAD),
    Mistake("forgets_the_heads", _flops(lambda inputs: _without("H")(inputs)["flops"]), EACH_HEAD),
    Mistake(
        "forgets_the_heads", _bytes(lambda inputs: _without("H")(inputs)["score_bytes"]), EACH_HEAD
    ),
    Mistake("forgets_the_batch", _without("B"), EACH_ROW),
    Mistake("forgets_the_batch", _flops(lambda inputs: _without("B")(inputs)["flops"]), EACH_ROW),
    Mistake(
        "forgets_the_batch", _bytes(lambda inputs: _without("B")(inputs)["score_bytes"]), EACH_ROW
    ),
    Mistake(
        "counts_the_width_twice",
        _flops(_with_width),
        "The heads count twice. D is the width of one head; the width of all is H * D.",
    ),
    Mistake(
        "grows_with_T",
        _linear,
        "T counts once here. Every query meets every key: T × T pairs.",
    ),
    Mistake("saves_the_masked", _causal, NO_SAVING),
    Mistake("saves_the_masked", _flops(lambda inputs: _causal(inputs)["flops"]), NO_SAVING),
    Mistake(
        "counts_the_softmax",
        _flops(_with_softmax),
        "More than the two products was counted. Leave the softmax out; it is small beside them.",
    ),
    Mistake(
        "bytes_of_the_vectors",
        _bytes(_vectors),
        "This is what the queries take, B × H × T × D values. The scores are B × H × T × T.",
    ),
    Mistake(
        "bytes_with_the_width",
        _bytes(lambda inputs: truth(inputs)["score_bytes"] * inputs["D"]),
        "A score is one number, however wide its query and key were.",
    ),
    Mistake(
        "counts_values_not_bytes",
        _bytes(_pairs),
        "This is the number of scores. Each takes `bytes_per_value` bytes.",
    ),
    Mistake(
        "counts_bits",
        _bytes(lambda inputs: 8 * truth(inputs)["score_bytes"]),
        "These are bits. `bytes_per_value` is in bytes already.",
    ),
    Mistake(
        "counts_scores_and_weights",
        _bytes(lambda inputs: 2 * truth(inputs)["score_bytes"]),
        "Scores and weights were counted. The scores alone are asked for.",
    ),
    Mistake(
        "rounded",
        lambda inputs: {name: int(float(value)) for name, value in truth(inputs).items()},
        "It is not exact: somewhere a float came in, which holds 16 digits. Multiply ints only; "
        "`/`, `1e9` and `** 0.5` make floats.",
    ),
)

EXERCISE = Exercise(
    name="attention_cost",
    functions=("attention_cost",),
    read="section 10, What attention costs",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases, otherwise=odd_keys),
    returns=("dict",),
)
