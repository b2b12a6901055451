"""Answers to `grpo_advantages`."""

import statistics

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def mean(x, dim=1):
    return x.mean(dim=dim, keepdim=True)


def std(x, dim=1, correction=0):
    return x.std(dim=dim, keepdim=True, correction=correction)


@right("grpo_advantages")
def group_by_std(rewards, eps):
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return centered / (rewards.std(dim=1, keepdim=True, correction=0) + eps)


@right("grpo_advantages")
def group_by_group(rewards, eps):
    rows = []
    for group in rewards.tolist():
        middle, spread = statistics.fmean(group), statistics.pstdev(group)
        rows.append([(reward - middle) / (spread + eps) for reward in group])
    return torch.tensor(rows)


@right("grpo_advantages")
def group_answer_by_answer(rewards, eps):
    advantages = torch.zeros_like(rewards)
    groups, n = rewards.shape
    for g in range(groups):
        middle = sum(rewards[g]) / n
        variance = sum((reward - middle) ** 2 for reward in rewards[g]) / n
        for i in range(n):
            advantages[g, i] = (rewards[g, i] - middle) / (variance**0.5 + eps)
    return advantages


@right("grpo_advantages")
def group_by_var_mean(rewards, eps):
    var, middle = torch.var_mean(rewards, dim=-1, unbiased=False)
    return (rewards - middle[:, None]) / (var.sqrt()[:, None] + eps)


@right("grpo_advantages")
def group_transposed(rewards, eps):
    columns = rewards.T - rewards.mean(1)
    return (columns / (columns.square().mean(0).sqrt() + eps)).T


@right("grpo_advantages")
def group_in_float64(rewards, eps):
    return group_by_std(rewards.double(), eps).float()


@right("grpo_advantages")
def group_from_the_first(rewards, eps):
    moved = rewards - rewards[:, :1]
    return (moved - mean(moved)) / (std(moved) + eps)


@right("grpo_advantages")
def group_with_a_case_of_its_own(rewards, eps):
    equal = (rewards == rewards[:, :1]).all(dim=1, keepdim=True)
    return group_by_std(rewards, eps).masked_fill(equal, 0.0)


def others(x):
    return (x.sum(1, keepdim=True) - x) / max(x.size(1) - 1, 1)


def span(x):
    return x.amax(1, keepdim=True) - x.amin(1, keepdim=True)


