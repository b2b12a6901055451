"""Ways to make causal weights of scores (B, T, T) that look right and are not.

`causal_weights` and the bug hunt `mask_first` share them, and the truth as well.
"""

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention import parts
from course_lib.exercises.mistakes import Judge, Mistake, known_by_property


def truth(inputs: dict) -> Tensor:
    """Return the weights, each row worked out by itself from the keys that it may use."""
    weights = torch.zeros_like(inputs["scores"])
    for b, rows in enumerate(inputs["scores"].tolist()):
        for t, row in enumerate(rows):
            top = max(row[: t + 1])
            exponentials = [math.exp(score - top) for score in row[: t + 1]]
            total = math.fsum(exponentials)
            weights[b, t, : t + 1] = torch.tensor([e / total for e in exponentials])
    return weights


def equal(a: object, b: object) -> bool:
    """Return whether two results are equal but for rounding, which spares a later weight of 0."""
    if not tensors.alike(a, b):
        return False
    return not isinstance(a, Tensor) or a.dim() < 2 or torch.equal(a.triu(1) == 0, b.triu(1) == 0)


def contrast(right: object, got: object) -> tuple[str, str]:
    """Write what was expected and what came; a weight that is nearly 0 with all its digits."""
    if not tensors.alike(right, got):
        return tensors.contrast(right, got)
    place = tuple((right != got).triu(1).nonzero()[0].tolist())
    return f"exactly 0 at index {place}", f"{got[place].item():.2g} at index {place}"


def _weights(
    inputs: dict,
    allowed: Tensor | None = None,
    hide: parts.Hide = parts.minus_infinity,
    weigh: parts.Weigh = parts.softmax,
) -> Tensor:
    """Return weights in which one part may be mistaken."""
    scores = inputs["scores"]
    allowed = parts.past(scores.size(-1)) if allowed is None else allowed
    return weigh(hide(scores.double(), allowed)).float()


def _with_mask(diagonal: int, turned: bool = False):
    """Return a method whose triangle begins at another diagonal, or is the upper one."""

    def method(inputs: dict) -> Tensor:
        square = torch.ones(inputs["scores"].shape[-2:], dtype=torch.bool)
        return _weights(inputs, square.triu(diagonal) if turned else square.tril(diagonal))

    return method


def _mask_last(inputs: dict) -> Tensor:
    return inputs["scores"].softmax(dim=-1).tril()


