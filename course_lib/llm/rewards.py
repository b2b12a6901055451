"""What is an answer worth? Learned from people who only said which of several they prefer.

A reward model is a GPT that says one number after the last token of an answer. Only differences
of rewards are learned: adding the same number to all answers to a prompt changes no preference.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_lib.llm.model import GPT


def bradley_terry_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """Return how surprised rewards are by preferences between two answers, in nats a pair.

    An answer with reward a is preferred to one with reward b with probability
    1 / (1 + exp(b - a)). Bradley and Terry, 1952; for answers of language models Christiano et
    al., 2017, https://arxiv.org/abs/1706.03741.

    Args:
        chosen: (B,) reward of the answer that was preferred in each pair.
        rejected: (B,) reward of the other.

    Returns:
        A scalar, log 2 where rewards do not differ.

    Example:
        >>> bradley_terry_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0]))
        tensor(0.6931)
    """
    return -F.logsigmoid(chosen - rejected).mean()


def plackett_luce_loss(ranked: Tensor) -> Tensor:
    """Return how surprised rewards are by rankings of several answers, in nats a ranking.

    The best is chosen among all, the second among those that remain, and so on, each with
    probability softmax(rewards). Luce, 1959; Plackett, 1975. Of two answers it is
    `bradley_terry_loss`.

    Args:
        ranked: (B, n) rewards of the answers of each ranking, the preferred ones first.

    Returns:
        A scalar, log n! where rewards do not differ.
    """
    places = range(ranked.size(1))
    choices = [ranked[:, place:].log_softmax(dim=-1)[:, 0] for place in places]  # (B,) each
    return -torch.stack(choices).sum(dim=0).mean()


def reward_model(model: GPT) -> GPT:
    """Return a copy of a GPT with one number at each token in place of logits: (B, T, 1).

    It starts from all that the model knows. Its head starts at 0: every answer is worth the same.
    """
    copy = deepcopy(model)
    copy.head = nn.Linear(model.config.d_model, 1, bias=False).to(model.head.weight)
    nn.init.zeros_(copy.head.weight)
    return copy


def response_rewards(
    model: Callable[[Tensor], Tensor], ids: Tensor, response_mask: Tensor
) -> Tensor:
    """Return the reward of each response: the model's number after its last token.

    Args:
        model: ids (B, T) -> (B, T, 1), from `reward_model`.
        ids: (B, T) int64, prompt, response, padding. Padding comes last, so no token that
            counts can see it.
        response_mask: (B, T) bool.

    Returns:
        (B,)

    Raises:
        ValueError: if a row has no response.
    """
    last = last_response_token(response_mask)  # (B,)
    return model(ids)[torch.arange(len(ids)), last, 0]


def last_response_token(response_mask: Tensor) -> Tensor:
    """Return the position of the last response token of each row of a mask (B, T): (B,)."""
    if not response_mask.any(dim=-1).all():
        raise ValueError("expected a response in each row, got a row without one")
    places = torch.arange(response_mask.size(1))
    return (places * response_mask).amax(dim=-1)


def preference_accuracy(chosen: Tensor, rejected: Tensor) -> float:
    """Return the part of pairs (B,) whose chosen answer has the higher reward; a tie is half.

    Noisy raters contradict each other: not even the true rewards reach 1 on their pairs.
    """
    return (torch.sign(chosen - rejected) + 1).mean().item() / 2


class CalibrationBin(NamedTuple):
    """Pairs with about the same predicted probability.

    Attributes:
        predicted: the mean predicted probability that the first answer is preferred.
        observed: the part of them where it was.
        n: how many pairs.
    """

    predicted: float
    observed: float
    n: int


def calibration_table(chosen: Tensor, rejected: Tensor, n_bins: int = 10) -> list[CalibrationBin]:
    """Compare predicted probabilities of a preference with how often it was there.

    Each pair is looked at twice, with the chosen answer first and with the rejected one first. So
    the lower half of the table mirrors the upper half.

    Args:
        chosen, rejected: (B,) rewards, as in `bradley_terry_loss`.
        n_bins: how many equal parts the probabilities 0 to 1 are cut into.

    Returns:
        The bins that hold a pair, from low to high. Where the model is calibrated, `observed` is
        about `predicted`.

    Example:
        >>> table = calibration_table(torch.tensor([2.0, 2.0, 0.0]), torch.tensor([0.0, 0.0, 2.0]))
        >>> [(round(row.predicted, 2), round(row.observed, 2), row.n) for row in table]
        [(0.12, 0.33, 3), (0.88, 0.67, 3)]
    """
    if n_bins < 1:
        raise ValueError(f"n_bins must be at least 1, got {n_bins}")
    margins = torch.cat((chosen - rejected, rejected - chosen))  # (2 B,), of the first answer
    was_preferred = torch.arange(len(margins)) < len(chosen)
    probs = margins.detach().double().sigmoid()
    bins = (probs * n_bins).long().clamp(max=n_bins - 1)  # a probability of 1 is in the last bin
    table = []
    for number in bins.unique().tolist():
        inside = bins == number
        observed = was_preferred[inside].double().mean().item()
        table.append(CalibrationBin(probs[inside].mean().item(), observed, int(inside.sum())))
    return table
