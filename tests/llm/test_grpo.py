"""Answers against their group, and what the two divisions do."""

import math
from statistics import fmean, pstdev

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from course_lib.llm.grpo import grpo_advantages, grpo_loss
from course_lib.llm.ppo import policy_gradient_loss

rewards = st.floats(-5, 5)


def seeded(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


MASK = torch.tensor([[0, 1, 1, 1, 1, 0], [0, 0, 1, 0, 0, 0], [0, 1, 1, 1, 0, 0]]).bool()
ADVANTAGES = torch.tensor([-1.5, 1.0, 0.5], dtype=torch.float64)


@given(st.lists(rewards, min_size=1, max_size=6), st.floats(0.01, 1))
def test_an_advantage_is_the_distance_from_the_mean_in_standard_deviations(group, eps):
    found = grpo_advantages(torch.tensor([group], dtype=torch.float64), eps)[0]
    expected = [(reward - fmean(group)) / (pstdev(group) + eps) for reward in group]
    assert found.tolist() == pytest.approx(expected, abs=1e-9)
    assert found.sum().item() == pytest.approx(0, abs=1e-9)


def test_groups_are_compared_each_for_itself_and_nothing_is_changed():
    rewards = seeded(4, 5)
    before = rewards.clone()
    alone = torch.cat([grpo_advantages(group[None], 1e-4) for group in rewards])
    assert torch.equal(grpo_advantages(rewards, 1e-4), alone)
    assert torch.equal(rewards, before)


@given(st.floats(-(2.0**100), 2.0**100, width=32), st.integers(1, 16))
def test_a_group_of_equals_gets_exactly_0_whatever_the_rounding(reward, n):
    group = torch.full((1, n), reward)
    assert (grpo_advantages(group, eps=1e-12) == 0).all()


def test_extreme_rewards_and_an_eps_of_0():
    far = grpo_advantages(torch.tensor([[1e4, -1e4, 1e4, -1e4], [1e9, 1e9, 1e9, 1e9 + 64]]), 1e-4)
    torch.testing.assert_close(far[0], torch.tensor([1.0, -1.0, 1.0, -1.0]))
    assert far.isfinite().all() and far[1, 3] > 1
    with pytest.raises(ValueError, match="eps must be above 0, got 0"):
        grpo_advantages(torch.zeros(1, 2), eps=0)


def test_the_standard_deviation_raises_the_pull_of_a_group_that_is_nearly_all_right():
    rewards = torch.tensor([[1.0] * 4 + [0.0] * 4, [1.0] * 7 + [0.0]])
    centered = rewards - rewards.mean(dim=-1, keepdim=True)
    half, nearly_all = (grpo_advantages(rewards, 1e-9) / centered).mean(dim=-1).tolist()
    assert half == pytest.approx(1 / math.sqrt(1 / 2 * 1 / 2))
    assert nearly_all == pytest.approx(1 / math.sqrt(7 / 8 * 1 / 8))


def test_the_loss_is_that_of_a_loop():
    new, old, reference = seeded(3, 6), seeded(3, 6, seed=1), seeded(3, 6, seed=2)
    answers = []
    for row, advantage in enumerate(ADVANTAGES.tolist()):
        tokens = []
        for t in range(6):
            if MASK[row, t]:
                ratio = math.exp(new[row, t] - old[row, t])
                gain = min(ratio * advantage, min(max(ratio, 0.7), 1.3) * advantage)
                ref_ratio = math.exp(reference[row, t] - new[row, t])
                tokens.append(gain - 0.4 * (ref_ratio - 1 - math.log(ref_ratio)))
        answers.append(fmean(tokens))
    loss = grpo_loss(new, old, reference, ADVANTAGES, MASK, clip=0.3, beta=0.4)
    assert loss.item() == pytest.approx(-fmean(answers))


def test_a_token_of_a_long_answer_counts_less():
    """The first step without a penalty: each token's pull is its advantage / length / answers."""
    logprobs = seeded(3, 6).requires_grad_()
    old = logprobs.detach()
    grpo_loss(logprobs, old, old, ADVANTAGES, MASK, clip=0.2, beta=0.0).backward()
    lengths = torch.tensor([4, 1, 3])
    torch.testing.assert_close(-logprobs.grad, MASK * (ADVANTAGES / lengths / 3)[:, None])

    token_mean = policy_gradient_loss(logprobs, ADVANTAGES[:, None].expand(3, 6), MASK)
    (gradient,) = torch.autograd.grad(token_mean, logprobs)
    torch.testing.assert_close(-gradient, MASK * ADVANTAGES[:, None] / 8)  # all 8 tokens alike


def test_the_penalty_is_0_at_the_reference_and_grows_on_both_sides():
    logprobs, nothing = seeded(3, 6), torch.zeros(3, dtype=torch.float64)
    losses = [
        grpo_loss(logprobs + d, logprobs, logprobs, nothing, MASK, clip=0.2, beta=0.5).item()
        for d in (0.0, 0.3, -0.3)
    ]
    assert losses[0] == 0 and losses[1] > 0 and losses[2] > 0


def test_what_is_not_counted_changes_no_loss_and_no_gradient():
    junk = torch.where(MASK, 0.0, torch.tensor([math.nan, math.inf, -math.inf, 1e30, 0.0, 5.0]))
    x, old, reference = seeded(3, 6).requires_grad_(), seeded(3, 6, seed=1), seeded(3, 6, seed=2)
    seen = []
    for more in (torch.zeros(()), junk):
        loss = grpo_loss(x + more, old + more, reference + more, ADVANTAGES, MASK, 0.2, 0.4)
        seen.append((loss, torch.autograd.grad(loss, x)[0]))
    assert torch.equal(seen[0][0], seen[1][0]) and torch.equal(seen[0][1], seen[1][1])
    gradient = seen[0][1]
    assert (gradient[~MASK] == 0).all() and (gradient[MASK] != 0).all()


def test_extreme_log_ratios_are_no_nan():
    new = torch.tensor([[0.0, -1e4, 0.0], [-1e4, 0.0, -50.0]], requires_grad=True)
    old = torch.tensor([[0.0, 0.0, -1e4], [0.0, -1e4, 0.0]])
    mask = torch.ones(2, 3, dtype=torch.bool)
    for advantages in (torch.tensor([1.0, -1.0]), torch.zeros(2)):
        loss = grpo_loss(new, old, torch.zeros(2, 3) - 50, advantages, mask, 0.2, 0.4)
        assert not loss.isnan()


def test_gradients_agree_with_finite_differences():
    x, old, reference = seeded(3, 6).requires_grad_(), seeded(3, 6, seed=1), seeded(3, 6, seed=2)
    assert gradcheck(lambda x: grpo_loss(x, old, reference, ADVANTAGES, MASK, 0.2, 0.4), x)
