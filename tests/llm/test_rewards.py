"""Rewards from preferences: the losses, the model that says one number, what it is checked by."""

import math
from itertools import permutations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from course_lib.llm.rewards import (
    bradley_terry_loss,
    calibration_table,
    last_response_token,
    plackett_luce_loss,
    preference_accuracy,
    response_rewards,
    reward_model,
)
from tests.llm.models import new_model, random_ids, random_model

rewards = st.floats(-20, 20)
lists = st.lists(rewards, min_size=2, max_size=5)


def seeded(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def with_numbers(**changes) -> torch.nn.Module:
    """Return a reward model whose head is not 0."""
    model = reward_model(random_model(**changes))
    torch.nn.init.normal_(model.head.weight, generator=torch.Generator().manual_seed(1))
    return model.eval()


@given(st.lists(st.tuples(rewards, rewards), min_size=1, max_size=4))
def test_bradley_terry_is_the_mean_of_minus_log_of_the_probability(pairs):
    expected = [math.log(1 + math.exp(rejected - chosen)) for chosen, rejected in pairs]
    chosen, rejected = torch.tensor(pairs, dtype=torch.float64).T
    loss = bradley_terry_loss(chosen, rejected)
    assert loss.item() == pytest.approx(sum(expected) / len(expected), abs=1e-9)


def test_bradley_terry_of_far_rewards_is_a_number_with_a_gradient():
    chosen = torch.tensor([1e4, -1e4, 0.0], requires_grad=True)
    rejected = torch.tensor([-1e4, 1e4, 0.0])
    loss = bradley_terry_loss(chosen, rejected)
    assert loss.item() == pytest.approx((0 + 2e4 + math.log(2)) / 3)
    loss.backward()
    torch.testing.assert_close(chosen.grad, torch.tensor([0.0, -1 / 3, -1 / 6]))


@given(lists)
def test_plackett_luce_chooses_the_best_of_those_that_remain(ranked):
    expected = 0.0
    for place in range(len(ranked)):
        weights = [math.exp(reward) for reward in ranked[place:]]
        expected -= math.log(weights[0] / sum(weights))
    loss = plackett_luce_loss(torch.tensor([ranked], dtype=torch.float64))
    assert loss.item() == pytest.approx(expected, abs=1e-9)


@given(lists)
def test_all_orders_together_have_probability_1(answers):
    orders = torch.tensor(list(permutations(answers)), dtype=torch.float64)
    probs = [math.exp(-plackett_luce_loss(order[None]).item()) for order in orders]
    assert sum(probs) == pytest.approx(1)
    assert -math.log(probs[0]) == pytest.approx(plackett_luce_loss(orders[:1]).item())


def test_plackett_luce_of_two_is_bradley_terry_and_rankings_are_averaged():
    ranked = seeded(6, 2)
    torch.testing.assert_close(plackett_luce_loss(ranked), bradley_terry_loss(*ranked.T))
    three = seeded(4, 3)
    alone = torch.stack([plackett_luce_loss(row[None]) for row in three])
    torch.testing.assert_close(plackett_luce_loss(three), alone.mean())
    assert plackett_luce_loss(torch.zeros(2, 4)).item() == pytest.approx(math.log(24))


def test_plackett_luce_of_far_rewards_is_a_number_with_a_gradient():
    ranked = torch.tensor([[1e4, 0.0, -1e4], [-1e4, 1e4, 0.0], [1e4, 1e4, 1e4]], requires_grad=True)
    loss = plackett_luce_loss(ranked)
    assert loss.item() == pytest.approx((0 + 2e4 + math.log(6)) / 3)
    loss.backward()
    assert ranked.grad.isfinite().all()
    torch.testing.assert_close(ranked.grad[1], torch.tensor([-1.0, 1.0, 0.0]) / 3)


def test_both_look_at_differences_only():
    ranked = seeded(5, 3)
    torch.testing.assert_close(plackett_luce_loss(ranked + 5), plackett_luce_loss(ranked))
    torch.testing.assert_close(
        bradley_terry_loss(ranked[:, 0] + 5, ranked[:, 1] + 5),
        bradley_terry_loss(ranked[:, 0], ranked[:, 1]),
    )


def test_gradients_agree_with_finite_differences():
    assert gradcheck(bradley_terry_loss, (seeded(3).requires_grad_(), seeded(3, seed=1)))
    assert gradcheck(bradley_terry_loss, (seeded(3), seeded(3, seed=1).requires_grad_()))
    assert gradcheck(plackett_luce_loss, seeded(3, 4).requires_grad_())


@pytest.mark.parametrize("tied", [True, False])
def test_a_new_reward_model_finds_all_answers_alike_and_leaves_the_policy_as_it_is(tied):
    policy = new_model(tied_head=tied)
    before = {name: weight.clone() for name, weight in policy.state_dict().items()}
    model = reward_model(policy)
    numbers = model(random_ids(2, 7))
    assert numbers.shape == (2, 7, 1) and (numbers == 0).all()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(1.0)
    assert all(torch.equal(weight, before[name]) for name, weight in policy.state_dict().items())


def test_a_reward_model_learns_which_answers_are_preferred():
    """Ten answers that hold token 1 against ten that do not, as few steps will tell apart."""
    torch.manual_seed(0)
    model = reward_model(new_model())
    chosen, rejected = random_ids(10, 6).clamp(min=2), random_ids(10, 6, seed=1).clamp(min=2)
    chosen[torch.arange(10), torch.arange(10) % 4] = 1
    mask = torch.tensor([[0, 1, 1, 1, 1, 0]]).bool().expand(10, 6)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(30):
        pair = response_rewards(model, chosen, mask), response_rewards(model, rejected, mask)
        losses.append(bradley_terry_loss(*pair))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[0].item() == pytest.approx(math.log(2))
    assert losses[-1] < 0.1 and preference_accuracy(*pair) == 1


@pytest.mark.parametrize("positions", ["rope", "learned", "sinusoidal", "none"])
def test_padding_changes_no_reward_and_no_gradient(positions):
    model, ids = with_numbers(positions=positions), random_ids(3, 8)
    mask = torch.zeros(3, 8, dtype=torch.bool)
    for row, (start, end) in enumerate([(2, 5), (3, 8), (1, 2)]):
        mask[row, start:end] = True
    weights = list(model.parameters())

    def reward_and_gradients(row, T, padding):
        row_ids = ids[row : row + 1, :T].clone()
        row_mask = mask[row : row + 1, :T]
        row_ids[0, last[row] + 1 :] = padding
        reward = response_rewards(model, row_ids, row_mask)
        return reward, torch.autograd.grad(reward.sum(), weights, allow_unused=True)

    last = last_response_token(mask).tolist()
    assert last == [4, 7, 1]
    together = response_rewards(model, ids, mask)
    for row in range(3):
        alone, gradients = reward_and_gradients(row, last[row] + 1, padding=0)
        torch.testing.assert_close(together[row : row + 1], alone)
        for padding in (0, 36):
            padded, padded_gradients = reward_and_gradients(row, 8, padding)
            torch.testing.assert_close(padded, alone)
            torch.testing.assert_close(padded_gradients, gradients, rtol=1e-4, atol=1e-5)


def test_the_reward_is_read_at_the_last_token_and_knows_all_before_it():
    model, ids = with_numbers(), random_ids(1, 8)
    mask = torch.tensor([[0, 0, 0, 1, 1, 1, 0, 0]]).bool()
    reward = response_rewards(model, ids, mask)
    torch.testing.assert_close(reward, model(ids)[:, 5, 0])
    for place in range(6):
        other = ids.clone()
        other[0, place] = (other[0, place] + 1) % 37
        assert not torch.allclose(response_rewards(model, other, mask), reward), place


def test_a_row_without_a_response_is_refused():
    mask = torch.tensor([[0, 1], [0, 0]]).bool()
    with pytest.raises(ValueError, match="expected a response in each row"):
        response_rewards(with_numbers(), random_ids(2, 2), mask)


def test_accuracy_counts_a_tie_half():
    chosen, rejected = torch.tensor([2.0, 1.0, 3.0, -1.0]), torch.tensor([1.0, 1.0, 4.0, -2.0])
    assert preference_accuracy(chosen, rejected) == 2.5 / 4
    assert preference_accuracy(torch.zeros(3), torch.zeros(3)) == 0.5


def test_a_rater_who_is_as_noisy_as_predicted_is_on_the_diagonal():
    """20,000 pairs: each bin is off by 5 standard errors in less than 1 of 10^6 runs."""
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 20_000, generator=generator) * 1.5
    a_preferred = torch.rand(20_000, generator=generator) < (a - b).sigmoid()
    chosen, rejected = torch.where(a_preferred, a, b), torch.where(a_preferred, b, a)
    table = calibration_table(chosen, rejected)
    assert len(table) == 10 and sum(row.n for row in table) == 40_000
    for number, row in enumerate(table):
        assert number / 10 <= row.predicted <= (number + 1) / 10
        error = 5 * (row.predicted * (1 - row.predicted) / row.n) ** 0.5
        assert row.observed == pytest.approx(row.predicted, abs=error)
    sure = calibration_table(3 * chosen, 3 * rejected)  # as if rewards told more than they do
    assert sure[-1].observed < sure[-1].predicted - 0.1


