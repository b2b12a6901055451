"""Ways to take a mean cross-entropy, of which one part may be mistaken."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

Method = Callable[[dict], Tensor]


def is_counted(inputs: dict) -> Tensor:
    return inputs["targets"] != inputs["ignore_index"]  # (B, T)


def of_targets(scores: Tensor, inputs: dict) -> Tensor:
    """Return of scores (B, T, V) that of each target, (B, T); of id 0 where none is counted."""
    ids = inputs["targets"].masked_fill(~is_counted(inputs), 0)
    return scores.gather(-1, ids[..., None])[..., 0]


def mean_of(nats: Tensor, counted: Tensor) -> Tensor:
    """Return the mean of those nats (B, T) that are counted (B, T), 0 where none is."""
    return nats.masked_fill(~counted, 0).sum() / counted.sum().clamp(min=1)


def changed(loss: Method) -> Method:
    """Return a mistaken loss as a method; for the cases that want a gradient, its gradient."""

    def method(inputs: dict) -> Tensor:
        logits = inputs["logits"].double()
        if inputs["wanted"] == "loss":
            return loss({**inputs, "logits": logits}).float()
        logits.requires_grad_()
        return torch.autograd.grad(loss({**inputs, "logits": logits}), logits)[0].float()

    return method


def by_scores(scores: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that takes minus some other scores of the targets for their nats."""

    def loss(inputs: dict) -> Tensor:
        return mean_of(-of_targets(scores(inputs["logits"]), inputs), is_counted(inputs))

    return changed(loss)


def by_mean(mean: Callable[[Tensor, Tensor], Tensor]) -> Method:
    """Return a method that puts right nats (B, T) together, of which some are counted (B, T).

    Nats that are not counted are 0.
    """

    def loss(inputs: dict) -> Tensor:
        nats = -of_targets(inputs["logits"].log_softmax(dim=-1), inputs)
        return mean(nats.masked_fill(~is_counted(inputs), 0), is_counted(inputs))

    return changed(loss)


right = by_mean(mean_of)


def by_count(choice: Callable[[dict], Tensor]) -> Method:
    """Return a method that is mistaken in which positions are counted.

    A target that it wrongly counts is looked up as torch does it: negative ids from behind.
    """

    def loss(inputs: dict) -> Tensor:
        counted = choice(inputs)  # (B, T)
        ids = inputs["targets"].masked_fill(~counted, 0)
        rows = inputs["logits"].log_softmax(dim=-1).flatten(0, 1)  # (B * T, V)
        nats = -rows[torch.arange(len(rows)), ids.flatten()].view_as(ids)
        return mean_of(nats, counted)

    return changed(loss)


def in_float32(logprobs: Callable[[Tensor], Tensor], fills: bool) -> Method:
    """Return a method whose numbers may leave what float32 holds.

    Args:
        fills: whether positions that are not counted become 0; else they are multiplied by 0.
    """

    def method(inputs: dict) -> Tensor:
        if inputs["wanted"] != "loss":
            return right(inputs)
        nats, counted = -of_targets(logprobs(inputs["logits"]), inputs), is_counted(inputs)
        return mean_of(nats if fills else nats * counted, counted)

    return method


def log_of_softmax(logits: Tensor) -> Tensor:
    return logits.softmax(dim=-1).log()


def log_of_exponentials(logits: Tensor) -> Tensor:
    return logits - logits.exp().sum(dim=-1, keepdim=True).log()


def one_maximum(logits: Tensor) -> Tensor:
    logits = logits - logits.max()
    return logits - logits.exp().sum(dim=-1, keepdim=True).log()


def log_of_the_share(logits: Tensor) -> Tensor:
    return (logits.exp() / logits.exp().sum(dim=-1, keepdim=True)).log()


def cut(loss: Method) -> Method:
    """Return a method with the right value whose gradient lacks a part, that of this loss."""
    gradient = changed(loss)
    return lambda inputs: (right if inputs["wanted"] == "loss" else gradient)(inputs)


def detached_sum(inputs: dict) -> Tensor:
    logits = inputs["logits"]
    nats = logits.logsumexp(dim=-1).detach() - of_targets(logits, inputs)
    return mean_of(nats, is_counted(inputs))


def detached_target(inputs: dict) -> Tensor:
    logits = inputs["logits"]
    nats = logits.logsumexp(dim=-1) - of_targets(logits, inputs).detach()
    return mean_of(nats, is_counted(inputs))


def shifted(inputs: dict) -> Tensor:
    later = {**inputs, "logits": inputs["logits"][:, :-1], "targets": inputs["targets"][:, 1:]}
    logprobs = later["logits"].log_softmax(dim=-1)
    return mean_of(-of_targets(logprobs, later), is_counted(later))


def zeroed_logits(inputs: dict) -> Tensor:
    counted = is_counted(inputs)
    logits = inputs["logits"] * counted[..., None]
    nats = logits.logsumexp(dim=-1) - of_targets(logits, inputs)
    return nats.sum() / counted.sum().clamp(min=1)


def ignored_as_id_0(mean: bool) -> Method:
    """Return a method that counts id 0 where nothing is counted, in its sum or in both."""

    def loss(inputs: dict) -> Tensor:
        nats = -of_targets(inputs["logits"].log_softmax(dim=-1), inputs)
        return nats.mean() if mean else nats.sum() / is_counted(inputs).sum().clamp(min=1)

    return changed(loss)


def without_the_column(inputs: dict) -> Tensor:
    """Take the ignored id out of the softmax, where it is one."""
    logits, column = inputs["logits"], inputs["ignore_index"]
    if 0 <= column < logits.size(-1):
        logits = logits.masked_fill(torch.arange(logits.size(-1)) == column, -math.inf)
    return mean_of(-of_targets(logits.log_softmax(dim=-1), inputs), is_counted(inputs))


def of_the_best(inputs: dict) -> Tensor:
    logprobs = inputs["logits"].log_softmax(dim=-1)
    return mean_of(-logprobs.amax(dim=-1), is_counted(inputs))
