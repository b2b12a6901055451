"""`attention_scores`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator

import numpy as np
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention import drawn
from course_lib.exercises.attention.dry_run import K, Q
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The score of query i and key j is their dot product divided by the square root of D, the length
#    of one query.
# 2. Each batch row and each head has scores of its own; the result is `(B, H, T_q, T_k)`, queries
#    before keys.
# 3. `q` and `k` are left unchanged.

EXAMPLE = {"q": Q[None, None], "k": K[None, None]}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = drawn.same_each_time()
    yield EXAMPLE  # 1
    yield _drawn(first, 2, 3, 4, 6, 5)  # 2
    yield _drawn(first, 1, 1, 7, 2, 3)  # 2: more queries than keys
    yield _drawn(first, 3, 2, 1, 5, 4)  # 2: one query, as when a model writes
    yield _drawn(first, 1, 2, 3, 4, 16)  # 1: the root of 16
    for _ in range(20 if thorough else 2):
        yield _drawn(rng, *drawn.sizes(rng, 5))


def _drawn(rng: np.random.Generator, B: int, H: int, T_q: int, T_k: int, D: int) -> dict:
    both = drawn.qkv(rng, B, H, T_q, T_k, D)
    return {"q": both["q"], "k": both["k"]}


def truth(inputs: dict) -> Tensor:
    """Return the scores in float64, number by number, without a matrix product."""
    q, k = inputs["q"].double(), inputs["k"].double()
    products = q[:, :, :, None] * k[:, :, None]  # (B, H, T_q, T_k, D)
    return (products.sum(dim=-1) / math.sqrt(q.size(-1))).float()


def _products(inputs: dict) -> Tensor:
    return inputs["q"] @ inputs["k"].transpose(-2, -1)


def _length(inputs: dict) -> int:
    return inputs["q"].size(-1)


def _unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)


def _one_batch_with_another(inputs: dict) -> Tensor:
    """Match batch rows and heads the wrong way round, as a loop with one index does."""
    k = inputs["k"][:1].expand_as(inputs["k"])
    return truth({**inputs, "k": k})


ROOT_OF_ANOTHER = (
    "Divided by the root of another size. D is the length of one query, the last axis: "
    "`q.size(-1)`. It is neither the number of positions, nor of heads, nor the width of all heads "
    "together."
)
MISTAKES = (
    Mistake(
        "not_scaled",
        _products,
        "These are the bare dot products. They grow with D: divide by its square root, so that "
        "the softmax is not saturated.",
    ),
    Mistake(
        "divides_by_D",
        lambda inputs: _products(inputs) / _length(inputs),
        "Divided by D itself, or both `q` and `k` by its root. Products of random vectors spread "
        "by the square root of D, so D makes all scores nearly alike.",
    ),
    Mistake(
        "multiplies_by_the_root",
        lambda inputs: _products(inputs) * math.sqrt(_length(inputs)),
        "Multiplied by the root of D. The scores are too large already: divide.",
    ),
    *(
        Mistake("root_of_another_size", method, ROOT_OF_ANOTHER)
        for method in (
            lambda inputs: _products(inputs) / math.sqrt(inputs["q"].size(-2)),
            lambda inputs: _products(inputs) / math.sqrt(inputs["k"].size(-2)),
            lambda inputs: _products(inputs) / math.sqrt(inputs["q"].size(1)),
            lambda inputs: _products(inputs) / math.sqrt(inputs["q"].size(1) * _length(inputs)),
        )
    ),
    Mistake(
        "root_of_the_example",
        lambda inputs: _products(inputs) / 2,
        "Divided by 2, which is the root of D in the example only. Read D off `q`.",
    ),
    Mistake(
        "keys_before_queries",
        lambda inputs: truth(inputs).transpose(-2, -1),
        "Queries and keys have changed places: row i belongs to query i. Is it `q` times the "
        "transpose of `k`?",
    ),
    Mistake(
        "softmax_too_early",
        lambda inputs: truth(inputs).softmax(dim=-1),
        "These are weights. Scores come before the softmax, and may be negative.",
    ),
    Mistake(
        "cosine",
        lambda inputs: _unit(inputs["q"]) @ _unit(inputs["k"]).transpose(-2, -1),
        "These are cosines. The length of a query or key counts here: nothing is divided by it.",
    ),
    Mistake(
        "adds_the_heads",
        lambda inputs: truth(inputs).sum(dim=1),
        "The heads were added up. In `einsum`, a letter that is missing on the right of the arrow "
        "is summed; each head keeps its own scores.",
    ),
    Mistake(
        "one_row_for_all",
        _one_batch_with_another,
        "The keys of the first batch row were used for every row. Each has its own.",
    ),
    Mistake(
        "same_place_only",
        lambda inputs: (inputs["q"] * inputs["k"]).sum(dim=-1) / math.sqrt(_length(inputs)),
        "Each query met only the key at its own place. `*` goes place by place; a matrix product "
        "lets every query meet every key.",
    ),
    Mistake(
        "does_not_transpose_the_keys",
        lambda inputs: inputs["q"] @ inputs["k"],
        "In a product, the last axis of the left one meets the last but one of the right one. Turn "
        "exactly these two axes of `k`: `k.transpose(-2, -1)`. `.T` turns all four around.",
    ),
)

EXERCISE = Exercise(
    name="attention_scores",
    functions=("attention_scores",),
    read="section 3, Attention scores",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=lambda inputs: tensors.call_text("attention_scores", inputs),
)
