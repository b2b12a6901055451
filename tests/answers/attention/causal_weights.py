"""Answers to `causal_weights`; those to `mask_first` are made of the same."""

import math

import torch

from tests.answers.book import right, wrong

INF = math.inf


def later(scores, diagonal=1):
    T = scores.size(-1)
    return torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=diagonal)


@right("mask_first", "mended")
@right("causal_weights")
def weights_with_masked_fill(scores):
    return scores.masked_fill(later(scores), float("-inf")).softmax(dim=-1)


@right("mask_first", "mended_row_by_row")
@right("causal_weights")
def weights_row_by_row(scores):
    weights = torch.zeros_like(scores)
    for t in range(scores.shape[1]):
        weights[:, t, : t + 1] = torch.softmax(scores[:, t, : t + 1], dim=-1)
    return weights


@right("mask_first", "mended_by_addition")
@right("causal_weights")
def weights_by_addition(scores):
    return (scores + torch.full(scores.shape[-2:], -INF).triu(1)).softmax(-1)


@right("mask_first", "mended_with_a_low_number")
@right("causal_weights")
def weights_with_a_low_number(scores):
    allowed = torch.ones_like(scores).tril()
    return torch.where(allowed == 1, scores, -1e9).softmax(-1)


@right("causal_weights")
def weights_by_exponentials(scores):
    exponentials = scores.exp().tril()
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


@wrong("mask_first", "overflows", "masked_with_a_product_of_exponentials")
@wrong("causal_weights", "overflows")
def weights_by_exponentials_times_mask(scores):
    exponentials = scores.exp() * ~later(scores)
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


@wrong("mask_first", "renormalizes_afterwards")
@wrong("causal_weights", "renormalizes_afterwards")
def weights_renormalized(scores):
    weights = scores.softmax(dim=-1).masked_fill(later(scores), 0.0)
    return weights / weights.sum(dim=-1, keepdim=True)


@wrong("causal_weights", "renormalizes_afterwards")
def weights_renormalized_with_tril(scores):
    w = scores.softmax(-1).tril()
    return w / w.sum(-1, keepdim=True)


@wrong("mask_first", "renormalizes_afterwards")
@wrong("causal_weights", "renormalizes_afterwards")
def weights_renormalized_in_float64(scores):
    return weights_renormalized(scores.double()).float()


@wrong("mask_first", "masks_after_the_softmax", "masked_with_tril")
@wrong("causal_weights", "masks_after_the_softmax")
def weights_masked_last(scores):
    return scores.softmax(dim=-1).tril()


@wrong("mask_first", "no_mask")
@wrong("causal_weights", "no_mask")
def weights_of_all(scores):
    scores.masked_fill(later(scores), -INF)
    return scores.softmax(dim=-1)


@wrong("mask_first", "hides_the_past")
@wrong("causal_weights", "hides_the_past")
def weights_of_the_future(scores):
    return scores.masked_fill(later(scores).T, -INF).softmax(dim=-1)


@wrong("causal_weights", "hides_the_past")
def weights_with_the_mask_turned_around(scores):
    return scores.masked_fill(~later(scores), -INF).softmax(dim=-1)


@wrong("mask_first", "hides_itself")
@wrong("causal_weights", "hides_itself")
def weights_without_the_diagonal(scores):
    return scores.masked_fill(later(scores, 0), -INF).softmax(dim=-1)


@wrong("causal_weights", "hides_itself")
def weights_without_the_diagonal_swept(scores):
    return weights_without_the_diagonal(scores).nan_to_num(0.0)


@wrong("causal_weights", "sees_one_ahead")
def weights_with_one_ahead(scores):
    return scores.masked_fill(later(scores, 2), -INF).softmax(dim=-1)


@wrong("mask_first", "zero_is_a_score")
@wrong("causal_weights", "zero_is_a_score")
def weights_of_lower_triangle(scores):
    return scores.tril().softmax(dim=-1)


@wrong("causal_weights", "zero_is_a_score")
def weights_of_lower_triangle_twice(scores):
    return scores.tril().softmax(dim=-1).tril()


@wrong("mask_first", "hides_scores_of_zero")
@wrong("causal_weights", "hides_scores_of_zero")
def weights_with_a_mask_from_scores(scores):
    lower = torch.tril(scores)
    return lower.masked_fill(lower == 0, -INF).softmax(dim=-1)


