"""How much true reward does each method win for how far it moves from where it began?

`python -m course_lib.study.frontier` writes frontier.csv, in about ten minutes on a free core.
"""

import csv
from collections.abc import Iterator, Sequence
from copy import deepcopy
from importlib.resources import files
from itertools import islice
from pathlib import Path
from statistics import fmean, stdev
from time import process_time
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.llm.model import GPT
from course_lib.llm.rewards import reward_model
from course_lib.llm.rollouts import Rollouts
from course_lib.study.best_of_n import best_of_n, drawn_and_judged
from course_lib.study.policy_losses import dpo_losses, grpo_losses, ppo_losses
from course_lib.study.preferences import (
    COMPARED,
    OTHERS,
    measure,
    proxy_rewards,
    starting_policy,
)
from course_lib.study.raters import N_RANKINGS, compared, compared_pairs, trained_reward_model
from course_lib.study.weight_steps import follow
from course_lib.tinyville.preferences import Pair

FRONTIER_CSV = "frontier.csv"
BETAS = {"PPO": (0.1, 0.3, 1.0), "GRPO": (0.02, 0.05, 0.15), "DPO": (0.1, 0.3, 1.0)}
STEPS = {"PPO": 80, "GRPO": 80, "DPO": 120}
LR = {"PPO": 1e-3, "GRPO": 5e-4, "DPO": 2e-4}
LOOKS = 4  # at each run, equally far apart
NS = (2, 4, 8, 16, 32, 64)


class Begun(NamedTuple):
    """What every method of a seed begins with, and the seconds that the reward model took."""

    seed: int
    reference: GPT
    reward_model: GPT
    pairs: list[Pair]
    seconds: float


class Point(NamedTuple):
    """A policy on the way, or the best of n answers.

    Attributes:
        setting: beta; or n, of best-of-n.
        step: how many steps were taken.
        reward, right, polite, false, needless, words: of answers about the five people, as in
            `Measured`; of best-of-n only the reward is known.
        kl: nats an answer; of best-of-n its upper bound.
        proxy: what the reward model says.
        others: the true reward of answers about the people whom nobody compared.
        seconds: of training so far, on one core, the reward model's not counted.
        tokens: how many tokens of answers were drawn so far.
    """

    method: str
    setting: float
    seed: int
    step: int
    reward: float
    right: float
    polite: float
    false: float
    needless: float
    words: float
    kl: float
    proxy: float
    others: float
    seconds: float
    tokens: int


class Verdict(NamedTuple):
    """What a method gives near one distance, and what that costs: means over seeds.

    Attributes:
        reward, others: as in `Point`, at the looks whose KL lies in the band.
        spread: the standard deviation of that reward over seeds.
        seconds, tokens: up to these looks.
    """

    reward: float
    spread: float
    others: float
    seconds: float
    tokens: float


NAN = float("nan")


def begin(seed: int) -> Begun:
    """Return a policy to start from, what raters said, and a reward model that learned it."""
    reference = starting_policy(seed)
    started = process_time()
    model = trained_reward_model(reference, compared(N_RANKINGS, seed), seed)
    seconds = process_time() - started
    return Begun(seed, reference, model, compared_pairs(seed), seconds)


class Clock:
    """A clock of this program's own seconds that can be stopped."""

    def __init__(self):
        self.seconds = 0.0
        self.go_on()

    def go_on(self) -> None:
        """Let it run."""
        self.started = process_time()

    def stop(self) -> float:
        """Stop it, and return the seconds that it has run so far."""
        self.seconds += process_time() - self.started
        return self.seconds


class Counter:
    """A reward model that counts the tokens which it is asked about."""

    def __init__(self, model: GPT):
        self.model, self.tokens = model, 0

    def __call__(self, rows: Rollouts) -> Tensor:
        self.tokens += int(rows.response_mask.sum())
        return proxy_rewards(self.model, rows)


def losses_of(
    method: str, beta: float, policy: GPT, begun: Begun, reward_of: Counter
) -> tuple[Iterator[Tensor], list[Tensor]]:
    """Return the losses of a method, and the weights that they train."""
    reference, seed, weights = begun.reference, begun.seed, [*policy.parameters()]
    if method == "DPO":
        return dpo_losses(policy, reference, begun.pairs, beta, seed), weights
    if method == "GRPO":
        return grpo_losses(policy, reference, reward_of, COMPARED, beta, seed), weights
    value_model = reward_model(reference).requires_grad_(True)
    losses = ppo_losses(policy, value_model, reference, reward_of, COMPARED, beta, seed)
    return losses, weights + [*value_model.parameters()]


