"""The ground truth of lesson 08: returns, advantages and the clipped loss, by other programs."""

import math
import warnings

import numpy as np
import pytest
import torch

from course_lib.exercises import codec
from course_lib.exercises.exercise import VISIBLE_SEED, find_mistake
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.rlhf import (
    calls,
    library,
    penalized_returns_checks,
    ppo_clip_loss_checks,
    returns_and_advantages_checks,
)
from course_lib.exercises.tensors import alike
from course_lib.llm import ppo
from tests.answers.rlhf.penalized_returns import faulty, penalized_by_filling
from tests.answers.rlhf.returns_and_advantages import gae_token_by_token

CHECKS = (returns_and_advantages_checks, ppo_clip_loss_checks, penalized_returns_checks)
EACH = pytest.mark.parametrize("checks", CHECKS, ids=lambda checks: checks.EXERCISE.name)
PAIRS = (returns_and_advantages_checks, penalized_returns_checks)


def drawn(checks, seed=4, thorough=True):
    return list(checks.cases(np.random.default_rng(seed), thorough))


def outside(inputs, names):
    """Return all numbers outside the mask."""
    return torch.cat([inputs[name][~inputs["mask"]] for name in names])


# Returns and advantages


def test_returns_and_advantages_by_hand():
    returns, advantages = returns_and_advantages_checks.truth(returns_and_advantages_checks.BY_HAND)
    assert alike(returns, torch.tensor([[0.5, 0.75, 1.0, 0.0]]))
    assert alike(advantages, torch.tensor([[0.0, 0.5, 0.5, 0.0]]))


def test_what_is_outside_might_as_well_not_be_there():
    """Of each row alone, with its tokens alone, the same comes out."""
    for inputs in drawn(returns_and_advantages_checks):
        found = returns_and_advantages_checks.truth(inputs)
        for b, mask in enumerate(inputs["mask"]):
            row = {name: inputs[name][b][mask][None] for name in ("rewards", "values", "mask")}
            alone = returns_and_advantages_checks.truth({**inputs, **row})
            assert alike([part[b][mask] for part in found], [part[0] for part in alone])
            assert all((part[b][~mask] == 0).all() for part in found)


def test_all_rewards_to_come_are_the_returns_where_lam_is_1():
    for inputs in drawn(returns_and_advantages_checks):
        returns, _ = returns_and_advantages_checks.truth({**inputs, "lam": 1.0})
        for b, mask in enumerate(inputs["mask"]):
            rewards, gamma = inputs["rewards"][b][mask].tolist(), inputs["gamma"]
            to_come = [
                sum(gamma**later * reward for later, reward in enumerate(rewards[t:]))
                for t in range(len(rewards))
            ]
            assert returns[b][mask].tolist() == pytest.approx(to_come, abs=1e-5)


def test_an_advantage_is_one_surprise_where_lam_is_0():
    inputs = {**returns_and_advantages_checks.BY_HAND, "lam": 0.0}
    assert returns_and_advantages_checks.truth(inputs)[1].tolist() == [[-0.25, 0.25, 0.5, 0]]


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_returns_try_each_property(seed):
    cases = drawn(returns_and_advantages_checks, seed)
    gaps = before = behind = 0
    for inputs in cases:
        for row in inputs["mask"].int().tolist():
            marks = "".join(map(str, row))
            gaps += "0" in marks.strip("0")
            before += marks.startswith("0") and "1" in marks
            behind += marks.endswith("0") and "1" in marks
    assert min(gaps, before, behind) >= 10
    infinite = [not outside(i, ("rewards", "values")).isfinite().all() for i in cases]
    assert sum(infinite) >= 6
    assert sum(inputs["learned"] for inputs in cases) >= 6
    assert sum(not inputs["mask"].any(dim=1).all() for inputs in cases) >= 2
    assert {0.0, 1.0} <= {inputs["lam"] for inputs in cases}
    assert all(B != T for B, T in (inputs["mask"].shape for inputs in cases))


def test_a_result_that_carries_a_gradient_is_seen():
    inputs = {**returns_and_advantages_checks.BY_HAND, "learned": True}
    carrying = gae_token_by_token.__wrapped__
    outcome = observe(calls.returns_and_advantages, carrying, inputs)
    assert outcome.raised == ("CarriesAGradient", "the returns carry one")
    assert observe(calls.returns_and_advantages, gae_token_by_token, inputs).raised is None


# The clipped loss


