"""The ground truth of lesson 06: bits a byte, learning rates and budgets, by hand and by torch."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR

from course_lib.exercises import codec
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.pretraining import (
    bits_per_byte_checks,
    compute_optimal_checks,
    learning_rate_checks,
)
from course_lib.exercises.pretraining.plain_numbers import alike, is_rounded

CHECKS = (bits_per_byte_checks, learning_rate_checks, compute_optimal_checks)
EACH = pytest.mark.parametrize("checks", CHECKS, ids=lambda checks: checks.EXERCISE.name)


def drawn(checks, seed=4, thorough=True):
    return list(checks.cases(np.random.default_rng(seed), thorough))


def allowed(checks):
    """Return the cases in which a right answer does not raise."""
    return [inputs for inputs in drawn(checks) if not checks.EXERCISE.raises(inputs)]


# Bits a byte


def bits(total_nats, n_bytes):
    return bits_per_byte_checks.truth({"total_nats": total_nats, "n_bytes": n_bytes})


def test_bits_by_hand():
    assert round(bits_per_byte_checks.truth(bits_per_byte_checks.EXAMPLE), 2) == 1
    assert bits(3 * math.log(2), 1) == pytest.approx(3)
    assert bits(0.0, 5) == 0


def test_who_guesses_every_byte_alike_needs_eight_bits():
    text = torch.tensor([list("Café ☕".encode())])
    loss = F.cross_entropy(torch.zeros(1, 256, text.size(1)), text, reduction="sum")
    assert bits(loss.item(), text.size(1)) == pytest.approx(8)


def test_bits_are_what_an_ideal_code_takes():
    """A token of probability 1/8 takes 3 bits, one of 1/2 takes 1: 7 bits in 2 bytes."""
    probs = torch.tensor([1 / 8, 1 / 2, 1 / 8])
    assert bits(-probs.log().sum().item(), 2) == pytest.approx(7 / 2)


# The learning rate


def rate(step, **schedule):
    return learning_rate_checks.truth({"step": step, **schedule})


def test_rates_by_hand():
    found = [rate(step, **learning_rate_checks.BY_HAND) for step in (0, 3, 4, 8, 12, 99)]
    assert found == pytest.approx([0.25, 1, 1, 0.6, 0.2, 0.2])
    assert rate(0, **learning_rate_checks.NO_WARMUP) == 0.02
    assert rate(9, **learning_rate_checks.TO_NOTHING) == 0


@pytest.mark.parametrize(
    "schedule",
    [
        learning_rate_checks.FIRST,
        learning_rate_checks.BY_HAND,
        learning_rate_checks.NO_WARMUP,
        learning_rate_checks.TO_NOTHING,
    ],
)
def test_rates_are_those_of_torchs_schedulers(schedule):
    max_lr, warmup, total, min_lr = (
        schedule[name] for name in ("max_lr", "warmup_steps", "total_steps", "min_lr")
    )
    found = []
    if warmup:
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=max_lr)
        rising = LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
        found += rates_of(rising, optimizer, warmup)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=max_lr)
    falling = CosineAnnealingLR(optimizer, T_max=total - warmup, eta_min=min_lr)
    found += rates_of(falling, optimizer, total - warmup + 1)
    expected = [rate(step, **schedule) for step in range(total + 1)]
    assert found == pytest.approx(expected, abs=1e-9)


def rates_of(scheduler, optimizer, n_steps):
    found = []
    for _ in range(n_steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def test_the_cases_try_each_part_of_the_schedule_and_its_borders():
    cases = drawn(learning_rate_checks, thorough=False)[:-6]  # without the random ones
    place = [
        (c["step"] - c["warmup_steps"], c["step"] - c["total_steps"], c["warmup_steps"])
        for c in cases
    ]
    assert sum(since < 0 for since, _, _ in place) >= 8  # 1
    assert sum(since == -1 for since, _, _ in place) >= 3  # 1
    assert sum(since == 0 for since, _, _ in place) >= 4  # 2
    assert sum(since > 0 > over for since, over, _ in place) >= 9  # 2
    assert sum(over == 0 for _, over, _ in place) >= 5  # 3
    assert sum(over > 0 for _, over, _ in place) >= 5  # 3
    assert sum(warmup == 0 for _, _, warmup in place) >= 5  # 4
    assert (0, -9, 0) in place  # 4
    cases = drawn(learning_rate_checks)
    assert all(0 <= c["warmup_steps"] < c["total_steps"] and c["step"] >= 0 for c in cases)


@pytest.mark.parametrize("seed", range(3))
def test_what_float32_rounds_is_no_mistake(seed):
    for inputs in drawn(learning_rate_checks, seed):
        right = learning_rate_checks.truth(inputs)
        since = inputs["step"] - inputs["warmup_steps"]
        if since >= 0:
            span = inputs["total_steps"] - inputs["warmup_steps"]
            angle = torch.tensor(min(since / span, 1.0)) * torch.pi
            share = (1 + angle.cos()) / 2
            low, high = torch.tensor(inputs["min_lr"]), torch.tensor(inputs["max_lr"])
            assert alike((low + (high - low) * share).item(), right)


# The best size


def test_sizes_by_hand():
    assert compute_optimal_checks.truth(compute_optimal_checks.EXAMPLE) == pytest.approx((10, 200))
    chinchilla = {"flops": 6 * 70e9 * 1.4e12, "tokens_per_param": 20}
    assert compute_optimal_checks.truth(chinchilla) == pytest.approx((70e9, 1.4e12))


def test_the_sizes_spend_the_budget():
    for inputs in allowed(compute_optimal_checks):
        n_params, n_tokens = compute_optimal_checks.truth(inputs)
        assert 6 * n_params * n_tokens == pytest.approx(inputs["flops"], rel=1e-9)
        assert n_tokens / n_params == pytest.approx(inputs["tokens_per_param"], rel=1e-9)


def test_the_sizes_are_those_of_a_solver():
    for inputs in allowed(compute_optimal_checks):
        roots = np.roots([6 * inputs["tokens_per_param"], 0, -inputs["flops"]])
        n_params, _ = compute_optimal_checks.truth(inputs)
        assert max(roots.real) == pytest.approx(n_params, rel=1e-9)


def test_each_way_to_be_0_or_less_is_tried():
    refused = [c for c in drawn(compute_optimal_checks) if compute_optimal_checks.is_refused(c)]
    signs = {(np.sign(c["flops"]), np.sign(c["tokens_per_param"])) for c in refused}
    assert signs == {(0, 1), (1, 0), (0, 0), (-1, 1), (1, -1), (-1, -1)}


# What they share


@EACH
def test_two_mistakes_are_never_told_by_the_same_result(checks):
    """At the first case that a mistake gets wrong, no mistake of another name gives the same."""
    judge = checks.EXERCISE.judge
    visible = drawn(checks, seed=0, thorough=False)
    misses = dict(enumerate(judge._first_misses))
    for (a, place_a), (b, place_b) in combinations(misses.items(), 2):
        one, other = judge.mistakes[a], judge.mistakes[b]
        if one.name != other.name and place_a == place_b < len(visible):
            results = [result_of(mistake.method, visible[place_a]) for mistake in (one, other)]
            both_raised = results[0].error and results[1].error
            apart = both_raised or not judge._alike(*results)
            assert apart, (one.name, other.name, results)


@EACH
def test_every_mistake_is_wrong_in_the_visible_check(checks):
    judge = checks.EXERCISE.judge
    n_visible = len(drawn(checks, seed=0, thorough=False))
    for mistake, miss in zip(judge.mistakes, judge._first_misses, strict=True):
        assert miss < n_visible or mistake.method is known_by_property, mistake.name


@EACH
def test_a_named_mistake_is_not_taken_for_a_rounded_one(checks):
    judge = checks.EXERCISE.judge
    visible = drawn(checks, seed=0, thorough=False)
    for mistake, miss in zip(judge.mistakes, judge._first_misses, strict=True):
        inputs = visible[miss]
        right, wrong = result_of(checks.truth, inputs), result_of(mistake.method, inputs)
        if mistake.name != "rounded" and not right.error and not wrong.error:
            found = judge.otherwise(inputs, right.value, wrong.value)
            assert found is None, (mistake.name, inputs, right, wrong)


@EACH
def test_the_cases_are_all_different(checks):
    texts = [codec.encode(inputs) for inputs in drawn(checks, seed=0, thorough=False)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("right", "value", "said"),
    [
        (2.3531, 2.35, True), (2.3561, 2.35, True), (2.3561, 2.36, True), (2.3, 2.0, True),
        (2.3531, 2.3531, False), (2.3531, 2.353101, False), (2.3531, 2.4531, False),
        (2.3531, math.nan, False), (2.3531, 2, False), (0.0044, 0.0, True),
    ],
)  # fmt: skip
def test_decimals_that_are_missing_are_seen(right, value, said):
    assert is_rounded(right, value) is said


@EACH
def test_every_case_can_be_sent(checks):
    assert max(len(codec.encode(inputs)) for inputs in drawn(checks)) < 20_000