def run(method: str, beta: float, begun: Begun, steps: int | None = None) -> list[Point]:
    """Train a policy, and return a point for each look."""
    steps = steps or STEPS[method]
    reference, seed = begun.reference, begun.seed
    policy, reward_of = deepcopy(reference).requires_grad_(True), Counter(begun.reward_model)
    losses, weights = losses_of(method, beta, policy, begun, reward_of)
    generator = torch.Generator().manual_seed(seed)
    clock, seen = Clock(), []

    def look(step: int, loss: float) -> None:
        if step % (steps // LOOKS) == 0:
            seconds = clock.stop()
            found = measure(policy, reference, COMPARED[::2], generator, begun.reward_model)
            others = measure(policy, reference, OTHERS[::2], generator).reward
            values = (*found[:7], found.proxy, others)
            seen.append(Point(method, beta, seed, step, *values, seconds, reward_of.tokens))
            clock.go_on()

    follow(weights, islice(losses, steps), LR[method], on_step=look)
    return seen


def best_of(begun: Begun) -> Iterator[Point]:
    """Yield the best of 1, 2, 4, ... answers."""
    generator = torch.Generator().manual_seed(begun.seed)
    judged = drawn_and_judged(begun.reference, begun.reward_model, COMPARED[::2], 64, generator)
    for n in (1, *NS):
        kept = best_of_n(*judged, n)
        values = (kept.reward, *[NAN] * 5, kept.kl_bound, kept.proxy, NAN)
        yield Point("best-of-n", n, begun.seed, 0, *values, 0.0, 0)


def points(begun: Begun) -> Iterator[Point]:
    """Yield all that is measured for a seed."""
    yield from best_of(begun)
    for method, betas in BETAS.items():
        for beta in betas:
            yield from run(method, beta, begun)


def results() -> list[Point]:
    """Return the committed points."""
    text = (files("course_lib.study") / FRONTIER_CSV).read_text(encoding="utf-8")
    rows = csv.reader(text.splitlines())
    assert tuple(next(rows)) == Point._fields
    return [Point(method, *map(float, values)) for method, *values in rows]


def verdict(found: Sequence[Point], method: str, low: float = 1.25, high: float = 2.5) -> Verdict:
    """Compare methods where all are about equally far from the reference.

    Args:
        low, high: the band, in nats an answer.

    Raises:
        ValueError: if a seed has no point in the band.
    """
    rows = [point for point in found if point.method == method]
    seeds = sorted({point.seed for point in rows})
    inside = [[p for p in rows if p.seed == s and low <= p.kl <= high] for s in seeds]
    if not all(inside):
        raise ValueError(f"expected points of {method} from {low} to {high} nats for each seed")
    rewards = [fmean(p.reward for p in points) for points in inside]
    others, seconds, tokens = (
        fmean(fmean(getattr(p, name) for p in points) for points in inside)
        for name in ("others", "seconds", "tokens")
    )
    return Verdict(fmean(rewards), stdev(rewards), others, seconds, tokens)


def rewards_on_the_way(found: Sequence[Point], method: str) -> dict[float, list[float]]:
    """Return for each beta of a method the true reward at each look, first to last.

    Each is a mean over seeds, so that no look is the best one by luck of its seed alone.
    """
    rows = [point for point in found if point.method == method]
    steps = sorted({point.step for point in rows})
    return {
        beta: [fmean(p.reward for p in rows if (p.setting, p.step) == (beta, s)) for s in steps]
        for beta in sorted({point.setting for point in rows})
    }


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Run everything for each seed, and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(Point._fields)
        for seed in seeds:
            begun = begin(seed)
            print(f"seed {seed}: reward model {begun.seconds:.1f} s", flush=True)
            for point in points(begun):
                table.writerow([f"{v:.3f}" if isinstance(v, float) else v for v in point])
                out.flush()


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_results(Path(__file__).with_name(FRONTIER_CSV), seeds=range(3))
