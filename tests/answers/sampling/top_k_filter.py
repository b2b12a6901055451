"""Answers to `top_k_filter`."""

import heapq

import torch

from tests.answers.book import right, wrong

INF = float("inf")


def refuse(k):
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")


def keep(logits, kept):
    return logits.masked_fill(~kept, -INF)


def kth(logits, k):
    """Return the k-th largest logit of each row (B, 1)."""
    return logits.topk(min(k, logits.size(-1)), dim=-1).values[:, -1:]


@right("top_k_filter")
def top_k_by_topk(logits, k):
    refuse(k)
    return logits.masked_fill(logits < kth(logits, k), -INF)


@right("top_k_filter")
def top_k_number_by_number(logits, k):
    refuse(k)
    rows = []
    for row in logits.tolist():
        lowest = heapq.nlargest(k, row)[-1]
        rows.append([logit if logit >= lowest else -INF for logit in row])
    return torch.tensor(rows)


@right("top_k_filter")
def top_k_by_sorting(logits, k):
    if not k >= 1:
        raise ValueError("k")
    ordered = torch.sort(logits, dim=1, descending=True).values
    lowest = ordered[:, min(k, ordered.shape[1]) - 1].unsqueeze(1)
    return torch.where(logits >= lowest, logits, torch.tensor(-INF))


@right("top_k_filter")
def top_k_by_counting_the_larger(logits, k):
    refuse(k)
    larger = (logits[:, None, :] > logits[:, :, None]).sum(dim=-1)  # (B, V)
    return keep(logits, larger < k)


@right("top_k_filter")
def top_k_in_a_copy(logits, k):
    refuse(k)
    filtered = logits.clone()
    if k < logits.size(1):
        for row in filtered:
            row[row < row.kthvalue(len(row) - k + 1).values] = -INF
    return filtered


def wrong_choice(misconception, name, method):
    """Keep a way to choose what stays, `method(logits, k)`; all else around it is right."""

    def answer(logits, k):
        refuse(k)
        return keep(logits, method(logits, k))

    wrong("top_k_filter", misconception, f"top_k_{name}")(answer)


def wrong_result(misconception, name, method):
    """Keep a way to make the result, `method(logits, kept, k)`, of what stays."""

    def answer(logits, k):
        refuse(k)
        return method(logits, logits >= kth(logits, k), k)

    wrong("top_k_filter", misconception, f"top_k_{name}")(answer)


def clipped(x, k):
    return min(k, x.size(-1))


def ordered(x):
    return x.sort(dim=-1, descending=True).values


def places_of_the_best(x, k):
    best = x.topk(clipped(x, k), dim=-1).indices
    return torch.zeros_like(x, dtype=torch.bool).scatter(-1, best, True)


def first_ranks(x, k, stable):
    """Return the k first of a descending sort; of equals, the first or the last."""
    x = x if stable else x.flip(-1)
    ranks = x.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)
    return ranks < k if stable else (ranks < k).flip(-1)


def different_values(x, k):
    rows = [torch.isin(row, row.unique().flip(0)[:k]) for row in x]
    return torch.stack(rows)


def by_probability(x, k):
    probs = x.softmax(dim=-1)
    return probs >= kth(probs, k)


for misconception, name, method in [
    ("exactly_k", "by_their_places", places_of_the_best),
    ("exactly_k", "first_ranks", lambda x, k: first_ranks(x, k, stable=True)),
    ("exactly_k", "last_ranks", lambda x, k: first_ranks(x, k, stable=False)),
    ("counts_values", "different_values", different_values),
    ("drops_the_kth", "above_the_kth", lambda x, k: x > kth(x, k)),
    ("one_too_many", "from_the_next", lambda x, k: x >= kth(x, k + 1)),
    ("one_too_many", "by_a_place_too_far", lambda x, k: x >= ordered(x)[:, k : k + 1]),
    ("from_below", "by_kthvalue", lambda x, k: x >= x.kthvalue(k, keepdim=True).values),
    ("from_below", "by_an_ascending_sort", lambda x, k: x >= x.sort(-1).values[:, k - 1 : k]),
    ("keeps_the_lowest", "the_lowest", lambda x, k: x <= x.kthvalue(k, keepdim=True).values),
    ("keeps_the_rest", "the_rest", lambda x, k: x < kth(x, k)),
    ("over_all_rows", "of_all_rows", lambda x, k: x >= kth(x.view(1, -1), k)),
    ("one_threshold", "of_the_first_row", lambda x, k: x >= kth(x, k)[0]),
    ("one_threshold", "of_the_last_row", lambda x, k: x >= kth(x, k)[-1]),
    ("one_threshold", "of_the_lowest_row", lambda x, k: x >= kth(x, k).min()),
    ("along_the_batch", "in_each_column", lambda x, k: x >= kth(x.T, k).T),
    ("along_the_batch", "unclipped_in_columns", lambda x, k: x >= x.topk(k, 0).values[-1:]),
    ("first_tokens", "first_tokens", lambda x, k: (torch.arange(x.size(1)) < k).expand_as(x)),
    ("without_signs", "by_size", lambda x, k: x.abs() >= kth(x.abs(), k)),
    ("rounds_first", "by_probability", by_probability),
    ("k_beyond_the_row", "unclipped", lambda x, k: x >= x.topk(k, dim=-1).values[:, -1:]),
    ("k_beyond_the_row", "unclipped_sort", lambda x, k: x >= ordered(x)[:, k - 1].unsqueeze(1)),
    ("k_beyond_the_row", "unclipped_kthvalue", lambda x, k: x >= -(-x).kthvalue(k, 1, True)[0]),
    ("raised", "forgets_an_axis", lambda x, k: x >= ordered(x)[:, clipped(x, k) - 1]),
]:
    wrong_choice(misconception, name, method)