def test_the_clipped_loss_by_hand():
    assert alike(ppo_clip_loss_checks.truth(ppo_clip_loss_checks.BY_HAND), torch.tensor(-0.15))
    inputs = {**ppo_clip_loss_checks.BY_HAND, "wanted": "logprobs"}
    slopes = ppo_clip_loss_checks.truth(inputs)  # a good token past 1.2 and a bad one below 0.8: 0
    assert alike(slopes, torch.tensor([[0.0, -0.5 / 4, 0.0, 1.5 / 4]]))


@pytest.mark.parametrize("seed", range(3))
def test_the_clipped_loss_is_that_of_the_course_in_float64(seed):
    for inputs in drawn(ppo_clip_loss_checks, seed):
        names = ("logprobs", "old_logprobs", "advantages")
        new, old, advantages = (inputs[name].double() for name in names)
        loss = ppo.ppo_clip_loss(
            new.requires_grad_(), old, advantages, inputs["mask"], inputs["clip"]
        )
        result = loss if inputs["wanted"] == "loss" else torch.autograd.grad(loss, new)[0]
        assert alike(result.detach().float(), ppo_clip_loss_checks.truth(inputs))


def test_the_first_step_is_that_of_a_policy_gradient():
    for inputs in drawn(ppo_clip_loss_checks):
        if inputs["wanted"] != "loss" and torch.equal(inputs["logprobs"], inputs["old_logprobs"]):
            counted = inputs["advantages"].where(inputs["mask"], 0.0) / inputs["mask"].sum()
            assert alike(ppo_clip_loss_checks.truth(inputs), -counted)
            return
    raise AssertionError("no such case")


@pytest.mark.parametrize("seed", range(3))
def test_no_ratio_is_near_an_end(seed):
    """Rounding does not decide whether a token is clipped."""
    kinds = set()
    for inputs in drawn(ppo_clip_loss_checks, seed):
        log_ratio = (inputs["logprobs"] - inputs["old_logprobs"])[inputs["mask"]]
        advantages = inputs["advantages"][inputs["mask"]]
        for ratio, advantage in zip(log_ratio.exp().tolist(), advantages.tolist(), strict=True):
            low, high = 1 - inputs["clip"], 1 + inputs["clip"]
            assert min(abs(ratio - low), abs(ratio - high)) > 0.01
            assert abs(advantage) >= 0.2
            kinds.add((advantage > 0, (ratio > low) + (ratio > high)))
    assert len(kinds) == 6


def test_the_first_case_has_all_six_kinds_of_tokens():
    """So that a clip of one side does not pass for the right one there."""
    inputs = drawn(ppo_clip_loss_checks)[0]
    ratio = (inputs["logprobs"] - inputs["old_logprobs"]).exp().flatten()
    good = (inputs["advantages"] > 0).flatten()
    places = (ratio > 1 - inputs["clip"]).int() + (ratio > 1 + inputs["clip"]).int()
    assert len(set(zip(good.tolist(), places.tolist(), strict=True))) == 6


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_the_loss_try_each_property(seed):
    cases = drawn(ppo_clip_loss_checks, seed)
    names = ("logprobs", "old_logprobs", "advantages")
    gradients = [inputs for inputs in cases if inputs["wanted"] == "logprobs"]
    infinite = [not outside(inputs, names).isfinite().all() for inputs in gradients]
    assert len(gradients) >= 8 and sum(infinite) >= 2
    assert sum(not inputs["mask"].any() for inputs in cases) == 1
    unlikely = [inputs for inputs in cases if inputs["logprobs"][inputs["mask"]].lt(-150).any()]
    assert len(unlikely) >= 5
    for inputs in unlikely:
        assert inputs["old_logprobs"][inputs["mask"]].exp().max() == 0


def test_a_gradient_that_is_wanted_is_not_0_everywhere():
    """Where all tokens are clipped, some of the right answers have no gradient at all."""
    for seed in range(60, 70):  # one of these draws such a case
        for inputs in drawn(ppo_clip_loss_checks, seed):
            if inputs["wanted"] == "logprobs":
                assert ppo_clip_loss_checks.truth(inputs).any()


# The bug hunt


def test_penalized_returns_by_hand():
    returns, kl = penalized_returns_checks.truth(penalized_returns_checks.BY_HAND)
    assert alike(returns, torch.tensor([[0.875, 1.125, 0.0], [1.75, 2.25, 2.5]]))
    assert alike(kl, torch.tensor(0.15))


def test_returns_are_those_of_the_course_from_its_penalized_rewards():
    """With nothing expected and lam 1, `ppo` has the same returns."""
    for inputs in drawn(penalized_returns_checks):
        new, reference = (inputs[name].double() for name in ("logprobs", "ref_logprobs"))
        rewards, mask = inputs["rewards"].double(), inputs["mask"]
        brought = ppo.penalized_rewards(rewards, new, reference, mask, inputs["beta"])
        returns, _ = ppo.returns_and_advantages(brought, torch.zeros_like(new), mask, 1.0, 1.0)
        found, kl = penalized_returns_checks.truth(inputs)
        assert alike(found, returns.float())
        assert alike(kl, (new - reference)[mask].mean().float())


