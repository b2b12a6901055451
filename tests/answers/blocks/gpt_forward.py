"""Answers to `gpt_forward`."""

from functools import reduce
from math import log

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def nats(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@right("gpt_forward")
def forward_with_cross_entropy(ids, embed, blocks, norm, head, targets):
    x = embed(ids)
    for block in blocks:
        x = block(x)
    logits = head(norm(x))
    if targets is None:
        return logits, None
    return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


@right("gpt_forward")
def forward_with_gather(ids, embed, blocks, norm, head, targets):
    stream = reduce(lambda x, block: block(x), blocks, embed(ids))
    logits, loss = head(norm(stream)), None
    if targets is not None:
        logprobs = logits.log_softmax(dim=-1)
        loss = -logprobs.gather(-1, targets.unsqueeze(-1)).mean()
    return logits, loss


@right("gpt_forward")
def forward_row_by_row(ids, embed, blocks, norm, head, targets):
    rows, losses = [], []
    for b in range(len(ids)):
        x = embed(ids[b : b + 1])
        for i in range(len(blocks)):
            x = blocks[i](x)
        scores = head(norm(x))[0]  # (T, V)
        rows.append(scores)
        if targets is not None:
            for t, target in enumerate(targets[b].tolist()):
                losses.append(torch.logsumexp(scores[t], 0) - scores[t, target])
    return torch.stack(rows), torch.stack(losses).mean() if losses else None


def chain(x, blocks, norm):
    for block in blocks:
        x = block(x)
    return norm(x)


def forward(through=chain, loss=nats, finish=lambda logits, loss: (logits, loss)):
    """Make an answer in which one step may be wrong."""

    def gpt_forward(ids, embed, blocks, norm, head, targets):
        logits = head(through(embed(ids), blocks, norm))
        return finish(logits, None if targets is None else loss(logits, targets))

    return gpt_forward


def wrong_forward(misconception, name, *through, **parts):
    wrong("gpt_forward", misconception, name)(forward(*through, **parts))


def each(logits, targets):
    return F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")


def again(x, blocks, norm):
    for block in blocks:
        x = x + block(x)
    return norm(x)


def norm_behind_each(x, blocks, norm):
    for block in blocks:
        x = norm(block(x))
    return x


def returns_in_the_loop(x, blocks, norm):
    for block in blocks:
        return norm(block(x))
    return norm(x)


def forgets_to_keep(x, blocks, norm):
    for block in blocks:
        block(x)
    return norm(x)


def keeps_the_last(x, blocks, norm):
    y = x
    for block in blocks:
        y = block(x)
    return norm(y)


wrong_forward("no_norm", "forward_without_norm", lambda x, b, n: chain(x, b, lambda x: x))
wrong_forward(
    "norm_before_the_blocks", "forward_norm_first", lambda x, b, n: chain(n(x), b, lambda x: x)
)
wrong_forward("norm_too_often", "forward_norm_behind_each", norm_behind_each)
wrong_forward("norm_too_often", "forward_norm_at_both_ends", lambda x, b, n: chain(n(x), b, n))
wrong_forward("no_blocks", "forward_that_forgets_to_keep", forgets_to_keep)
wrong_forward("only_one_block", "forward_that_returns_in_the_loop", returns_in_the_loop)
wrong_forward("not_chained", "forward_not_chained", keeps_the_last)
wrong_forward("blocks_backwards", "forward_backwards", lambda x, b, n: chain(x, reversed(b), n))
wrong_forward("adds_the_stream_again", "forward_with_two_residuals", again)
wrong_forward("shifts_again", "forward_shifted", loss=lambda z, t: nats(z[:, :-1], t[:, 1:]))
wrong_forward("shifts_again", "forward_shifted_back", loss=lambda z, t: nats(z[:, 1:], t[:, :-1]))
wrong_forward("softmax_twice", "forward_softmax_twice", loss=lambda z, t: nats(z.softmax(-1), t))
wrong_forward("sums_the_loss", "forward_with_sum", loss=lambda z, t: each(z, t).sum())
wrong_forward("sums_the_loss", "forward_by_rows", loss=lambda z, t: each(z, t).sum() / len(t))
wrong_forward("sums_the_loss", "forward_by_columns", loss=lambda z, t: each(z, t).sum() / t.size(1))
wrong_forward("last_position_only", "forward_last", loss=lambda z, t: nats(z[:, -1:], t[:, -1:]))
wrong_forward("first_row_only", "forward_first_row", loss=lambda z, t: nats(z[:1], t[:1]))
wrong_forward("loss_of_each_position", "forward_each", loss=each)
wrong_forward("wrong_sign", "forward_sign", loss=lambda z, t: -nats(z, t))
wrong_forward(
    "probability_for_loss", "forward_probability", loss=lambda z, t: (-each(z, t)).exp().mean()
)
wrong_forward(
    "log_of_the_mean", "forward_log_of_mean", loss=lambda z, t: -(-each(z, t)).exp().mean().log()
)
wrong_forward("perplexity", "forward_perplexity", loss=lambda z, t: nats(z, t).exp())
wrong_forward("bits", "forward_bits", loss=lambda z, t: nats(z, t) / log(2))
wrong_forward(
    "probabilities_for_logits", "forward_probs", finish=lambda z, loss: (z.softmax(-1), loss)
)
wrong_forward(
    "log_probabilities_for_logits",
    "forward_logprobs",
    finish=lambda z, loss: (z.log_softmax(-1), loss),
)
wrong_forward("flattened_logits", "forward_flat", finish=lambda z, loss: (z.flatten(0, 1), loss))
wrong_forward("last_logits_only", "forward_last_logits", finish=lambda z, loss: (z[:, -1], loss))
wrong_forward("swapped", "forward_swapped", finish=lambda z, loss: (loss, z))
wrong_forward("no_loss", "forward_without_loss", finish=lambda z, loss: (z, None))
wrong_forward(
    "wrong_inner_type",
    "forward_with_a_float",
    finish=lambda z, loss: (z, None if loss is None else loss.item()),
)
wrong_forward(
    "loss_without_targets",
    "forward_with_zero_loss",
    finish=lambda z, loss: (z, torch.tensor(0.0) if loss is None else loss),
)


@wrong("gpt_forward", "grades_with_the_ids")
def forward_graded_with_ids(ids, embed, blocks, norm, head, targets):
    return forward_with_cross_entropy(
        ids, embed, blocks, norm, head, None if targets is None else ids
    )


@wrong("gpt_forward", "wrong_type")
def forward_of_logits_alone(ids, embed, blocks, norm, head, targets):
    logits, loss = forward_with_cross_entropy(ids, embed, blocks, norm, head, targets)
    return logits if loss is None else (logits, loss)


@wrong("gpt_forward", "returned_nothing")
def forward_without_return(ids, embed, blocks, norm, head, targets):
    forward_with_cross_entropy(ids, embed, blocks, norm, head, targets)


@wrong("gpt_forward", "not_flattened")
def forward_not_flattened(ids, embed, blocks, norm, head, targets):
    logits, _ = forward_with_cross_entropy(ids, embed, blocks, norm, head, None)
    return logits, F.cross_entropy(logits, targets)
