"""Ways to keep the most likely tokens of logits (B, V) that look right and are not.

`top_p_filter` and the bug hunt `nucleus` share them, and the truth as well.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.mistakes import Mistake

INF = math.inf
Method = Callable[[dict], Tensor]


def truth(inputs: dict) -> Tensor:
    """Return the filtered logits, each row worked out by itself with Python's own numbers."""
    logits, p = inputs["logits"], inputs["p"]
    refuse(inputs)
    if p == 1:
        return logits.clone()
    filtered = torch.full_like(logits, -INF)
    for b, row in enumerate(logits.tolist()):
        best = max(row)
        weights = [math.exp(logit - best) for logit in row]
        kept = []
        for token in sorted(range(len(row)), key=lambda token: -row[token]):
            if math.fsum(weights[i] for i in kept) >= p * math.fsum(weights):
                break
            kept.append(token)
        filtered[b, kept] = logits[b, kept]
    return filtered


def refuse(inputs: dict) -> None:
    """Raise ValueError where the task asks for it."""
    if raises(inputs):
        raise ValueError


def raises(inputs: dict) -> str:
    return "" if 0 < inputs["p"] <= 1 else "ValueError"


def if_it_may(method: Method) -> Method:
    """Return a method that is mistaken only where p is one that the task allows, below 1."""
    return lambda inputs: truth(inputs) if not 0 < inputs["p"] < 1 else method(inputs)


def likely_first(logits: Tensor) -> Tensor:
    return logits.argsort(dim=-1, descending=True)


def unlikely_first(logits: Tensor) -> Tensor:
    return logits.argsort(dim=-1)


def as_they_come(logits: Tensor) -> Tensor:
    return torch.arange(logits.size(-1)).expand_as(logits)


def softmax(ordered: Tensor) -> Tensor:
    return ordered.softmax(dim=-1)


def softmax_down_the_batch(ordered: Tensor) -> Tensor:
    return ordered.softmax(dim=0)


def themselves(ordered: Tensor) -> Tensor:
    return ordered


def crossed_before(probs: Tensor, p: float) -> Tensor:
    """Return where the likelier tokens reach p already: those which a right answer drops."""
    return probs.cumsum(dim=-1) - probs >= p


def crossed(probs: Tensor, p: float) -> Tensor:
    return probs.cumsum(dim=-1) > p


def crossed_but_for_the_first(probs: Tensor, p: float) -> Tensor:
    dropped = crossed(probs, p)
    dropped[:, 0] = False
    return dropped


def crossed_but_for_what_is_empty(probs: Tensor, p: float) -> Tensor:
    dropped = crossed(probs, p)
    return dropped & ~dropped.all(dim=-1, keepdim=True)


def crossed_two_before(probs: Tensor, p: float) -> Tensor:
    return later(crossed_before(probs, p))


def run_over(probs: Tensor, p: float) -> Tensor:
    """Return what a move inside one tensor gives: each mark is overwritten before it is read."""
    dropped = crossed(probs, p)[:, :1].repeat(1, probs.size(-1))
    dropped[:, 0] = False
    return dropped


def rolled(probs: Tensor, p: float) -> Tensor:
    return crossed(probs, p).roll(1, dims=-1)


def shifted_in_the_batch(probs: Tensor, p: float) -> Tensor:
    dropped = crossed(probs, p)
    return torch.cat((torch.zeros_like(dropped[:1]), dropped[:-1]))


def crossed_down_the_batch(probs: Tensor, p: float) -> Tensor:
    return probs.cumsum(dim=0) - probs >= p


def crossed_the_rest(probs: Tensor, p: float) -> Tensor:
    return crossed_before(probs, 1 - p)


def later(dropped: Tensor) -> Tensor:
    """Return a mask moved by one place: the first is kept, the last one's mark is lost."""
    return torch.cat((torch.zeros_like(dropped[:, :1]), dropped[:, :-1]), dim=-1)


def put_back(dropped: Tensor, order: Tensor) -> Tensor:
    return dropped.scatter(-1, order, dropped)


def put_back_the_wrong_way(dropped: Tensor, order: Tensor) -> Tensor:
    return dropped.gather(-1, order)


