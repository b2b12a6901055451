"""What filters of logits (B, V) share: results that are odd by the numbers that stand in them."""

import math

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.tensors import alike


def keep(logits: Tensor, kept: Tensor) -> Tensor:
    """Return logits with -inf wherever `kept` is False."""
    return logits.masked_fill(~kept, -math.inf)


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a result in which the right tokens were chosen, and something else was made of them."""
    if not isinstance(value, Tensor) or value.shape != right.shape:
        return None
    if value.dtype == torch.bool:
        return RETURNS_A_MASK
    if value.dtype != right.dtype:
        return None
    kept, logits = ~right.isneginf(), inputs["logits"]
    shares = logits.softmax(dim=-1)
    if any(alike(value, probs) for probs in (right.softmax(dim=-1), shares * kept)):
        return RETURNS_PROBABILITIES
    logprobs = keep(logits.log_softmax(dim=-1), kept)
    if any(alike(value, logs) for logs in (right.log_softmax(dim=-1), logprobs)):
        return RETURNS_LOGPROBS
    odd = ~kept & ~value.isneginf()
    if not odd.any() or not alike(value[kept], right[kept]) or alike(value[odd], logits[odd]):
        return None
    return _by_filling(value[odd], lowest=logits[~logits.isneginf()].min())


def _by_filling(values: Tensor, lowest: Tensor) -> Mistake | None:
    """Name what stands in place of -inf."""
    if values.isnan().all():
        return DROPPED_TO_NAN
    if (values == math.inf).all():
        return DROPPED_TO_INFINITY
    if ((values == 0) | values.isnan()).all():
        return DROPPED_TO_0
    return DROPPED_TO_A_LOW_NUMBER if (values < lowest).all() else None


DROPPED_TO_0 = Mistake(
    "dropped_to_0",
    known_by_property,
    "A logit of 0 is no probability of 0: it is worth e to the 0, more than a negative logit. A "
    "token that is dropped gets `float('-inf')`. Multiplying by a mask gives 0, too.",
)
DROPPED_TO_A_LOW_NUMBER = Mistake(
    "dropped_to_a_low_number",
    known_by_property,
    "A very low number is not −inf. Whoever reads the result tells by −inf what was dropped, and a "
    "high temperature may bring low numbers back.",
)
DROPPED_TO_INFINITY = Mistake(
    "dropped_to_infinity",
    known_by_property,
    "These are +inf, more than any logit: the softmax of such a row is nan. Dropped tokens get "
    "minus infinity.",
)
DROPPED_TO_NAN = Mistake(
    "dropped_to_nan",
    known_by_property,
    "Dropped tokens became nan, which spoils every sum that it enters. They get −inf. Infinity "
    "times 0 gives nan: fill with `masked_fill` or `where`, do not multiply.",
)
RETURNS_PROBABILITIES = Mistake(
    "returns_probabilities",
    known_by_property,
    "These are probabilities. The filter returns logits: those that stay are left as they are, and "
    "the softmax comes after the last filter.",
)
RETURNS_LOGPROBS = Mistake(
    "returns_logprobs",
    known_by_property,
    "These are logarithms of probabilities. Their softmax is the same, but the task says that the "
    "logits of tokens that stay are left as they are.",
)
RETURNS_A_MASK = Mistake(
    "returns_a_mask",
    known_by_property,
    "This says which tokens stay or go. Return logits, with −inf in place of those that go.",
)
