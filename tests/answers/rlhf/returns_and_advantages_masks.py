"""Answers to `returns_and_advantages` that are mistaken about masks, rows and gradients."""

import torch

from tests.answers.book import wrong
from tests.answers.rlhf.returns_and_advantages import back, filled, gae_token_by_token


def backwards(rewards, values, gamma, lam):
    """Go through all places, whatever counts."""
    later = after = torch.zeros(len(values))
    advantages = torch.zeros_like(values)
    for t in reversed(range(values.size(1))):
        later = rewards[:, t] + gamma * after - values[:, t] + gamma * lam * later
        after = values[:, t]
        advantages[:, t] = later
    return advantages


@wrong("returns_and_advantages", "padding_counts")
@torch.no_grad()
def gae_without_mask(rewards, values, mask, gamma, lam):
    advantages = backwards(rewards, values, gamma, lam)
    return advantages + values, advantages


@wrong("returns_and_advantages", "padding_counts")
@torch.no_grad()
def gae_masked_at_the_end(rewards, values, mask, gamma, lam):
    advantages = backwards(rewards, values, gamma, lam)
    return (advantages + values).masked_fill(~mask, 0), advantages.masked_fill(~mask, 0)


@wrong("returns_and_advantages", "padding_counts")
@torch.no_grad()
def gae_multiplied_at_the_end(rewards, values, mask, gamma, lam):
    advantages = backwards(rewards, values, gamma, lam)
    return (advantages + values) * mask, advantages * mask


@wrong("returns_and_advantages", "a_gap_is_a_token")
@torch.no_grad()
def gae_of_zeroed_inputs(rewards, values, mask, gamma, lam):
    rewards, values = rewards.masked_fill(~mask, 0), values.masked_fill(~mask, 0)
    advantages = backwards(rewards, values, gamma, lam).masked_fill(~mask, 0)
    return advantages + values, advantages


@wrong("returns_and_advantages", "nan_from_outside")
@torch.no_grad()
def gae_by_products(rewards, values, mask, gamma, lam):
    """Right where all is finite."""
    advantages = torch.zeros_like(values)
    after = later = torch.zeros(len(values))
    for t in reversed(range(values.size(1))):
        m = mask[:, t].float()
        advantage = rewards[:, t] + gamma * after - values[:, t] + gamma * lam * later
        after = m * values[:, t] + (1 - m) * after
        later = m * advantage + (1 - m) * later
        advantages[:, t] = m * advantage
    return (advantages + values) * mask, advantages


@wrong("returns_and_advantages", "stops_at_a_gap")
@torch.no_grad()
def gae_that_forgets_at_gaps(rewards, values, mask, gamma, lam):
    rewards, values = rewards.masked_fill(~mask, 0), values.masked_fill(~mask, 0)
    later = after = torch.zeros(len(values))
    advantages = torch.zeros_like(values)
    for t in reversed(range(values.size(1))):
        later = rewards[:, t] + gamma * after - values[:, t] + gamma * lam * later
        later = later * mask[:, t]
        after = values[:, t]
        advantages[:, t] = later
    return advantages + values, advantages


@wrong("returns_and_advantages", "stops_at_a_gap")
@torch.no_grad()
def gae_of_the_next_place(rewards, values, mask, gamma, lam):
    rewards, values = rewards.masked_fill(~mask, 0), values.masked_fill(~mask, 0)
    later = after = torch.zeros(len(values))
    advantages = torch.zeros_like(values)
    for t in reversed(range(values.size(1))):
        advantage = rewards[:, t] + gamma * after - values[:, t] + gamma * lam * later
        later = torch.where(mask[:, t], advantage, later)
        after = values[:, t]
        advantages[:, t] = advantage
    advantages = advantages.masked_fill(~mask, 0)
    return advantages + values, advantages


@wrong("returns_and_advantages", "bootstraps_from_padding")
@torch.no_grad()
def gae_with_values_of_padding(rewards, values, mask, gamma, lam):
    later = torch.zeros(len(values))
    advantages = torch.zeros_like(values)
    following = torch.cat([values[:, 1:], torch.zeros(len(values), 1)], dim=1)
    surprise = rewards + gamma * following - values
    for t in reversed(range(values.size(1))):
        later = torch.where(mask[:, t], surprise[:, t] + gamma * lam * later, 0)
        advantages[:, t] = later
    return (advantages + values).masked_fill(~mask, 0), advantages