def _renormalized(inputs: dict, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return weights that were masked after the softmax and divided by what was left."""
    weights = _mask_last({"scores": inputs["scores"].to(dtype)})
    return (weights / weights.sum(dim=-1, keepdim=True)).float()


def _exponentials(inputs: dict, hide: parts.Hide) -> Tensor:
    """Return float32 weights whose exponentials are taken of bare scores."""
    scores = inputs["scores"]
    shares = hide(scores.exp(), parts.past(scores.size(-1)))
    return shares / shares.sum(dim=-1, keepdim=True)


def _softmax_twice(inputs: dict) -> Tensor:
    return _mask_last(inputs).softmax(dim=-1)


def _softmax_again_behind_a_mask(inputs: dict) -> Tensor:
    return truth({"scores": inputs["scores"].softmax(dim=-1)})


def _zeros_hidden(inputs: dict) -> Tensor:
    scores = inputs["scores"].tril()
    return scores.masked_fill(scores == 0, -math.inf).softmax(dim=-1)


def _zero_scores_masked_again(inputs: dict) -> Tensor:
    return inputs["scores"].tril().softmax(dim=-1).tril()


def _masked_scores(inputs: dict) -> Tensor:
    return parts.minus_infinity(inputs["scores"], parts.past(inputs["scores"].size(-1)))


def _scaled_again(inputs: dict) -> Tensor:
    scores = inputs["scores"]
    return truth({"scores": scores / math.sqrt(scores.size(-1))})


def almost_hidden(inputs: dict, right: Tensor, value: Tensor) -> Mistake | None:
    """Name weights that come close, but leave later keys a little."""
    if not isinstance(value, Tensor) or value.shape != right.shape:
        return None
    later = value.triu(1)
    return TOO_WEAK if later.any() and later.abs().max() < 0.01 else None


TOO_WEAK = Mistake(
    "mask_too_weak",
    known_by_property,
    "Later keys still get a little weight: the number that stands for their scores is not low "
    'enough. `float("-inf")` is.',
)
LOSES = (
    "Later keys have weight where their scores are large, or the others very low: the number that "
    'stands for their scores is not low enough. `float("-inf")` is below all of them.'
)
BARE = (
    "The exponentials were taken of bare scores. e to the 150 is more than float32 can hold, and e "
    "to the −150 is 0 in it. Take the largest allowed score off first, or leave it to "
    "`softmax`, which does."
)
WRONG_TRIANGLE = (
    "Row t may use the keys 0 to t. Here keys before it are hidden: is it the other triangle, or "
    "does the mask mean the opposite of what you take it for?"
)
WRONG_AXIS = (
    "The softmax went along another axis. Keys stand along the last one, and the weights of one "
    "query sum to 1: `dim=-1`."
)
ZERO_IS_A_SCORE = (
    "Later scores were set to 0, and 0 is a score like any other: e to the 0 is 1. Only −inf "
    "becomes a weight of 0."
)
HIDES_ITSELF = (
    "A token may use its own key. The diagonal belongs to what is allowed: the mask of later keys "
    "begins one above it, `diagonal=1`."
)
AFTER_THE_SOFTMAX = Mistake(
    "masks_after_the_softmax",
    _mask_last,
    "The rows do not sum to 1: what later keys had got is lost. Hide their scores before the "
    "softmax, so that the others share everything.",
)
SOFTMAX_TWICE = (
    "Two softmaxes, one after the other: the second takes weights for scores and makes them nearly "
    "alike. One is enough, behind the mask."
)
PATCHED = (
    "Each row sums to 1 again, as long as something is left to divide. The softmax had already "
    "given everything to a later key with a large score, and the rest was rounded to 0. Nothing "
    "about a later key may enter: hide it before the softmax."
)
MISTAKES = (
    AFTER_THE_SOFTMAX,
    Mistake("renormalizes_afterwards", _renormalized, PATCHED),
    Mistake(
        "renormalizes_afterwards",
        lambda inputs: _renormalized(inputs).nan_to_num(nan=0.0),
        PATCHED,
    ),
    Mistake(
        "renormalizes_afterwards", lambda inputs: _renormalized(inputs, torch.float64), PATCHED
    ),
    Mistake("overflows", lambda inputs: _exponentials(inputs, parts.zero), BARE),
    Mistake("overflows", lambda inputs: _exponentials(inputs, parts.times), BARE),
    *(
        Mistake("mask_too_weak", lambda inputs, hide=hide: _weights(inputs, hide=hide), LOSES)
        for hide in (
            *map(parts.lowered_by, (1_000, 10_000)),
            *map(parts.replaced_by, (-1_000, -10_000)),
        )
    ),
    Mistake(
        "no_mask",
        lambda inputs: _weights(inputs, hide=parts.nothing),
        "Later keys have weight. Does the mask reach the scores? `masked_fill` returns a new "
        "tensor, and leaves the old one alone.",
    ),
    Mistake("hides_the_past", _with_mask(0, turned=True), WRONG_TRIANGLE),
    Mistake("hides_the_past", _with_mask(1, turned=True), WRONG_TRIANGLE),
    Mistake("hides_itself", _with_mask(-1), HIDES_ITSELF),
    Mistake(
        "hides_itself",
        lambda inputs: _with_mask(-1)(inputs).nan_to_num(nan=0.0),
        HIDES_ITSELF,
    ),
    Mistake(
        "sees_one_ahead",
        _with_mask(1),
        "Each query still sees the next key. The mask of later keys begins one above the diagonal: "
        "`triu(..., diagonal=1)`.",
    ),
    Mistake(
        "zero_is_a_score",
        lambda inputs: _weights(inputs, hide=parts.zero),
        ZERO_IS_A_SCORE,
    ),
    Mistake("zero_is_a_score", _zero_scores_masked_again, ZERO_IS_A_SCORE),
    Mistake(
        "hides_scores_of_zero",
        _zeros_hidden,
        "A key was hidden because its score happens to be 0. Make the mask from places, and not "
        "from the scores.",
    ),
    Mistake(
        "zero_times_infinity",
        lambda inputs: _weights(inputs, hide=parts.zero_times_infinity),
        "0 times −inf is nan, and nan spreads to everything. Use `masked_fill`, or build the mask "
        "from −inf and 0 without a product.",
    ),
    Mistake(
        "wrong_axis",
        lambda inputs: _weights(inputs, weigh=parts.softmax_over_queries),
        WRONG_AXIS,
    ),
    Mistake(
        "wrong_axis",
        lambda inputs: _weights(inputs, weigh=parts.softmax_over_the_first_axis),
        WRONG_AXIS,
    ),
    Mistake(
        "ignores_the_scores",
        lambda inputs: _weights(inputs, weigh=parts.all_alike),
        "All allowed keys got the same weight. The softmax belongs to the scores, not to the mask.",
    ),
    Mistake(
        "only_the_largest",
        lambda inputs: _weights(inputs, weigh=parts.only_the_largest),
        "All weight went to the largest score. The softmax leaves each allowed key its share.",
    ),
    Mistake(
        "no_exponential",
        lambda inputs: _weights(inputs, weigh=parts.without_exponential),
        "The scores themselves were divided by their sum. Weights are shares of exponentials: take "
        "the softmax.",
    ),
    Mistake(
        "returns_scores",
        _masked_scores,
        "These are the masked scores. The softmax is still to come.",
    ),
    Mistake("softmax_twice", _softmax_twice, SOFTMAX_TWICE),
    Mistake("softmax_twice", _softmax_again_behind_a_mask, SOFTMAX_TWICE),
    Mistake(
        "scales_again",
        _scaled_again,
        "The scores were divided once more. They come in scaled.",
    ),
)


def judge(cases: Callable[[np.random.Generator, bool], Iterable[dict]]) -> Judge:
    """Return the judge of causal weights, tried on these cases."""
    return Judge(
        truth,
        MISTAKES,
        cases=cases,
        equal=equal,
        contrast=contrast,
        otherwise=almost_hidden,
        unnamed=tensors.unnamed,
    )