def first_result():
    best = [[2, -INF, -INF, -INF], [-INF, -INF, -INF, 3], [-INF, 1, -INF, -INF]]
    return torch.tensor(best)


for misconception, name, method in [
    ("dropped_to_0", "zeros", lambda x, kept, k: x.masked_fill(~kept, 0.0)),
    ("dropped_to_0", "multiplied", lambda x, kept, k: x * kept),
    ("dropped_to_a_low_number", "low", lambda x, kept, k: x.masked_fill(~kept, -1e9)),
    ("dropped_to_a_low_number", "lowest", lambda x, kept, k: x.where(kept, torch.tensor(-3.4e38))),
    ("dropped_to_a_low_number", "lower", lambda x, kept, k: x - 1e4 * ~kept),
    ("dropped_to_infinity", "high", lambda x, kept, k: x.masked_fill(~kept, INF)),
    ("dropped_to_nan", "nan", lambda x, kept, k: x.masked_fill(~kept, float("nan"))),
    ("returns_probabilities", "probs", lambda x, kept, k: keep(x, kept).softmax(-1)),
    ("returns_probabilities", "some_probs", lambda x, kept, k: x.softmax(-1) * kept),
    ("returns_logprobs", "logprobs", lambda x, kept, k: keep(x, kept).log_softmax(-1)),
    ("returns_a_mask", "mask", lambda x, kept, k: kept),
    ("returns_a_mask", "mask_of_the_rest", lambda x, kept, k: ~kept),
    ("only_the_kept", "values", lambda x, kept, k: x.topk(clipped(x, k)).values),
    ("only_the_kept", "places", lambda x, kept, k: x.topk(clipped(x, k)).indices),
    ("in_another_order", "sorted", lambda x, kept, k: ordered(keep(x, kept))),
    ("wrong_dtype", "double", lambda x, kept, k: keep(x.double(), kept)),
    ("wrong_shape", "flat", lambda x, kept, k: keep(x, kept).flatten()),
    ("wrong_type", "lists", lambda x, kept, k: keep(x, kept).tolist()),
    ("wrong_type", "value_and_place", lambda x, kept, k: tuple(x.topk(clipped(x, k)))),
    ("returned_nothing", "nothing", lambda x, kept, k: None),
    ("changed_inputs", "in_place", lambda x, kept, k: x.masked_fill_(~kept, -INF)),
    ("ignores_input", "example", lambda x, kept, k: first_result()),
]:
    wrong_result(misconception, name, method)


@wrong("top_k_filter", "zero_switches_off")
def top_k_with_zero_for_off(logits, k):
    return top_k_by_topk(logits, k) if k > 0 else logits


@wrong("top_k_filter", "zero_switches_off")
def top_k_by_a_place_from_behind(logits, k):
    return logits.masked_fill(logits < ordered(logits)[:, min(k, logits.size(1)) - 1, None], -INF)


@wrong("top_k_filter", "no_error")
def top_k_of_at_least_one(logits, k):
    return top_k_by_topk(logits, max(k, 1))


@wrong("top_k_filter", "no_error")
def top_k_of_zero_is_nothing(logits, k):
    return top_k_by_topk(logits, k) if k > 0 else torch.full_like(logits, -INF)


@wrong("top_k_filter", "raised_the_wrong_error")
def top_k_with_an_assert(logits, k):
    assert k >= 1
    return top_k_by_topk(logits, k)


@wrong("top_k_filter", "refuses_a_large_k")
def top_k_up_to_the_row(logits, k):
    if not 1 <= k <= logits.size(1):
        raise ValueError(k)
    return top_k_by_topk(logits, k)


@wrong("top_k_filter", "refuses_a_large_k")
def top_k_below_the_row(logits, k):
    if not 1 <= k < logits.size(1):
        raise ValueError(k)
    return top_k_by_topk(logits, k)
