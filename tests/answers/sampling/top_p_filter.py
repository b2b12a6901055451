"""Answers to `top_p_filter`; more of them in top_p_filter_results.py, and in nucleus.py."""

import math

import torch

from tests.answers.book import right, wrong

INF = math.inf


def refuse_bad(p):
    if p <= 0 or p > 1:
        raise ValueError(f"p must be above 0 and at most 1, got {p}")


def sorted_probs(logits):
    ordered, order = logits.sort(dim=-1, descending=True)
    return ordered.softmax(dim=-1), order


def hide(logits, order, dropped):
    return logits.masked_fill(dropped.scatter(-1, order, dropped), -INF)


@right("top_p_filter")
def top_p_by_the_mass_before(logits, p):
    refuse_bad(p)
    if p == 1:
        return logits.clone()
    probs, order = sorted_probs(logits)
    return hide(logits, order, probs.cumsum(dim=-1) - probs >= p)


@right("top_p_filter")
def top_p_with_a_shifted_mask(logits, p):
    refuse_bad(p)
    if p == 1.0:
        return logits * 1
    probs, order = sorted_probs(logits)
    remove = probs.cumsum(-1) > p
    remove[:, 1:] = remove[:, :-1].clone()
    remove[:, 0] = False
    filtered = logits.clone()
    for row, gone, ids in zip(filtered, remove, order, strict=True):
        row[ids[gone]] = -INF
    return filtered


@right("top_p_filter")
def top_p_with_loops(logits, p):
    refuse_bad(p)
    rows = []
    for row in logits.tolist():
        weights = [math.exp(x - max(row)) for x in row]
        total, kept = 0.0, []
        for i in sorted(range(len(row)), key=row.__getitem__, reverse=True):
            if p < 1 and total >= p * sum(weights):
                break
            kept.append(i)
            total += weights[i]
        rows.append([x if i in kept else -INF for i, x in enumerate(row)])
    return torch.tensor(rows)


@right("top_p_filter")
def top_p_from_the_unlikely_end(logits, p):
    refuse_bad(p)
    ordered, order = logits.double().sort(dim=-1)
    dropped = ordered.softmax(dim=-1).cumsum(dim=-1) <= 1 - p
    dropped &= torch.tensor(p < 1)
    return hide(logits, order, dropped)


@right("top_p_filter")
def top_p_without_sorting(logits, p):
    refuse_bad(p)
    probs = logits.softmax(dim=-1)
    likelier = logits[:, None, :] > logits[:, :, None]  # (B, token, other token)
    before = (likelier * probs[:, None, :]).sum(dim=-1)
    return torch.where((before < p) | (p == 1), logits, -INF)


@right("top_p_filter")
def top_p_by_the_lowest_logit_kept(logits, p):
    refuse_bad(p)
    if p == 1:
        return logits.clone()
    ordered = logits.sort(dim=-1, descending=True).values
    last = (ordered.softmax(dim=-1).cumsum(dim=-1) < p).sum(dim=-1, keepdim=True)
    return logits.masked_fill(logits < ordered.gather(-1, last), -INF)


@right("top_p_filter")
def top_p_by_adding_a_logarithm(logits, p):
    refuse_bad(p)
    probs, order = sorted_probs(logits)
    kept = (probs.cumsum(-1) - probs < p) | (p >= 1)
    return logits + kept.float()[torch.arange(len(logits))[:, None], order.argsort(-1)].log()


@wrong("top_p_filter", "drops_the_crossing_token")
def top_p_up_to_the_crossing(logits, p):
    probs, order = sorted_probs(logits)
    return hide(logits, order, probs.cumsum(-1) > p)


@wrong("top_p_filter", "drops_the_crossing_token")
def top_p_with_a_loop_that_stops_early(logits, p):
    filtered = torch.full_like(logits, -INF)
    for b, row in enumerate(logits):
        total = 0.0
        for i in row.argsort(descending=True):
            total += row.softmax(-1)[i].item()
            if total > p:
                break
            filtered[b, i] = row[i]
    return filtered


