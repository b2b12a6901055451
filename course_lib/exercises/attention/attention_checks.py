"""`attention`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention import drawn, parts
from course_lib.exercises.attention.dry_run import K, Q, V
from course_lib.exercises.attention.parts import attend
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The result for a query is the sum of the values, each weighted by the softmax of the scores
#    `q · k / sqrt(D)` over the keys.
# 2. `allowed` is True where a query may use a key, the same in every batch row and head; a key that
#    is not allowed gets no weight at all.
# 3. `allowed` may be `None`: every query may use every key.
# 4. T_q and T_k may differ; the result is `(B, H, T_q, D)`.
# 5. The inputs are left unchanged.

EXAMPLE = {"q": Q[None, None], "k": K[None, None], "v": V[None, None], "allowed": None}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = drawn.same_each_time()
    yield EXAMPLE  # 1, 3
    yield {**drawn.qkv(first, 2, 3, 4, 6, 5), "allowed": None}  # 3, 4
    yield {**drawn.qkv(first, 2, 3, 5, 5, 4), "allowed": parts.past(5)}  # 2: causal
    yield _with_loud_values(first)  # 2: no weight at all
    yield {**drawn.qkv(first, 1, 2, 5, 3, 4), "allowed": parts.all_of(5, 3)}  # 2, 4
    yield {**drawn.qkv(first, 3, 2, 4, 4, 5), "allowed": torch.eye(4).bool()}  # 2: one key
    for number in range(20 if thorough else 3):
        B, H, T_q, T_k, D = drawn.sizes(rng, 5)
        allowed = drawn.mask(rng, T_q, T_k) if number % 2 else None
        yield {**drawn.qkv(rng, B, H, T_q, T_k, D), "allowed": allowed}


def _with_loud_values(rng: np.random.Generator) -> dict:
    """Return inputs in which two keys are hidden from every query, and their values are large."""
    given = drawn.qkv(rng, 2, 3, 4, 6, 5)
    loud = torch.tensor([False, True, False, False, True, False])
    allowed = drawn.mask(rng, 4, 6) & ~loud
    allowed[:, 0] = True
    given["v"] = given["v"] + 1_000 * loud[:, None]
    return {**given, "allowed": allowed}


def truth(inputs: dict) -> Tensor:
    """Return torch's own attention, in float64."""
    q, k, v = (inputs[name].double() for name in "qkv")
    return F.scaled_dot_product_attention(q, k, v, attn_mask=inputs["allowed"]).float()


def _weights(inputs: dict) -> Tensor:
    """Return the weights themselves: what comes out where each key hands over its own name."""
    T_k = inputs["k"].size(2)
    return attend({**inputs, "v": torch.eye(T_k).expand(*inputs["k"].shape[:3], T_k)})


def _masked_after(inputs: dict) -> Tensor:
    if inputs["allowed"] is None:
        return truth(inputs)
    weights = _weights({**inputs, "allowed": None}) * inputs["allowed"]
    return weights @ inputs["v"]


def _always_causal(inputs: dict) -> Tensor:
    return attend({**inputs, "allowed": parts.all_of(*_sizes(inputs)).tril()})


def _sizes(inputs: dict) -> tuple[int, int]:
    return inputs["q"].size(2), inputs["k"].size(2)


def _asks_whether(inputs: dict) -> Tensor:
    return truth(inputs) if not inputs["allowed"] else attend(inputs)


def _turns_none_around(inputs: dict) -> Tensor:
    return attend({**inputs, "allowed": ~(~inputs["allowed"])})


def _keys_ask(inputs: dict) -> Tensor:
    scores = inputs["k"] @ inputs["q"].transpose(-2, -1) / math.sqrt(inputs["q"].size(-1))
    if inputs["allowed"] is not None:
        scores = parts.minus_infinity(scores, inputs["allowed"])
    return scores.softmax(dim=-1) @ inputs["v"]


def _root(size: int) -> float:
    return math.sqrt(size)


