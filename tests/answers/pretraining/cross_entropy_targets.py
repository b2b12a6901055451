"""Wrong answers to `cross_entropy` that take the wrong targets, and some that change things."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import wrong
from tests.answers.pretraining.cross_entropy import (
    loss_by_gather,
    loss_terms,
    mean,
    of_targets,
    safe,
)


def wrong_count(misconception, name, choice):
    """Keep a way to tell what is counted, `choice(targets, ignore_index)`."""

    def answer(logits, targets, ignore_index):
        counted = choice(targets, ignore_index)
        ids = targets.masked_fill(~counted, 0)
        rows = logits.logsumexp(dim=-1, keepdim=True) - logits  # (B, T, V)
        B, T = targets.shape
        nats = rows[torch.arange(B)[:, None], torch.arange(T), ids]
        return nats[counted].sum() / counted.sum().clamp(min=1)

    wrong("cross_entropy", misconception, f"loss_{name}")(answer)


def count_unless_zero(targets, ignore_index):
    if ignore_index:
        return targets != ignore_index
    return torch.ones_like(targets, dtype=torch.bool)


for misconception, name, choice in [
    ("counts_by_sign", "not_negative", lambda t, i: t >= 0),
    ("counts_by_sign", "positive", lambda t, i: t > 0),
    ("counts_by_sign", "above_it", lambda t, i: t > i),
    ("counts_the_ignored", "not_minus_100", lambda t, i: t != -100),
    ("counts_only_the_ignored", "mask_turned", lambda t, i: t == i),
    ("counts_the_ignored", "counts_all", lambda t, i: torch.ones_like(t, dtype=torch.bool)),
    ("counts_by_sign", "falsy_zero", count_unless_zero),
]:
    wrong_count(misconception, name, choice)


@wrong("cross_entropy", "looks_up_the_ignored")
def loss_that_looks_up_padding(logits, targets, ignore_index):
    counted = targets != ignore_index
    nats = logits.logsumexp(dim=-1) - of_targets(logits, targets)
    return mean(nats, counted)


@wrong("cross_entropy", "looks_up_the_ignored")
def loss_that_indexes_padding(logits, targets, ignore_index):
    B, T = targets.shape
    chosen = logits[torch.arange(B)[:, None], torch.arange(T), targets]
    return mean(logits.logsumexp(dim=-1) - chosen, targets != ignore_index)


@wrong("cross_entropy", "looks_up_the_ignored")
def loss_with_one_hot_padding(logits, targets, ignore_index):
    one_hot = F.one_hot(targets, logits.size(-1))
    return mean(logits.logsumexp(-1) - (logits * one_hot).sum(-1), targets != ignore_index)


@wrong("cross_entropy", "something_of_the_ignored")
def loss_of_padding_as_id_0(logits, targets, ignore_index):
    ids = safe(targets, targets != ignore_index)
    return loss_terms(logits, ids).mean()


@wrong("cross_entropy", "something_of_the_ignored")
def loss_that_divides_right_alone(logits, targets, ignore_index):
    counted = targets != ignore_index
    return loss_terms(logits, safe(targets, counted)).sum() / counted.sum().clamp(min=1)


@wrong("cross_entropy", "something_of_the_ignored")
def loss_of_masked_logits(logits, targets, ignore_index):
    counted = targets != ignore_index
    nats = loss_terms(logits * counted[..., None], safe(targets, counted))
    return nats.sum() / counted.sum().clamp(min=1)


@wrong("cross_entropy", "takes_the_id_from_the_softmax")
def loss_without_the_ignored_id(logits, targets, ignore_index):
    counted = targets != ignore_index
    hidden = torch.arange(logits.size(-1)) == ignore_index
    logits = logits.masked_fill(hidden, -math.inf)
    return mean(loss_terms(logits, safe(targets, counted)), counted)


@wrong("cross_entropy", "shifts_again")
def loss_that_shifts_again(logits, targets, ignore_index):
    return loss_by_gather(logits[:, :-1], targets[:, 1:], ignore_index)


@wrong("cross_entropy", "changed_inputs")
def loss_in_place(logits, targets, ignore_index):
    counted = targets != ignore_index
    targets[~counted] = 0
    return mean(loss_terms(logits, targets), counted)


@wrong("cross_entropy", "changed_inputs")
def loss_that_moves_the_logits(logits, targets, ignore_index):
    logits -= logits.amax(dim=-1, keepdim=True)
    return loss_by_gather(logits, targets, ignore_index)


@wrong("cross_entropy", "log_of_softmax")
def loss_of_a_mask_of_infinities(logits, targets, ignore_index):
    counted = targets != ignore_index
    nats = -of_targets(logits.softmax(-1), safe(targets, counted)).log()
    return (nats * counted).sum() / counted.sum().clamp(min=1)


@wrong("cross_entropy", "changed_what_the_gradient_needs")
def loss_that_clears_up(logits, targets, ignore_index):
    counted = targets != ignore_index
    rows = logits - logits.detach().amax(dim=-1, keepdim=True)
    exponentials = rows.exp()
    nats = exponentials.sum(dim=-1).log() - of_targets(rows, safe(targets, counted))
    exponentials.zero_()
    return mean(nats, counted)


@wrong("cross_entropy", "raised")
def loss_that_refuses_nothing(logits, targets, ignore_index):
    if (targets == ignore_index).all():
        raise ValueError("nothing to count")
    return loss_by_gather(logits, targets, ignore_index)