@wrong("top_p_filter", "keeps_one_at_least")
def top_p_with_the_first_saved(logits, p):
    probs, order = sorted_probs(logits)
    dropped = probs.cumsum(-1) > p
    dropped[:, 0] = False
    return hide(logits, order, dropped)


@wrong("top_p_filter", "keeps_one_too_many")
def top_p_with_two_shifts(logits, p):
    probs, order = sorted_probs(logits)
    dropped = torch.zeros_like(logits, dtype=torch.bool)
    dropped[:, 1:] = (probs.cumsum(-1) - probs >= p)[:, :-1]
    return hide(logits, order, dropped)


@wrong("top_p_filter", "mask_in_sorted_order")
def top_p_with_a_sorted_mask(logits, p):
    probs, _ = sorted_probs(logits)
    return logits.masked_fill(probs.cumsum(-1) - probs >= p, -INF)


@wrong("top_p_filter", "put_back_the_wrong_way")
def top_p_gathered(logits, p):
    probs, order = sorted_probs(logits)
    return logits.masked_fill((probs.cumsum(-1) - probs >= p).gather(-1, order), -INF)


@wrong("top_p_filter", "returns_sorted")
def top_p_left_in_order(logits, p):
    ordered = logits.sort(dim=-1, descending=True).values
    probs = ordered.softmax(-1)
    return ordered.masked_fill(probs.cumsum(-1) - probs >= p, -INF)


@wrong("top_p_filter", "keeps_the_least_likely")
def top_p_sorted_upwards(logits, p):
    ordered, order = logits.sort(dim=-1)
    probs = ordered.softmax(-1)
    return hide(logits, order, probs.cumsum(-1) - probs >= p)


@wrong("top_p_filter", "does_not_sort")
def top_p_in_vocabulary_order(logits, p):
    probs = logits.softmax(-1)
    return logits.masked_fill(probs.cumsum(-1) - probs >= p, -INF)


@wrong("top_p_filter", "adds_up_logits")
def top_p_of_logits(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    return hide(logits, order, ordered.cumsum(-1) - ordered >= p)


@wrong("top_p_filter", "softmax_down_the_batch")
def top_p_with_softmax_0(logits, p):
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(dim=0)
    return hide(logits, order, probs.cumsum(-1) - probs >= p)


@wrong("top_p_filter", "softmax_down_the_batch")
def top_p_with_softmax_0_before(logits, p):
    probs, order = logits.softmax(dim=0).sort(dim=-1, descending=True)
    return hide(logits, order, probs.cumsum(-1) - probs >= p)


@wrong("top_p_filter", "adds_up_down_the_batch")
def top_p_with_cumsum_0(logits, p):
    probs, order = sorted_probs(logits)
    return hide(logits, order, probs.cumsum(0) - probs >= p)


@wrong("top_p_filter", "one_distribution_for_all")
def top_p_of_the_whole_batch(logits, p):
    return top_p_by_the_mass_before(logits.view(1, -1), p).view(logits.shape)


@wrong("top_p_filter", "one_row_for_all")
def top_p_of_the_first_row(logits, p):
    return logits.masked_fill(top_p_by_the_mass_before(logits[:1], p) == -INF, -INF)


@wrong("top_p_filter", "compares_single_probabilities")
def top_p_of_each(logits, p):
    return logits.masked_fill(logits.softmax(-1) < p, -INF)


@wrong("top_p_filter", "compares_with_the_best")
def top_p_as_min_p(logits, p):
    probs = logits.softmax(-1)
    return logits.masked_fill(probs < p * probs.amax(-1, keepdim=True), -INF)


@wrong("top_p_filter", "share_of_the_vocabulary")
def top_p_as_top_k(logits, p):
    k = math.ceil(p * logits.size(-1))
    return logits.masked_fill(logits < logits.topk(k).values[:, -1:], -INF)
