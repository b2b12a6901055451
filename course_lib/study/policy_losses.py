"""Three ways to learn from preferences, each as an endless stream of losses for one policy.

PPO and GRPO draw answers, ask a reward model about them, and take two steps with them. DPO reads
pairs. Each takes the functions that make it what it is as arguments.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from course_lib.llm.dpo import dpo_loss
from course_lib.llm.grpo import grpo_advantages, grpo_loss
from course_lib.llm.logprobs import masked_mean, sequence_logprob
from course_lib.llm.model import GPT
from course_lib.llm.ppo import (
    penalized_rewards,
    ppo_clip_loss,
    returns_and_advantages,
    token_values,
    value_loss,
)
from course_lib.llm.rollouts import Rollouts
from course_lib.study.preferences import draw, given, logprobs_of
from course_lib.tinyville.chat import Chat
from course_lib.tinyville.preferences import Pair

CLIP = 0.2
EPOCHS = 2  # steps with the same answers
LAM = 0.95

Thing = TypeVar("Thing")
RewardOf = Callable[[Rollouts], Tensor]  # rows -> (B,)


def some_of(things: Sequence[Thing], n: int, generator: torch.Generator) -> list[Thing]:
    """Return `n` of the things, drawn with replacement."""
    return [things[i] for i in torch.randint(len(things), (n,), generator=generator).tolist()]


def ppo_losses(
    policy: GPT,
    value_model: GPT,
    reference: GPT,
    reward_of: RewardOf,
    asked: Sequence[Chat],
    beta: float,
    seed: int,
    advantages_of: Callable[..., tuple[Tensor, Tensor]] = returns_and_advantages,
    loss_of: Callable[..., Tensor] = ppo_clip_loss,
) -> Iterator[Tensor]:
    """Yield PPO's losses of a policy and its value model, two for each 64 new answers.

    Args:
        value_model: a second model, from `reward_model`; it is trained along.
        reward_of: what each answer is worth.
        beta: the price of a nat, in units of that reward.
        advantages_of, loss_of: `returns_and_advantages` and `ppo_clip_loss`, or your own.
    """
    generator = torch.Generator().manual_seed(seed)
    while True:
        rows = draw(policy, some_of(asked, 64, generator), 1, generator)
        mask = rows.response_mask
        with torch.no_grad():
            old, ref = logprobs_of(policy, rows), logprobs_of(reference, rows)
            values = token_values(value_model, rows.ids, mask)
        brought = penalized_rewards(reward_of(rows), old, ref, mask, beta)
        returns, advantages = advantages_of(brought, values, mask, 1.0, LAM)
        advantages = standardized(advantages, mask)
        for _ in range(EPOCHS):
            values = token_values(value_model, rows.ids, mask)
            loss = loss_of(logprobs_of(policy, rows), old, advantages, mask, CLIP)
            yield loss + value_loss(values, returns, mask)


def standardized(values: Tensor, mask: Tensor) -> Tensor:
    """Return values (B, T) with mean 0 and standard deviation 1 over the counted tokens."""
    centered = values - masked_mean(values, mask)
    return centered / (masked_mean(centered.square(), mask).sqrt() + 1e-4)


def grpo_losses(
    policy: GPT,
    reference: GPT,
    reward_of: RewardOf,
    asked: Sequence[Chat],
    beta: float,
    seed: int,
    advantages_of: Callable[[Tensor], Tensor] = grpo_advantages,
    loss_of: Callable[..., Tensor] = grpo_loss,
) -> Iterator[Tensor]:
    """Yield GRPO's losses of a policy, two for each 64 new answers: 8 to each of 8 questions.

    Args:
        advantages_of, loss_of: `grpo_advantages` and `grpo_loss`, or your own.
    """
    generator = torch.Generator().manual_seed(seed)
    while True:
        rows = draw(policy, some_of(asked, 8, generator), 8, generator)
        with torch.no_grad():
            old, ref = logprobs_of(policy, rows), logprobs_of(reference, rows)
        advantages = advantages_of(reward_of(rows).view(8, 8)).flatten()  # (64,)
        for _ in range(EPOCHS):
            new = logprobs_of(policy, rows)
            yield loss_of(new, old, ref, advantages, rows.response_mask, CLIP, beta)


def dpo_losses(
    policy: GPT,
    reference: GPT,
    pairs: Sequence[Pair],
    beta: float,
    seed: int,
    loss_of: Callable[..., Tensor] = dpo_loss,
    on_batch: Callable[[Tensor, Tensor], object] = lambda policy, reference: None,
) -> Iterator[Tensor]:
    """Yield DPO's losses of a policy, each for 32 of the pairs.

    Args:
        loss_of: `dpo_loss`, or your own.
        on_batch: called with the log-probabilities (64,) of the 32 chosen and then the 32
            rejected answers, under the policy and under the reference.
    """
    generator = torch.Generator().manual_seed(seed)
    while True:
        some = some_of(pairs, 32, generator)
        said = [pair.chosen for pair in some] + [pair.rejected for pair in some]
        rows = given([pair.chat for pair in some] * 2, said)
        with torch.no_grad():
            ref = sequence_logprob(logprobs_of(reference, rows), rows.response_mask)
        new = sequence_logprob(logprobs_of(policy, rows), rows.response_mask)
        on_batch(new.detach(), ref)
        yield loss_of(*new.chunk(2), *ref.chunk(2), beta)
