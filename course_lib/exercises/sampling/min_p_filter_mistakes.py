"""Ways to drop what is unlikely beside the best that are not right, and what to say of them."""

import math
from collections.abc import Callable

from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.sampling.kept import keep

Method = Callable[[dict], Tensor]
Choice = Callable[[Tensor, float], Tensor]


def _method(choice: Choice) -> Method:
    """Return a method in which the choice of what stays may be mistaken."""

    def method(inputs: dict) -> Tensor:
        logits, min_p = inputs["logits"], inputs["min_p"]
        if not 0 <= min_p <= 1:
            raise ValueError(f"min_p must be in [0, 1], got {min_p}")
        return keep(logits, choice(logits, min_p))

    return method


def _shares(x: Tensor) -> Tensor:
    return x.softmax(dim=-1)


def _best(x: Tensor) -> Tensor:
    return x.amax(dim=-1, keepdim=True)


def _right(x: Tensor, min_p: float) -> Tensor:
    return _shares(x) >= min_p * _best(_shares(x))


def _log(min_p: float) -> float:
    return math.log(min_p) if min_p > 0 else -math.inf


def _on_shares(lowest: Choice) -> Method:
    """Return a method that keeps probabilities of at least `lowest(shares, min_p)`."""
    return _method(lambda x, min_p: _shares(x) >= lowest(_shares(x), min_p))


def _on_logits(lowest: Choice) -> Method:
    """Return a method that keeps logits of at least `lowest(logits, min_p)`."""
    return _method(lambda x, min_p: x >= lowest(x, min_p))


def _nucleus(x: Tensor, p: float) -> Tensor:
    ordered, order = _shares(x).sort(dim=-1, descending=True)
    kept = ordered.cumsum(dim=-1) - ordered < p
    return kept.scatter(-1, order, kept)


def _by_bare_exponentials(x: Tensor, min_p: float) -> Tensor:
    return x.exp() >= min_p * _best(x.exp())


def _by_bare_shares(x: Tensor, min_p: float) -> Tensor:
    probs = x.exp() / x.exp().sum(dim=-1, keepdim=True)
    return probs >= min_p * _best(probs)


def _refused_at(end: int) -> Method:
    def refused(x: Tensor, min_p: float) -> Tensor:
        if min_p == end:
            raise ValueError
        return _right(x, min_p)

    return _method(refused)


