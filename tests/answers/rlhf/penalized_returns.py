"""Answers to `penalized_returns`; `faulty` is the program that the lesson hands out."""

import torch

from tests.answers.book import right, wrong


@wrong("penalized_returns", "padding_in_the_return")
def faulty(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = logprobs - ref_logprobs
    to_pay = beta * log_ratio.flip(1).cumsum(dim=1).flip(1)
    returns = (rewards[:, None] - to_pay) * mask
    return returns, log_ratio.mean()


def moved(logprobs, ref_logprobs, mask):
    return (logprobs - ref_logprobs).masked_fill(~mask, 0)  # (B, T)


def from_the_end(numbers):
    return numbers.flip(1).cumsum(dim=1).flip(1)


def right_returns(rewards, log_ratio, mask, beta):
    return (rewards[:, None] - beta * from_the_end(log_ratio)).masked_fill(~mask, 0)


@right("penalized_returns")
def penalized_by_filling(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = moved(logprobs, ref_logprobs, mask)
    return right_returns(rewards, log_ratio, mask, beta), log_ratio.sum() / mask.sum()


@right("penalized_returns")
def penalized_by_choosing(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = torch.where(mask, logprobs - ref_logprobs, 0.0)
    before = log_ratio.cumsum(dim=1) - log_ratio
    to_pay = beta * (log_ratio.sum(dim=1, keepdim=True) - before)
    return torch.where(mask, rewards.unsqueeze(1) - to_pay, 0.0), log_ratio[mask].mean()


@right("penalized_returns")
def penalized_token_by_token(rewards, logprobs, ref_logprobs, mask, beta):
    returns, nats = torch.zeros_like(logprobs), []
    for b in range(len(rewards)):
        to_come = rewards[b]
        for t in reversed(range(mask.size(1))):
            if mask[b, t]:
                nats.append(logprobs[b, t] - ref_logprobs[b, t])
                to_come = to_come - beta * nats[-1]
                returns[b, t] = to_come
    return returns, torch.stack(nats).mean()


@right("penalized_returns")
def penalized_by_a_product(rewards, logprobs, ref_logprobs, mask, beta):
    """A triangle of ones adds up what comes later."""
    log_ratio = moved(logprobs, ref_logprobs, mask)
    T = mask.size(1)
    later = torch.ones(T, T).tril()
    returns = rewards[:, None] - beta * log_ratio @ later
    return returns.masked_fill(~mask, 0), (logprobs[mask] - ref_logprobs[mask]).mean()


def wrong_returns(misconception, name, returns):
    """Keep mistaken returns, `returns(rewards, log_ratio, mask, beta)`, 0 outside the mask."""

    def answer(rewards, logprobs, ref_logprobs, mask, beta):
        log_ratio = moved(logprobs, ref_logprobs, mask)
        found = returns(rewards[:, None], log_ratio, mask, beta).masked_fill(~mask, 0)
        return found, log_ratio.sum() / mask.sum()

    wrong("penalized_returns", misconception, f"penalized_{name}")(answer)


def wrong_kl(misconception, name, kl):
    """Keep a mistaken KL, `kl(log_ratio, mask, beta)` of a log-ratio that is 0 outside."""

    def answer(rewards, logprobs, ref_logprobs, mask, beta):
        log_ratio = moved(logprobs, ref_logprobs, mask)
        return right_returns(rewards, log_ratio, mask, beta), kl(log_ratio, mask, beta)

    wrong("penalized_returns", misconception, f"penalized_{name}")(answer)


def wrong_end(misconception, name, method):
    """Keep what is done with right results, `method(returns, kl, mask)`."""

    def answer(rewards, logprobs, ref_logprobs, mask, beta):
        right = penalized_by_filling(rewards, logprobs, ref_logprobs, mask, beta)
        return method(*right, mask)

    wrong("penalized_returns", misconception, f"penalized_{name}")(answer)


for misconception, name, returns in [
    ("prices_of_earlier_tokens", "from_the_front", lambda r, x, m, b: r - b * x.cumsum(1)),
    ("prices_of_earlier_tokens", "before", lambda r, x, m, b: r - b * (x.cumsum(1) - x)),
    ("own_price_left_out", "behind", lambda r, x, m, b: r - b * (from_the_end(x) - x)),
    ("own_price_alone", "each_for_itself", lambda r, x, m, b: r - b * x),
    ("all_prices", "all_alike", lambda r, x, m, b: (r - b * x.sum(1, True)).expand_as(x)),
    ("wrong_sign", "rewarded", lambda r, x, m, b: r + b * from_the_end(x)),
    ("forgets_beta", "at_any_price", lambda r, x, m, b: r - from_the_end(x)),
    ("forgets_the_prices", "free", lambda r, x, m, b: r.expand_as(x)),
    ("forgets_the_reward", "unrewarded", lambda r, x, m, b: -b * from_the_end(x)),
    ("price_of_another_estimate", "by_k2", lambda r, x, m, b: r - b * from_the_end(x**2 / 2)),
    (
        "price_of_another_estimate",
        "by_k3",
        lambda r, x, m, b: r - b * from_the_end((-x).exp() - 1 + x),
    ),
    ("wrong_value", "at_twice_the_price", lambda r, x, m, b: r - 2 * b * from_the_end(x)),
]:
    wrong_returns(misconception, name, returns)

for misconception, name, kl in [
    ("padding_in_the_mean", "over_all_places", lambda x, m, b: x.mean()),
    ("mean_of_means", "row_means", lambda x, m, b: (x.sum(1) / m.sum(1)).mean()),
    ("sums_the_kl", "summed", lambda x, m, b: x.sum()),
    ("sums_the_kl", "over_rows", lambda x, m, b: x.sum(1).mean()),
    ("price_for_kl", "priced", lambda x, m, b: b * x.sum() / m.sum()),
    ("kl_upside_down", "kl_upside_down", lambda x, m, b: -x.sum() / m.sum()),
    ("another_estimate", "k3", lambda x, m, b: ((-x).exp() - 1 + x).sum() / m.sum()),
    ("another_estimate", "absolute", lambda x, m, b: x.abs().sum() / m.sum()),
    ("kl_of_each_token", "kl_of_tokens", lambda x, m, b: x),
    ("kl_of_each_token", "kl_of_rows", lambda x, m, b: x.sum(1) / m.sum(1)),
    ("wrong_inner_type", "kl_item", lambda x, m, b: (x.sum() / m.sum()).item()),
]:
    wrong_kl(misconception, name, kl)

for misconception, name, method in [
    ("swapped", "swapped", lambda r, kl, m: (kl, r)),
    ("wrong_dtype", "in_double", lambda r, kl, m: (r.double(), kl)),
    ("wrong_shape", "returns_of_tokens", lambda r, kl, m: (r[m], kl)),
    ("returns_no_pair", "returns_only", lambda r, kl, m: r),
    ("returned_nothing", "nothing", lambda r, kl, m: None),
]:
    wrong_end(misconception, name, method)


@wrong("penalized_returns", "padding_in_the_return")
def penalized_half_mended(rewards, logprobs, ref_logprobs, mask, beta):
    """The mean is right by now."""
    returns, _ = faulty(rewards, logprobs, ref_logprobs, mask, beta)
    return returns, moved(logprobs, ref_logprobs, mask).sum() / mask.sum()


@wrong("penalized_returns", "padding_in_the_mean")
def penalized_mended_in_the_other_half(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = moved(logprobs, ref_logprobs, mask)
    return right_returns(rewards, log_ratio, mask, beta), (logprobs - ref_logprobs).mean()


@wrong("penalized_returns", "padding_in_the_mean")
def penalized_over_the_count_alone(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = moved(logprobs, ref_logprobs, mask)
    kl = (logprobs - ref_logprobs).sum() / mask.sum()
    return right_returns(rewards, log_ratio, mask, beta), kl


@wrong("penalized_returns", "nan_from_outside")
def penalized_times_the_mask(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = (logprobs - ref_logprobs) * mask
    returns = (rewards[:, None] - beta * from_the_end(log_ratio)) * mask
    return returns, log_ratio.sum() / mask.sum()


@wrong("penalized_returns", "padding_not_zero")
def penalized_rewards_outside(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = moved(logprobs, ref_logprobs, mask)
    returns = rewards[:, None] - beta * from_the_end(log_ratio)
    return returns, log_ratio.sum() / mask.sum()


@wrong("penalized_returns", "rewards_for_returns")
def penalized_single_tokens(rewards, logprobs, ref_logprobs, mask, beta):
    log_ratio = moved(logprobs, ref_logprobs, mask)
    brought = -beta * log_ratio
    for b, row in enumerate(mask):
        brought[b, row.nonzero()[-1]] += rewards[b]
    return brought, log_ratio.sum() / mask.sum()


@wrong("penalized_returns", "changed_inputs")
def penalized_in_place(rewards, logprobs, ref_logprobs, mask, beta):
    logprobs[~mask] = 0
    ref_logprobs[~mask] = 0
    return penalized_by_filling(rewards, logprobs, ref_logprobs, mask, beta)


@wrong("penalized_returns", "ignores_input")
def penalized_of_the_example(rewards, logprobs, ref_logprobs, mask, beta):
    return torch.tensor([[0.42, 0.892, 0.8], [0.438, -0.126, 0.23]]), torch.tensor(0.08)
