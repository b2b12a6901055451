"""Ways to get penalized returns and their KL that are not right, and what to say about them."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.rlhf.returns_and_advantages_mistakes import NAN_FROM_OUTSIDE
from course_lib.exercises.tensors import alike

Of = Callable[[dict], Tensor]


def by_property(inputs: dict, right: tuple, value: tuple) -> Mistake | None:
    """Name what stands outside the mask, where all is right inside, and what is no number."""
    if [getattr(part, "shape", None) for part in value] != [part.shape for part in right]:
        return None
    mask = inputs["mask"]
    given = (inputs[name][~mask] for name in ("logprobs", "ref_logprobs"))
    finite = all(part.isfinite().all() for part in given)
    if not finite and not all(part.isfinite().all() for part in value):
        return NAN_FROM_OUTSIDE
    inside = alike(value[0][mask], right[0][mask])
    return PADDING_NOT_ZERO if inside and not alike(value[0], right[0]) else None


PADDING_NOT_ZERO = Mistake(
    "padding_not_zero",
    known_by_property,
    "Inside the mask the returns are right; outside something is left, the reward of the row for "
    "example. Fill them with 0 there.",
)


def log_ratio_of(inputs: dict) -> Tensor:
    log_ratio = inputs["logprobs"].double() - inputs["ref_logprobs"].double()
    return log_ratio.masked_fill(~inputs["mask"], 0.0)  # (B, T)


def from_the_end(numbers: Tensor) -> Tensor:
    """Return the sum of each number and all behind it, along axis 1."""
    return numbers.flip(1).cumsum(dim=1).flip(1)


def returns_of(to_pay: Of, sign: float = -1.0) -> Of:
    """Return the rewards minus what is to pay, 0 outside the mask."""

    def returns(i: dict) -> Tensor:
        found = i["rewards"].double()[:, None] + sign * to_pay(i)
        return found.masked_fill(~i["mask"], 0.0)

    return returns


def prices(inputs: dict) -> Tensor:
    return inputs["beta"] * log_ratio_of(inputs)


def right_returns(inputs: dict) -> Tensor:
    return returns_of(lambda i: from_the_end(prices(i)))(inputs)


def mean_kl(inputs: dict) -> Tensor:
    return log_ratio_of(inputs).sum() / inputs["mask"].sum()


def _each_return(name: str, cause: str, *returns: Of) -> tuple[Mistake, ...]:
    """Return mistakes in the returns; the KL is right."""

    def pair(of: Of) -> Callable[[dict], tuple]:
        return lambda inputs: (of(inputs).float(), mean_kl(inputs).float())

    return tuple(Mistake(name, pair(of), cause) for of in returns)


def _each_kl(name: str, cause: str, *kls: Of) -> tuple[Mistake, ...]:
    """Return mistakes in the KL; the returns are right."""

    def pair(of: Of) -> Callable[[dict], tuple]:
        return lambda inputs: (right_returns(inputs).float(), of(inputs).float())

    return tuple(Mistake(name, pair(of), cause) for of in kls)


def _raw(inputs: dict) -> Tensor:
    return inputs["logprobs"].double() - inputs["ref_logprobs"].double()


def _of_single_tokens(inputs: dict) -> Tensor:
    """Return what each token brings: minus its price, and at the last one the reward."""
    brought = -prices(inputs)
    for b, mask in enumerate(inputs["mask"]):
        brought[b, mask.nonzero()[-1]] += inputs["rewards"][b].double()
    return brought


def _row_means(inputs: dict) -> Tensor:
    return log_ratio_of(inputs).sum(dim=1) / inputs["mask"].sum(dim=1)


def _k3(log_ratio: Tensor) -> Tensor:
    return torch.expm1(-log_ratio) + log_ratio


MISTAKES = (
    Mistake(
        "swapped",
        lambda i: (mean_kl(i).float(), right_returns(i).float()),
        "The two changed places: first the returns, then the KL.",
    ),
    *_each_return(
        "padding_in_the_return",
        "Padding pays a price here, and the tokens before it have it in their returns. Setting the "
        "returns to 0 outside is too late for them: the prices outside have to be 0 before they "
        "are added up.",
        returns_of(lambda i: from_the_end(i["beta"] * _raw(i))),
        lambda i: i["rewards"].double()[:, None] - from_the_end(i["beta"] * _raw(i)),
    ),
    *_each_return(
        "prices_of_earlier_tokens",
        "The prices were added up from the front. A token cannot change what was paid before it: "
        "its own price and the later ones count.",
        returns_of(lambda i: prices(i).cumsum(dim=1)),
        returns_of(lambda i: prices(i).cumsum(dim=1) - prices(i)),
    ),
    *_each_return(
        "own_price_left_out",
        "The token's own price is missing. It pays for itself, and so do all later ones.",
        returns_of(lambda i: from_the_end(prices(i)) - prices(i)),
    ),
    *_each_return(
        "own_price_alone",
        "Only the token's own price was taken off. What the later ones pay comes because of it, "
        "too.",
        returns_of(prices),
    ),
    *_each_return(
        "all_prices",
        "Every token of a row pays all of its prices here, those before it as well. Its own and "
        "the later ones count.",
        returns_of(lambda i: prices(i).sum(dim=1, keepdim=True).expand_as(i["mask"])),
    ),
    *_each_return(
        "rewards_for_returns",
        "This is what each token brings by itself, with the reward at the last one. A return is "
        "the sum from a token on.",
        _of_single_tokens,
    ),
    *_each_return(
        "wrong_sign",
        "Prices were added to the reward. Moving away from the reference costs: minus.",
        returns_of(lambda i: from_the_end(prices(i)), sign=1.0),
    ),
    *_each_return(
        "forgets_beta",
        "beta is missing: it says how many units of reward a nat costs.",
        returns_of(lambda i: from_the_end(log_ratio_of(i))),
    ),
    *_each_return(
        "forgets_the_prices",
        "These are the rewards alone, without any price.",
        returns_of(lambda i: 0 * prices(i)),
    ),
    *_each_return(
        "forgets_the_reward",
        "These are the prices alone. The reward of the answer belongs to each of its tokens.",
        lambda i: -from_the_end(prices(i)).masked_fill(~i["mask"], 0.0),
    ),
    *_each_return(
        "price_of_another_estimate",
        "The prices are made of another estimate than logprobs − ref_logprobs, k1.",
        returns_of(lambda i: from_the_end(i["beta"] * _k3(log_ratio_of(i)))),
        returns_of(lambda i: from_the_end(i["beta"] * log_ratio_of(i).abs())),
        returns_of(lambda i: from_the_end(i["beta"] * log_ratio_of(i).square() / 2)),
    ),
    *_each_kl(
        "padding_in_the_mean",
        "Padding is in the mean of the KL, in the sum or in the number that it is divided by. So "
        "the KL depends on how long the longest row is: both over the tokens in the mask.",
        lambda i: _raw(i).mean(),
        lambda i: log_ratio_of(i).mean(),
        lambda i: _raw(i).sum() / i["mask"].sum(),
    ),
    *_each_kl(
        "mean_of_means",
        "Each row was averaged by itself, and then the averages. A token of a long row would count "
        "less: one sum, one count.",
        lambda i: _row_means(i).mean(),
    ),
    *_each_kl(
        "sums_the_kl",
        "This is a sum of all tokens, or of a row's or a column's. Divide by the number of tokens "
        "in the mask.",
        lambda i: log_ratio_of(i).sum(),
        lambda i: log_ratio_of(i).sum(dim=1).mean(),
        lambda i: log_ratio_of(i).sum(dim=0).mean(),
        lambda i: _raw(i).sum(dim=1).mean(),
    ),
    *_each_kl(
        "price_for_kl",
        "The KL was multiplied by beta. It is told in nats; the price is another thing.",
        lambda i: i["beta"] * mean_kl(i),
    ),
    *_each_kl(
        "kl_upside_down",
        "The sign of the KL is wrong: the policy drew the tokens, so logprobs − ref_logprobs.",
        lambda i: -mean_kl(i),
    ),
    *_each_kl(
        "another_estimate",
        "The KL is another estimate than the mean of logprobs − ref_logprobs, k1.",
        lambda i: _k3(log_ratio_of(i)).sum() / i["mask"].sum(),
        lambda i: log_ratio_of(i).abs().sum() / i["mask"].sum(),
        lambda i: log_ratio_of(i).square().sum() / 2 / i["mask"].sum(),
    ),
    *_each_kl(
        "kl_of_each_token",
        "This is one number for each token, or for each row. The mean over all is asked for.",
        log_ratio_of,
        _row_means,
        lambda i: log_ratio_of(i)[i["mask"]],
    ),
)
