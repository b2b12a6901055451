"""What can be learned from raters: how much each part of an answer is worth to them.

First with the parts counted for us (three weights), then by a reward model that reads the answer.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from random import Random

import torch
from torch import Tensor

from course_lib.llm.model import GPT
from course_lib.llm.rewards import plackett_luce_loss, response_rewards, reward_model
from course_lib.llm.training import standard_optimizers
from course_lib.study.preferences import COMPARED, VILLAGE, counted, given, proxy_rewards
from course_lib.study.weight_steps import OnStep, take_steps
from course_lib.tinyville.preferences import WORTH, Pair, Ranking, Rater, pairs, rankings

STEPS = 400
ROWS = 16  # rankings a step
SIZE = 4  # answers to a ranking: six comparisons for the tokens of two pairs
N_RANKINGS = N_PAIRS = 4000
FAIR = Rater()

# In these answers a sentence that is not right is false, so the two worths cannot be told apart:
# the worth of "right" is that of a right sentence in place of a false one.
PARTS = {"right": WORTH.right - WORTH.false, "polite": WORTH.polite, "needless": WORTH.needless}

LossOf = Callable[[Tensor], Tensor]  # rewards (B, n), the preferred first -> a scalar


def compared(
    n: int,
    seed: int,
    rater: Rater = FAIR,
    size: int = SIZE,
) -> list[Ranking]:
    """Return `n` rankings of answers about the five people."""
    return rankings(VILLAGE, COMPARED, n, size, rater, Random(seed))


def compared_pairs(seed: int, rater: Rater = FAIR, n: int = N_PAIRS) -> list[Pair]:
    """Return pairs of answers about the five people, the preferred one first."""
    return pairs(VILLAGE, COMPARED, n, rater, Random(seed))


def counts_of(ranked: Sequence[Ranking]) -> Tensor:
    """Return what `PARTS` each answer has, (N, size, 3), the preferred ones first."""
    rows = [counted([ranking.chat], ranking.answers) for ranking in ranked]
    right, polite, _, needless = torch.tensor(rows, dtype=torch.float).unbind(dim=-1)
    return torch.stack((right, polite, needless), dim=-1)


def fitted_worths(counts: Tensor, loss_of: LossOf = plackett_luce_loss) -> Tensor:
    """Return the worths of the three parts (3,) that explain rankings best.

    They are the worths to the rater divided by his temperature: the noisier he is, the less the
    parts seem to matter to him. If no rater ever errs about a part, its worth has no upper end.

    Args:
        counts: (N, size, 3) from `counts_of`.
        loss_of: from rewards (N, size), the preferred ones first, to a scalar.
    """
    worths = torch.zeros(len(PARTS), requires_grad=True)
    optimizer = torch.optim.LBFGS([worths], max_iter=50, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(counts @ worths)
        loss.backward()
        return loss

    optimizer.step(closure)
    return worths.detach()


def every_pair(rewards: Tensor) -> tuple[Tensor, Tensor]:
    """Return the better and the worse of each two in a ranking, (B * n * (n - 1) / 2,) each.

    So a loss for pairs reads rankings: Ouyang et al., 2022, https://arxiv.org/abs/2203.02155.

    Args:
        rewards: (B, n), the preferred ones first.

    Example:
        >>> every_pair(torch.tensor([[3.0, 2.0, 1.0]]))
        (tensor([3., 3., 2.]), tensor([2., 1., 1.]))
    """
    better, worse = torch.triu_indices(rewards.size(1), rewards.size(1), offset=1)
    return rewards[:, better].flatten(), rewards[:, worse].flatten()


def short_first(ranked: Sequence[Ranking], seed: int) -> Iterator[list[Ranking]]:
    """Yield batches: each ranking once, those of short answers first, then drawn without end.

    What is true of people is found out from short answers; in random order that takes longer.
    """
    random = Random(seed)
    ordered = sorted(ranked, key=lambda ranking: sum(map(len, ranking.answers)))
    yield from (ordered[i : i + ROWS] for i in range(0, len(ordered) - ROWS + 1, ROWS))
    while True:
        yield random.sample(list(ranked), ROWS)


def ranking_losses(
    model: GPT, batches: Iterable[Sequence[Ranking]], loss_of: LossOf = plackett_luce_loss
) -> Iterator[Tensor]:
    """Yield the loss of a reward model on each batch of rankings.

    Args:
        loss_of: from rewards (B, size), the preferred ones first, to a scalar.
    """
    for ranked in batches:
        asked = [ranking.chat for ranking in ranked for _ in ranking.answers]
        rows = given(asked, [answer for ranking in ranked for answer in ranking.answers])
        rewards = response_rewards(model, rows.ids, rows.response_mask)
        yield loss_of(rewards.view(len(ranked), -1))


def trained_reward_model(
    policy: GPT,
    ranked: Sequence[Ranking],
    seed: int,
    loss_of: LossOf = plackett_luce_loss,
    steps: int = STEPS,
    on_step: OnStep = lambda step, loss: None,
) -> GPT:
    """Return a reward model that began as a copy of the policy and learned from rankings."""
    model = reward_model(policy).requires_grad_(True)
    losses = ranking_losses(model, short_first(ranked, seed), loss_of)
    take_steps(standard_optimizers(model, 0.02, 0.01), islice(losses, steps), on_step=on_step)
    return model.requires_grad_(False)


def pair_rewards(model: GPT, ranked: Sequence[Ranking]) -> tuple[Tensor, Tensor]:
    """Return a reward model's rewards of the preferred (N,) and of the other answers of pairs."""
    asked = [ranking.chat for ranking in ranked] * 2
    said = [ranking.answers[place] for place in (0, 1) for ranking in ranked]
    return proxy_rewards(model, given(asked, said)).chunk(2)