ABSOLUTE = (
    "Probabilities were compared with `min_p` itself. The threshold is `min_p` times the largest "
    "probability of the row: low where the model is unsure, high where it is sure."
)
NO_LOG = (
    "`min_p` itself was taken off the largest logit. A ratio of probabilities is a difference of "
    "logits by its logarithm: times `min_p` becomes plus `log(min_p)`."
)
ABOVE = (
    "The threshold lies above the best logit, and every token was dropped. The logarithm of a "
    "number below 1 is negative already: add it to the largest logit."
)
OTHER_LOG = (
    "This logarithm has another base. A softmax is made of powers of e, so its logarithm is the "
    "natural one: `math.log` or `torch.log`."
)
ALL_ROWS = (
    "The best of the whole batch was used for every row. Each row is compared with its own: "
    "`amax(dim=-1, keepdim=True)`."
)
ALONG_THE_BATCH = (
    "Texts were compared with each other, along the first axis. The softmax and the largest "
    "probability both go along the last one."
)
STRICT = (
    "A token that is exactly `min_p` times as likely as the best was dropped. It stays: with a "
    "`min_p` of 1, the best itself does. Is it `>` or `>=`?"
)
OVERFLOW = (
    "e to the 10,000 is more than float32 can hold, and e to the −10,000 is rounded to 0; neither "
    "can be compared. Use torch's softmax, or compare logits with the best plus `log(min_p)`."
)
ENDS = "Both ends of the range are allowed: 0 keeps every token, and 1 the most likely ones alone."
LOG_OF_0 = Mistake(
    "logarithm_of_0",
    known_by_property,
    "`math.log(0)` is an error, and `min_p` may be 0: every token stays then. Make a case of its "
    "own for it, or compare probabilities.",
)
MISTAKES = (
    Mistake("absolute_threshold", _on_shares(lambda probs, p: p), ABSOLUTE),
    Mistake(
        "distance_to_the_best",
        _on_shares(lambda probs, p: _best(probs) - p),
        "`min_p` was taken off the largest probability. It is a factor: multiply.",
    ),
    Mistake(
        "ratio_of_logits",
        _on_logits(lambda x, p: p * _best(x)),
        "The logits were multiplied as if they were probabilities. Take the softmax first; or stay "
        "with logits and add `log(min_p)` to the largest.",
    ),
    Mistake("no_logarithm", _on_logits(lambda x, p: _best(x) - p), NO_LOG),
    Mistake("above_the_best", _on_logits(lambda x, p: _best(x) - _log(p)), ABOVE),
    Mistake("above_the_best", _on_logits(lambda x, p: _best(x) + p), ABOVE),
    Mistake(
        "another_logarithm", _on_logits(lambda x, p: _best(x) + _log(p) / math.log(10)), OTHER_LOG
    ),
    Mistake(
        "another_logarithm", _on_logits(lambda x, p: _best(x) + _log(p) / math.log(2)), OTHER_LOG
    ),
    Mistake(
        "top_p",
        _method(_nucleus),
        "This is top-p: it adds up probabilities. Here each is compared with the largest.",
    ),
    Mistake(
        "from_the_other_end",
        _on_shares(lambda probs, p: (1 - p) * _best(probs)),
        "The threshold was 1 − `min_p` times the best. A small `min_p` keeps many tokens.",
    ),
    Mistake(
        "of_the_mean",
        _on_shares(lambda probs, p: p * probs.mean(dim=-1, keepdim=True)),
        "Probabilities were compared with the mean of the row. Compare with its largest.",
    ),
    Mistake("best_of_all_rows", _on_shares(lambda probs, p: p * probs.max()), ALL_ROWS),
    Mistake("best_of_all_rows", _on_logits(lambda x, p: x.max() + _log(p)), ALL_ROWS),
    Mistake("along_the_batch", _on_shares(lambda probs, p: p * probs.amax(0)), ALONG_THE_BATCH),
    Mistake("along_the_batch", _on_logits(lambda x, p: x.amax(0) + _log(p)), ALONG_THE_BATCH),
    Mistake(
        "along_the_batch",
        _method(lambda x, p: x.softmax(0) >= p * _best(x.softmax(0))),
        ALONG_THE_BATCH,
    ),
    Mistake("drops_the_best", _method(lambda x, p: _shares(x) > p * _best(_shares(x))), STRICT),
    Mistake("drops_the_best", _method(lambda x, p: x > _best(x) + _log(p)), STRICT),
    Mistake(
        "turned_around",
        _method(lambda x, p: ~_right(x, p)),
        "The unlikely tokens stayed and the likely ones were dropped. `masked_fill` fills where "
        "its mask is True.",
    ),
    Mistake("overflows", _method(_by_bare_exponentials), OVERFLOW),
    Mistake("overflows", _method(_by_bare_shares), OVERFLOW),
    Mistake(
        "of_the_first_token",
        _on_shares(lambda probs, p: p * probs[:, :1]),
        "Each row was compared with its first token. The logits are not sorted: look for the best.",
    ),
    Mistake(
        "keeps_the_best_alone",
        _on_logits(lambda x, p: _best(x)),
        "The most likely token alone stayed. That is right for a `min_p` of 1.",
    ),
    Mistake(
        "keeps_everything",
        _on_logits(lambda x, p: -math.inf),
        "Every token stayed. That is right for a `min_p` of 0.",
    ),
    Mistake("refuses_an_end", _refused_at(0), ENDS),
    Mistake("refuses_an_end", _refused_at(1), ENDS),
)
