"""Answers to `masked_loss`."""

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def of_targets(scores, ids):
    return scores.gather(-1, ids[..., None])[..., 0]


def nats_of(logits, ids):
    return logits.logsumexp(dim=-1) - of_targets(logits, ids)  # (B, T)


def safe(targets, mask):
    return targets.masked_fill(~mask, 0)


def mean(nats, mask):
    return nats.masked_fill(~mask, 0).sum() / mask.sum().clamp(min=1)


@right("masked_loss")
def masked_by_selection(logits, targets, mask):
    total = F.cross_entropy(logits[mask], targets[mask], reduction="sum")
    return total / mask.sum().clamp(min=1)


@right("masked_loss")
def masked_by_ignoring(logits, targets, mask):
    labels = torch.where(mask, targets, -100)
    total = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
    return total / max(mask.sum().item(), 1)


@right("masked_loss")
def masked_by_gather(logits, targets, mask):
    logprobs = logits.log_softmax(dim=-1)
    chosen = logprobs.gather(2, targets.where(mask, torch.zeros_like(targets)).unsqueeze(2))
    nats = -chosen.squeeze(2) * mask
    return nats.sum() / mask.sum().clamp(min=1)


@right("masked_loss")
def masked_position_by_position(logits, targets, mask):
    total, n = logits.sum() * 0, 0
    for b, t in mask.nonzero().tolist():
        total = total + logits[b, t].logsumexp(dim=0) - logits[b, t, targets[b, t]]
        n += 1
    return total / max(n, 1)


@right("masked_loss")
def masked_with_classes_in_front(logits, targets, mask):
    labels = targets.clone()
    labels[~mask] = -1
    nats = F.cross_entropy(logits.transpose(1, 2), labels, ignore_index=-1, reduction="none")
    return nats.sum() / (labels != -1).sum().clamp(min=1)


@right("masked_loss")
def masked_by_a_mean(logits, targets, mask):
    if not mask.any():
        return 0 * logits.sum()
    return F.nll_loss(F.log_softmax(logits[mask], dim=1), targets[mask])


@right("masked_loss")
def masked_in_float64(logits, targets, mask):
    return masked_by_selection(logits.double(), targets, mask).float()


def wrong_nats(misconception, name, nats):
    """Keep a way to get the nats, `nats(logits, ids)`, of ids that exist everywhere."""

    def answer(logits, targets, mask):
        return mean(nats(logits, safe(targets, mask)), mask)

    wrong("masked_loss", misconception, f"masked_{name}")(answer)


def wrong_mean(misconception, name, method):
    """Keep a way to put right nats together, `method(nats, mask)`; 0 outside the mask."""

    def answer(logits, targets, mask):
        nats = nats_of(logits, safe(targets, mask)).masked_fill(~mask, 0)
        return method(nats, mask)

    wrong("masked_loss", misconception, f"masked_{name}")(answer)


def wrong_count(misconception, name, choice):
    """Keep a way to tell what is counted, `choice(logits, targets, mask)`."""

    def answer(logits, targets, mask):
        counted = choice(logits, targets, mask)
        rows = logits.logsumexp(dim=-1, keepdim=True) - logits  # (B, T, V)
        B, T = targets.shape
        ids = safe(targets, counted)
        return mean(rows[torch.arange(B)[:, None], torch.arange(T), ids], counted)

    wrong("masked_loss", misconception, f"masked_{name}")(answer)


def is_id(logits, targets):
    return (targets >= 0) & (targets < logits.size(-1))


for misconception, name, nats in [
    ("wrong_sign", "upside_down", lambda z, i: -nats_of(z, i)),
    ("softmax_over_another_axis", "over_time", lambda z, i: -of_targets(z.log_softmax(1), i)),
    ("softmax_over_another_axis", "over_rows", lambda z, i: -of_targets(z.log_softmax(0), i)),
    ("softmax_twice", "of_probabilities", lambda z, i: nats_of(z.softmax(-1), i)),
    ("forgets_the_softmax", "of_logits", lambda z, i: -of_targets(z, i)),
    (
        "forgets_the_softmax",
        "by_nll_of_logits",
        lambda z, i: F.nll_loss(z.transpose(1, 2), i, reduction="none"),
    ),
    ("probability_for_loss", "probability", lambda z, i: of_targets(z.softmax(-1), i)),
    ("probability_for_loss", "one_minus", lambda z, i: 1 - of_targets(z.softmax(-1), i)),
    ("another_logarithm", "in_bits", lambda z, i: nats_of(z, i) / torch.tensor(2.0).log()),
    ("grades_the_best", "the_best", lambda z, i: z.logsumexp(-1) - z.amax(-1)),
    ("log_of_softmax", "of_a_softmax", lambda z, i: -of_targets(z.softmax(-1).log(), i)),
    (
        "log_of_softmax",
        "of_exponentials",
        lambda z, i: z.exp().sum(-1).log() - of_targets(z, i),
    ),
    ("epsilon_caps_the_loss", "floored", lambda z, i: -(of_targets(z.softmax(-1), i) + 1e-9).log()),
    ("gradient_is_lost", "detached", lambda z, i: nats_of(z, i).detach()),
    ("gradient_is_lost", "of_data", lambda z, i: nats_of(z.data, i)),
    ("wrong_dtype", "in_double", lambda z, i: nats_of(z.double(), i)),
]:
    wrong_nats(misconception, name, nats)