SCALE = "The scores are divided by the square root of D, the last axis of `q`: `q.size(-1) ** 0.5`."
AXIS = (
    "The softmax went along another axis. The weights of one query sum to 1 over the keys, which "
    "stand along the last one: `dim=-1`."
)
WEAK = (
    "Keys that are not allowed still get a little weight. The number that stands for their scores "
    'is not low enough; `float("-inf")` is.'
)
MISTAKES = (
    Mistake("not_scaled", lambda inputs: attend(inputs, divisor=1.0), f"Not scaled. {SCALE}"),
    Mistake(
        "divides_by_D",
        lambda inputs: attend(inputs, divisor=inputs["q"].size(-1)),
        f"Divided by D itself. {SCALE}",
    ),
    *(
        Mistake("root_of_another_size", method, f"The root of another size. {SCALE}")
        for method in (
            lambda inputs: attend(inputs, divisor=_root(inputs["q"].size(-2))),
            lambda inputs: attend(inputs, divisor=_root(inputs["k"].size(-2))),
            lambda inputs: attend(
                inputs, divisor=_root(inputs["q"].size(1) * inputs["q"].size(-1))
            ),
        )
    ),
    Mistake("wrong_axis", lambda inputs: attend(inputs, weigh=parts.softmax_over_queries), AXIS),
    Mistake("wrong_axis", lambda inputs: attend(inputs, weigh=lambda s: s.softmax(dim=1)), AXIS),
    Mistake(
        "only_the_largest",
        lambda inputs: attend(inputs, weigh=parts.only_the_largest),
        "Each query took the value of its best key alone. The softmax gives every allowed key its "
        "share.",
    ),
    Mistake(
        "ignores_the_scores",
        lambda inputs: attend(inputs, weigh=parts.all_alike),
        "All allowed values count the same. How well a key fits a query decides its weight.",
    ),
    Mistake(
        "no_softmax",
        lambda inputs: attend(inputs, weigh=lambda scores: scores.masked_fill(scores < -1e9, 0)),
        "The values were multiplied by bare scores. The softmax makes weights of them first.",
    ),
    Mistake(
        "sums_the_keys",
        lambda inputs: attend(inputs, values="k"),
        "The keys were summed. They only decide the weights; what is handed over are the values.",
    ),
    Mistake(
        "returns_the_weights",
        _weights,
        "These are the weights. Multiply them with the values: `weights @ v`.",
    ),
    Mistake(
        "mask_turned_around",
        lambda inputs: attend(inputs, hide=parts.turned_around),
        "The mask was read the wrong way round: True means that the key may be used. Hide where it "
        "is False, `~allowed`.",
    ),
    Mistake(
        "ignores_the_mask",
        lambda inputs: attend(inputs, hide=parts.nothing),
        "Hidden keys were used. Does `allowed` reach the scores? `masked_fill` returns a new "
        "tensor, and leaves the old one alone.",
    ),
    Mistake(
        "adds_the_mask",
        lambda inputs: attend(inputs, hide=parts.added),
        "`scores + allowed` adds 1 to what is allowed, because True counts as 1. A key that is not "
        "allowed needs a score of −inf.",
    ),
    Mistake(
        "zero_is_a_score",
        lambda inputs: attend(inputs, hide=parts.zero),
        "Hidden scores were set to 0, which is a score like any other. Only −inf becomes a weight "
        "of 0.",
    ),
    Mistake(
        "masks_after_the_softmax",
        _masked_after,
        "The weights no longer sum to 1: what hidden keys had got is lost. Hide their scores "
        "before the softmax.",
    ),
    Mistake(
        "zero_times_infinity",
        lambda inputs: attend(inputs, hide=parts.zero_times_infinity),
        "0 times −inf is nan, and nan spreads to everything. Use `masked_fill`.",
    ),
    *(
        Mistake("mask_too_weak", lambda inputs, hide=hide: attend(inputs, hide=hide), WEAK)
        for hide in (*map(parts.lowered_by, (1, 10)), *map(parts.replaced_by, (-1, -10)))
    ),
    Mistake(
        "always_causal",
        _always_causal,
        "Later keys were hidden although nobody asked for it. `allowed` alone says which keys a "
        "query may use; with `None`, all of them.",
    ),
    Mistake(
        "queries_and_keys_in_each_others_place",
        _keys_ask,
        "Row i belongs to query i: `q` times the transpose of `k`, not the other way round.",
    ),
    Mistake(
        "asks_whether_a_mask_is_true",
        _asks_whether,
        "A tensor of many bools is neither true nor false, so `if allowed:` fails. Ask "
        "`if allowed is not None:`.",
    ),
    Mistake(
        "forgets_none",
        _turns_none_around,
        "`allowed` may be None, and `~None` is an error. Mask only `if allowed is not None:`.",
    ),
    Mistake(
        "does_not_transpose_the_keys",
        lambda inputs: inputs["q"] @ inputs["k"],
        "The shapes do not fit. Scores are `q @ k.transpose(-2, -1)`, shape (B, H, T_q, T_k); the "
        "result is `weights @ v`. Which of the two is it?",
    ),
)

EXERCISE = Exercise(
    name="attention",
    functions=("attention",),
    read="section 6, Attention with a mask",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    forbids=(
        "scaled_dot_product_attention",
        "MultiheadAttention",
        "multi_head_attention_forward",
    ),
    call_text=lambda inputs: tensors.call_text("attention", inputs),
)
