"""What reward, KL, best-of-n and DPO have to do with each other, where all can be computed.

Nothing here is drawn: each statement is checked over every answer of a tiny world.
"""

import math

import pytest
import torch
from torch import Tensor

from course_lib.llm.dpo import dpo_loss, implicit_reward
from course_lib.llm.logprobs import sequence_logprob
from course_lib.llm.rewards import bradley_terry_loss
from tests.llm.tiny_world import MASK, REWARDS, logprobs_of, probs_of, random_table

BETA = 0.4
REFERENCE = random_table(1)
REF_LOGPROBS = sequence_logprob(logprobs_of(REFERENCE), MASK)  # (15,)
# The reference, with each answer exp(reward / beta) times as likely, divided by the sum of all.
TILTED = (REF_LOGPROBS + REWARDS / BETA).log_softmax(dim=-1)
LOG_SUM = (REF_LOGPROBS + REWARDS / BETA).logsumexp(dim=-1)


def kl(logprobs: Tensor, ref_logprobs: Tensor) -> Tensor:
    """Return KL over whole answers, (N,) log-probabilities each; never drawn: no part."""
    log_ratio = (logprobs - ref_logprobs).masked_fill(logprobs == -math.inf, 0.0)
    return (logprobs.exp() * log_ratio).sum()


def objective(logprobs: Tensor) -> Tensor:
    return (logprobs.exp() * REWARDS).sum() - BETA * kl(logprobs, REF_LOGPROBS)


def best_of_n(ref_logprobs: Tensor, rewards: Tensor, n: int) -> Tensor:
    """Return the log-probabilities of the best of n draws, where no two rewards are equal.

    An answer is the best if all n draws are at most as good, but not all of them worse.
    """
    order = rewards.argsort()
    at_most = ref_logprobs[order].exp().cumsum(dim=-1).clamp(max=1)
    worse = torch.cat((torch.zeros(1, dtype=at_most.dtype), at_most[:-1]))
    probs = torch.empty_like(rewards)
    probs[order] = at_most**n - worse**n
    return probs.log()


def minimized(table: Tensor, loss_of) -> Tensor:
    """Return the table that minimizes a smooth loss, started from `table`."""
    table = table.clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [table],
        max_iter=500,
        tolerance_grad=1e-12,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimizer.zero_grad()
        loss = loss_of(table)
        loss.backward()
        return loss

    optimizer.step(closure)
    return table.detach()


def test_no_policy_is_better_at_reward_minus_beta_kl_than_the_tilted_reference():
    """What any policy misses is exactly beta * KL(policy, tilted reference)."""
    torch.testing.assert_close(objective(TILTED), BETA * LOG_SUM)
    for seed in range(10):
        policy = sequence_logprob(logprobs_of(random_table(seed, size=2)), MASK)
        missed = BETA * kl(policy, TILTED)
        torch.testing.assert_close(objective(policy), BETA * LOG_SUM - missed)
        assert missed > 0.01


