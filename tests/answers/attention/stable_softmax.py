"""Answers to `stable_softmax`."""

import math

import numpy as np
import torch

from tests.answers.book import right, wrong

INF = math.inf


@right("stable_softmax")
def softmax_with_masks(x, dim):
    top = x.amax(dim=dim, keepdim=True)
    exponentials = (x - top.masked_fill(top == -INF, 0.0)).exp()
    total = exponentials.sum(dim=dim, keepdim=True)
    return exponentials / total.masked_fill(total == 0, 1.0)


@right("stable_softmax")
def softmax_row_by_row(x, dim):
    rows = x.movedim(dim, -1)
    result = torch.zeros_like(rows)
    for place in np.ndindex(*rows.shape[:-1]):
        row = rows[place].tolist()
        top = max(row)
        if top > -INF:
            exponentials = [math.exp(value - top) for value in row]
            result[place] = torch.tensor([e / sum(exponentials) for e in exponentials])
    return result.movedim(-1, dim)


@right("stable_softmax")
def softmax_that_sweeps_up_nan(x, dim):
    shifted = x - x.max(dim, keepdim=True).values
    exponentials = torch.exp(shifted)
    return (exponentials / exponentials.sum(dim, keepdim=True)).nan_to_num(0.0)


@right("stable_softmax")
def softmax_with_a_floor(x, dim):
    top = x.amax(dim, keepdim=True).clamp(min=-1e30)
    exponentials = (x - top).exp()
    return exponentials / exponentials.sum(dim, keepdim=True).clamp(min=1e-30)


@right("stable_softmax")
def softmax_in_float64(x, dim):
    x = x.double()
    share = torch.where(x == -INF, 0.0, (x - x.amax(dim, True)).exp())
    return (share / share.sum(dim, True)).nan_to_num().float()


