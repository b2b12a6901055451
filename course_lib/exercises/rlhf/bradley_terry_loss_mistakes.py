"""Ways to take the loss of preferences that are not right, and what to say about them."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.rlhf import preference_mistakes
from course_lib.exercises.rlhf.losses import each, in_float32, in_float64
from course_lib.exercises.rlhf.surprise import slope, surprise


def truth(inputs: dict) -> Tensor:
    """Go from pair to pair, in Python's own numbers."""
    wanted = inputs["wanted"]
    pairs = zip(inputs["chosen"].tolist(), inputs["rejected"].tolist(), strict=True)
    margins = [chosen - rejected for chosen, rejected in pairs]
    if wanted == "loss":
        return torch.tensor(math.fsum(map(surprise, margins)) / len(margins))
    sign = 1 if wanted == "chosen" else -1
    return torch.tensor([sign * slope(margin) / len(margins) for margin in margins])


def _margin(inputs: dict) -> Tensor:
    return inputs["chosen"] - inputs["rejected"]


def _loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    return -F.logsigmoid(chosen - rejected).mean()


def _each_alone(inputs: dict, joined: bool) -> Tensor:
    """Grade each reward by itself: chosen ones should be above 0, rejected ones below."""
    chosen, rejected = F.logsigmoid(inputs["chosen"]), F.logsigmoid(-inputs["rejected"])
    return -torch.cat((chosen, rejected)).mean() if joined else -(chosen + rejected).mean()


def _over_the_batch(inputs: dict) -> Tensor:
    """Take a softmax over the chosen rewards of all pairs, in place of the two of a pair."""
    chosen, rejected = inputs["chosen"], inputs["rejected"]
    return -torch.cat((chosen, rejected)).log_softmax(0)[: len(chosen)].mean()


def _log_of_shares(inputs: dict) -> Tensor:
    chosen, rejected = inputs["chosen"].exp(), inputs["rejected"].exp()
    return -(chosen / (chosen + rejected)).log().mean()


def _log_of_sum(inputs: dict) -> Tensor:
    total = inputs["chosen"].exp() + inputs["rejected"].exp()
    return (total.log() - inputs["chosen"]).mean()


COMMON = preference_mistakes.mistakes(_margin)
OVERFLOWS = next(mistake.cause for mistake in COMMON if mistake.name == "log_of_sigmoid")
MISTAKES = (
    *each(
        "turned_around",
        "The rejected answers are preferred here. Which reward is taken off which, inside the "
        "sigmoid?",
        in_float64(lambda i: _loss(i["rejected"], i["chosen"])),
    ),
    *each(
        "adds_the_rewards",
        "The two rewards were added. Only their difference says which answer is preferred.",
        in_float64(lambda i: _loss(i["chosen"], -i["rejected"])),
    ),
    *each(
        "forgets_the_rejected",
        "Only the rewards of the chosen answers count here. A preference compares two.",
        in_float64(lambda i: _loss(i["chosen"], torch.zeros(())) + 0 * i["rejected"].sum()),
    ),
    *each(
        "grades_each_alone",
        "Each reward has a sigmoid of its own here, as if people had called one answer good and "
        "the other bad. They compared the two: one sigmoid, of the difference.",
        in_float64(lambda i: _each_alone(i, joined=True)),
        in_float64(lambda i: _each_alone(i, joined=False)),
    ),
    *each(
        "mixes_the_pairs",
        "Answers of different pairs were compared. `chosen[b]` and `rejected[b]` belong together: "
        "does an axis of size 1 stretch along the batch?",
        in_float64(lambda i: _loss(i["chosen"][:, None], i["rejected"])),
        in_float64(lambda i: _loss(i["chosen"], i["rejected"].flip(0))),
        in_float64(_over_the_batch),
    ),
    *COMMON,
    *each("log_of_sigmoid", OVERFLOWS, in_float32(_log_of_shares), in_float32(_log_of_sum)),
)
