"""Answers to `cross_entropy`; more wrong ones in cross_entropy_targets.py."""

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def is_counted(targets, ignore_index):
    return targets != ignore_index  # (B, T)


def safe(targets, counted):
    return targets.masked_fill(~counted, 0)


def of_targets(scores, ids):
    return scores.gather(-1, ids[..., None])[..., 0]


def mean(nats, counted):
    return nats.masked_fill(~counted, 0).sum() / counted.sum().clamp(min=1)


@right("cross_entropy")
def loss_by_gather(logits, targets, ignore_index):
    counted = targets != ignore_index
    ids = targets.masked_fill(~counted, 0)
    nats = logits.logsumexp(dim=-1) - logits.gather(-1, ids.unsqueeze(-1)).squeeze(-1)
    return nats.masked_fill(~counted, 0).sum() / counted.sum().clamp(min=1)


@right("cross_entropy")
def loss_position_by_position(logits, targets, ignore_index):
    total, n = logits.new_zeros(()), 0
    for b in range(targets.size(0)):
        for t in range(targets.size(1)):
            target = targets[b, t].item()
            if target == ignore_index:
                continue
            scores = logits[b, t]
            total = total + torch.logsumexp(scores, 0) - scores[target]
            n += 1
    return total / n if n else total


@right("cross_entropy")
def loss_of_the_kept_rows(logits, targets, ignore_index):
    rows, ids = logits.flatten(0, 1), targets.flatten()  # (B * T, V), (B * T,)
    kept = ids != ignore_index
    rows, ids = rows[kept], ids[kept]
    if len(ids) == 0:
        return torch.tensor(0.0)
    largest = rows.max(dim=1, keepdim=True).values.detach()
    shifted = rows - largest
    return (shifted.exp().sum(dim=1).log() - shifted[torch.arange(len(ids)), ids]).mean()


@right("cross_entropy")
def loss_with_one_hot(logits, targets, ignore_index):
    weights = (targets != ignore_index).to(logits.dtype)
    one_hot = F.one_hot(torch.where(targets == ignore_index, 0, targets), logits.size(-1))
    nats = (torch.logsumexp(logits, -1) - (logits * one_hot).sum(-1)) * weights
    return nats.sum() / max(weights.sum(), 1)


@right("cross_entropy")
def loss_by_boolean_selection(logits, targets, ignore_index):
    kept = targets != ignore_index
    logits, targets = logits[kept], targets[kept]  # (n, V), (n,)
    nats = logits.logsumexp(-1) - torch.take_along_dim(logits, targets.view(-1, 1), 1).view(-1)
    return nats.sum() / max(len(nats), 1)


@right("cross_entropy")
def loss_in_float64(logits, targets, ignore_index):
    return loss_by_gather(logits.double(), targets, ignore_index).float()


def loss_terms(z, i):
    return z.logsumexp(-1) - of_targets(z, i)


def wrong_nats(misconception, name, nats):
    """Keep a way to get the nats, `nats(logits, ids)`, ids with 0 where nothing is counted."""

    def answer(logits, targets, ignore_index):
        counted = is_counted(targets, ignore_index)
        return mean(nats(logits, safe(targets, counted)), counted)

    wrong("cross_entropy", misconception, f"loss_{name}")(answer)


def wrong_mean(misconception, name, method):
    """Keep a way to put right nats together, `method(nats, counted)`; 0 where not counted."""

    def answer(logits, targets, ignore_index):
        counted = is_counted(targets, ignore_index)
        nats = logits.logsumexp(dim=-1) - of_targets(logits, safe(targets, counted))
        return method(nats.masked_fill(~counted, 0), counted)

    wrong("cross_entropy", misconception, f"loss_{name}")(answer)


def exponential_shares(z, dim=-1):
    return z.exp() / z.exp().sum(dim=dim, keepdim=True)


def with_floor(z, i):
    return -(of_targets(z.softmax(-1), i) + 1e-9).log()


