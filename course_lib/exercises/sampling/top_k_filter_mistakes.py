"""Ways to keep the k best that are not right, and what to say to whoever wrote them."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.sampling.kept import keep

Method = Callable[[dict], Tensor]


def _method(choice: Callable[[Tensor, int], Tensor]) -> Method:
    """Return a method in which the choice of what stays may be mistaken."""

    def method(inputs: dict) -> Tensor:
        logits, k = inputs["logits"], inputs["k"]
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        return keep(logits, choice(logits, k))

    return method


def _ordered(x: Tensor) -> Tensor:
    return x.sort(dim=-1, descending=True).values


def _kth(x: Tensor, k: int) -> Tensor:
    return _ordered(x)[..., min(k, x.size(-1)) - 1, None]


def _different_values(x: Tensor, k: int) -> Tensor:
    return torch.stack([torch.isin(row, row.unique().flip(0)[:k]) for row in x])


def _by_probability(x: Tensor, k: int) -> Tensor:
    probs = x.softmax(dim=-1)
    return probs >= _kth(probs, k)


def _first_tokens(x: Tensor, k: int) -> Tensor:
    return (torch.arange(x.size(-1)) < k).expand_as(x)


def _best_alone(places: bool) -> Method:
    def method(inputs: dict) -> Tensor:
        x = inputs["logits"]
        best = x.topk(min(inputs["k"], x.size(-1)), dim=-1)
        return best.indices if places else best.values

    return method


def _sorted(inputs: dict) -> Tensor:
    return _ordered(_method(lambda x, k: x >= _kth(x, k))(inputs))


def _zero_is_off(inputs: dict) -> Tensor:
    k = inputs["k"]
    return inputs["logits"] if k < 1 else _method(lambda x, k: x >= _kth(x, k))(inputs)


def _counted_from_behind(inputs: dict) -> Tensor:
    """Use a k below 1 as an index, as a sort does: 0 becomes the place -1, the last."""
    x, k = inputs["logits"], inputs["k"]
    return keep(x, x >= _ordered(x)[:, min(k, x.size(-1)) - 1, None])


def _refused_from(more: int) -> Method:
    """Return a method that raises where k is V + `more` or larger."""

    def refused(x: Tensor, k: int) -> Tensor:
        if k >= x.size(-1) + more:
            raise ValueError
        return x >= _kth(x, k)

    return _method(refused)


def _fails_beyond(error: type[Exception]) -> Method:
    def failed(x: Tensor, k: int) -> Tensor:
        if k > x.size(-1):
            raise error
        return x >= _kth(x, k)

    return _method(failed)


def _by_property(inputs: dict) -> None:
    """Stand for the method of a mistake that is known by a property of its result."""


EXACTLY_K = Mistake(
    "exactly_k",
    _by_property,
    "Exactly `k` tokens were kept, and others just as likely as the last of them were dropped. "
    "Keep all that are at least as large as the k-th: compare values, do not use places.",
)
ONE_THRESHOLD = (
    "All rows were compared with the k-th largest logit of one of them. Each row has its own: keep "
    "it as `(B, 1)`."
)
ALONG_THE_BATCH = (
    "The k best of each column were kept, one token's logits in all texts. Look for the k-th along "
    "the last axis."
)
FROM_BELOW = (
    "The k-th was counted from the smallest on. `kthvalue` and a plain `sort` begin with the "
    "smallest; `topk` and `sort(descending=True)` begin with the largest."
)
TOO_MANY = (
    "One more than the k-th was used. In descending order the k-th largest has the index k - 1, as "
    "the first has the index 0."
)
ALONE = (
    "Only what belongs to the k best came back. The result has the shape of `logits`, with −inf "
    "in all other places."
)
BEYOND = (
    "There is no k-th logit where a row holds fewer. Such a `k` keeps every token: use no more "
    "than `logits.size(-1)` of them."
)
TOO_CAREFUL = "A `k` of V or more is no error: it keeps every token. Only one below 1 is."
OFF = (
    "With this `k` every token stayed. In some libraries 0 switches a filter off, and an index of "
    "−1 is the last place; this task asks for an error."
)
MISTAKES = (
    EXACTLY_K,
    Mistake(
        "counts_values",
        _method(_different_values),
        "Equal logits were counted as one. Each counts: in 5, 5, 3 the second largest is 5.",
    ),
    Mistake(
        "drops_the_kth",
        _method(lambda x, k: x > _kth(x, k)),
        "The k-th itself was dropped. It is one of the k best: is it `<` or `<=`?",
    ),
    Mistake("one_too_many", _method(lambda x, k: x >= _kth(x, k + 1)), TOO_MANY),
    Mistake("from_below", _method(lambda x, k: x >= -_kth(-x, k)), FROM_BELOW),
    Mistake(
        "keeps_the_lowest",
        _method(lambda x, k: x <= -_kth(-x, k)),
        "The least likely tokens were kept, and the best were dropped.",
    ),
    Mistake(
        "keeps_the_rest",
        _method(lambda x, k: x < _kth(x, k)),
        "The k best were dropped and the rest was kept. `masked_fill` fills where its mask is "
        "True.",
    ),
    Mistake(
        "over_all_rows",
        _method(lambda x, k: x >= _kth(x.flatten(), k)),
        "The k best of the whole batch were kept. Each row has its own k best.",
    ),
    Mistake("one_threshold", _method(lambda x, k: x >= _kth(x, k)[0]), ONE_THRESHOLD),
    Mistake("one_threshold", _method(lambda x, k: x >= _kth(x, k)[-1]), ONE_THRESHOLD),
    Mistake("one_threshold", _method(lambda x, k: x >= _kth(x, k).min()), ONE_THRESHOLD),
    Mistake("along_the_batch", _method(lambda x, k: x >= _kth(x.T, k).T), ALONG_THE_BATCH),
    Mistake(
        "first_tokens",
        _method(_first_tokens),
        "The tokens with the smallest ids were kept, not the most likely ones. Sort, or use "
        "`topk`.",
    ),
    Mistake(
        "without_signs",
        _method(lambda x, k: x.abs() >= _kth(x.abs(), k)),
        "The logits were compared without their signs. A very negative one is very unlikely.",
    ),
    Mistake(
        "rounds_first",
        _method(_by_probability),
        "Probabilities were compared. Where one logit is far above the others, theirs are all "
        "rounded to 0 and count as equal. Compare the logits themselves.",
    ),
    Mistake("only_the_kept", _best_alone(places=False), ALONE),
    Mistake("only_the_kept", _best_alone(places=True), ALONE),
    Mistake(
        "in_another_order",
        _sorted,
        "The logits came back sorted. Each stays at its place, which is the id of its token.",
    ),
    Mistake("k_beyond_the_row", _fails_beyond(RuntimeError), BEYOND),
    Mistake("k_beyond_the_row", _fails_beyond(IndexError), BEYOND),
    Mistake("refuses_a_large_k", _refused_from(1), TOO_CAREFUL),
    Mistake("refuses_a_large_k", _refused_from(0), TOO_CAREFUL),
    Mistake("zero_switches_off", _zero_is_off, OFF),
    Mistake("zero_switches_off", _counted_from_behind, OFF),
)