for misconception, name, method in [
    ("divides_by_all", "over_all_positions", lambda n, m: n.mean()),
    ("divides_by_all", "over_b_times_t", lambda n, m: n.sum() / m.numel()),
    ("divides_by_the_batch", "over_the_batch", lambda n, m: n.sum() / len(m)),
    ("divides_by_the_batch", "of_row_sums", lambda n, m: n.sum(1).mean()),
    ("divides_by_the_length", "over_the_length", lambda n, m: n.sum() / m.size(1)),
    ("divides_by_the_longest", "over_the_longest", lambda n, m: n.sum() / m.sum(1).max().clamp(1)),
    ("divides_by_one_more", "plus_one", lambda n, m: n.sum() / (m.sum() + 1)),
    ("mean_of_means", "row_means", lambda n, m: (n.sum(1) / m.sum(1).clamp(min=1)).mean()),
    ("mean_of_means", "nan_row_means", lambda n, m: (n.sum(1) / m.sum(1)).nanmean()),
    ("mean_of_means", "column_means", lambda n, m: (n.sum(0) / m.sum(0).clamp(min=1)).mean()),
    ("divides_by_the_length", "row_lengths", lambda n, m: (n.mean(1)).sum()),
    ("sums_the_loss", "summed", lambda n, m: n.sum()),
    ("nan_of_nothing", "unclamped", lambda n, m: n.sum() / m.sum()),
    ("nan_of_nothing", "of_no_numbers", lambda n, m: n[m].mean()),
    ("log_of_the_mean", "log_last", lambda n, m: -mean((-n).exp(), m).log()),
    ("perplexity", "perplexity", lambda n, m: mean(n, m).exp()),
    ("loss_of_each_position", "each", lambda n, m: n),
    ("loss_of_each_position", "each_counted", lambda n, m: n[m]),
    ("first_row_only", "first_row", lambda n, m: mean(n[:1], m[:1])),
    ("last_position_only", "last_position", lambda n, m: mean(n[:, -1], m[:, -1])),
    ("wrong_shape", "of_rows", lambda n, m: n.sum(1) / m.sum(1).clamp(min=1)),
    ("wrong_shape", "in_brackets", lambda n, m: mean(n, m)[None]),
    ("wrong_type", "item", lambda n, m: mean(n, m).item()),
    ("wrong_type", "zero_without_tensor", lambda n, m: mean(n, m) if m.any() else 0.0),
    ("wrong_type", "with_the_count", lambda n, m: (mean(n, m), m.sum())),
    ("gradient_is_lost", "new_tensor", lambda n, m: torch.tensor(mean(n, m).item())),
    ("returned_nothing", "nothing", lambda n, m: None),
    ("ignores_input", "of_the_example", lambda n, m: torch.tensor(0.9043434)),
    ("wrong_value", "median", lambda n, m: n.median()),
]:
    wrong_mean(misconception, name, method)


for misconception, name, choice in [
    ("mask_turned", "of_the_rest", lambda z, t, m: ~m & is_id(z, t)),
    ("ignores_the_mask", "of_all_ids", lambda z, t, m: is_id(z, t)),
    ("ignores_the_mask", "of_all_but_minus_100", lambda z, t, m: is_id(z, t) & (t != -100)),
    ("loses_id_0", "of_positive_ids", lambda z, t, m: m & (t > 0)),
    ("shifts_the_mask", "mask_rolled", lambda z, t, m: F.pad(m[:, 1:], (0, 1)) & is_id(z, t)),
    ("shifts_the_mask", "mask_late", lambda z, t, m: F.pad(m[:, :-1], (1, 0)) & is_id(z, t)),
]:
    wrong_count(misconception, name, choice)


@wrong("masked_loss", "loses_id_0")
def masked_with_zero_ignored(logits, targets, mask):
    labels = targets * mask
    total = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=0, reduction="sum")
    return total / mask.sum().clamp(min=1)


