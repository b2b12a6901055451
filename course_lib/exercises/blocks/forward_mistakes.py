"""Ways to run a whole model that are not right, and what to say to whoever ran it so."""

from collections.abc import Callable
from math import log

import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.blocks.model_parts import parts
from course_lib.exercises.mistakes import Mistake

Loss = Callable[[Tensor, Tensor], Tensor]


def _chain(x: Tensor, blocks: list, norm: Callable) -> Tensor:
    for block in blocks:
        x = block(x)
    return norm(x)


def _cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def _model(
    through: Callable = _chain,
    loss: Loss = _cross_entropy,
    finish: Callable[[Tensor, Tensor | None], tuple] = lambda logits, loss: (logits, loss),
) -> Callable[[dict], tuple]:
    """Return a method in which one part may be mistaken.

    Args:
        through: what happens between the embedding and the head.
        loss: what is made of logits (B, T, V) and targets (B, T).
        finish: what is returned of both.
    """

    def method(inputs: dict) -> tuple:
        wide = {**inputs, "embed": inputs["embed"].double()}
        embed, blocks, norm, head = parts(wide)
        logits = head(through(embed(inputs["ids"]), blocks, norm))
        targets = inputs["targets"]
        nats = None if targets is None else loss(logits, targets).float()
        return finish(logits.float(), nats)

    return method


def _norm_after_each(x, blocks, norm):
    for block in blocks:
        x = norm(block(x))
    return x


def _adds_the_stream_again(x, blocks, norm):
    for block in blocks:
        x = x + block(x)
    return norm(x)


def _norm_into_each(x, blocks, norm):
    for block in blocks:
        x = block(norm(x))
    return norm(x)


