"""Ways to take the DPO loss that are not right, and what to say to whoever took them."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.rlhf import preference_mistakes
from course_lib.exercises.rlhf.losses import Method, each, in_float64
from course_lib.exercises.rlhf.surprise import slope, surprise

NAMES = ("policy_chosen", "policy_rejected", "ref_chosen", "ref_rejected")


def truth(inputs: dict) -> Tensor:
    """Go from pair to pair, in Python's own numbers."""
    beta, wanted = inputs["beta"], inputs["wanted"]
    pairs = zip(*(inputs[name].tolist() for name in NAMES), strict=True)
    margins = [beta * ((pc - rc) - (pr - rr)) for pc, pr, rc, rr in pairs]
    if wanted == "loss":
        return torch.tensor(math.fsum(map(surprise, margins)) / len(margins))
    weight = (beta if wanted == "policy_chosen" else -beta) / len(margins)
    return torch.tensor([weight * slope(margin) for margin in margins])


def by(margin: Callable[[Tensor, Tensor, Tensor, Tensor, float], Tensor]) -> Method:
    """Return the method of whoever has another margin, of (pc, pr, rc, rr, beta)."""

    def loss(inputs: dict) -> Tensor:
        return -F.logsigmoid(margin(*(inputs[name] for name in NAMES), inputs["beta"])).mean()

    return in_float64(loss)


def _moves(inputs: dict) -> tuple[Tensor, Tensor]:
    """Return how far the policy has moved from the reference, on chosen and on rejected."""
    pc, pr, rc, rr = (inputs[name] for name in NAMES)
    return pc - rc, pr - rr


def _margin(inputs: dict) -> Tensor:
    chosen, rejected = _moves(inputs)
    return inputs["beta"] * (chosen - rejected)


def _beta_outside(inputs: dict) -> Tensor:
    chosen, rejected = _moves(inputs)
    return -inputs["beta"] * F.logsigmoid(chosen - rejected).mean()


def _of_squares(inputs: dict) -> Tensor:
    """Return the loss of IPO, another method: a margin of 1 / (2 beta), reached and not passed."""
    chosen, rejected = _moves(inputs)
    return (chosen - rejected - 1 / (2 * inputs["beta"])).square().mean()


def _over_the_batch(inputs: dict) -> Tensor:
    chosen, rejected = (inputs["beta"] * moved for moved in _moves(inputs))
    return -torch.cat((chosen, rejected)).log_softmax(0)[: len(chosen)].mean()


def _each_alone(inputs: dict) -> Tensor:
    chosen, rejected = (inputs["beta"] * moved for moved in _moves(inputs))
    return -(F.logsigmoid(chosen) + F.logsigmoid(-rejected)).mean()


