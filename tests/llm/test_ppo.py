"""Rewards, returns and advantages at each token, and gradients against exact ones."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from course_lib.llm.logprobs import sequence_logprob
from course_lib.llm.ppo import (
    penalized_rewards,
    policy_gradient_loss,
    ppo_clip_loss,
    returns_and_advantages,
    token_values,
    value_loss,
)
from course_lib.llm.rewards import reward_model
from tests.llm.models import random_ids, random_model
from tests.llm.tiny_world import IDS, MASK, REWARDS, logprobs_of, probs_of, random_table

numbers = st.floats(-5, 5)
parts = st.floats(0, 1)


def seeded(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def mask_of(*rows: str) -> torch.Tensor:
    return torch.tensor([[mark == "1" for mark in row] for row in rows])


def gradient(value: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    return torch.autograd.grad(value, table, retain_graph=True)[0]


def advantages_of_a_row(rewards, values, gamma, lam):
    """Return GAE as its definition says: a double sum, over one answer without padding."""
    n = len(rewards)
    next_values = [*values[1:], 0.0]
    errors = [rewards[t] + gamma * next_values[t] - values[t] for t in range(n)]
    return [sum((gamma * lam) ** (s - t) * errors[s] for s in range(t, n)) for t in range(n)]


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), parts, parts, st.data())
def test_advantages_are_the_sum_of_later_surprises(tokens, gamma, lam, data):
    before, after = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    rewards, values = map(list, zip(*tokens, strict=True))
    junk = math.nan
    row = [[junk] * before + x + [junk] * after for x in (rewards, values)]
    mask = torch.tensor([[False] * before + [True] * len(tokens) + [False] * after])
    returns, advantages = returns_and_advantages(
        *torch.tensor(row, dtype=torch.float64)[:, None], mask, gamma, lam
    )
    expected = advantages_of_a_row(rewards, values, gamma, lam)
    assert advantages[mask].tolist() == pytest.approx(expected, abs=1e-9)
    added = [a + v for a, v in zip(expected, values, strict=True)]
    assert returns[mask].tolist() == pytest.approx(added, abs=1e-9)
    assert (advantages[~mask] == 0).all() and (returns[~mask] == 0).all()


def test_what_stands_between_counted_tokens_is_left_out():
    rewards, values, mask = seeded(1, 6), seeded(1, 6, seed=1), mask_of("011010")
    kept = [x[mask][None] for x in (rewards, values, mask)]
    whole = returns_and_advantages(rewards, values, mask, 0.9, 0.8)
    for found, expected in zip(whole, returns_and_advantages(*kept, 0.9, 0.8), strict=True):
        torch.testing.assert_close(found[mask][None], expected)


def test_with_lam_1_it_is_return_minus_value_and_with_lam_0_the_error_of_one_step():
    rewards, values = seeded(2, 5), seeded(2, 5, seed=1)
    mask = mask_of("01110", "00111")
    gamma = 0.9
    returns, advantages = returns_and_advantages(rewards, values, mask, gamma, lam=1)
    for row, (start, end) in enumerate([(1, 4), (2, 5)]):
        for t in range(start, end):
            to_come = sum(gamma ** (s - t) * rewards[row, s] for s in range(t, end))
            torch.testing.assert_close(returns[row, t], to_come)
            torch.testing.assert_close(advantages[row, t], to_come - values[row, t])
    _, advantages = returns_and_advantages(rewards, values, mask, gamma, lam=0)
    for row, (start, end) in enumerate([(1, 4), (2, 5)]):
        for t in range(start, end):
            next_value = values[row, t + 1] if t + 1 < end else 0
            error = rewards[row, t] + gamma * next_value - values[row, t]
            torch.testing.assert_close(advantages[row, t], error)


def test_padding_of_any_length_changes_no_advantage():
    rewards, values, mask = seeded(2, 5), seeded(2, 5, seed=1), mask_of("01100", "00110")
    short = returns_and_advantages(rewards, values, mask, 0.9, 0.8)
    junk = torch.full((2, 3), math.nan, dtype=torch.float64)
    longer = [torch.cat((x, junk), dim=1) for x in (rewards, values)]
    long = returns_and_advantages(*longer, torch.cat((mask, junk > 0), dim=1), 0.9, 0.8)
    for a, b in zip(short, long, strict=True):
        assert torch.equal(a, b[:, :5]) and (b[:, 5:] == 0).all()


def test_no_gradient_flows_through_returns_and_rewards():
    values = seeded(1, 3).requires_grad_()
    mask = mask_of("011")
    for x in returns_and_advantages(seeded(1, 3), values, mask, 1.0, 0.95):
        assert not x.requires_grad
    assert not penalized_rewards(seeded(1), values, seeded(1, 3), mask, 0.1).requires_grad


def test_rewards_of_tokens_are_the_price_of_each_and_the_reward_at_the_last():
    logprobs = torch.tensor([[9.0, -1.0, -2.0, 9.0], [9.0, 9.0, -1.0, -4.0]])
    ref_logprobs = torch.tensor([[math.nan, -1.5, -1.0, 0.0], [0.0, 0.0, -1.0, -2.0]])
    mask, rewards = mask_of("0110", "0011"), torch.tensor([10.0, 20.0])
    found = penalized_rewards(rewards, logprobs, ref_logprobs, mask, beta=0.1)
    expected = torch.tensor([[0, -0.05, 10 + 0.1, 0], [0, 0, 0, 20 + 0.2]])
    torch.testing.assert_close(found, expected)
    assert rewards.tolist() == [10.0, 20.0]
    free = penalized_rewards(rewards, logprobs, ref_logprobs, mask, beta=0)
    assert free.tolist() == [[0, 0, 10, 0], [0, 0, 0, 20]]


def test_summed_over_an_answer_they_are_on_average_reward_minus_beta_kl():
    policy, reference, beta = random_table(0), random_table(1), 0.3
    probs, ref_probs = probs_of(policy), probs_of(reference)
    objective = (probs * (REWARDS - beta * (probs / ref_probs).log())).sum()
    paid = penalized_rewards(REWARDS, logprobs_of(policy), logprobs_of(reference), MASK, beta)
    torch.testing.assert_close((probs * paid.sum(dim=-1)).sum(), objective)


@pytest.mark.parametrize("baseline", [0.0, 0.7], ids=["no baseline", "a baseline"])
def test_the_mean_gradient_of_answers_is_the_gradient_of_the_expected_reward(baseline):
    """The policy gradient theorem, over every answer: a baseline changes no mean."""
    table = random_table(0).requires_grad_()
    probs = probs_of(table)
    exact = gradient((probs * REWARDS).sum(), table)
    values = torch.full(MASK.shape, baseline, dtype=torch.float64)
    at_end = penalized_rewards(REWARDS, logprobs_of(table), logprobs_of(table), MASK, beta=0)
    _, advantages = returns_and_advantages(at_end, values, MASK, gamma=1, lam=1)
    mean = torch.zeros_like(table)
    for i, prob in enumerate(probs.detach()):
        row = slice(i, i + 1)
        loss = policy_gradient_loss(logprobs_of(table)[row], advantages[row], MASK[row])
        mean -= prob * gradient(loss, table) * MASK[row].sum()  # its sum over tokens, not its mean
    torch.testing.assert_close(mean, exact)


def test_with_the_price_in_the_rewards_it_is_the_gradient_of_reward_minus_beta_kl():
    """Values that differ by token, too: what was expected before a token does not favor any."""
    table, reference, beta = random_table(0).requires_grad_(), random_table(1), 0.3
    probs = probs_of(table)
    kl = (probs * (probs / probs_of(reference)).log()).sum()
    exact = gradient((probs * REWARDS).sum() - beta * kl, table)

    paid = penalized_rewards(REWARDS, logprobs_of(table), logprobs_of(reference), MASK, beta)
    values = seeded(40)[IDS.cumsum(dim=1) * MASK]  # of what was read...
    values = torch.cat((values[:, :1], values[:, :-1]), dim=1)  # ...before each token
    _, advantages = returns_and_advantages(paid, values, MASK, gamma=1, lam=1)
    gains = sequence_logprob(logprobs_of(table) * advantages, MASK)
    torch.testing.assert_close(gradient((probs.detach() * gains).sum(), table), exact)


def test_the_first_step_of_ppo_is_that_of_the_policy_gradient():
    table = random_table(0).requires_grad_()
    logprobs, advantages = logprobs_of(table), seeded(*MASK.shape)
    clipped = ppo_clip_loss(logprobs, logprobs.detach(), advantages, MASK, clip=0.2)
    plain = policy_gradient_loss(logprobs, advantages, MASK)
    torch.testing.assert_close(gradient(clipped, table), gradient(plain, table))
    torch.testing.assert_close(clipped, -advantages[MASK].mean())  # every ratio is 1


@given(st.lists(st.tuples(numbers, numbers, numbers, st.booleans()), min_size=1, max_size=6))
def test_the_clipped_loss_is_that_of_a_loop(tokens):
    gains = []
    for new, old, advantage, counted in tokens:
        ratio = math.exp(new - old)
        if counted:
            limited = min(max(ratio, 0.8), 1.2)
            gains.append(min(ratio * advantage, limited * advantage))
    *columns, mask = zip(*tokens, strict=True)
    new, old, advantages = torch.tensor(columns, dtype=torch.float64)[:, None]
    loss = ppo_clip_loss(new, old, advantages, torch.tensor([mask]), clip=0.2)
    assert loss.item() == pytest.approx(-sum(gains) / max(len(gains), 1), abs=1e-9)


@pytest.mark.parametrize(
    ("ratio", "advantage", "moves"),
    [(1.3, 1, False), (0.7, -1, False), (1.3, -1, True), (0.7, 1, True), (1.1, 1, True)],
)
def test_a_token_stops_pulling_where_it_has_moved_enough(ratio, advantage, moves):
    logprobs = torch.tensor([[math.log(ratio)]], requires_grad=True)
    loss = ppo_clip_loss(
        logprobs, torch.zeros(1, 1), torch.tensor([[advantage]]), mask_of("1"), 0.2
    )
    loss.backward()
    assert logprobs.grad.item() == pytest.approx(-ratio * advantage if moves else 0)


def test_what_is_not_counted_changes_no_loss_and_no_gradient():
    mask = mask_of("0110", "0011")
    junk = torch.where(mask, 0.0, torch.tensor([math.nan, math.inf, -math.inf, 1e30]))
    advantages, old = seeded(2, 4, seed=1), seeded(2, 4, seed=2)
    for loss_of in (
        lambda x, junk: policy_gradient_loss(x + junk, advantages + junk, mask),
        lambda x, junk: ppo_clip_loss(x + junk, old + junk, advantages + junk, mask, 0.2),
        lambda x, junk: policy_gradient_loss(x, advantages + junk, mask),
        lambda x, junk: ppo_clip_loss(x, old, advantages + junk, mask, 0.2),
        lambda x, junk: value_loss(x + junk, old + junk, mask),
    ):
        x = seeded(2, 4).requires_grad_()
        clean, dirty = loss_of(x, 0.0), loss_of(x, junk)
        assert torch.equal(clean, dirty)
        gradients = [torch.autograd.grad(loss, x)[0] for loss in (clean, dirty)]
        assert torch.equal(*gradients) and (gradients[0][~mask] == 0).all()
        assert (gradients[0][mask] != 0).any()


def test_extreme_log_ratios_are_no_nan():
    logprobs = torch.tensor([[-1e4, 0.0, -1e4, 0.0, 0.0]], requires_grad=True)
    old = torch.tensor([[0.0, -1e4, 0.0, -1e4, -1e4]])
    advantages = torch.tensor([[1.0, 1.0, -1.0, -1.0, 0.0]])
    loss = ppo_clip_loss(logprobs, old, advantages, mask_of("11111"), 0.2)
    loss.backward()
    assert loss.isfinite() and logprobs.grad.isfinite().all()


def test_nothing_counted_is_a_loss_of_0():
    nothing = mask_of("00")
    x = seeded(1, 2)
    assert policy_gradient_loss(x, x, nothing) == ppo_clip_loss(x, x, x, nothing, 0.2) == 0
    assert value_loss(x, x + 1, nothing) == 0


def test_the_value_loss_is_a_mean_square():
    values, returns = torch.tensor([[1.0, 2.0, 5.0]]), torch.tensor([[9.0, 4.0, 4.0]])
    assert value_loss(values, returns, mask_of("011")).item() == (4 + 1) / 2


def test_a_value_is_what_was_expected_before_its_token():
    model, ids, mask = reward_model(random_model()), random_ids(2, 6), mask_of("001110", "011000")
    torch.nn.init.normal_(model.head.weight)
    values = token_values(model, ids, mask)
    assert (values[~mask] == 0).all()
    for t in range(1, 6):
        read = model(ids[:, :t])[:, -1, 0]  # with the prompt and the response up to t - 1
        torch.testing.assert_close(values[mask[:, t], t], read[mask[:, t]])


def test_gradients_agree_with_finite_differences():
    x, old, advantages = seeded(2, 4).requires_grad_(), seeded(2, 4, seed=1), seeded(2, 4, seed=2)
    mask = mask_of("0110", "0011")
    assert gradcheck(lambda x: policy_gradient_loss(x, advantages, mask), x)
    assert gradcheck(lambda x: ppo_clip_loss(x, old, advantages, mask, 0.2), x)
    near = x.detach() + 0.1  # inside the clip
    assert gradcheck(lambda x: ppo_clip_loss(x, near, advantages, mask, 0.2), x)
    assert gradcheck(lambda x: value_loss(x, old, mask), x)