@given(st.lists(st.tuples(rewards, rewards), min_size=1, max_size=6), st.integers(1, 5))
def test_the_table_is_that_of_a_loop_over_pairs(pairs, n_bins):
    views = {}
    for chosen, rejected in pairs:
        for margin, preferred in ((chosen - rejected, 1), (rejected - chosen, 0)):
            prob = 1 / (1 + math.exp(-margin))
            views.setdefault(min(int(prob * n_bins), n_bins - 1), []).append((prob, preferred))
    table = calibration_table(*torch.tensor(pairs, dtype=torch.float64).T, n_bins)
    assert len(table) == len(views)
    for row, (_, seen) in zip(table, sorted(views.items()), strict=True):
        assert row.n == len(seen)
        assert row.predicted == pytest.approx(sum(prob for prob, _ in seen) / len(seen))
        assert row.observed == pytest.approx(sum(was for _, was in seen) / len(seen))


def test_certain_predictions_are_in_the_outer_bins():
    table = calibration_table(torch.tensor([1e4]), torch.tensor([-1e4]))
    assert table == [(0.0, 0.0, 1), (1.0, 1.0, 1)]
    with pytest.raises(ValueError, match="n_bins must be at least 1, got 0"):
        calibration_table(torch.zeros(1), torch.zeros(1), 0)
