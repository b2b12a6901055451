"""Answers to `compute_optimal`."""

import math

import numpy as np
import torch

from tests.answers.book import right, wrong


def refuse(flops, tokens_per_param):
    if flops <= 0 or tokens_per_param <= 0:
        raise ValueError(f"expected numbers above 0, got {flops} and {tokens_per_param}")


@right("compute_optimal")
def optimal_by_a_root(flops, tokens_per_param):
    refuse(flops, tokens_per_param)
    n_params = math.sqrt(flops / (6 * tokens_per_param))
    return n_params, tokens_per_param * n_params


@right("compute_optimal")
def optimal_tokens_first(flops, tokens_per_param):
    if not (flops > 0 and tokens_per_param > 0):
        raise ValueError("both must be above 0")
    n_tokens = (flops * tokens_per_param / 6) ** 0.5
    return flops / 6 / n_tokens, n_tokens


@right("compute_optimal")
def optimal_by_logarithms(flops, tokens_per_param):
    for number in (flops, tokens_per_param):
        if number <= 0:
            raise ValueError(number)
    log_params = (math.log(flops) - math.log(6) - math.log(tokens_per_param)) / 2
    return math.exp(log_params), math.exp(log_params + math.log(tokens_per_param))


@right("compute_optimal")
def optimal_by_torch(flops, tokens_per_param):
    refuse(flops, tokens_per_param)
    ratio = torch.tensor(float(tokens_per_param))
    n_params = (torch.tensor(float(flops)) / 6 / ratio).sqrt()
    return n_params.item(), (ratio * n_params).item()


@right("compute_optimal")
def optimal_by_newtons_method(flops, tokens_per_param):
    refuse(flops, tokens_per_param)
    square = flops / (6 * tokens_per_param)
    n_params = 1.0
    for _ in range(200):
        n_params = (n_params + square / n_params) / 2
    return n_params, tokens_per_param * n_params


def params(flops, ratio):
    return math.sqrt(flops / (6 * ratio))


def mistaken(misconception, name, method):
    """Keep a wrong `method(flops, tokens_per_param)` that refuses what it must."""

    def answer(flops, tokens_per_param):
        refuse(flops, tokens_per_param)
        return method(flops, tokens_per_param)

    wrong("compute_optimal", misconception, f"optimal_{name}")(answer)


def sized(misconception, name, method):
    """Keep a wrong number of parameters, with the tokens that belong to it."""
    mistaken(misconception, name, lambda c, r: (n := method(c, r), r * n))