for misconception, name, answer in [
    ("std_of_a_sample", "by_torch", lambda x, e: (x - mean(x)) / (x.std(1, keepdim=True) + e)),
    ("eps_inside_the_root", "var_plus_eps", lambda x, e: (x - mean(x)) / (std(x) ** 2 + e).sqrt()),
    ("eps_inside_the_root", "by_layer_norm", lambda x, e: F.layer_norm(x, x.shape[1:], eps=e)),
    (
        "eps_inside_the_root",
        "sample_var_plus_eps",
        lambda x, e: (x - mean(x)) / (x.var(1, keepdim=True) + e).sqrt(),
    ),
    ("eps_as_a_floor", "floored", lambda x, e: (x - mean(x)) / std(x).clamp(min=e)),
    ("eps_outside_the_division", "plus_eps", lambda x, e: (x - mean(x)) / std(x) + e),
    ("eps_outside_the_division", "eps_above", lambda x, e: (x - mean(x) + e) / std(x)),
    ("eps_outside_the_division", "eps_twice", lambda x, e: (x - mean(x) + e) / (std(x) + e)),
    ("eps_outside_the_division", "no_brackets", lambda x, e: x - mean(x) / (std(x) + e)),
    ("does_not_use_eps", "without_eps", lambda x, e: (x - mean(x)) / std(x)),
    ("does_not_use_eps", "eps_of_my_own", lambda x, e: (x - mean(x)) / (std(x) + 1e-8)),
    ("does_not_use_eps", "eps_of_the_paper", lambda x, e: (x - mean(x)) / (std(x) + 1e-4)),
    ("does_not_use_eps", "nan_to_0", lambda x, e: ((x - mean(x)) / std(x)).nan_to_num(0.0)),
    ("not_divided", "centered", lambda x, e: x - mean(x)),
    ("not_divided", "over_eps", lambda x, e: (x - mean(x)) / e),
    ("divides_by_the_variance", "over_var", lambda x, e: (x - mean(x)) / (std(x) ** 2 + e)),
    (
        "divides_by_the_variance",
        "over_sample_var",
        lambda x, e: (x - mean(x)) / (x.var(1, keepdim=True) + e),
    ),
    ("another_spread", "over_mad", lambda x, e: (x - mean(x)) / (mean((x - mean(x)).abs()) + e)),
    ("another_spread", "over_span", lambda x, e: (x - mean(x)) / (span(x) + e)),
    (
        "another_spread",
        "over_standard_error",
        lambda x, e: (x - mean(x)) / (std(x) / x.size(1) ** 0.5 + e),
    ),
    ("another_spread", "over_the_mean", lambda x, e: (x - mean(x)) / (mean(x) + e)),
    ("not_centered", "uncentered", lambda x, e: x / (std(x) + e)),
    ("not_centered", "as_it_is", lambda x, e: x.clone()),
    ("another_baseline", "from_median", lambda x, e: (x - x.median(1, True)[0]) / (std(x) + e)),
    ("another_baseline", "from_worst", lambda x, e: (x - x.amin(1, True)) / (std(x) + e)),
    ("another_baseline", "scaled", lambda x, e: (x - x.amin(1, True)) / (span(x) + e)),
    ("another_baseline", "from_others", lambda x, e: (x - others(x)) / (std(x) + e)),
    ("another_baseline", "leave_one_out", lambda x, e: x - others(x)),
    ("turned_around", "turned_around", lambda x, e: (mean(x) - x) / (std(x) + e)),
    ("over_all_groups", "over_all", lambda x, e: (x - x.mean()) / (x.std(correction=0) + e)),
    ("over_all_groups", "over_all_by_torch", lambda x, e: (x - x.mean()) / (x.std() + e)),
    ("over_all_groups", "std_of_all", lambda x, e: (x - mean(x)) / (x.std(correction=0) + e)),
    ("over_all_groups", "mean_of_all", lambda x, e: (x - x.mean()) / (std(x) + e)),
    ("over_the_prompts", "by_column", lambda x, e: (x - mean(x, 0)) / (std(x, 0) + e)),
    ("over_the_prompts", "by_column_of_torch", lambda x, e: (x - x.mean(0)) / (x.std(0) + e)),
    ("forgets_keepdim", "mean_dropped", lambda x, e: (x - x.mean(1)) / (std(x) + e)),
    ("forgets_keepdim", "std_dropped", lambda x, e: (x - mean(x)) / (x.std(1, correction=0) + e)),
    ("a_softmax", "softmax", lambda x, e: x.softmax(dim=1)),
    ("only_the_order", "places", lambda x, e: x.argsort(1).argsort(1).float()),
    ("only_the_order", "signs", lambda x, e: (x - mean(x)).sign()),
    ("only_the_order", "best", lambda x, e: (x == x.amax(1, keepdim=True)).float()),
    ("drops_equal_groups", "unequal", lambda x, e: group_by_std(x[std(x)[:, 0] > 0], e)),
    (
        "variance_by_squares",
        "by_squares",
        lambda x, e: (x - mean(x)) / ((mean(x * x) - mean(x) ** 2).sqrt() + e),
    ),
    (
        "variance_by_squares",
        "by_squares_above_0",
        lambda x, e: (x - mean(x)) / ((mean(x * x) - mean(x) ** 2).clamp(min=0).sqrt() + e),
    ),
    (
        "not_0_for_equal_rewards",
        "all_good",
        lambda x, e: torch.where(std(x) == 0, 1.0, group_by_std(x, e)),
    ),
    ("wrong_type", "as_lists", lambda x, e: group_by_std(x, e).tolist()),
    ("wrong_type", "with_std", lambda x, e: (group_by_std(x, e), std(x))),
    ("wrong_dtype", "in_double", lambda x, e: group_by_std(x.double(), e)),
    ("wrong_shape", "flat", lambda x, e: group_by_std(x, e).flatten()),
    ("returned_nothing", "nothing", lambda x, e: None),
    ("changed_inputs", "in_place", lambda x, e: x.sub_(mean(x)) / (std(x) + e)),
    ("wrong_value", "squared", lambda x, e: group_by_std(x, e).square()),
    ("wrong_value", "capped", lambda x, e: group_by_std(x, e).clamp(-0.5, 0.5)),
]:
    wrong("grpo_advantages", misconception, f"group_{name}")(answer)


@wrong("grpo_advantages", "raised")
def group_that_refuses_equal_rewards(rewards, eps):
    if (std(rewards) == 0).any():
        raise ValueError("nothing to compare")
    return group_by_std(rewards, eps)