def _each_position(logits: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")  # (B, T)


def _shifted(logits: Tensor, targets: Tensor) -> Tensor:
    return _cross_entropy(logits[:, :-1], targets[:, 1:])


def _shifted_back(logits: Tensor, targets: Tensor) -> Tensor:
    return _cross_entropy(logits[:, 1:], targets[:, :-1])


def _with_ids(inputs: dict) -> tuple:
    """Grade the model by what it was given."""
    targets = None if inputs["targets"] is None else inputs["ids"]
    return _model()({**inputs, "targets": targets})


NOT_CHAINED = (
    "Each block reads what the one before has returned: give `x` its new value in the loop, "
    "`x = block(x)`."
)
NORM_ONCE = (
    "`norm` is the one after the last block, and it is used once. Each block brings its own inside."
)
NO_SHIFT = (
    "Logits and targets were shifted against each other. Here the targets are shifted already: "
    "`targets[b, t]` is the token after `ids[b, t]`, the one that `logits[b, t]` is about."
)
LOSS_IN_THE_WAY = Mistake(
    "loss_without_targets",
    _model(),
    "There are no targets, so there is nothing to compare with, and a loss of 0 would say that all "
    "was right. The second value is `None` here.",
)
MISTAKES = (
    Mistake(
        "no_norm",
        _model(lambda x, blocks, norm: _chain(x, blocks, lambda x: x)),
        ("The head read the stream as it is. `norm` comes between the last block and the head."),
    ),
    Mistake(
        "norm_before_the_blocks",
        _model(lambda x, blocks, norm: _chain(norm(x), blocks, lambda x: x)),
        NORM_ONCE,
    ),
    Mistake("norm_too_often", _model(_norm_after_each), NORM_ONCE),
    Mistake("norm_too_often", _model(_norm_into_each), NORM_ONCE),
    Mistake(
        "norm_too_often", _model(lambda x, blocks, norm: _chain(norm(x), blocks, norm)), NORM_ONCE
    ),
    Mistake(
        "no_blocks",
        _model(lambda x, blocks, norm: norm(x)),
        "The blocks did nothing. Did you call each of them, and keep what it returned?",
    ),
    Mistake(
        "only_one_block",
        _model(lambda x, blocks, norm: _chain(x, blocks[:1], norm)),
        f"Only the first block counts. {NOT_CHAINED} And is a `return` inside the loop?",
    ),
    Mistake(
        "not_chained",
        _model(lambda x, blocks, norm: _chain(x, blocks[-1:], norm)),
        f"Only the last block counts: every one was given the embedding. {NOT_CHAINED}",
    ),
    Mistake(
        "blocks_backwards",
        _model(lambda x, blocks, norm: _chain(x, blocks[::-1], norm)),
        "The blocks came in the opposite order. `blocks[0]` reads the embedding.",
    ),
    Mistake(
        "adds_the_stream_again",
        _model(_adds_the_stream_again),
        "The stream was added to what a block returned. A block returns the whole stream: its "
        "additions are inside.",
    ),
    Mistake("shifts_again", _model(loss=_shifted), NO_SHIFT),
    Mistake("shifts_again", _model(loss=_shifted_back), NO_SHIFT),
    Mistake(
        "grades_with_the_ids",
        _with_ids,
        "The loss compares with `ids`, what the model has just read. `targets` holds what it "
        "should say.",
    ),
    Mistake(
        "softmax_twice",
        _model(loss=lambda z, t: _cross_entropy(z.softmax(dim=-1), t)),
        "The loss took probabilities for logits. `F.cross_entropy` has the softmax inside: "
        "hand it the logits.",
    ),
    Mistake(
        "sums_the_loss",
        _model(loss=lambda z, t: _each_position(z, t).sum()),
        "This is the sum over all positions. The loss is their mean.",
    ),
    Mistake(
        "sums_the_loss",
        _model(loss=lambda z, t: _each_position(z, t).sum(dim=-1).mean()),
        "This is the mean of the rows' sums. Divide by the number of all positions, B * T.",
    ),
    Mistake(
        "sums_the_loss",
        _model(loss=lambda z, t: _each_position(z, t).sum(dim=0).mean()),
        "The rows were added up. Divide by the number of all positions, B * T.",
    ),
    Mistake(
        "last_position_only",
        _model(loss=lambda z, t: _each_position(z, t)[:, -1].mean()),
        "Only the last position counts. The model is graded at every position at once.",
    ),
    Mistake(
        "first_row_only",
        _model(loss=lambda z, t: _each_position(z, t)[0].mean()),
        "Only the first row counts. All rows do.",
    ),
    Mistake(
        "loss_of_each_position",
        _model(loss=_each_position),
        "This is the loss of each position, (B, T). Take the mean of all.",
    ),
    Mistake(
        "wrong_sign",
        _model(loss=lambda z, t: -_cross_entropy(z, t)),
        "The sign is wrong: a log of a probability is negative, and the loss is minus that.",
    ),
    Mistake(
        "probability_for_loss",
        _model(loss=lambda z, t: (-_each_position(z, t)).exp().mean()),
        "This is the mean probability of the targets. The loss takes the log of each first, "
        "and changes the sign.",
    ),
    Mistake(
        "log_of_the_mean",
        _model(loss=lambda z, t: -(-_each_position(z, t)).exp().mean().log()),
        "The log was taken of the mean probability. Take the log of each, then the mean.",
    ),
    Mistake(
        "perplexity",
        _model(loss=lambda z, t: _cross_entropy(z, t).exp()),
        "This is the perplexity, e to the loss. The loss itself is asked for.",
    ),
    Mistake(
        "bits",
        _model(loss=lambda z, t: _cross_entropy(z, t) / log(2)),
        "This is in bits. The course counts in nats, with the natural logarithm.",
    ),
    Mistake(
        "probabilities_for_logits",
        _model(finish=lambda z, loss: (z.softmax(dim=-1), loss)),
        "The first value holds probabilities. Return the logits, as the head gives them.",
    ),
    Mistake(
        "log_probabilities_for_logits",
        _model(finish=lambda z, loss: (z.log_softmax(dim=-1), loss)),
        "The first value holds logs of probabilities. Return the logits, as the head gives them.",
    ),
    Mistake(
        "flattened_logits",
        _model(finish=lambda z, loss: (z.flatten(0, 1), loss)),
        "The logits came back flattened, (B * T, V). Flatten them for the loss only, and return "
        "them as (B, T, V).",
    ),
    Mistake(
        "last_logits_only",
        _model(finish=lambda z, loss: (z[:, -1], loss)),
        "The logits of the last position alone came back. Return those of all, (B, T, V).",
    ),
    Mistake(
        "swapped",
        _model(finish=lambda z, loss: (loss, z)),
        "The two values changed places: logits first, then the loss.",
    ),
    Mistake(
        "no_loss",
        _model(finish=lambda z, loss: (z, None)),
        "Targets were given, and no loss came. Test `targets is None`, and mind which branch "
        "is which.",
    ),
    Mistake(
        "not_flattened",
        _model(loss=F.cross_entropy),
        "If this comes from `F.cross_entropy`: it takes the classes along axis 1, and here that is "
        "T. Flatten B and T into one axis, in the logits and in the targets.",
    ),
)
