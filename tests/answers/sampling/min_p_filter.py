"""Answers to `min_p_filter`."""

import math

import torch

from tests.answers.book import right, wrong

INF = float("inf")


def refuse(min_p):
    if not 0 <= min_p <= 1:
        raise ValueError(f"min_p must be in [0, 1], got {min_p}")


def keep(logits, kept):
    return logits.masked_fill(~kept, -INF)


def best(x):
    return x.amax(dim=-1, keepdim=True)


@right("min_p_filter")
def min_p_by_probabilities(logits, min_p):
    refuse(min_p)
    probs = logits.softmax(dim=-1)
    return logits.masked_fill(probs < min_p * best(probs), -INF)


@right("min_p_filter")
def min_p_by_logits(logits, min_p):
    refuse(min_p)
    if min_p == 0:
        return logits.clone()
    return logits.masked_fill(logits < best(logits) + math.log(min_p), -INF)


@right("min_p_filter")
def min_p_number_by_number(logits, min_p):
    if min_p < 0 or min_p > 1:
        raise ValueError(min_p)
    filtered = []
    for row in logits.tolist():
        ratios = [math.exp(logit - max(row)) for logit in row]
        filtered.append([v if r >= min_p else -INF for v, r in zip(row, ratios, strict=True)])
    return torch.tensor(filtered)


@right("min_p_filter")
def min_p_by_the_log_of_a_tensor(logits, min_p):
    refuse(min_p)
    lowest = logits.max(dim=1).values + torch.tensor(float(min_p)).log()
    return torch.where(logits >= lowest[:, None], logits, -INF)


@right("min_p_filter")
def min_p_by_ratios_in_float64(logits, min_p):
    refuse(min_p)
    probs = logits.double().softmax(dim=-1)
    return torch.where(probs / best(probs) >= min_p, logits, torch.full_like(logits, -INF))


def wrong_choice(misconception, name, method):
    """Keep a way to choose what stays, `method(logits, min_p)`; all else around it is right."""

    def answer(logits, min_p):
        refuse(min_p)
        return keep(logits, method(logits, min_p))

    wrong("min_p_filter", misconception, f"min_p_{name}")(answer)


def wrong_result(misconception, name, method):
    """Keep a way to make the result, `method(logits, kept)`, of what stays."""

    def answer(logits, min_p):
        refuse(min_p)
        probs = logits.softmax(dim=-1)
        return method(logits, probs >= min_p * best(probs))

    wrong("min_p_filter", misconception, f"min_p_{name}")(answer)


def shares(x):
    return x.softmax(dim=-1)


def nucleus(x, p):
    """Choose as top-p does."""
    ordered, order = shares(x).sort(dim=-1, descending=True)
    kept = ordered.cumsum(dim=-1) - ordered < p
    return kept.scatter(-1, order, kept)


def by_bare_exponentials(x, p):
    return x.exp() >= p * best(x.exp())


def by_bare_shares(x, p):
    probs = x.exp() / x.exp().sum(dim=-1, keepdim=True)
    return probs >= p * best(probs)


def log_or_lowest(p):
    return torch.tensor(float(p)).log()


