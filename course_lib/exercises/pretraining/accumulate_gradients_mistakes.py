"""Ways to add up gradients that are not right, and what to say to whoever did it so."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.pretraining.accumulate_script import loss_of

Grads = list[Tensor]
Method = Callable[[dict], list]


@dataclass(frozen=True)
class Batches:
    """What a loop over the batches sees.

    Attributes:
        sums: for each batch, the gradients of its summed loss, in float64.
        counts: for each batch, its counted tokens.
        rows: for each batch, its rows, padding included.
        stale: what stood in each .grad before, zeros where nothing did.
    """

    sums: list[Grads]
    counts: list[int]
    rows: list[int]
    stale: Grads

    def weighted(self, weights: list[float]) -> Grads:
        """Return the gradients of all batches, each with a weight, added up."""
        totals = [torch.zeros_like(grad) for grad in self.stale]
        for grads, weight in zip(self.sums, weights, strict=True):
            totals = [total + weight * grad for total, grad in zip(totals, grads, strict=True)]
        return totals

    @property
    def n_tokens(self) -> int:
        return sum(self.counts)


def _seen(inputs: dict) -> Batches:
    params = [param.detach().double().requires_grad_() for param in inputs["params"]]
    pairs = [loss_of(params, batch.double()) for batch in inputs["batches"]]
    stale = [
        torch.zeros_like(param) if grad is None else grad.double()
        for param, grad in zip(params, inputs["grads"], strict=True)
    ]
    return Batches(
        [list(torch.autograd.grad(loss, params)) for loss, _ in pairs],
        [n for _, n in pairs],
        [len(batch) for batch in inputs["batches"]],
        [grad.detach() for grad in stale],
    )


def _method(work: Callable[[Batches], Grads]) -> Method:
    return lambda inputs: [grad.float() for grad in work(_seen(inputs))]


def _divided(grads: Grads, by: float) -> Grads:
    """Return gradients / by, inf or nan where it is 0."""
    return [grad / by for grad in grads]


def _weights(weight: Callable[[Batches, int], float], by: Callable[[Batches], float]) -> Method:
    """Return a method in which batch i has a weight, and their sum is divided once."""

    def work(seen: Batches) -> Grads:
        weights = [weight(seen, i) for i in range(len(seen.counts))]
        return _divided(seen.weighted(weights), by(seen))

    return _method(work)


def _at_least_1(n: int) -> int:
    return max(n, 1)


def _mean(seen: Batches, i: int) -> float:
    return 1 / _at_least_1(seen.counts[i])


def _with_stale(own: Callable[[Batches], float], by: Callable[[Batches], float]) -> Method:
    """Return a method that adds what stood in .grad; sums are divided by `own`, all by `by`."""

    def work(seen: Batches) -> Grads:
        sums = _divided(seen.weighted([1.0] * len(seen.counts)), own(seen))
        both = [grad + stale for grad, stale in zip(sums, seen.stale, strict=True)]
        return _divided(both, by(seen))

    return _method(work)


def _one_batch(i: int, by: Callable[[Batches], float]) -> Method:
    """Return a method in which one batch alone counts."""

    def work(seen: Batches) -> Grads:
        n = len(seen.counts)
        weights = [float(number == i % n) for number in range(n)]
        return _divided(seen.weighted(weights), by(seen))

    return _method(work)


def _divided_in_the_loop(so_far: bool) -> Method:
    def work(seen: Batches) -> Grads:
        totals, n_tokens = [torch.zeros_like(grad) for grad in seen.stale], 0
        for grads, n in zip(seen.sums, seen.counts, strict=True):
            n_tokens += n
            added = [total + grad for total, grad in zip(totals, grads, strict=True)]
            totals = _divided(added, _at_least_1(n_tokens if so_far else n))
        return totals

    return _method(work)


def _nothing_counted(value: Callable[[dict], object]) -> Method:
    """Return a method that is right where tokens are counted, and gives this where none are."""

    def method(inputs: dict) -> object:
        seen = _seen(inputs)
        return value(inputs) if seen.n_tokens == 0 else RIGHT(inputs)

    return method


def _tokens(seen: Batches) -> int:
    return _at_least_1(seen.n_tokens)


def _one(seen: Batches) -> int:
    return 1


def _batches(seen: Batches) -> int:
    return _at_least_1(len(seen.counts))


def _last_count(seen: Batches) -> int:
    return _at_least_1(seen.counts[-1] if seen.counts else 0)


def _first_count(seen: Batches) -> int:
    return _at_least_1(seen.counts[0] if seen.counts else 0)


def _as_it_is(seen: Batches, i: int) -> float:
    return 1.0


RIGHT = _weights(_as_it_is, _tokens)
NOT_ALIKE = (
    "Each batch weighs the same, however many tokens it has. Add up the sums, add up the tokens, "
    "and divide once, at the end."
)
STALE = (
    "What stood in `.grad` before is in the result: `backward()` adds to it. Begin with "
    "`param.grad = None`, or do without `.grad`."
)
IN_THE_LOOP = "What was added up so far is divided at each turn of the loop. Divide once, after it."
LAST = "Only the last batch counts. Does each turn of the loop write over the result of the others?"
FIRST = "Only the first batch counts. Are the gradients of the others added?"
NO_TOKENS = "Where no token is counted, the gradients are zeros, shaped as the parameters."
JOINS_TUPLES = Mistake(
    "joins_the_gradients",
    known_by_property,
    "There is more than one gradient for each parameter. `+` between two tuples or lists joins "
    "them, one behind the other. Add up the tensors in them, parameter by parameter.",
)


def by_property(inputs: dict, right: list[Tensor], value: object) -> Mistake | None:
    """Name a list that holds the gradients of several batches behind one another."""
    too_long = isinstance(value, (list, tuple)) and len(value) > len(right)
    return JOINS_TUPLES if too_long and len(value) % len(right) == 0 else None


MISTAKES = (
    JOINS_TUPLES,
    Mistake("mean_of_means", _weights(_mean, _batches), NOT_ALIKE),
    Mistake(
        "sum_of_means",
        _weights(_mean, _one),
        "The batches' means were added up. Add up the sums, add up the tokens, and divide once, "
        "at the end.",
    ),
    Mistake(
        "not_divided",
        _weights(_as_it_is, _one),
        "These are the gradients of the sum over all tokens. The mean is asked for.",
    ),
    Mistake(
        "divides_by_batches",
        _weights(_as_it_is, _batches),
        "The sums were divided by the number of batches. The mean is over tokens.",
    ),
    Mistake(
        "divides_by_one_count",
        _weights(_as_it_is, _last_count),
        "All was divided by the tokens of the last batch. Does the number of tokens grow in the "
        "loop, or is it written over?",
    ),
    Mistake(
        "divides_by_one_count",
        _weights(_as_it_is, _first_count),
        "All was divided by the tokens of the first batch. Batches differ in size: add up theirs.",
    ),
    Mistake("last_batch_only", _one_batch(-1, _last_count), LAST),
    Mistake("last_batch_only", _one_batch(-1, _tokens), LAST),
    Mistake("last_batch_only", _one_batch(-1, _one), LAST),
    Mistake("last_batch_only", _one_batch(-1, _batches), LAST),
    Mistake("first_batch_only", _one_batch(0, _first_count), FIRST),
    Mistake("first_batch_only", _one_batch(0, _tokens), FIRST),
    Mistake("first_batch_only", _one_batch(0, _one), FIRST),
    Mistake(
        "means_over_tokens",
        _weights(_mean, _tokens),
        "Each sum was divided by its own tokens, and all of it by all tokens once more. Divide "
        "once.",
    ),
    Mistake(
        "weighs_the_sums",
        _weights(lambda seen, i: seen.counts[i], _tokens),
        "Each sum was multiplied by its number of tokens. A sum weighs that much by itself.",
    ),
    Mistake("divides_in_the_loop", _divided_in_the_loop(so_far=True), IN_THE_LOOP),
    Mistake("divides_in_the_loop", _divided_in_the_loop(so_far=False), IN_THE_LOOP),
    Mistake(
        "counts_padding",
        _weights(_as_it_is, lambda seen: _at_least_1(sum(seen.rows))),
        "Padding was counted. How many tokens count is the second thing that `loss_sum` returns.",
    ),
    Mistake(
        "early_batches_again",
        _weights(lambda seen, i: len(seen.counts) - i, _tokens),
        "The first batches count several times: their losses are inside the sum whose gradient is "
        "taken later. Take the gradient of each batch's own loss.",
    ),
    Mistake("stale_grad", _with_stale(_one, _tokens), STALE),
    Mistake("stale_grad", _with_stale(_tokens, _one), STALE),
    Mistake(
        "wrong_sign",
        _weights(lambda seen, i: -1.0, _tokens),
        "The signs are wrong. Gradients are asked for, not the step against them.",
    ),
    Mistake(
        "nan_without_tokens",
        _weights(_as_it_is, lambda seen: seen.n_tokens),
        f"No token was counted, and 0 / 0 is nan. {NO_TOKENS}",
    ),
    Mistake(
        "none_without_batches",
        _nothing_counted(lambda inputs: [None for _ in inputs["params"]]),
        f"`.grad` is None until the first `backward()`. {NO_TOKENS}",
    ),
    Mistake(
        "no_gradients_without_tokens",
        _nothing_counted(lambda inputs: []),
        f"The list is empty. {NO_TOKENS}",
    ),
)
