"""Answers to `top_p_filter` that choose well and then return, or refuse, the wrong thing."""

import torch

from tests.answers.book import wrong
from tests.answers.sampling.top_p_filter import (
    INF,
    hide,
    refuse_bad,
    sorted_probs,
    top_p_by_the_mass_before,
)


@wrong("top_p_filter", "keeps_the_others")
def top_p_turned_around(logits, p):
    return logits.masked_fill(top_p_by_the_mass_before(logits, p) > -INF, -INF)


@wrong("top_p_filter", "takes_the_rest_for_p")
def top_p_of_one_minus_p(logits, p):
    probs, order = sorted_probs(logits)
    return hide(logits, order, probs.cumsum(-1) - probs >= 1 - p)


@wrong("top_p_filter", "nothing_is_dropped")
def top_p_that_forgets_its_result(logits, p):
    refuse_bad(p)
    probs, order = sorted_probs(logits)
    logits.masked_fill(probs.cumsum(-1) > p, -INF)
    return logits


@wrong("top_p_filter", "dropped_to_0")
def top_p_to_zero(logits, p):
    kept = top_p_by_the_mass_before(logits, p)
    return logits * (kept > -INF)


@wrong("top_p_filter", "dropped_to_a_low_number")
def top_p_to_a_low_number(logits, p):
    return top_p_by_the_mass_before(logits, p).clamp(min=-1e9)


@wrong("top_p_filter", "infinity_times_zero")
def top_p_by_arithmetic(logits, p):
    dropped = top_p_by_the_mass_before(logits, p) == -INF
    return logits + dropped * -INF


@wrong("top_p_filter", "returns_probabilities")
def top_p_renormalized(logits, p):
    return top_p_by_the_mass_before(logits, p).softmax(-1)


@wrong("top_p_filter", "returns_probabilities")
def top_p_of_probabilities(logits, p):
    dropped = top_p_by_the_mass_before(logits, p) == -INF
    return logits.softmax(-1).masked_fill(dropped, 0.0)


@wrong("top_p_filter", "returns_probabilities")
def top_p_of_probabilities_with_infinity(logits, p):
    dropped = top_p_by_the_mass_before(logits, p) == -INF
    return logits.softmax(-1).masked_fill(dropped, -INF)


@wrong("top_p_filter", "returns_logprobs")
def top_p_in_logarithms(logits, p):
    return top_p_by_the_mass_before(logits, p).log_softmax(-1)


@wrong("top_p_filter", "returns_a_mask")
def top_p_as_a_mask(logits, p):
    return top_p_by_the_mass_before(logits, p) > -INF


@wrong("top_p_filter", "keeps_too_few")
def top_p_of_two_at_most(logits, p):
    filtered = top_p_by_the_mass_before(logits, p)
    return filtered.masked_fill(filtered < filtered.topk(2).values[:, 1:], -INF)


@wrong("top_p_filter", "keeps_too_many")
def top_p_from_the_largest(logits, p):
    probs, order = sorted_probs(logits)
    return hide(logits, order, probs.cumsum(-1) - probs[:, :1] >= p)


@wrong("top_p_filter", "loses_rare_tokens")
def top_p_without_a_rule_for_one(logits, p):
    refuse_bad(p)
    probs, order = sorted_probs(logits)
    return hide(logits, order, probs.cumsum(-1) - probs >= p)


@wrong("top_p_filter", "loses_rare_tokens")
def top_p_in_float64_without_a_rule_for_one(logits, p):
    refuse_bad(p)
    probs, order = sorted_probs(logits.double())
    return hide(logits, order, probs.cumsum(-1) - probs >= p)


@wrong("top_p_filter", "loses_rare_tokens")
def top_p_from_the_unlikely_end_without_a_rule_for_one(logits, p):
    refuse_bad(p)
    ordered, order = logits.sort(dim=-1)
    return hide(logits, order, ordered.softmax(-1).cumsum(-1) <= 1 - p)


@wrong("top_p_filter", "loses_rare_tokens")
def top_p_shifted_without_a_rule_for_one(logits, p):
    refuse_bad(p)
    probs, order = sorted_probs(logits)
    above = probs.cumsum(-1) > p
    dropped = torch.cat((torch.zeros_like(above[:, :1]), above[:, :-1]), dim=-1)
    return hide(logits, order, dropped)


@wrong("top_p_filter", "refuses_one")
def top_p_below_one(logits, p):
    if not 0 < p < 1:
        raise ValueError("p must be between 0 and 1")
    return top_p_by_the_mass_before(logits, p)


@wrong("top_p_filter", "no_error")
def top_p_of_any_p(logits, p):
    if p >= 1:
        return logits.clone()
    probs, order = sorted_probs(logits)
    return hide(logits, order, probs.cumsum(-1) - probs >= p)


@wrong("top_p_filter", "no_error")
def top_p_of_zero(logits, p):
    if p < 0 or p > 1:
        raise ValueError("p must be between 0 and 1")
    return top_p_by_the_mass_before(logits, p) if p else logits.clone()


@wrong("top_p_filter", "raised_the_wrong_error")
def top_p_with_an_assert(logits, p):
    assert 0 < p <= 1
    return top_p_by_the_mass_before(logits, p)


@wrong("top_p_filter", "changed_inputs")
def top_p_in_place(logits, p):
    dropped = top_p_by_the_mass_before(logits, p) == -INF
    return logits.masked_fill_(dropped, -INF)


@wrong("top_p_filter", "wrong_dtype")
def top_p_left_in_float64(logits, p):
    return top_p_by_the_mass_before(logits.double(), p)


@wrong("top_p_filter", "ignores_input")
def top_p_of_the_example(logits, p):
    example = [[2.0, -INF, -INF, -INF], [-INF, -INF, -1.0, -INF], [-INF, 0.2, 0.0, -INF]]
    return torch.tensor(example)