for misconception, name, nats in [
    ("wrong_sign", "of_minus", lambda z, i: of_targets(z, i) - z.logsumexp(-1)),
    (
        "softmax_over_another_axis",
        "over_time",
        lambda z, i: of_targets(z.logsumexp(1, True) - z, i),
    ),
    (
        "softmax_over_another_axis",
        "over_rows",
        lambda z, i: of_targets(z.logsumexp(0, True) - z, i),
    ),
    ("softmax_over_another_axis", "over_all", lambda z, i: z.exp().sum().log() - of_targets(z, i)),
    ("softmax_twice", "softmax_twice", lambda z, i: loss_terms(z.softmax(-1), i)),
    ("forgets_the_normalizer", "minus_the_logit", lambda z, i: -of_targets(z, i)),
    ("sum_without_logarithm", "no_log", lambda z, i: z.exp().sum(-1) - of_targets(z, i)),
    ("compares_with_the_best", "to_the_best", lambda z, i: z.amax(-1) - of_targets(z, i)),
    ("grades_the_best", "the_best", lambda z, i: z.logsumexp(-1) - z.amax(-1)),
    ("probability_for_loss", "probability", lambda z, i: of_targets(z.softmax(-1), i)),
    ("probability_for_loss", "one_minus", lambda z, i: 1 - of_targets(z.softmax(-1), i)),
    ("probability_for_loss", "minus_probability", lambda z, i: -of_targets(z.softmax(-1), i)),
    ("another_logarithm", "in_bits", lambda z, i: -of_targets(z.softmax(-1), i).log2()),
    ("another_logarithm", "base_ten", lambda z, i: -of_targets(z.softmax(-1), i).log10()),
    ("log_of_softmax", "log_softmax_by_hand", lambda z, i: -of_targets(z.softmax(-1).log(), i)),
    ("log_of_softmax", "of_shares", lambda z, i: -of_targets(exponential_shares(z).log(), i)),
    ("log_of_softmax", "sum_of_exp", lambda z, i: z.exp().sum(-1).log() - of_targets(z, i)),
    (
        "one_maximum_for_all",
        "less_the_largest",
        lambda z, i: (z - z.max()).exp().sum(-1).log() - of_targets(z - z.max(), i),
    ),
    ("epsilon_caps_the_loss", "with_a_floor", with_floor),
    (
        "epsilon_caps_the_loss",
        "clamped",
        lambda z, i: -of_targets(z.softmax(-1), i).clamp(1e-7).log(),
    ),
    ("gradient_is_lost", "detached", lambda z, i: (z.logsumexp(-1) - of_targets(z, i)).detach()),
    ("gradient_is_lost", "half_detached", lambda z, i: z.logsumexp(-1).detach() - of_targets(z, i)),
    ("gradient_is_lost", "of_data", lambda z, i: z.logsumexp(-1) - of_targets(z.data, i)),
    ("wrong_dtype", "in_double", lambda z, i: loss_terms(z.double(), i)),
]:
    wrong_nats(misconception, name, nats)


for misconception, name, method in [
    ("sums_the_loss", "summed", lambda nats, counted: nats.sum()),
    ("sums_the_loss", "of_row_sums", lambda nats, counted: nats.sum(1).mean()),
    ("sums_the_loss", "of_column_sums", lambda nats, counted: nats.sum(0).mean()),
    ("divides_by_all", "over_all_positions", lambda nats, counted: nats.mean()),
    ("divides_by_one_more", "plus_one", lambda nats, counted: nats.sum() / (counted.sum() + 1)),
    ("mean_of_means", "row_means", lambda n, c: (n.sum(1) / c.sum(1).clamp(min=1)).mean()),
    ("mean_of_means", "nan_row_means", lambda n, c: (n.sum(1) / c.sum(1)).mean()),
    ("mean_of_means", "column_means", lambda n, c: (n.sum(0) / c.sum(0).clamp(min=1)).mean()),
    ("log_of_the_mean", "log_last", lambda n, c: -mean((-n).exp(), c).log()),
    ("perplexity", "perplexity", lambda n, c: mean(n, c).exp()),
    ("loss_of_each_position", "each", lambda n, c: n),
    ("loss_of_each_position", "each_counted", lambda n, c: n[c]),
    ("wrong_shape", "in_brackets", lambda n, c: mean(n, c)[None]),
    ("wrong_shape", "of_rows", lambda n, c: n.sum(1) / c.sum(1).clamp(min=1)),
    ("first_row_only", "first_row", lambda n, c: mean(n[:1], c[:1])),
    ("last_position_only", "last_position", lambda n, c: mean(n[:, -1], c[:, -1])),
    ("nan_of_nothing", "unclamped", lambda n, c: n.sum() / c.sum()),
    ("nan_of_nothing", "of_no_numbers", lambda n, c: n[c].mean()),
    ("wrong_type", "item", lambda n, c: mean(n, c).item()),
    ("wrong_type", "zero_without_tensor", lambda n, c: mean(n, c) if c.any() else 0.0),
    ("gradient_is_lost", "new_tensor", lambda n, c: torch.tensor(mean(n, c).item())),
    ("returned_nothing", "nothing", lambda n, c: None),
    ("wrong_value", "median", lambda n, c: n.median()),
    ("ignores_input", "of_the_example", lambda n, c: torch.tensor(1.6343)),
    ("nan_in_result", "root", lambda n, c: mean(n, c).neg().sqrt()),
]:
    wrong_mean(misconception, name, method)