@wrong("causal_weights", "zero_times_infinity")
def weights_with_a_product(scores):
    return (scores + later(scores).float() * -INF).softmax(dim=-1)


@wrong("causal_weights", "mask_too_weak")
def weights_with_minus_ten(scores):
    return scores.masked_fill(later(scores), -10.0).softmax(dim=-1)


@wrong("mask_first", "mask_too_weak")
@wrong("causal_weights", "mask_too_weak")
def weights_lowered_by_a_hundred(scores):
    return (scores - 100.0 * later(scores)).softmax(dim=-1)


@wrong("mask_first", "mask_too_weak")
@wrong("causal_weights", "mask_too_weak")
def weights_lowered_by_a_thousand(scores):
    return (scores - 1e3 * later(scores)).softmax(dim=-1)


@wrong("mask_first", "mask_too_weak")
@wrong("causal_weights", "mask_too_weak")
def weights_lowered_by_ten_thousand(scores):
    return (scores - 1e4 * later(scores)).softmax(dim=-1)


@wrong("mask_first", "mask_too_weak")
def weights_with_minus_a_thousand(scores):
    return scores.masked_fill(later(scores), -1e3).softmax(dim=-1)


@wrong("mask_first", "mask_too_weak")
def weights_with_minus_ten_thousand(scores):
    return scores.masked_fill(later(scores), -1e4).softmax(dim=-1)


@wrong("mask_first", "wrong_axis")
@wrong("causal_weights", "wrong_axis")
def weights_over_queries(scores):
    return scores.masked_fill(later(scores), -INF).softmax(dim=1)


@wrong("causal_weights", "wrong_axis")
def weights_over_the_batch(scores):
    return scores.masked_fill(later(scores), -INF).softmax(dim=0)


@wrong("causal_weights", "ignores_the_scores")
def weights_all_alike(scores):
    return torch.zeros_like(scores).masked_fill(later(scores), -INF).softmax(dim=-1)


@wrong("causal_weights", "ignores_the_scores")
def weights_by_counting(scores):
    weights = torch.ones_like(scores).tril()
    return weights / weights.sum(dim=-1, keepdim=True)


@wrong("causal_weights", "only_the_largest")
def weights_of_the_best_key(scores):
    best = scores.masked_fill(later(scores), -INF).argmax(-1)
    return torch.nn.functional.one_hot(best, scores.size(-1)).float()


@wrong("causal_weights", "no_exponential")
def weights_without_exponential(scores):
    lower = scores.tril()
    return lower / lower.sum(dim=-1, keepdim=True)


@wrong("causal_weights", "returns_scores")
def weights_without_softmax(scores):
    return scores.masked_fill(later(scores), -INF)


@wrong("causal_weights", "scales_again")
def weights_scaled_again(scores):
    return weights_with_masked_fill(scores / scores.size(-1) ** 0.5)


@wrong("mask_first", "changed_inputs")
@wrong("causal_weights", "changed_inputs")
def weights_in_place(scores):
    return scores.masked_fill_(later(scores), -INF).softmax(dim=-1)


@wrong("causal_weights", "wrong_shape")
def weights_of_the_first_row(scores):
    return weights_with_masked_fill(scores)[0]


@wrong("causal_weights", "wrong_dtype")
def weights_in_float64(scores):
    return weights_with_masked_fill(scores.double())


@wrong("causal_weights", "raised")
def weights_with_whole_numbers_as_mask(scores):
    return scores.masked_fill(later(scores).int(), -INF).softmax(dim=-1)


@wrong("causal_weights", "raised")
def weights_with_a_mask_by_batch(scores):
    B, T, _ = scores.shape
    return scores.masked_fill(torch.ones(B + 1, T).triu(1).bool(), -INF).softmax(dim=-1)


@wrong("mask_first", "ignores_input")
@wrong("causal_weights", "ignores_input")
def weights_of_the_example(scores):
    example = torch.tensor([[[0.5, 0.5, 1.0], [0.5, 0.5, 0.0], [1.0, 0.0, 0.5]]])
    return weights_with_masked_fill(example)


@wrong("causal_weights", "wrong_type")
def weights_in_a_list(scores):
    return [weights_with_masked_fill(row) for row in scores]
