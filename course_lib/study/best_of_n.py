"""Draw several answers, keep the one that the reward model likes best: nothing is trained."""

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.llm.model import GPT
from course_lib.study.preferences import draw, proxy_rewards, texts, true_rewards
from course_lib.study.town_training import one_thread
from course_lib.tinyville.chat import Chat


class Kept(NamedTuple):
    """What the best of `n` answers is worth, on average.

    Attributes:
        reward: truly.
        proxy: to the reward model that chose it.
        kl_bound: KL from the policy that drew them is at most so large, in nats an answer.
    """

    n: int
    reward: float
    proxy: float
    kl_bound: float


def best_of_n(proxy: Tensor, rewards: Tensor, n: int) -> Kept:
    """Return what is kept if each question's answers are cut into groups of `n`.

    Args:
        proxy: (questions, answers) what chooses; the number of answers is a multiple of `n`.
        rewards: (questions, answers) the true worth.

    Example:
        >>> best_of_n(torch.tensor([[1.0, 2.0, 4.0, 3.0]]), torch.tensor([[7.0, 8.0, 5.0, 6.0]]), 2)
        Kept(n=2, reward=6.5, proxy=3.0, kl_bound=0.19...)
    """
    proxy, best = proxy.reshape(-1, n).max(dim=1)  # (groups,)
    kept = rewards.reshape(-1, n).gather(1, best[:, None])  # (groups, 1)
    return Kept(n, kept.mean().item(), proxy.mean().item(), kl_bound(n))


def kl_bound(n: int) -> float:
    """Return log n - (n - 1) / n nats: Beirami et al., 2024, https://arxiv.org/abs/2401.01879.

    Example:
        >>> round(kl_bound(1), 2), round(kl_bound(16), 2)
        (0.0, 1.84)
    """
    return log(n) - (n - 1) / n


def drawn_and_judged(
    policy: GPT, reward_model: GPT, asked: Sequence[Chat], n: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return the proxy and the true rewards of `n` answers to each question, (questions, n)."""
    with one_thread():
        rows = draw(policy, asked, n, generator)
        proxy = proxy_rewards(reward_model, rows)
    return proxy.view(-1, n), true_rewards(asked, texts(rows)).view(-1, n)