@wrong("masked_loss", "looks_up_what_is_outside")
def masked_after_the_lookup(logits, targets, mask):
    nats = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return mean(nats.view_as(targets), mask)


@wrong("masked_loss", "looks_up_what_is_outside")
def masked_after_gather(logits, targets, mask):
    return mean(nats_of(logits, targets), mask)


@wrong("masked_loss", "looks_up_what_is_outside")
def masked_after_an_index(logits, targets, mask):
    B, T = targets.shape
    chosen = logits[torch.arange(B)[:, None], torch.arange(T), targets]
    return mean(logits.logsumexp(-1) - chosen, mask)


@wrong("masked_loss", "looks_up_what_is_outside")
def masked_with_one_hot(logits, targets, mask):
    one_hot = F.one_hot(targets, logits.size(-1))
    return mean(logits.logsumexp(-1) - (logits * one_hot).sum(-1), mask)


@wrong("masked_loss", "ignores_the_mask")
def masked_by_nothing(logits, targets, mask):
    return nats_of(logits, targets).mean()


@wrong("masked_loss", "ignores_the_mask")
def masked_by_minus_100(logits, targets, mask):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


@wrong("masked_loss", "something_of_the_rest")
def masked_as_id_0(logits, targets, mask):
    return nats_of(logits, safe(targets, mask)).sum() / mask.sum().clamp(min=1)


@wrong("masked_loss", "something_of_the_rest")
def masked_as_id_0_by_a_mean(logits, targets, mask):
    return nats_of(logits, safe(targets, mask)).mean()


@wrong("masked_loss", "something_of_the_rest")
def masked_logits(logits, targets, mask):
    nats = nats_of(logits * mask[..., None], safe(targets, mask))
    return nats.sum() / mask.sum().clamp(min=1)


@wrong("masked_loss", "shifts_again")
def masked_and_shifted(logits, targets, mask):
    return masked_by_selection(logits[:, :-1], targets[:, 1:], mask[:, 1:])


@wrong("masked_loss", "shifts_again")
def masked_and_shifted_back(logits, targets, mask):
    return masked_by_selection(logits[:, 1:], targets[:, :-1], mask[:, :-1])


@wrong("masked_loss", "mixes_positions")
def masked_transposed(logits, targets, mask):
    labels = safe(targets, mask)
    rows = logits.transpose(0, 1).flatten(0, 1)
    return mean(nats_of(rows, labels.flatten()), mask.flatten())


@wrong("masked_loss", "not_flattened")
def masked_unflattened(logits, targets, mask):
    nats = F.cross_entropy(logits, safe(targets, mask), reduction="none")
    return mean(nats, mask)


@wrong("masked_loss", "gradient_is_lost")
def masked_without_gradients(logits, targets, mask):
    with torch.no_grad():
        return masked_by_selection(logits, targets, mask)


@wrong("masked_loss", "changed_inputs")
def masked_in_place(logits, targets, mask):
    targets[~mask] = 0
    return mean(nats_of(logits, targets), mask)


@wrong("masked_loss", "changed_inputs")
def masked_that_moves_the_logits(logits, targets, mask):
    logits -= logits.amax(dim=-1, keepdim=True)
    return masked_by_selection(logits, targets, mask)


@wrong("masked_loss", "changed_what_the_gradient_needs")
def masked_that_clears_up(logits, targets, mask):
    rows = logits - logits.detach().amax(dim=-1, keepdim=True)
    exponentials = rows.exp()
    nats = exponentials.sum(dim=-1).log() - of_targets(rows, safe(targets, mask))
    exponentials.zero_()
    return mean(nats, mask)


@wrong("masked_loss", "raised")
def masked_that_refuses(logits, targets, mask):
    if not mask.any():
        raise ValueError("nothing to learn from")
    return masked_by_selection(logits, targets, mask)


@wrong("masked_loss", "zero_without_gradient")
def masked_with_a_new_zero(logits, targets, mask):
    if not mask.any():
        return torch.tensor(0.0)
    return F.cross_entropy(logits[mask], targets[mask])


@wrong("masked_loss", "zero_without_gradient")
def masked_with_a_zero_of_its_own(logits, targets, mask):
    if not mask.any():
        return torch.zeros((), requires_grad=True)
    return F.cross_entropy(logits[mask], targets[mask])


@wrong("masked_loss", "zero_without_gradient")
def masked_by_a_loop_of_no_turns(logits, targets, mask):
    total = torch.tensor(0.0)
    for b, t in mask.nonzero().tolist():
        total = total + F.cross_entropy(logits[b, t], targets[b, t])
    return total / mask.sum().clamp(min=1)