def test_following_the_gradient_of_reward_minus_beta_kl_leads_there():
    found = minimized(
        REFERENCE, lambda table: -objective(sequence_logprob(logprobs_of(table), MASK))
    )
    found = sequence_logprob(logprobs_of(found), MASK)
    torch.testing.assert_close(found.exp(), TILTED.exp(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_dpo_leads_there_too_from_all_that_a_rater_could_ever_say(temperature):
    """A rater who sees rewards through noise: the noisier, the less is learned.

    Each pair of answers is as frequent as the reference draws it, and each of the two is preferred
    as often as Bradley and Terry say. DPO then tilts by exp(reward / (beta * temperature)).
    """
    margins = (REWARDS[:, None] - REWARDS[None, :]) / temperature
    frequency = REF_LOGPROBS.exp()[:, None] * REF_LOGPROBS.exp()[None, :] * margins.sigmoid()
    first, second = torch.cartesian_prod(torch.arange(15), torch.arange(15)).T

    def loss_of(table):
        policy = sequence_logprob(logprobs_of(table), MASK)
        pairs = (policy[first], policy[second], REF_LOGPROBS[first], REF_LOGPROBS[second])
        losses = torch.stack([dpo_loss(*pair, BETA) for pair in zip(*pairs, strict=True)])
        return (frequency.flatten() * losses).sum()

    tilted = (REF_LOGPROBS + REWARDS / temperature / BETA).log_softmax(dim=-1)
    found = sequence_logprob(logprobs_of(minimized(REFERENCE, loss_of)), MASK)
    torch.testing.assert_close(found.exp(), tilted.exp(), rtol=1e-3, atol=1e-6)
    seen = implicit_reward(found, REF_LOGPROBS, BETA)
    torch.testing.assert_close(
        seen - seen[0], (REWARDS - REWARDS[0]) / temperature, rtol=1e-2, atol=1e-2
    )


def test_a_reward_model_recovers_rewards_up_to_one_number():
    margins = REWARDS[:, None] - REWARDS[None, :]
    first, second = torch.cartesian_prod(torch.arange(15), torch.arange(15)).T

    def loss_of(rewards):
        losses = [
            bradley_terry_loss(a, b) for a, b in zip(rewards[first], rewards[second], strict=True)
        ]
        return (margins.sigmoid().flatten() * torch.stack(losses)).mean()

    found = minimized(torch.zeros(15, dtype=torch.float64), loss_of)
    torch.testing.assert_close(found - found.mean(), REWARDS - REWARDS.mean(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_n_is_never_farther_away_than_log_n_minus_n_minus_1_over_n(seed):
    """An upper bound, not an equality: Beirami et al., 2024, https://arxiv.org/abs/2401.01879."""
    reference = sequence_logprob(logprobs_of(random_table(seed)), MASK)
    distances = []
    for n in (1, 2, 4, 16, 64, 2**20):
        best = best_of_n(reference, REWARDS, n)
        assert best.exp().sum().item() == pytest.approx(1)
        distances.append(kl(best, reference).item())
        assert distances[-1] <= math.log(n) - (n - 1) / n + 1e-12
    assert distances[0] == pytest.approx(0, abs=1e-12)
    assert distances == sorted(distances)
    most = -reference[REWARDS.argmax()].item()  # where only the best answer is ever left
    assert distances[-1] <= most + 1e-12
    assert distances[-1] < 0.5 * math.log(2**20), "the bound grows on for ever, the distance not"


def test_the_bound_is_reached_where_every_answer_is_rare():
    N, n = 200_000, 16
    reference = torch.full((N,), -math.log(N), dtype=torch.float64)
    distance = kl(best_of_n(reference, torch.arange(N).double(), n), reference).item()
    assert distance == pytest.approx(math.log(n) - (n - 1) / n, abs=1e-3)


@pytest.mark.parametrize("n", [2, 4, 16])
def test_for_its_kl_the_best_of_n_wins_less_reward_than_the_tilted_reference(n):
    """No policy at the same KL has more reward than the tilted one."""
    best = best_of_n(REF_LOGPROBS, REWARDS, n)
    distance = kl(best, REF_LOGPROBS)
    low, high = 1e-3, 1e3  # of beta: the larger, the nearer is the tilted reference
    for _ in range(100):
        beta = math.sqrt(low * high)
        tilted = (REF_LOGPROBS + REWARDS / beta).log_softmax(dim=-1)
        low, high = (beta, high) if kl(tilted, REF_LOGPROBS) > distance else (low, beta)
    reward, tilted_reward = (best.exp() * REWARDS).sum(), (tilted.exp() * REWARDS).sum()
    before = (probs_of(REFERENCE) * REWARDS).sum()
    assert reward < tilted_reward
    assert reward - before > 0.75 * (tilted_reward - before)
