"""Answers to `attention`."""

import math

import torch

from tests.answers.book import right, wrong

INF = math.inf


def scaled(q, k):
    return q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))


@right("attention")
def attention_explicit(q, k, v, allowed):
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    if allowed is not None:
        scores = scores.masked_fill(~allowed, float("-inf"))
    return scores.softmax(dim=-1) @ v


@right("attention")
def attention_query_by_query(q, k, v, allowed):
    out = torch.zeros_like(q)
    for i in range(q.shape[2]):
        keys = [j for j in range(k.shape[2]) if allowed is None or allowed[i, j]]
        scores = (k[:, :, keys] * q[:, :, i : i + 1]).sum(-1) / q.shape[3] ** 0.5
        shares = (scores - scores.amax(-1, keepdim=True)).exp()
        shares = shares / shares.sum(-1, keepdim=True)  # (B, H, keys)
        out[:, :, i] = (shares[..., None] * v[:, :, keys]).sum(2)
    return out


@right("attention")
def attention_with_einsum(q, k, v, allowed):
    bias = torch.zeros(q.size(2), k.size(2))
    if allowed is not None:
        bias[~allowed] = -INF
    scores = torch.einsum("bhid,bhjd->bhij", q, k) * q.size(-1) ** -0.5 + bias
    return torch.einsum("bhij,bhjd->bhid", torch.softmax(scores, dim=3), v)


@right("attention")
def attention_with_a_low_number(q, k, v, allowed):
    return masked(scaled(q, k), allowed, -1e9).softmax(-1) @ v


@right("attention")
def attention_with_shifted_exponentials(q, k, v, allowed):
    scores = scaled(q, k)
    top = masked(scores, allowed).amax(dim=-1, keepdim=True)
    shares = masked((scores - top).exp(), allowed, 0.0)
    return (shares @ v) / shares.sum(dim=-1, keepdim=True)


@wrong("attention", "overflows")
def attention_with_exponentials_times_mask(q, k, v, allowed):
    if allowed is None:
        allowed = torch.ones(q.size(2), k.size(2), dtype=torch.bool)
    shares = scaled(q, k).exp() * allowed
    return (shares @ v) / shares.sum(dim=-1, keepdim=True)


@wrong("attention", "overflows")
def attention_with_masked_exponentials(q, k, v, allowed):
    shares = masked(scaled(q, k).exp(), allowed, 0.0)
    return (shares / shares.sum(dim=-1, keepdim=True)) @ v


def masked(scores, allowed, value=-INF):
    return scores if allowed is None else scores.masked_fill(~allowed, value)


@wrong("attention", "not_scaled")
def attention_without_scale(q, k, v, allowed):
    return masked(q @ k.mT, allowed).softmax(-1) @ v


@wrong("attention", "divides_by_D")
def attention_over_D(q, k, v, allowed):
    return masked(q @ k.mT / q.size(-1), allowed).softmax(-1) @ v


@wrong("attention", "root_of_another_size")
def attention_over_the_root_of_keys(q, k, v, allowed):
    return masked(q @ k.mT / k.size(2) ** 0.5, allowed).softmax(-1) @ v


@wrong("attention", "root_of_another_size")
def attention_over_the_root_of_the_width(q, k, v, allowed):
    return masked(q @ k.mT / (q.size(1) * q.size(3)) ** 0.5, allowed).softmax(-1) @ v


@wrong("attention", "wrong_axis")
def attention_over_queries(q, k, v, allowed):
    return masked(scaled(q, k), allowed).softmax(-2) @ v


@wrong("attention", "wrong_axis")
def attention_over_heads(q, k, v, allowed):
    return masked(scaled(q, k), allowed).softmax(1) @ v


@wrong("attention", "only_the_largest")
def attention_to_the_best_key(q, k, v, allowed):
    best = masked(scaled(q, k), allowed).argmax(-1)
    return torch.nn.functional.one_hot(best, k.size(2)).float() @ v


@wrong("attention", "ignores_the_scores")
def attention_as_a_mean(q, k, v, allowed):
    return masked(torch.zeros_like(q @ k.mT), allowed).softmax(-1) @ v


@wrong("attention", "no_softmax")
def attention_without_softmax(q, k, v, allowed):
    return masked(scaled(q, k), allowed, 0.0) @ v


@wrong("attention", "sums_the_keys")
def attention_to_keys(q, k, v, allowed):
    return masked(scaled(q, k), allowed).softmax(-1) @ k


@wrong("attention", "returns_the_weights")
def attention_that_stops_at_weights(q, k, v, allowed):
    return masked(scaled(q, k), allowed).softmax(-1)


@wrong("attention", "mask_turned_around")
def attention_with_the_mask_turned_around(q, k, v, allowed):
    scores = scaled(q, k)
    if allowed is not None:
        scores = scores.masked_fill(allowed, -INF)
    return scores.softmax(-1) @ v


@wrong("attention", "ignores_the_mask")
def attention_with_a_lost_mask(q, k, v, allowed):
    scores = scaled(q, k)
    if allowed is not None:
        scores.masked_fill(~allowed, -INF)
    return scores.softmax(-1) @ v