for misconception, name, method in [
    ("no_root", "without_a_root", lambda c, r: c / (6 * r)),
    ("no_root", "of_a_sixth", lambda c, r: c / 6),
    ("misplaced", "without_brackets", lambda c, r: math.sqrt(c / 6 * r)),
    ("misplaced", "with_6_without_brackets", lambda c, r: math.sqrt(c / r * 6)),
    ("misplaced", "ratio_after_the_root", lambda c, r: math.sqrt(c / 6) / r),
    ("misplaced", "all_after_the_root", lambda c, r: math.sqrt(c) / (6 * r)),
    ("misplaced", "six_after_the_root", lambda c, r: math.sqrt(c / r) / 6),
    ("forgets_the_ratio", "parameters_without_ratio", lambda c, r: math.sqrt(c / 6)),
    ("not_6", "without_6", lambda c, r: math.sqrt(c / r)),
    ("not_6", "of_the_forward_pass", lambda c, r: math.sqrt(c / (2 * r))),
    ("not_6", "of_the_backward_pass", lambda c, r: math.sqrt(c / (4 * r))),
    ("not_6", "with_3", lambda c, r: math.sqrt(c / (3 * r))),
    ("rounded", "rounded_first", lambda c, r: math.sqrt(c // (6 * r))),
    ("rounded", "rounded_last", lambda c, r: float(round(params(c, r)))),
    ("another_root", "by_a_third_root", lambda c, r: (c / (6 * r)) ** (1 / 3)),
]:
    sized(misconception, name, method)

for misconception, name, method in [
    ("swapped", "swapped", lambda c, r: (r * params(c, r), params(c, r))),
    ("tokens_off_the_budget", "tokens_of_a_sixth", lambda c, r: (params(c, r), c / 6)),
    ("half_each", "half_each", lambda c, r: (math.sqrt(c / 6), math.sqrt(c / 6))),
    ("always_20", "of_chinchilla", lambda c, r: (math.sqrt(c / 120), 20 * math.sqrt(c / 120))),
    ("always_20", "tokens_of_chinchilla", lambda c, r: (params(c, r), 20 * params(c, r))),
    ("divides_by_the_ratio", "divided", lambda c, r: (params(c, r), params(c, r) / r)),
    ("tokens_of_one_parameter", "ratio_for_tokens", lambda c, r: (params(c, r), float(r))),
    ("tokens_off_the_budget", "six_in_the_tokens", lambda c, r: (params(c, r), c / params(c, r))),
    ("in_billions", "in_billions", lambda c, r: (params(c, r) / 1e9, r * params(c, r) / 1e9)),
    ("rounded", "rounded", lambda c, r: (round(params(c, r), 1), round(r * params(c, r), 1))),
    ("rounded", "whole_division", lambda c, r: (params(c, r), r * params(c, r) // 1)),
    ("not_floats", "in_ints", lambda c, r: (int(params(c, r)), int(r * params(c, r)))),
    (
        "not_floats",
        "in_tensors",
        lambda c, r: torch.tensor([1, r]).mul(params(c, r)).unbind(),
    ),
    ("wrong_type", "by_numpy", lambda c, r: (np.sqrt(c / 6 / r), r * np.sqrt(c / 6 / r))),
    ("wrong_type", "in_a_list", lambda c, r: [params(c, r), r * params(c, r)]),
    ("wrong_type", "in_a_dict", lambda c, r: {"N": params(c, r), "D": r * params(c, r)}),
    ("wrong_type", "parameters_alone", lambda c, r: params(c, r)),
    ("not_floats", "of_an_int_and_a_float", lambda c, r: (round(params(c, r)), r * params(c, r))),
    ("not_a_pair", "three", lambda c, r: (params(c, r), r * params(c, r), c)),
    ("returned_nothing", "nothing", lambda c, r: None),
    ("printed_instead", "printed", lambda c, r: print(params(c, r))),
    ("ignores_input", "of_the_first_case", lambda c, r: (9.296222517045284, 125.49900398011133)),
]:
    mistaken(misconception, name, method)


def unguarded(flops, tokens_per_param):
    n_params = params(flops, tokens_per_param)
    return n_params, tokens_per_param * n_params


wrong("compute_optimal", "no_error", "optimal_unguarded")(unguarded)


@wrong("compute_optimal", "divides_by_0")
def optimal_that_guards_the_budget(flops, tokens_per_param):
    if flops <= 0:
        raise ValueError("no budget")
    return unguarded(flops, tokens_per_param)


@wrong("compute_optimal", "no_error")
def optimal_that_guards_the_ratio(flops, tokens_per_param):
    if tokens_per_param <= 0:
        raise ValueError("no tokens")
    return unguarded(flops, tokens_per_param)


@wrong("compute_optimal", "no_error")
def optimal_that_refuses_both_at_once(flops, tokens_per_param):
    if flops <= 0 and tokens_per_param <= 0:
        raise ValueError("no budget")
    return unguarded(flops, tokens_per_param)


@wrong("compute_optimal", "no_error")
def optimal_that_refuses_zeros(flops, tokens_per_param):
    if flops == 0 or tokens_per_param == 0:
        raise ValueError("zero")
    return unguarded(flops, tokens_per_param)


@wrong("compute_optimal", "no_error")
def optimal_with_complex_roots(flops, tokens_per_param):
    if flops == 0 or tokens_per_param == 0:
        raise ValueError("zero")
    n_params = (flops / (6 * tokens_per_param)) ** 0.5
    return n_params, tokens_per_param * n_params


@wrong("compute_optimal", "refuses_a_low_ratio")
def optimal_of_one_token_at_least(flops, tokens_per_param):
    if flops <= 0 or tokens_per_param < 1:
        raise ValueError("too few tokens")
    return unguarded(flops, tokens_per_param)


@wrong("compute_optimal", "refuses_a_low_budget")
def optimal_of_one_flop_at_least(flops, tokens_per_param):
    if flops < 1 or tokens_per_param <= 0:
        raise ValueError("too few FLOPs")
    return unguarded(flops, tokens_per_param)


@wrong("compute_optimal", "raised_the_wrong_error")
def optimal_with_an_assert(flops, tokens_per_param):
    assert flops > 0 and tokens_per_param > 0
    return unguarded(flops, tokens_per_param)
