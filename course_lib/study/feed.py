"""What a policy answers to the same few questions again and again, while it is trained.

A feed is called after each step, beside `watch`:
`on_step=lambda *now: (look(*now), feed(*now))`.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

import torch

from course_lib.llm.model import GPT
from course_lib.study.preferences import counted, draw, proxy_rewards, texts
from course_lib.study.town_training import one_thread
from course_lib.tinyville.chat import Chat
from course_lib.tinyville.preferences import Features, reward


class Answer(NamedTuple):
    """A question, a policy's answer, and what it is worth.

    Attributes:
        proxy: what the reward model says. Its zero is arbitrary: only differences tell something.
        counts: what is good and bad in the answer.
    """

    question: str
    said: str
    proxy: float
    counts: Features

    @property
    def true(self) -> float:
        """What the answer is truly worth."""
        return reward(self.counts)


class Look(NamedTuple):
    """The answers after so many steps."""

    step: int
    answers: list[Answer]

    @property
    def proxy(self) -> float:
        """Return the mean of what the reward model says."""
        return fmean(answer.proxy for answer in self.answers)

    @property
    def true(self) -> float:
        """Return the mean of what the answers are truly worth."""
        return fmean(answer.true for answer in self.answers)


class Feed:
    """A record of answers that grows with each call.

    It looks before the first step, and then whenever `every` steps are done. The policy draws one
    answer to each question, at each look from the same seed: so what changes is the policy.

    Args:
        policy: the one that is trained; looking does not change it.
        asked: chats whose questions are asked.
    """

    def __init__(
        self, policy: GPT, reward_model: GPT, asked: Sequence[Chat], every: int, seed: int = 0
    ):
        if not asked or every < 1:
            raise ValueError(
                f"expected one question or more and every from 1 on, got {len(asked)} and {every}"
            )
        self.policy, self.reward_model, self.asked = policy, reward_model, asked
        self.every, self.seed = every, seed
        self.looks: list[Look] = []
        self(0)

    def __call__(self, step: int, loss: float = 0.0) -> None:
        """Look at the policy if it is time to; `loss` is what `follow` says, and is not used."""
        if step % self.every == 0:
            self.looks.append(Look(step, self.answers()))

    @torch.no_grad()
    def answers(self) -> list[Answer]:
        """Return the policy's answers as it is now."""
        with one_thread():
            rows = draw(self.policy, self.asked, 1, torch.Generator().manual_seed(self.seed))
            proxies = proxy_rewards(self.reward_model, rows).tolist()
        said = texts(rows)
        found = zip(self.asked, said, proxies, counted(self.asked, said), strict=True)
        return [Answer(chat.question, *rest) for chat, *rest in found]