def test_the_faulty_program_is_right_where_there_is_no_padding():
    """So a test with answers of one length would never have found it."""
    for inputs in drawn(penalized_returns_checks):
        found = faulty(*inputs.values())
        assert alike(found, penalized_returns_checks.truth(inputs)) == bool(inputs["mask"].all())


def test_the_symptoms_of_the_task_are_those_of_the_faulty_program():
    rewards, beta = torch.tensor([1.0]), 0.5
    new, reference = torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.5, -1.75]])
    mask = torch.tensor([[True, True]])
    padded = [torch.cat([x, torch.tensor([[-3.0, -3.0]])], dim=1) for x in (new, reference)]
    padded[1][0, 2:] = -4.0
    longer = torch.tensor([[True, True, False, False]])
    for program, is_same in ((faulty, False), (penalized_by_filling, True)):
        returns, kl = program(rewards, new, reference, mask, beta)
        later_returns, later_kl = program(rewards, *padded, longer, beta)
        assert alike(later_returns[:, :2], returns) == is_same
        assert alike(later_kl, kl) == is_same


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_the_bug_hunt_try_each_property(seed):
    cases = drawn(penalized_returns_checks, seed)
    assert all(inputs["mask"].any(dim=1).all() for inputs in cases)
    uneven = [len(inputs["mask"].sum(dim=1).unique()) > 1 for inputs in cases]
    infinite = [not outside(i, ("logprobs", "ref_logprobs")).isfinite().all() for i in cases]
    assert min(sum(uneven), sum(infinite)) >= 8
    prices = [(i["logprobs"] - i["ref_logprobs"])[i["mask"]] for i in cases]
    assert sum(bool((p < 0).any() and (p > 0).any()) for p in prices) >= 15


# What they share


def times(factor):
    return lambda part: factor * part


def named(checks, change_first, change_second):
    """Return what is found in an answer whose two parts are wrong, each in its own way."""
    name = checks.EXERCISE.name

    def answer(*inputs):
        first, second = getattr(library, name)(*inputs)
        return change_first(first), change_second(second)

    return find_mistake(
        checks.EXERCISE, getattr(calls, name), answer, seed=VISIBLE_SEED
    ).misconception


def test_two_mistakes_at_once_do_not_hide_each_other():
    assert named(returns_and_advantages_checks, times(2), torch.neg) == "wrong_sign"
    assert named(penalized_returns_checks, times(2), torch.neg) == "kl_upside_down"
    for checks in PAIRS:
        assert named(checks, times(2), times(5)) == "wrong_value"


@EACH
def test_the_library_does_the_same(checks):
    name = checks.EXERCISE.name
    for inputs in drawn(checks):
        outcome = observe(getattr(calls, name), getattr(library, name), inputs)
        assert outcome.raised is None
        assert alike(outcome.value, checks.truth(inputs))


@EACH
def test_each_mistake_is_made_on_a_case_where_no_other_looks_the_same(checks):
    """Mistakes of different names give different results where each of them first shows."""
    judge = checks.compare
    misses = list(zip(judge.mistakes, judge._first_misses, strict=True))
    for mistake, place in misses:
        if mistake.method is known_by_property:
            continue
        assert place < len(judge._visible), f"{mistake.name} passes the visible check"
        result = result_of(mistake.method, judge._visible[place])
        assert not result.error, mistake.name
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not judge._alike(result, result_of(other.method, judge._visible[place])), (
                    f"{mistake.name} looks like {other.name}"
                )


@EACH
def test_nothing_warns(checks):
    """nbgrader takes any text on stderr for a failed test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for inputs in drawn(checks, thorough=False):
            for mistake in checks.MISTAKES:
                if mistake.method is not known_by_property:
                    mistake.method(inputs)


@EACH
def test_the_cases_are_all_different_and_can_be_sent(checks):
    texts = [codec.encode(inputs) for inputs in drawn(checks, seed=0)]
    assert len(set(texts)) == len(texts)
    assert max(map(len, texts)) < 10_000


@EACH
def test_no_truth_is_zero_or_infinite(checks):
    for inputs in drawn(checks):
        right = checks.truth(inputs)
        numbers = torch.cat([p.flatten() for p in (right if isinstance(right, tuple) else [right])])
        assert numbers.isfinite().all()
        assert math.isclose(numbers.abs().sum(), 0) == (not inputs["mask"].any())
