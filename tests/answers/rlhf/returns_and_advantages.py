"""Answers to `returns_and_advantages`."""

import torch

from tests.answers.book import right, wrong


@right("returns_and_advantages")
@torch.no_grad()
def gae_all_rows_at_once(rewards, values, mask, gamma, lam):
    advantages = torch.zeros_like(values)
    next_value = next_advantage = torch.zeros(len(values))
    for t in reversed(range(values.size(1))):
        surprise = rewards[:, t] + gamma * next_value - values[:, t]
        advantage = surprise + gamma * lam * next_advantage
        next_value = torch.where(mask[:, t], values[:, t], next_value)
        next_advantage = torch.where(mask[:, t], advantage, next_advantage)
        advantages[:, t] = advantage
    return (advantages + values).masked_fill(~mask, 0), advantages.masked_fill(~mask, 0)


@right("returns_and_advantages")
@torch.no_grad()
def gae_token_by_token(rewards, values, mask, gamma, lam):
    returns, advantages = torch.zeros_like(values), torch.zeros_like(values)
    for b in range(len(values)):
        next_value, next_advantage = 0.0, 0.0
        for t in range(values.size(1) - 1, -1, -1):
            if mask[b, t]:
                surprise = rewards[b, t] + gamma * next_value - values[b, t]
                next_advantage = surprise + gamma * lam * next_advantage
                next_value = values[b, t]
                advantages[b, t] = next_advantage
                returns[b, t] = next_advantage + next_value
    return returns, advantages


@right("returns_and_advantages")
def gae_by_sums_of_surprises(rewards, values, mask, gamma, lam):
    values = values.detach()
    advantages = torch.zeros_like(values)
    for b in range(len(values)):
        r, v = rewards[b][mask[b]], values[b][mask[b]]
        surprises = r + gamma * torch.cat([v[1:], v.new_zeros(1)])[: len(v)] - v
        steps = torch.arange(len(v))
        ahead = (steps[None] - steps[:, None]).clamp(min=0)
        weights = torch.triu((gamma * lam) ** ahead)
        advantages[b, mask[b]] = weights @ surprises
    returns = torch.where(mask, advantages + values, 0.0)
    return returns, advantages


@right("returns_and_advantages")
def gae_of_returns_first(rewards, values, mask, gamma, lam):
    """A return mixes the next return with the next value: lambda-returns."""
    rows = zip(rewards.tolist(), values.tolist(), mask.tolist(), strict=True)
    returns, advantages = [], []
    for r, v, m in rows:
        line, gains, after, to_come = [], [], 0.0, 0.0
        for t in reversed(range(len(r))):
            if m[t]:
                to_come = r[t] + gamma * ((1 - lam) * after + lam * to_come)
                after = v[t]
            line.insert(0, to_come if m[t] else 0.0)
            gains.insert(0, to_come - v[t] if m[t] else 0.0)
        returns.append(line)
        advantages.append(gains)
    return torch.tensor(returns), torch.tensor(advantages)


@right("returns_and_advantages")
def gae_of_gathered_tokens(rewards, values, mask, gamma, lam):
    """Move the tokens of each row together at its end, go back through them, put them back."""
    order = mask.int().argsort(dim=1, stable=True)
    r, v, m = (x.gather(1, order) for x in (rewards, values.detach(), mask))
    r, v = r.masked_fill(~m, 0), v.masked_fill(~m, 0)
    later, after, found = torch.zeros(len(v)), torch.zeros(len(v)), []
    for t in reversed(range(v.size(1))):
        later = r[:, t] + gamma * after - v[:, t] + gamma * lam * later
        after = v[:, t]
        found.append(later)
    advantages = torch.stack(found[::-1], dim=1)
    back = order.argsort(dim=1)
    returns = (advantages + v).masked_fill(~m, 0).gather(1, back)
    return returns, advantages.masked_fill(~m, 0).gather(1, back)


def tokens(rewards, values, mask):
    """Return for each row the places, rewards and values of its tokens."""
    for b, row in enumerate(mask.tolist()):
        places = [t for t, counts in enumerate(row) if counts]
        yield b, places, rewards[b, places].tolist(), values[b, places].tolist()


def back(row, factor):
    later, found = 0.0, []
    for number in reversed(row):
        later = number + factor * later
        found.insert(0, later)
    return found


def surprises(r, v, gamma, last=0.0):
    return [a + gamma * c - b for a, b, c in zip(r, v, [*v[1:], last], strict=False)]


def gae(r, v, gamma, lam):
    return back(surprises(r, v, gamma), gamma * lam)


def filled(one, rewards, values, mask, gamma, lam):
    result = torch.zeros(values.shape)
    for b, places, r, v in tokens(rewards, values, mask):
        result[b, places] = torch.tensor(one(r, v, gamma, lam))
    return result


def wrong_row(misconception, name, one):
    """Keep mistaken advantages of a row of tokens, to which the values are added."""

    def answer(rewards, values, mask, gamma, lam):
        values = values.detach()
        advantages = filled(one, rewards, values, mask, gamma, lam)
        return (advantages + values).masked_fill(~mask, 0), advantages

    wrong("returns_and_advantages", misconception, f"gae_{name}")(answer)