MISTAKES = (
    *each(
        "turned_around",
        "The difference is the wrong way round: the loss falls when the rejected response becomes "
        "likelier. The reward is policy minus reference, and the chosen one's comes first.",
        by(lambda pc, pr, rc, rr, beta: -beta * ((pc - rc) - (pr - rr))),
    ),
    *each(
        "forgets_the_reference",
        "The reference's log-probabilities are missing, in one reward or in both. Only how far the "
        "policy has moved from it counts: a response may be likely in both.",
        by(lambda pc, pr, rc, rr, beta: beta * (pc - pr)),
        by(lambda pc, pr, rc, rr, beta: beta * (pc - (pr - rr))),
        by(lambda pc, pr, rc, rr, beta: beta * ((pc - rc) - pr)),
    ),
    *each(
        "crosses_the_reference",
        "Each response met the reference's log-probability of the other one, or that was added in "
        "place of taken off. The ratio policy / reference is a difference of two logarithms, both "
        "of the same response.",
        by(lambda pc, pr, rc, rr, beta: beta * ((pc - rr) - (pr - rc))),
        by(lambda pc, pr, rc, rr, beta: beta * (pc - rc - pr - rr)),
    ),
    *each(
        "adds_the_rewards",
        "The two rewards were added. Their difference says which response is preferred.",
        by(lambda pc, pr, rc, rr, beta: beta * ((pc - rc) + (pr - rr))),
    ),
    *each(
        "forgets_the_rejected",
        "Only the chosen response counts here. A preference compares two.",
        by(lambda pc, pr, rc, rr, beta: beta * (pc - rc) + 0 * pr),
    ),
    *each(
        "forgets_beta",
        "beta is missing. The reward of a response is beta times how far the policy has moved.",
        by(lambda pc, pr, rc, rr, beta: (pc - rc) - (pr - rr)),
    ),
    *each(
        "beta_outside",
        "beta stands outside of the sigmoid. There it only makes the steps smaller; inside it says "
        "how far the policy has to move to be sure of a preference.",
        in_float64(_beta_outside),
    ),
    *each(
        "beta_twice",
        "beta was multiplied in twice. Once is enough, inside the sigmoid.",
        by(lambda pc, pr, rc, rr, beta: beta**2 * ((pc - rc) - (pr - rr))),
        in_float64(lambda i: -i["beta"] * F.logsigmoid(_margin(i)).mean()),
    ),
    *each(
        "divides_by_beta",
        "The difference was divided by beta. The reward is beta times the log ratio.",
        by(lambda pc, pr, rc, rr, beta: ((pc - rc) - (pr - rr)) / beta),
        in_float64(lambda i: -F.logsigmoid(_margin(i)).mean() / i["beta"]),
    ),
    *each(
        "beta_on_a_part",
        "beta was multiplied with a part of the difference. All four log-probabilities need it: "
        "mind the brackets.",
        by(lambda pc, pr, rc, rr, beta: beta * (pc - rc) - (pr - rr)),
        by(lambda pc, pr, rc, rr, beta: (pc - rc) - beta * (pr - rr)),
        by(lambda pc, pr, rc, rr, beta: beta * (pc - pr) - (rc - rr)),
        by(lambda pc, pr, rc, rr, beta: (pc - pr) - beta * (rc - rr)),
        by(lambda pc, pr, rc, rr, beta: beta * pc - rc - (beta * pr - rr)),
        by(lambda pc, pr, rc, rr, beta: beta * pc - rc - pr + rr),
    ),
    *each(
        "fixed_beta",
        "Another number stands where `beta` should. It comes in as an argument.",
        *(
            by(lambda pc, pr, rc, rr, _, beta=beta: beta * ((pc - rc) - (pr - rr)))
            for beta in (0.1, 0.01, 0.05, 0.2)
        ),
    ),
    *each(
        "ratios_for_logarithms",
        "These are ratios where their logarithms should be: of probabilities, by `exp`, or of the "
        "logarithms themselves. log(p / q) is log p − log q, with nothing to divide.",
        by(lambda pc, pr, rc, rr, beta: beta * ((pc - rc).exp() - (pr - rr).exp())),
        by(lambda pc, pr, rc, rr, beta: beta * (pc / rc - pr / rr)),
        by(lambda pc, pr, rc, rr, beta: beta * ((pc / rc).log() - (pr / rr).log())),
    ),
    *each(
        "grades_each_alone",
        "Each response has a sigmoid of its own here. The two are compared: one sigmoid, of the "
        "difference of their rewards.",
        in_float64(_each_alone),
    ),
    *each(
        "mixes_the_pairs",
        "Responses of different pairs were compared. Entry b of all four belongs together: does an "
        "axis of size 1 stretch along the batch?",
        by(lambda pc, pr, rc, rr, beta: beta * ((pc - rc)[:, None] - (pr - rr))),
        by(lambda pc, pr, rc, rr, beta: beta * ((pc - rc) - (pr - rr).flip(0))),
        in_float64(_over_the_batch),
    ),
    *each(
        "another_loss",
        "This is a loss of squares. Here it is minus the logarithm of a probability.",
        in_float64(_of_squares),
    ),
    *preference_mistakes.mistakes(_margin),
)