for misconception, name, method in [
    ("absolute_threshold", "of_all_probability", lambda x, p: shares(x) >= p),
    ("absolute_threshold", "of_log_softmax", lambda x, p: x.log_softmax(-1) >= log_or_lowest(p)),
    ("distance_to_the_best", "minus", lambda x, p: shares(x) >= best(shares(x)) - p),
    ("ratio_of_logits", "of_logits", lambda x, p: x >= p * best(x)),
    ("no_logarithm", "minus_of_logits", lambda x, p: x >= best(x) - p),
    ("above_the_best", "plus_of_logits", lambda x, p: x >= best(x) + p),
    ("above_the_best", "minus_the_logarithm", lambda x, p: x >= best(x) - log_or_lowest(p)),
    ("another_logarithm", "log10", lambda x, p: x >= best(x) + torch.tensor(float(p)).log10()),
    ("another_logarithm", "log2", lambda x, p: x >= best(x) + torch.tensor(float(p)).log2()),
    ("top_p", "nucleus", nucleus),
    ("from_the_other_end", "one_minus", lambda x, p: shares(x) >= (1 - p) * best(shares(x))),
    ("of_the_mean", "mean", lambda x, p: shares(x) >= p * shares(x).mean(-1, keepdim=True)),
    ("best_of_all_rows", "of_everything", lambda x, p: shares(x) >= p * shares(x).max()),
    ("best_of_all_rows", "of_all_logits", lambda x, p: x >= x.max() + log_or_lowest(p)),
    ("along_the_batch", "columns", lambda x, p: shares(x) >= p * shares(x).amax(0)),
    ("along_the_batch", "softmax_of_columns", lambda x, p: x.softmax(0) >= p * best(x.softmax(0))),
    ("along_the_batch", "logits_of_columns", lambda x, p: x >= x.amax(0) + log_or_lowest(p)),
    ("drops_the_best", "above", lambda x, p: shares(x) > p * best(shares(x))),
    ("drops_the_best", "above_in_logits", lambda x, p: x > best(x) + log_or_lowest(p)),
    ("turned_around", "the_unlikely", lambda x, p: shares(x) < p * best(shares(x))),
    ("overflows", "bare", by_bare_exponentials),
    ("overflows", "bare_shares", by_bare_shares),
    ("of_the_first_token", "first", lambda x, p: shares(x) >= p * shares(x)[:, :1]),
    ("keeps_the_best_alone", "greedy", lambda x, p: x == best(x)),
    ("keeps_everything", "all", lambda x, p: x >= -INF),
    ("logarithm_of_0", "log", lambda x, p: x >= best(x) + math.log(p)),
    ("raised", "forgets_an_axis", lambda x, p: shares(x) >= p * shares(x).amax(-1)),
]:
    wrong_choice(misconception, name, method)


def first_result():
    unsure = [0.6, -INF, 0.7, 0.4, 0.2, 0.3]
    return torch.tensor([unsure, [-INF, 2.2, 1.9, -INF, -INF, 2.7]])


for misconception, name, method in [
    ("dropped_to_0", "zeros", lambda x, kept: x.masked_fill(~kept, 0.0)),
    ("dropped_to_0", "multiplied", lambda x, kept: x * kept),
    ("dropped_to_a_low_number", "low", lambda x, kept: x.masked_fill(~kept, -1e9)),
    ("dropped_to_infinity", "high", lambda x, kept: x.masked_fill(~kept, INF)),
    ("dropped_to_nan", "nan", lambda x, kept: x.masked_fill(~kept, float("nan"))),
    ("returns_probabilities", "probs", lambda x, kept: shares(keep(x, kept))),
    ("returns_probabilities", "some_probs", lambda x, kept: shares(x) * kept),
    ("returns_logprobs", "logprobs", lambda x, kept: keep(x.log_softmax(-1), kept)),
    ("returns_logprobs", "fresh_logprobs", lambda x, kept: keep(x, kept).log_softmax(-1)),
    ("returns_a_mask", "mask", lambda x, kept: kept),
    ("wrong_shape", "kept_alone", lambda x, kept: x[kept]),
    ("wrong_dtype", "double", lambda x, kept: keep(x.double(), kept)),
    ("wrong_type", "numpy", lambda x, kept: keep(x, kept).numpy()),
    ("returned_nothing", "nothing", lambda x, kept: None),
    ("changed_inputs", "in_place", lambda x, kept: x.masked_fill_(~kept, -INF)),
    ("ignores_input", "example", lambda x, kept: first_result()),
]:
    wrong_result(misconception, name, method)


@wrong("min_p_filter", "no_error")
def min_p_of_any_number(logits, min_p):
    probs = shares(logits)
    return keep(logits, probs >= min_p * best(probs))


@wrong("min_p_filter", "no_error")
def min_p_clamped(logits, min_p):
    return min_p_by_probabilities(logits, min(max(min_p, 0.0), 1.0))


@wrong("min_p_filter", "no_error")
def min_p_not_below_0(logits, min_p):
    if min_p < 0:
        raise ValueError(min_p)
    return min_p_of_any_number(logits, min_p)


@wrong("min_p_filter", "refuses_an_end")
def min_p_above_0(logits, min_p):
    if not 0 < min_p <= 1:
        raise ValueError(min_p)
    return min_p_by_probabilities(logits, min_p)


@wrong("min_p_filter", "refuses_an_end")
def min_p_below_1(logits, min_p):
    if not 0 <= min_p < 1:
        raise ValueError(min_p)
    return min_p_by_probabilities(logits, min_p)


@wrong("min_p_filter", "raised_the_wrong_error")
def min_p_with_an_assert(logits, min_p):
    assert 0 <= min_p <= 1
    return min_p_by_probabilities(logits, min_p)