def unguarded(x, dim):
    exponentials = (x - x.amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


@wrong("stable_softmax", "overflows")
def softmax_plain(x, dim):
    return x.exp() / x.exp().sum(dim=dim, keepdim=True)


@wrong("stable_softmax", "overflows")
def softmax_plain_in_float64(x, dim):
    exponentials = x.double().exp()
    return (exponentials / exponentials.sum(dim=dim, keepdim=True)).float()


@wrong("stable_softmax", "hides_the_overflow")
def softmax_plain_swept(x, dim):
    return softmax_plain(x, dim).nan_to_num(0.0)


@wrong("stable_softmax", "maximum_of_everything")
def softmax_with_one_maximum(x, dim):
    exponentials = (x - x.max()).exp()
    return exponentials / exponentials.sum(dim=dim, keepdim=True)


@wrong("stable_softmax", "maximum_of_everything")
def softmax_with_one_maximum_swept(x, dim):
    return softmax_with_one_maximum(x, dim).nan_to_num(0.0)


@wrong("stable_softmax", "maximum_of_another_axis")
def softmax_with_the_maximum_of_the_last_axis(x, dim):
    exponentials = (x - x.amax(-1, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim=dim, keepdim=True)


@wrong("stable_softmax", "ignores_dim")
def softmax_of_the_last_axis(x, dim):
    return softmax_with_masks(x, -1)


@wrong("stable_softmax", "ignores_dim")
def softmax_of_the_last_axis_in_the_sum(x, dim):
    exponentials = (x - x.amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(-1, keepdim=True)


@wrong("stable_softmax", "ignores_dim")
def softmax_of_the_first_axis(x, dim):
    return softmax_with_masks(x, 0)


@wrong("stable_softmax", "sums_over_everything")
def softmax_of_everything(x, dim):
    exponentials = (x - x.max()).exp()
    return exponentials / exponentials.sum()


@wrong("stable_softmax", "forgets_keepdim")
def softmax_without_keepdim(x, dim):
    exponentials = (x - x.amax(dim)).exp()
    return exponentials / exponentials.sum(dim)


@wrong("stable_softmax", "forgets_keepdim")
def softmax_without_keepdim_in_the_sum(x, dim):
    exponentials = (x - x.amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim)


@wrong("stable_softmax", "forgets_keepdim")
def softmax_without_keepdim_in_the_maximum(x, dim):
    exponentials = (x - x.max(dim=dim).values).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


@wrong("stable_softmax", "nan_for_minus_infinity")
def softmax_unguarded(x, dim):
    return unguarded(x, dim)


@wrong("stable_softmax", "spreads_over_what_is_hidden")
def softmax_with_a_low_number(x, dim):
    return unguarded(x.masked_fill(x == -INF, -1e9), dim)


@wrong("stable_softmax", "spreads_over_what_is_hidden")
def softmax_with_finite_numbers(x, dim):
    return unguarded(x.nan_to_num(), dim)


@wrong("stable_softmax", "subtracts_the_mean")
def softmax_from_the_mean(x, dim):
    exponentials = (x - x.mean(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


@wrong("stable_softmax", "clamps")
def softmax_clamped(x, dim):
    exponentials = x.clamp(-80, 80).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


@wrong("stable_softmax", "divides_by_the_maximum")
def softmax_over_the_maximum(x, dim):
    exponentials = (x / x.amax(dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


@wrong("stable_softmax", "not_divided")
def softmax_without_a_sum(x, dim):
    return (x - x.amax(dim, keepdim=True)).exp()


@wrong("stable_softmax", "no_exponential")
def softmax_without_exponential(x, dim):
    return x / x.sum(dim, keepdim=True)


@wrong("stable_softmax", "returns_logarithms")
def softmax_in_logarithms(x, dim):
    shifted = x - x.amax(dim, keepdim=True)
    return shifted - shifted.exp().sum(dim, keepdim=True).log()


@wrong("stable_softmax", "turned_around")
def softmax_of_the_distance(x, dim):
    exponentials = (x.amax(dim, keepdim=True) - x).exp()
    return exponentials / exponentials.sum(dim, keepdim=True)


@wrong("stable_softmax", "only_the_largest")
def softmax_all_or_nothing(x, dim):
    return torch.zeros_like(x).scatter(dim, x.argmax(dim, keepdim=True), 1.0)


@wrong("stable_softmax", "changed_inputs")
def softmax_in_place(x, dim):
    x -= x.amax(dim, keepdim=True)
    return x.exp() / x.exp().sum(dim, keepdim=True)


@wrong("stable_softmax", "wrong_dtype")
def softmax_left_in_float64(x, dim):
    return softmax_with_masks(x.double(), dim)


@wrong("stable_softmax", "wrong_type")
def softmax_in_numpy(x, dim):
    values = x.numpy()
    exponentials = np.exp(values - values.max(axis=dim, keepdims=True))
    return exponentials / exponentials.sum(axis=dim, keepdims=True)


@wrong("stable_softmax", "max_with_its_places")
def softmax_with_max_and_places(x, dim):
    exponentials = (x - x.max(dim=dim, keepdim=True)).exp()
    return exponentials / exponentials.sum(dim=dim, keepdim=True)


@wrong("stable_softmax", "max_with_its_places")
def softmax_with_max_and_places_by_function(x, dim):
    return torch.exp(torch.sub(x, torch.max(x, dim, keepdim=True)))


@wrong("stable_softmax", "raised")
def softmax_with_another_type_error(x, dim):
    return x.exp() / x.exp().sum(dim=str(dim))


@wrong("stable_softmax", "raised")
def softmax_of_one_argument(x):
    return x.exp() / x.exp().sum()


@wrong("stable_softmax", "ignores_input")
def softmax_of_the_example(x, dim):
    scores = torch.tensor([[0.5, 0.5, 1.0], [0.5, 0.5, 0.0]])
    return unguarded(scores, -1)


@wrong("stable_softmax", "wrong_value")
def softmax_with_powers_of_two(x, dim):
    powers = 2 ** (x - x.amax(dim, keepdim=True))
    return powers / powers.sum(dim, keepdim=True)
