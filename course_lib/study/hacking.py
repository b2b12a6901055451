"""Raters who like long answers: what a reward model learns from them, and what PPO makes of it.

A good policy (DPO has taught it what fair raters said) is trained on. All arms begin with it, take
the same steps and draw as many answers; they differ in the raters, in beta, or in a mend.
`python -m course_lib.study.hacking` writes hacking.csv, in about eight minutes on a free core.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from copy import deepcopy
from importlib.resources import files
from itertools import islice
from pathlib import Path
from random import Random

import torch
from torch import Tensor

from course_lib.llm.model import GPT
from course_lib.llm.rewards import reward_model
from course_lib.llm.rollouts import Rollouts
from course_lib.study.policy_losses import RewardOf, dpo_losses, ppo_losses
from course_lib.study.preferences import (
    COMPARED,
    VILLAGE,
    Measured,
    draw,
    proxy_rewards,
    starting_policy,
    watch,
)
from course_lib.study.raters import (
    FAIR,
    N_RANKINGS,
    SIZE,
    compared,
    compared_pairs,
    trained_reward_model,
)
from course_lib.study.weight_steps import follow
from course_lib.tinyville.preferences import Ranking, Rater, make_answer

HACKING_CSV = "hacking.csv"
BIASED = Rater(word_bonus=0.5)
BETA = 0.3
STEPS, EVERY = 60, 10
ARMS = (
    "fair raters",
    "biased raters",
    "biased, ten times beta",
    "biased, length taken out",
    "biased, answers of one length",
)

Looks = list[tuple[int, Measured]]


def good_policy(reference: GPT, seed: int, steps: int = 60) -> GPT:
    """Return what DPO makes of the starting policy with pairs from fair raters."""
    policy = deepcopy(reference).requires_grad_(True)
    losses = dpo_losses(policy, reference, compared_pairs(seed), beta=0.3, seed=seed)
    follow(policy.parameters(), islice(losses, steps), lr=2e-4)
    return policy.requires_grad_(False)


def of_one_length(n: int, seed: int, rater: Rater) -> list[Ranking]:
    """Return rankings of answers that differ by at most two words: a bonus for words is no matter.

    To each question twelve answers are made, and four of about one length are ranked.
    """
    random, found = Random(seed), []
    while len(found) < n:
        chat = random.choice(COMPARED)
        made = sorted({make_answer(VILLAGE, chat, random) for _ in range(12)})
        made.sort(key=n_words)
        windows = [made[i : i + SIZE] for i in range(len(made) - SIZE + 1)]
        alike = [part for part in windows if n_words(part[-1]) - n_words(part[0]) <= 2]
        if alike:
            answers = random.choice(alike)
            found.append(Ranking(chat, rater.rank(VILLAGE, chat, answers, random)))
    return found


def n_words(answer: str) -> int:
    """Return how many words an answer has."""
    return len(answer.split())


def price_of_a_token(model: GPT, policy: GPT, seed: int) -> float:
    """Return by how much a reward model's reward grows for each token of an answer.

    It is the slope of a straight line through the policy's answers: 8 to each of 30 questions,
    each compared with the mean of its question.
    """
    rows = draw(policy, COMPARED[::5], 8, torch.Generator().manual_seed(seed))
    lengths = rows.response_mask.sum(dim=-1).float().view(-1, 8)
    rewards = proxy_rewards(model, rows).view(-1, 8)
    lengths = lengths - lengths.mean(dim=1, keepdim=True)
    return ((lengths * rewards).sum() / lengths.square().sum()).item()


def without_length(model: GPT, price: float) -> RewardOf:
    """Return a reward from which the price of each token is taken off again."""

    def reward_of(rows: Rollouts) -> Tensor:
        return proxy_rewards(model, rows) - price * rows.response_mask.sum(dim=-1)

    return reward_of


def optimized(policy: GPT, model: GPT, reward_of: RewardOf, beta: float, seed: int) -> Looks:
    """Train a copy of a policy with PPO, and return what it was like on the way.

    Args:
        policy: where it begins, and the reference.
        model: the reward model that is looked at.
        reward_of: what is optimized.
    """
    learner = deepcopy(policy).requires_grad_(True)
    value_model = reward_model(policy).requires_grad_(True)
    look, seen = watch(learner, policy, model, EVERY, seed)
    losses = ppo_losses(learner, value_model, policy, reward_of, COMPARED, beta, seed)
    weights = [*learner.parameters(), *value_model.parameters()]
    follow(weights, islice(losses, STEPS), lr=1e-3, on_step=look)
    return seen


def all_arms(seed: int) -> dict[str, Looks]:
    """Return what became of the good policy in each arm."""
    reference = starting_policy(seed)
    policy = good_policy(reference, seed)

    def learned(ranked: Sequence[Ranking]) -> GPT:
        return trained_reward_model(reference, ranked, seed)

    def plain(model: GPT) -> RewardOf:
        return lambda rows: proxy_rewards(model, rows)

    fair = learned(compared(N_RANKINGS, seed, FAIR))
    biased = learned(compared(N_RANKINGS, seed, BIASED))
    alike = learned(of_one_length(N_RANKINGS, seed, BIASED))
    taken_out = without_length(biased, price_of_a_token(biased, policy, seed))
    settings = (
        (fair, plain(fair), BETA),
        (biased, plain(biased), BETA),
        (biased, plain(biased), 10 * BETA),
        (biased, taken_out, BETA),
        (alike, plain(alike), BETA),
    )
    return {
        arm: optimized(policy, *setting, seed) for arm, setting in zip(ARMS, settings, strict=True)
    }


def results() -> dict[str, list[Looks]]:
    """Return the committed runs: for each arm, one for each seed."""
    text = (files("course_lib.study") / HACKING_CSV).read_text(encoding="utf-8")
    found = defaultdict(lambda: defaultdict(list))
    for row in csv.DictReader(text.splitlines()):
        measured = Measured(*(float(row[name]) for name in Measured._fields))
        found[row["arm"]][row["seed"]].append((int(row["step"]), measured))
    return {arm: list(runs.values()) for arm, runs in found.items()}


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Run every arm with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", "step", *Measured._fields])
        for seed in seeds:
            for arm, looks in all_arms(seed).items():
                for step, measured in looks:
                    table.writerow([arm, seed, step, *(f"{value:.3f}" for value in measured)])
            out.flush()


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_results(Path(__file__).with_name(HACKING_CSV), seeds=range(3))