def wrong_return(misconception, name, one):
    """Keep mistaken returns of a row of tokens, beside right advantages."""

    def answer(rewards, values, mask, gamma, lam):
        given = rewards, values.detach(), mask, gamma, lam
        return filled(one, *given), filled(gae, *given)

    wrong("returns_and_advantages", misconception, f"gae_{name}")(answer)


def wrong_end(misconception, name, method):
    """Keep what is done with right results, `method(returns, advantages, inputs)`."""

    def answer(rewards, values, mask, gamma, lam):
        given = rewards, values.detach(), mask, gamma, lam
        return method(*gae_token_by_token(*given), given)

    wrong("returns_and_advantages", misconception, f"gae_{name}")(answer)


def minus(a, b):
    return [x - y for x, y in zip(a, b, strict=True)]


def plus(a, b):
    return [x + y for x, y in zip(a, b, strict=True)]


for misconception, name, one in [
    ("ignores_lam", "carried_by_gamma", lambda r, v, g, lam: back(surprises(r, v, g), g)),
    ("surprise_alone", "of_surprises", lambda r, v, g, lam: surprises(r, v, g)),
    ("carries_by_lam_alone", "carried_by_lam", lambda r, v, g, lam: back(surprises(r, v, g), lam)),
    ("carries_without_a_factor", "summed", lambda r, v, g, lam: back(surprises(r, v, g), 1)),
    ("ignores_gamma", "undiscounted", lambda r, v, g, lam: gae(r, v, 1, lam)),
    (
        "ignores_gamma",
        "of_undiscounted_values",
        lambda r, v, g, lam: back(surprises(r, v, 1), g * lam),
    ),
    ("wrong_sign", "upside_down", lambda r, v, g, lam: [-a for a in gae(r, v, g, lam)]),
    (
        "value_not_subtracted",
        "without_expectations",
        lambda r, v, g, lam: back(plus(surprises(r, v, g), v), g * lam),
    ),
    ("value_not_subtracted", "of_rewards", lambda r, v, g, lam: back(r, g)),
    (
        "next_value_left_out",
        "without_next_values",
        lambda r, v, g, lam: back(minus(r, v), g * lam),
    ),
    (
        "runs_forwards",
        "from_the_front",
        lambda r, v, g, lam: back(surprises(r, v, g)[::-1], g * lam)[::-1],
    ),
    (
        "reward_of_the_next_token",
        "of_later_rewards",
        lambda r, v, g, lam: gae([*r[1:], 0.0], v, g, lam),
    ),
    (
        "bootstraps_at_the_end",
        "that_goes_on",
        lambda r, v, g, lam: back(surprises(r, v, g, (v or [0])[-1]), g * lam),
    ),
    (
        "bootstraps_at_the_end",
        "that_goes_around",
        lambda r, v, g, lam: back(surprises(r, v, g, (v or [0])[0]), g * lam),
    ),
    ("wrong_value", "of_doubled_rewards", lambda r, v, g, lam: gae(plus(r, r), v, g, lam)),
]:
    wrong_row(misconception, name, one)

for misconception, name, one in [
    ("rewards_for_returns", "with_rewards", lambda r, v, g, lam: r),
    ("values_not_added", "twice", gae),
    ("returns_of_rewards_alone", "with_rewards_to_come", lambda r, v, g, lam: back(r, g)),
    (
        "value_subtracted_again",
        "minus_the_value",
        lambda r, v, g, lam: minus(gae(r, v, g, lam), v),
    ),
]:
    wrong_return(misconception, name, one)


def centered(a, mask, correction=None):
    numbers = a[mask]
    if not len(numbers):
        return a
    spread = 1 if correction is None else numbers.std(correction=correction) + 1e-8
    return ((a - numbers.mean()) / spread).masked_fill(~mask, 0)


for misconception, name, method in [
    ("swapped", "swapped", lambda r, a, given: (a, r)),
    ("normalized", "whitened", lambda r, a, given: (r, centered(a, given[2], 1))),
    ("normalized", "whitened_by_n", lambda r, a, given: (r, centered(a, given[2], 0))),
    ("normalized", "centered", lambda r, a, given: (r, centered(a, given[2]))),
    (
        "normalized",
        "whitened_before_the_returns",
        lambda r, a, given: (
            (centered(a, given[2], 1) + given[1]).masked_fill(~given[2], 0),
            centered(a, given[2], 1),
        ),
    ),
    (
        "normalized",
        "whitened_by_row",
        lambda r, a, given: (
            r,
            torch.stack([centered(x, m, 0) for x, m in zip(a, given[2], strict=True)]),
        ),
    ),
    (
        "padding_not_zero",
        "with_values_outside",
        lambda r, a, given: (torch.where(given[2], r, given[1]), a),
    ),
    ("wrong_dtype", "in_double", lambda r, a, given: (r.double(), a.double())),
    ("wrong_inner_type", "as_lists", lambda r, a, given: (r.tolist(), a.tolist())),
    ("wrong_shape", "of_tokens", lambda r, a, given: (r[given[2]], a[given[2]])),
    ("returns_no_pair", "advantages_only", lambda r, a, given: a),
    ("returns_no_pair", "in_a_list", lambda r, a, given: [r, a]),
    ("returned_nothing", "nothing", lambda r, a, given: None),
]:
    wrong_end(misconception, name, method)
