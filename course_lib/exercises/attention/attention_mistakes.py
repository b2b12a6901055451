"""Ways to write attention that are not right, and what to say to whoever wrote them."""

import math

import torch
from torch import Tensor

from course_lib.exercises.attention import parts
from course_lib.exercises.attention.parts import attend
from course_lib.exercises.mistakes import Mistake


def _weights(inputs: dict) -> Tensor:
    """Return the weights themselves: what comes out where each key hands over its own name."""
    T_k = inputs["k"].size(2)
    return attend({**inputs, "v": torch.eye(T_k).expand(*inputs["k"].shape[:3], T_k)})


def _masked_after(inputs: dict) -> Tensor:
    return _kept(inputs) @ inputs["v"]


def _kept(inputs: dict) -> Tensor:
    """Return what a mask leaves of weights that were made without it."""
    weights = _weights({**inputs, "allowed": None})
    return weights if inputs["allowed"] is None else weights * inputs["allowed"]


def _renormalized(inputs: dict) -> Tensor:
    weights = _kept(inputs)
    return (weights / weights.sum(dim=-1, keepdim=True)) @ inputs["v"]


def _exponentials(inputs: dict, hide: parts.Hide) -> Tensor:
    """Return attention whose exponentials are taken of bare scores, in float32."""
    shares = (inputs["q"] @ inputs["k"].mT / math.sqrt(inputs["q"].size(-1))).exp()
    if inputs["allowed"] is not None:
        shares = hide(shares, inputs["allowed"])
    return (shares / shares.sum(dim=-1, keepdim=True)) @ inputs["v"]


def _always_causal(inputs: dict) -> Tensor:
    return attend({**inputs, "allowed": parts.all_of(*_sizes(inputs)).tril()})


def _sizes(inputs: dict) -> tuple[int, int]:
    return inputs["q"].size(2), inputs["k"].size(2)


def _asks_whether(inputs: dict) -> Tensor:
    return attend({**inputs, "allowed": inputs["allowed"] if inputs["allowed"] else None})


def _turns_none_around(inputs: dict) -> Tensor:
    return attend({**inputs, "allowed": ~(~inputs["allowed"])})


def _keys_ask(inputs: dict) -> Tensor:
    scores = inputs["k"] @ inputs["q"].transpose(-2, -1) / math.sqrt(inputs["q"].size(-1))
    if inputs["allowed"] is not None:
        scores = parts.minus_infinity(scores, inputs["allowed"])
    return scores.softmax(dim=-1) @ inputs["v"]


def _root(size: int) -> float:
    return math.sqrt(size)


LOWERED = (1, 10, 40, 1_000, 10_000)
REPLACED = (-1, -10, -25, -50, -100)
SCALE = "The scores are divided by the square root of D, the last axis of `q`: `q.size(-1) ** 0.5`."
AXIS = (
    "The softmax went along another axis. The weights of one query sum to 1 over the keys, which "
    "stand along the last one: `dim=-1`."
)
WEAK = (
    "Keys that are not allowed still get weight. The number that stands for their scores is not "
    'low enough for all scores; `float("-inf")` is.'
)
PATCHED = (
    "The weights sum to 1 again, as long as something is left to divide. The softmax had already "
    "given everything to a hidden key with a large score, and the rest was rounded to 0. Hide the "
    "scores before the softmax."
)
BARE = (
    "The exponentials were taken of bare scores. e to the 150 is more than float32 can hold, and e "
    "to the −150 is 0 in it. Take the largest allowed score off first, or leave it to `softmax`, "
    "which does."
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
    Mistake("renormalizes_afterwards", _renormalized, PATCHED),
    Mistake(
        "renormalizes_afterwards",
        lambda inputs: _renormalized(inputs).nan_to_num(nan=0.0),
        PATCHED,
    ),
    Mistake("overflows", lambda inputs: _exponentials(inputs, parts.zero), BARE),
    Mistake("overflows", lambda inputs: _exponentials(inputs, parts.times), BARE),
    Mistake(
        "zero_times_infinity",
        lambda inputs: attend(inputs, hide=parts.zero_times_infinity),
        "0 times −inf is nan, and nan spreads to everything. Use `masked_fill`.",
    ),
    *(
        Mistake("mask_too_weak", lambda inputs, hide=hide: attend(inputs, hide=hide), WEAK)
        for hide in (*map(parts.lowered_by, LOWERED), *map(parts.replaced_by, REPLACED))
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