def left_in_order(dropped: Tensor, order: Tensor) -> Tensor:
    return dropped


def put_back_and_moved(dropped: Tensor, order: Tensor) -> Tensor:
    return later(put_back(dropped, order))


def way(
    drop: Callable[[Tensor, float], Tensor] = crossed_before,
    rank: Callable[[Tensor], Tensor] = likely_first,
    weigh: Callable[[Tensor], Tensor] = softmax,
    back: Callable[[Tensor, Tensor], Tensor] = put_back,
) -> Method:
    """Return a method with the steps of a right answer, of which one may be mistaken."""

    def method(inputs: dict) -> Tensor:
        logits = inputs["logits"]
        order = rank(logits)
        dropped = drop(weigh(logits.double().gather(-1, order)), inputs["p"])
        return logits.masked_fill(back(dropped, order), -INF)

    return if_it_may(method)


def of_kept(method: Callable[[Tensor, Tensor], Tensor]) -> Method:
    """Return a method that keeps the right tokens and then calls `method(logits, kept)`."""
    return lambda inputs: method(inputs["logits"], truth(inputs) > -INF)


def of_each(keeps: Callable[[Tensor, float], Tensor]) -> Method:
    """Return a method that keeps a token where `keeps(probs, p)` says so, in vocabulary order."""

    def method(inputs: dict) -> Tensor:
        logits = inputs["logits"]
        kept = keeps(logits.double().softmax(dim=-1), inputs["p"])
        return logits.masked_fill(~kept, -INF)

    return if_it_may(method)


def sorted_logits(inputs: dict) -> Tensor:
    return truth(inputs).sort(dim=-1, descending=True).values


def probs_down_the_batch(inputs: dict) -> Tensor:
    probs, order = inputs["logits"].softmax(dim=0).sort(dim=-1, descending=True)
    dropped = put_back(crossed_before(probs, inputs["p"]), order)
    return inputs["logits"].masked_fill(dropped, -INF)


def whole_batch(inputs: dict) -> Tensor:
    logits = inputs["logits"]
    return truth({**inputs, "logits": logits.view(1, -1)}).view(logits.shape)


def first_row(inputs: dict) -> Tensor:
    logits = inputs["logits"]
    dropped = truth({**inputs, "logits": logits[:1]}) == -INF
    return logits.masked_fill(dropped, -INF)


def only_below_one(inputs: dict) -> Tensor:
    return truth(inputs if inputs["p"] < 1 else {**inputs, "p": 0.0})


def by_property(inputs: dict) -> None:
    """Stand for the method of a mistake that is known by a property of its result."""


def kept_of(right: object, value: object) -> tuple[Tensor, Tensor] | None:
    """Return which tokens were to be kept and which were; None where the result is no filter's."""
    if not isinstance(value, Tensor) or value.shape != right.shape or value.dtype != right.dtype:
        return None
    kept, was_kept = right > -INF, value > -INF
    both = kept & was_kept
    whole = torch.equal(right[both], value[both]) and not value.isnan().any()
    return (kept, was_kept) if whole else None


def unnamed(right: Tensor, value: object) -> Mistake:
    """Name a result that no mistake explains by which tokens it keeps."""
    found = kept_of(right, value)
    if found is None:
        return tensors.unnamed(right, value)
    kept, was_kept = found
    if (kept | was_kept).equal(kept):
        return TOO_FEW
    return TOO_MANY if (kept | was_kept).equal(was_kept) else OTHERS


TOO_FEW = Mistake(
    "keeps_too_few",
    by_property,
    "Too few tokens are left. Write the probabilities of a row in order and add them up by hand: "
    "with which one is p reached? That one stays, and all before it.",
)
TOO_MANY = Mistake(
    "keeps_too_many",
    by_property,
    "Too many tokens are left. Write the probabilities of a row in order and add them up by hand: "
    "with which one is p reached? All behind it go.",
)
OTHERS = Mistake(
    "keeps_others",
    by_property,
    "Other tokens are kept than should be. Do the marks of what is dropped stand at the places of "
    "their tokens, in the order of the vocabulary, each row by itself?",
)
