"""Ways to grade a model that are not right, and what to say to whoever graded it so."""

from collections.abc import Callable
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.sampling.generate_call import table_model

Method = Callable[[dict], Tensor]
WITHOUT_LAST, WITHOUT_FIRST = slice(None, -1), slice(1, None)


def _grades(grade: Callable[[Tensor, Tensor], Tensor], reads: slice = WITHOUT_LAST) -> Method:
    """Return a method that makes a loss of logits (B, T, V) and whole rows of ids (B, T + 1).

    Args:
        reads: what the model is given of each row.
    """

    def method(inputs: dict) -> Tensor:
        table, ids = inputs["table"].double().requires_grad_(), inputs["ids"]
        loss = grade(table_model(table, inputs["reads"])(ids[:, reads]), ids)
        result = loss if inputs["wanted"] == "loss" else torch.autograd.grad(loss, table)[0]
        return result.detach().float()

    return method


def nats_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the loss of each position, (B, T)."""
    return -logits.log_softmax(dim=-1).gather(-1, targets[..., None])[..., 0]


def _pairs(logits: slice, ids: slice, reads: slice = WITHOUT_LAST) -> Method:
    """Return a method that compares some positions' logits with some of a row's ids."""
    return _grades(lambda z, rows: nats_of(z[:, logits], rows[:, ids]).mean(), reads)


def _to(targets: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that compares with targets made of what the model has read."""
    return _grades(lambda z, rows: nats_of(z, targets(rows[:, :-1])).mean())


def _mean(mean: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that puts right nats (B, T) together."""
    return _grades(lambda z, rows: mean(nats_of(z, rows[:, 1:])))


def _scores(scores: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that takes minus some other scores of the targets for their nats."""
    return _grades(lambda z, rows: -scores(z).gather(-1, rows[:, 1:, None]).mean())


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a result that holds several losses."""
    if not isinstance(value, Tensor) or inputs["wanted"] != "loss":
        return None
    B, T = len(inputs["ids"]), inputs["ids"].size(1) - 1
    return ONE_LOSS_EACH if value.ndim and value.numel() == B * T > 1 else None


ONE_LOSS_EACH = Mistake(
    "loss_of_each_position",
    known_by_property,
    "This is one loss for each position. Take the mean of all.",
)


def _each(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


ALL, LESS_FIRST, LESS_LAST = slice(None), slice(1, None), slice(None, -1)
MISTAKES = (
    ONE_LOSS_EACH,
    *_each(
        "targets_not_shifted",
        "Each guess is compared with the id that the model has just read at that place. It needs "
        "no guessing: repeating is enough. What should the logits at a position say?",
        _pairs(ALL, slice(None, -1)),
        _pairs(LESS_FIRST, slice(1, -1)),
        _pairs(LESS_LAST, slice(None, -2)),
        _pairs(ALL, LESS_FIRST, reads=WITHOUT_FIRST),
    ),
    *_each(
        "shifted_twice",
        "The logits are compared with the id two places later. Something is shifted twice: the ids "
        "when the targets were made, and again when the two were put side by side?",
        _pairs(LESS_LAST, slice(2, None)),
    ),
    *_each(
        "shifted_the_other_way",
        "The logits at a position are compared with the id before the one that was read there. The "
        "model has seen it already; the id after it is the question.",
        _pairs(LESS_FIRST, slice(None, -2)),
        _pairs(ALL, LESS_LAST, reads=WITHOUT_FIRST),
        _to(lambda read: read.roll(1, dims=1)),
        _to(lambda read: F.pad(read[:, :-1], (1, 0))),
    ),
    *_each(
        "rolls_the_row",
        "The last position is compared with an id from the start of a row: `roll` goes around. The "
        "last target is the last id of the whole row, which the model has not read.",
        _to(lambda read: read.roll(-1, dims=1)),
        _to(lambda read: read.roll(-1)),
    ),
    *_each(
        "last_target_missing",
        "The last position is compared with an id of 0 that was filled in. Its target is there: "
        "the last id of the whole row.",
        _to(lambda read: F.pad(read[:, 1:], (0, 1))),
    ),
    *_each(
        "drops_the_last_position",
        "The shift is right, but the last position has no part in it. Its target is the last id of "
        "the row, so that T positions have T targets.",
        _pairs(LESS_LAST, slice(1, -1)),
    ),
    *_each(
        "drops_the_first_position",
        "The shift is right, but the first position is not graded. It has a target, too: the "
        "second id of the row.",
        _pairs(LESS_FIRST, slice(2, None)),
    ),
    *_each(
        "sums_the_loss",
        "This is a sum over positions, or a mean of sums. Divide by the number of all, B · T.",
        _mean(torch.sum),
        _mean(lambda nats: nats.sum(dim=1).mean()),
        _mean(lambda nats: nats.sum(dim=0).mean()),
    ),
    *_each(
        "divides_by_all_ids",
        "The sum was divided by the number of ids in the rows, B · (T + 1). The first id of a row "
        "is no target: B · T are guessed.",
        _mean(lambda nats: nats.sum() / (nats.numel() + len(nats))),
    ),
    *_each(
        "last_position_only",
        "Only the last position is graded. All T positions are, at once.",
        _mean(lambda nats: nats[:, -1].mean()),
    ),
    *_each(
        "first_row_only",
        "Only the first row is graded. All rows are.",
        _mean(lambda nats: nats[0].mean()),
    ),
    *_each(
        "wrong_sign",
        "The sign is wrong. The logarithm of a probability is negative, the loss is minus that.",
        _mean(lambda nats: -nats.mean()),
    ),
    *_each(
        "probability_for_loss",
        "This is made of probabilities without a logarithm. The loss is minus the logarithm.",
        _mean(lambda nats: (-nats).exp().mean()),
        _mean(lambda nats: -(-nats).exp().mean()),
        _mean(lambda nats: 1 - (-nats).exp().mean()),
    ),
    *_each(
        "log_of_the_mean",
        "The logarithm was taken of the mean probability. Take it at each position, then the mean.",
        _mean(lambda nats: -(-nats).exp().mean().log()),
    ),
    *_each(
        "perplexity",
        "This is e to the loss, the perplexity. The loss itself is asked for.",
        _mean(lambda nats: nats.mean().exp()),
    ),
    *_each(
        "another_logarithm",
        "This is in bits. The course counts in nats, with the natural logarithm.",
        _mean(lambda nats: nats.mean() / log(2)),
    ),
    *_each(
        "softmax_over_another_axis",
        "The softmax went along another axis than that of the vocabulary: `dim=-1`.",
        _scores(lambda z: z.log_softmax(dim=1)),
        _scores(lambda z: z.log_softmax(dim=0)),
    ),
    *_each(
        "softmax_twice",
        "The softmax was taken twice. `log_softmax` and `cross_entropy` want logits.",
        _scores(lambda z: z.softmax(dim=-1).log_softmax(dim=-1)),
    ),
    *_each(
        "forgets_the_softmax",
        "This is minus the mean logit of the targets. A logit is no logarithm of a probability "
        "before `log_softmax`.",
        _scores(lambda z: z),
    ),
    *_each(
        "grades_the_best",
        "This is the loss of the likeliest id at each position. The id that really came next is "
        "graded, likely or not.",
        _grades(lambda z, rows: -z.log_softmax(dim=-1).amax(dim=-1).mean()),
    ),
)
