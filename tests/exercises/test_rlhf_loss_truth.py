"""The ground truth of lesson 08: preferences, the KL, and groups, by hand and by torch."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.exercises import codec
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.rlhf import (
    bradley_terry_loss_checks,
    calls,
    dpo_loss_checks,
    grpo_advantages_checks,
    kl_estimates_checks,
    library,
)
from course_lib.exercises.rlhf.dpo_loss_mistakes import NAMES
from course_lib.exercises.tensors import alike

PREFERENCES = (bradley_terry_loss_checks, dpo_loss_checks)
ALL = (*PREFERENCES, kl_estimates_checks, grpo_advantages_checks)
EACH = pytest.mark.parametrize("checks", ALL, ids=lambda checks: checks.EXERCISE.name)
EACH_PREFERENCE = pytest.mark.parametrize(
    "checks", PREFERENCES, ids=lambda checks: checks.EXERCISE.name
)
SEEDS = pytest.mark.parametrize("seed", range(3))


def drawn(checks, seed=4, thorough=True):
    return list(checks.cases(np.random.default_rng(seed), thorough))


def margins(inputs):
    """Return in float64 how much better each chosen answer looks, (B,)."""
    if "chosen" in inputs:
        return inputs["chosen"].double() - inputs["rejected"].double()
    chosen, rejected, ref_chosen, ref_rejected = (inputs[name].double() for name in NAMES)
    return inputs["beta"] * (chosen - ref_chosen - rejected + ref_rejected)


# Preferences


def preference_loss(chosen, rejected):
    inputs = {"chosen": torch.tensor(chosen), "rejected": torch.tensor(rejected)}
    return bradley_terry_loss_checks.truth({"wanted": "loss", **inputs}).item()


def test_preferences_by_hand():
    assert preference_loss([2.0], [2.0]) == pytest.approx(math.log(2))
    assert preference_loss([math.log(3)], [0.0]) == pytest.approx(math.log(4 / 3))
    three_to_one_each_way = (math.log(4 / 3) + math.log(4)) / 2
    assert preference_loss([math.log(3), 1.0], [0.0, 1.0 + math.log(3)]) == pytest.approx(
        three_to_one_each_way
    )
    assert preference_loss([-10_000.0], [10_000.0]) == 20_000


def dpo_loss(policy, reference, beta):
    columns = [*zip(*policy, strict=True), *zip(*reference, strict=True)]
    four = map(torch.tensor, columns)
    inputs = dict(zip(NAMES, four, strict=True))
    return dpo_loss_checks.truth({"wanted": "loss", **inputs, "beta": beta}).item()


def test_dpo_by_hand():
    moved_apart = dpo_loss([[-5.0, -8.0]], [[-7.0, -6.0]], beta=0.5)  # rewards of 1 and -1
    assert moved_apart == pytest.approx(math.log(1 + math.exp(-2)))
    assert dpo_loss([[-5.0, -8.0]], [[-5.0, -8.0]], beta=3.0) == pytest.approx(math.log(2))
    both_down = dpo_loss([[-6.0, -9.0]], [[-5.0, -6.0]], beta=1.0)
    assert both_down == pytest.approx(math.log(1 + math.exp(-2)))


@EACH_PREFERENCE
@SEEDS
def test_a_preference_is_what_torch_makes_of_it(checks, seed):
    for inputs in drawn(checks, seed):
        wanted = inputs["wanted"]
        exact = {
            name: value.double() if isinstance(value, torch.Tensor) else value
            for name, value in inputs.items()
        }
        if wanted != "loss":
            exact[wanted].requires_grad_()
        margin = margins(exact)
        loss = F.binary_cross_entropy_with_logits(margin, torch.ones_like(margin))
        result = loss if wanted == "loss" else torch.autograd.grad(loss, exact[wanted])[0]
        assert alike(result.detach().float(), checks.truth(inputs))


@EACH_PREFERENCE
@SEEDS
def test_the_cases_of_preferences_try_each_property(checks, seed):
    cases = drawn(checks, seed)
    sure = right = wrong = tie = single = 0
    for inputs in cases:
        margin = margins(inputs)
        sure += bool(margin.abs().max() > 1_000)
        right += bool((margin > 0).any())
        wrong += bool((margin < 0).any())
        tie += bool((margin == 0).all())
        single += len(margin) == 1
    assert sure >= 3 and min(right, wrong) >= 15 and tie >= 1 and single >= 1
    wanted = [inputs["wanted"] for inputs in cases]
    assert min(wanted.count(name) for name in set(wanted)) >= 6 and len(set(wanted)) == 3


@EACH_PREFERENCE
def test_no_answer_has_to_know_a_slope_at_a_tie(checks):
    """The clamp of a naive, right answer has no slope where a margin is 0."""
    for inputs in (inputs for seed in range(40) for inputs in drawn(checks, seed)):
        assert inputs["wanted"] == "loss" or (margins(inputs).abs() > 1e-4).all()


# The KL


def test_estimates_by_hand():
    k = kl_estimates_checks.truth(kl_estimates_checks.BY_HAND)
    two, four = math.log(2), math.log(4)
    assert alike(k["k1"], torch.tensor([two, 0.0, -four, two]))
    assert alike(k["k2"], torch.tensor([two**2 / 2, 0.0, four**2 / 2, two**2 / 2]))
    assert alike(k["k3"], torch.tensor([1 / 2 - 1 + two, 0.0, 4 - 1 - four, 1 / 2 - 1 + two]))


def test_k1_and_k3_are_the_kl_on_average_over_the_policy():
    policy, reference = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.2, 0.6])
    inputs = {"wanted": "estimates", "logprobs": policy.log(), "ref_logprobs": reference.log()}
    k = kl_estimates_checks.truth(inputs)
    kl = sum(p * math.log(p / q) for p, q in zip(policy.tolist(), reference.tolist(), strict=True))
    assert (policy * k["k1"]).sum().item() == pytest.approx(kl, abs=1e-6)
    assert (policy * k["k3"]).sum().item() == pytest.approx(kl, abs=1e-6)
    assert (k["k3"] >= 0).all() and (k["k1"] < 0).any()


@SEEDS
def test_slopes_of_estimates_are_those_of_torch(seed):
    for inputs in drawn(kl_estimates_checks, seed):
        p, q = inputs["logprobs"].double().requires_grad_(), inputs["ref_logprobs"].double()
        k = {"k1": p - q, "k2": (p - q) ** 2 / 2, "k3": (q - p).exp() - 1 - (q - p)}
        wanted = inputs["wanted"]
        if wanted == "estimates":
            result = {name: estimate.detach().float() for name, estimate in k.items()}
        else:
            result = {wanted: torch.autograd.grad(k[wanted].sum(), p)[0].float()}
        assert alike(result, kl_estimates_checks.truth(inputs))


@SEEDS
def test_the_cases_of_the_kl_try_each_property(seed):
    cases = drawn(kl_estimates_checks, seed)
    assert {inputs["logprobs"].ndim for inputs in cases} == {0, 1, 2, 3}
    assert {inputs["wanted"] for inputs in cases} == {"estimates", "k1", "k2", "k3"}
    assert all((inputs["ref_logprobs"] < 0).all() for inputs in cases)
    unlikely = [inputs for inputs in cases if inputs["logprobs"].max() < -104]  # e^-104 is 0
    assert all((inputs["logprobs"].exp() == 0).all() for inputs in unlikely) and len(unlikely) >= 3


# Groups


def advantages(rewards, eps):
    return grpo_advantages_checks.truth({"rewards": torch.tensor(rewards), "eps": eps}).tolist()


def test_groups_by_hand():
    assert advantages([[1.0, 0.0, 0.0, 1.0]], eps=0.5) == [[0.5, -0.5, -0.5, 0.5]]
    assert advantages([[7.0, 7.0], [0.0, 4.0]], eps=2.0) == [[0.0, 0.0], [-0.5, 0.5]]
    assert advantages([[3.0]], eps=0.1) == [[0.0]]


@SEEDS
def test_groups_are_those_of_numpy(seed):
    for inputs in drawn(grpo_advantages_checks, seed):
        rows = inputs["rewards"].double().numpy()
        middle, spread = rows.mean(axis=1, keepdims=True), rows.std(axis=1, keepdims=True)
        result = torch.tensor((rows - middle) / (spread + inputs["eps"])).float()
        assert alike(result, grpo_advantages_checks.truth(inputs))
        assert result.sum(dim=1).abs().max() < 1e-5


@SEEDS
def test_rewards_of_equal_groups_have_exact_means_in_float32(seed):
    """Or right answers would divide what is left of the rounding by eps."""
    equal = 0
    for inputs in drawn(grpo_advantages_checks, seed):
        for group in inputs["rewards"]:
            if (group == group[0]).all():
                equal += 1
                assert group.mean() == group[0]
    assert equal >= 6


@SEEDS
def test_the_cases_of_groups_try_each_property(seed):
    cases = drawn(grpo_advantages_checks, seed)
    shapes = [tuple(inputs["rewards"].shape) for inputs in cases]
    assert any(n == 1 for _, n in shapes) and any(groups == 1 for groups, _ in shapes)
    assert sum(groups != n for groups, n in shapes) >= len(shapes) - 1
    assert sum(inputs["eps"] >= 0.05 for inputs in cases) >= 25


# What they share


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
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not judge._alike(result, result_of(other.method, judge._visible[place])), (
                    f"{mistake.name} looks like {other.name} on {judge._visible[place]}"
                )


@EACH
def test_the_cases_are_all_different(checks):
    texts = [codec.encode(inputs) for inputs in drawn(checks, seed=0, thorough=False)]
    assert len(set(texts)) == len(texts)


@EACH
def test_every_case_can_be_sent(checks):
    assert max(len(codec.encode(inputs)) for inputs in drawn(checks)) < 20_000