@wrong("attention", "adds_the_mask")
def attention_with_an_added_mask(q, k, v, allowed):
    scores = scaled(q, k)
    if allowed is not None:
        scores = scores + allowed
    return scores.softmax(-1) @ v


@wrong("attention", "zero_is_a_score")
def attention_with_scores_times_mask(q, k, v, allowed):
    scores = scaled(q, k)
    if allowed is not None:
        scores = scores * allowed
    return scores.softmax(-1) @ v


@wrong("attention", "masks_after_the_softmax")
def attention_masked_last(q, k, v, allowed):
    weights = scaled(q, k).softmax(-1)
    if allowed is not None:
        weights = weights * allowed
    return weights @ v


@wrong("attention", "zero_times_infinity")
def attention_with_a_product(q, k, v, allowed):
    scores = scaled(q, k)
    if allowed is not None:
        scores = scores + (1 - allowed.float()) * -INF
    return scores.softmax(-1) @ v


@wrong("attention", "mask_too_weak")
def attention_with_minus_ten(q, k, v, allowed):
    return masked(scaled(q, k), allowed, -10.0).softmax(-1) @ v


def weak_mask(score):
    def attention(q, k, v, allowed):
        return masked(scaled(q, k), allowed, score).softmax(-1) @ v

    return attention


for score in (-25.0, -50.0, -100.0, -1_000.0, -10_000.0):
    wrong("attention", "mask_too_weak", f"attention_with_a_score_of_{score:g}")(weak_mask(score))


def lowered_mask(amount):
    def attention(q, k, v, allowed):
        scores = scaled(q, k)
        if allowed is not None:
            scores = scores - amount * ~allowed
        return scores.softmax(-1) @ v

    return attention


for amount in (40.0, 1_000.0, 10_000.0):
    name = f"attention_with_scores_lowered_by_{amount:g}"
    wrong("attention", "mask_too_weak", name)(lowered_mask(amount))


@wrong("attention", "renormalizes_afterwards")
def attention_renormalized(q, k, v, allowed):
    weights = scaled(q, k).softmax(-1)
    if allowed is not None:
        weights = weights * allowed
    return (weights / weights.sum(-1, keepdim=True)) @ v


@wrong("attention", "renormalizes_afterwards")
def attention_renormalized_without_nan(q, k, v, allowed):
    return attention_renormalized(q, k, v, allowed).nan_to_num(0.0)


@wrong("attention", "renormalizes_afterwards")
def attention_renormalized_in_float64(q, k, v, allowed):
    return attention_renormalized(q.double(), k.double(), v.double(), allowed).float()


@wrong("attention", "always_causal")
def attention_that_is_causal(q, k, v, allowed):
    scores = scaled(q, k)
    past = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    return scores.masked_fill(~past, -INF).softmax(-1) @ v


@wrong("attention", "always_causal")
def attention_that_is_causal_without_a_mask(q, k, v, allowed):
    if allowed is None:
        allowed = torch.ones(q.size(2), k.size(2), dtype=torch.bool).tril()
    return masked(scaled(q, k), allowed).softmax(-1) @ v


@wrong("attention", "queries_and_keys_in_each_others_place")
def attention_of_keys(q, k, v, allowed):
    return masked(scaled(k, q), allowed).softmax(-1) @ v


@wrong("attention", "asks_whether_a_mask_is_true")
def attention_with_if_allowed(q, k, v, allowed):
    scores = scaled(q, k)
    if allowed:
        scores = scores.masked_fill(~allowed, -INF)
    return scores.softmax(-1) @ v


@wrong("attention", "forgets_none")
def attention_without_an_if(q, k, v, allowed):
    return scaled(q, k).masked_fill(~allowed, -INF).softmax(-1) @ v


@wrong("attention", "forgets_none")
def attention_with_where(q, k, v, allowed):
    return torch.where(allowed, scaled(q, k), -INF).softmax(-1) @ v


@wrong("attention", "does_not_transpose_the_keys")
def attention_without_transpose(q, k, v, allowed):
    return masked(q @ k / q.size(-1) ** 0.5, allowed).softmax(-1) @ v


@wrong("attention", "changed_inputs")
def attention_scaled_in_place(q, k, v, allowed):
    q /= math.sqrt(q.size(-1))
    return masked(q @ k.mT, allowed).softmax(-1) @ v


@wrong("attention", "wrong_dtype")
def attention_in_float64(q, k, v, allowed):
    return attention_explicit(q.double(), k.double(), v.double(), allowed)


@wrong("attention", "wrong_type")
def attention_with_its_weights(q, k, v, allowed):
    weights = masked(scaled(q, k), allowed).softmax(-1)
    return weights @ v, weights


@wrong("attention", "printed_instead")
def attention_that_is_printed(q, k, v, allowed):
    print(attention_explicit(q, k, v, allowed))


@wrong("attention", "ignores_input")
def attention_of_the_example(q, k, v, allowed):
    q = torch.tensor([[[[1.0, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0]]]])
    k = torch.tensor([[[[1.0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]]]])
    return attention_explicit(q, k, q, None)  # the values of the example equal its queries