@wrong("returns_and_advantages", "counts_from_the_left")
@torch.no_grad()
def gae_of_lengths(rewards, values, mask, gamma, lam):
    returns, advantages = torch.zeros_like(values), torch.zeros_like(values)
    for b, n in enumerate(mask.sum(dim=1).tolist()):
        advantages[b, :n] = backwards(rewards[b : b + 1, :n], values[b : b + 1, :n], gamma, lam)[0]
        returns[b, :n] = advantages[b, :n] + values[b, :n]
    return returns, advantages


@wrong("returns_and_advantages", "padding_not_zero")
@torch.no_grad()
def gae_left_outside(rewards, values, mask, gamma, lam):
    advantages = torch.zeros_like(values)
    after = later = torch.zeros(len(values))
    for t in reversed(range(values.size(1))):
        advantage = rewards[:, t] + gamma * after - values[:, t] + gamma * lam * later
        after = torch.where(mask[:, t], values[:, t], after)
        later = torch.where(mask[:, t], advantage, later)
        advantages[:, t] = later
    return advantages + values, advantages


@wrong("returns_and_advantages", "mask_turned")
def gae_of_the_rest(rewards, values, mask, gamma, lam):
    return gae_token_by_token(rewards, values, ~mask, gamma, lam)


@wrong("returns_and_advantages", "rows_run_together")
@torch.no_grad()
def gae_of_one_long_row(rewards, values, mask, gamma, lam):
    shape = values.shape
    given = (x.flatten()[None] for x in (rewards, values, mask))
    returns, advantages = gae_token_by_token(*given, gamma, lam)
    return returns.view(shape), advantages.view(shape)


@wrong("returns_and_advantages", "along_the_batch")
def gae_of_columns(rewards, values, mask, gamma, lam):
    returns, advantages = gae_token_by_token(rewards.T, values.T, mask.T, gamma, lam)
    return returns.T, advantages.T


@wrong("returns_and_advantages", "ignores_lam")
@torch.no_grad()
def gae_of_rewards_to_come(rewards, values, mask, gamma, lam):
    returns = filled(lambda r, v, g, lam: back(r, g), rewards, values, mask, gamma, lam)
    return returns, (returns - values).masked_fill(~mask, 0)


@wrong("returns_and_advantages", "rewards_for_returns")
@torch.no_grad()
def gae_of_single_rewards(rewards, values, mask, gamma, lam):
    outside = ~mask
    return rewards.masked_fill(outside, 0), (rewards - values).masked_fill(outside, 0)


@wrong("returns_and_advantages", "looks_past_the_end")
@torch.no_grad()
def gae_past_the_end(rewards, values, mask, gamma, lam):
    advantages = torch.zeros_like(values)
    later = torch.zeros(len(values))
    for t in reversed(range(values.size(1))):
        later = rewards[:, t] + gamma * values[:, t + 1] - values[:, t] + gamma * lam * later
        advantages[:, t] = later
    return advantages + values, advantages


@wrong("returns_and_advantages", "carries_a_gradient")
def gae_with_gradients(rewards, values, mask, gamma, lam):
    return gae_token_by_token.__wrapped__(rewards, values, mask, gamma, lam)


@wrong("returns_and_advantages", "carries_a_gradient")
def gae_with_gradients_of_returns(rewards, values, mask, gamma, lam):
    _, advantages = gae_token_by_token(rewards, values, mask, gamma, lam)
    return (advantages + values).masked_fill(~mask, 0), advantages


@wrong("returns_and_advantages", "changed_inputs")
@torch.no_grad()
def gae_that_cleans_up(rewards, values, mask, gamma, lam):
    values[~mask] = 0
    rewards.masked_fill_(~mask, 0)
    return gae_token_by_token(rewards, values, mask, gamma, lam)


@wrong("returns_and_advantages", "ignores_input")
def gae_of_the_example(rewards, values, mask, gamma, lam):
    return FIRST


FIRST = (
    torch.tensor([[-1.984, -1.5, -1.36], [-1.0044, -2.406, -0.19]]),
    torch.tensor([[-1.024, -2.39, -2.32], [-2.3944, -3.176, -0.14]]),
)
