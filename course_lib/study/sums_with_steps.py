"""Learn from a reward that code can check: sums of three digits, right or wrong.

"3 + 4 + 5 = ?" is a question of which the village's model has read nothing; it knows the sums of
two digits. A few worked examples show how to answer, in two steps or at once. From there GRPO
goes on without any: it draws answers, and code looks at the last number of each. Shao et al.,
2024, https://arxiv.org/abs/2402.03300; such rewards are called verifiable in Lambert et al., 2024,
https://arxiv.org/abs/2411.15124.

A group whose answers are all right, or all wrong, teaches nothing. So what can be learned depends
on how often the start is right: hardly ever, if the examples gave away totals alone.

`python -m course_lib.study.sums_with_steps` writes sums_with_steps.csv, in about six
minutes.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.llm.batches import row_batches
from course_lib.llm.checkpoint import load_model
from course_lib.llm.grpo import grpo_advantages, grpo_loss
from course_lib.llm.logprobs import sequence_logprob
from course_lib.llm.model import GPT
from course_lib.llm.sampling import GREEDY
from course_lib.llm.sft import Example, pack_examples
from course_lib.runs.committed import TINY
from course_lib.runs.measure import accuracy
from course_lib.runs.town import ROW_LENGTH
from course_lib.study.answering import teach
from course_lib.study.checked_sums import (
    HELD_OUT,
    LEARNED,
    STOP,
    TOKENIZER,
    Question,
    at_once,
    draw,
    flat_share,
    in_steps,
    is_right,
    prompt,
    rewards,
)
from course_lib.study.preferences import logprobs_of
from course_lib.study.town_training import excess, one_thread, town
from course_lib.study.weight_steps import follow
from course_lib.tinyville.probes import facts
from course_lib.tinyville.world import make_world, shuffled

SUMS_CSV = "sums_with_steps.csv"
VILLAGE = make_world("village")
GROUPS, GROUP_SIZE, STEPS, LR, CLIP = 16, 8, 150, 5e-4, 0.2
SEEDS = (0, 1, 2)


class Arm(NamedTuple):
    """What the start is shown, and the price of moving away from it.

    Attributes:
        work: what an example's answer is.
        n_examples: how many examples there are.
        beta: GRPO's price, in units of reward a nat.
    """

    work: Callable[[Question], str]
    n_examples: int = 56
    beta: float = 0.02


ARMS = {
    "in steps": Arm(in_steps),
    "in steps, beta 0": Arm(in_steps, beta=0.0),
    "in steps, beta 0.2": Arm(in_steps, beta=0.2),
    "in steps, 16 examples": Arm(in_steps, n_examples=16),
    "at once": Arm(at_once),
}


class Draw(NamedTuple):
    """The answers that one step of GRPO learned from.

    Attributes:
        rewards: (groups, n), 1 where the last number is right.
        kl: log(policy / reference) of an answer, in nats: a mean over the drawn ones.
    """

    rewards: Tensor
    kl: float


class Measured(NamedTuple):
    """Shares, and what was forgotten.

    Attributes:
        right: of the held-out questions, answered greedily, the last number is right.
        as_worked: of these right answers, the steps are right too.
        facts: of what the model knew of people, what it still knows.
        excess: the loss on documents over the floor, in nats a token.
    """

    right: float
    as_worked: float
    facts: float
    excess: float


class Row(NamedTuple):
    """Where an arm stood after so many steps.

    Attributes:
        drawn_right, flat, kl: of the answers drawn since the row before: the share of right ones,
            the share of groups that taught nothing, and as in `Draw`; 0 before the first step.
        right, as_worked, facts, excess: as in `Measured`.
    """

    step: int
    drawn_right: float
    flat: float
    kl: float
    right: float
    as_worked: float
    facts: float
    excess: float


def examples_for(arm: Arm, seed: int) -> list[Question]:
    """Return the questions whose answers the start is shown."""
    return shuffled(LEARNED, Random(seed))[: arm.n_examples]


def starting_policy(arm: Arm, seed: int) -> GPT:
    """Return the village's model, tuned on an arm's examples until it knows them by heart."""
    examples = []
    for question in examples_for(arm, seed):
        ids = prompt(question)
        said = [*TOKENIZER.encode_ordinary(f" {arm.work(question)}"), STOP]
        examples.append(Example(ids + said, [False] * len(ids) + [True] * len(said)))
    packed = pack_examples(examples, ROW_LENGTH, STOP)
    model, _ = load_model(TINY)
    teach(model, row_batches(packed, min(16, len(packed.ids)), seed), steps=160, lr=2e-3)
    return model


def grpo_losses(
    policy: GPT,
    asked: Sequence[Question],
    beta: float,
    seed: int,
    steps: int,
    advantages: Callable[[Tensor], Tensor],
    on_draw: Callable[[Draw], object],
) -> Iterator[Tensor]:
    """Yield a loss a step, each of new answers that the policy, as it is then, has drawn.

    As each draw serves for one step, no ratio is ever clipped.
    """
    reference = deepcopy(policy)
    random, generator = Random(seed), torch.Generator().manual_seed(seed)
    for _ in range(steps):
        questions = [asked[int(random.random() * len(asked))] for _ in range(GROUPS)]
        drawn, said = draw(policy, questions, GROUP_SIZE, generator=generator)
        mask, got = drawn.response_mask, rewards(questions, said)
        logprobs = logprobs_of(policy, drawn)
        with torch.no_grad():
            ref_logprobs = logprobs_of(reference, drawn)
        old = logprobs.detach()
        on_draw(Draw(got, sequence_logprob(old - ref_logprobs, mask).mean().item()))
        better = advantages(got).flatten()
        yield grpo_loss(logprobs, old, ref_logprobs, better, mask, CLIP, beta)


def learn(
    policy: GPT,
    asked: Sequence[Question],
    beta: float,
    seed: int,
    steps: int = STEPS,
    advantages: Callable[[Tensor], Tensor] = grpo_advantages,
    on_draw: Callable[[Draw], object] = lambda draw: None,
) -> None:
    """Train a policy in place by GRPO on these questions, of which nobody shows the answer."""
    losses = grpo_losses(policy, asked, beta, seed, steps, advantages, on_draw)
    follow(policy.parameters(), losses, LR)


def measure(policy: GPT, work: Callable[[Question], str] = in_steps) -> Measured:
    """Ask a policy the held-out questions, and what it knew before."""
    with one_thread():
        _, said = draw(policy, HELD_OUT, 1, GREEDY)
        right = [pair for pair in zip(HELD_OUT, said, strict=True) if is_right(*pair)]
        as_worked = sum(answer == work(question) for question, answer in right)
        return Measured(
            len(right) / len(HELD_OUT),
            as_worked / max(1, len(right)),
            accuracy(policy, TOKENIZER, facts(VILLAGE)),
            excess(policy, town("village")),
        )


def run(arm: str, seed: int, every: int = 30) -> list[Row]:
    """Train an arm and return where it stood, every so many steps."""
    chosen = ARMS[arm]
    policy = starting_policy(chosen, seed)
    shown = set(examples_for(chosen, seed))
    asked = [question for question in LEARNED if question not in shown]
    table, since = [Row(0, 0.0, 0.0, 0.0, *measure(policy, chosen.work))], []

    def on_draw(new: Draw) -> None:  # called before a step: what came before it is measured
        if len(since) == every:
            close()
        since.append(new)

    def close() -> None:
        seen = torch.stack([draw.rewards for draw in since])  # (steps, groups, n)
        kl = sum(draw.kl for draw in since) / len(since)
        step = table[-1].step + len(since)
        flat = flat_share(seen.flatten(0, 1))
        table.append(Row(step, seen.mean().item(), flat, kl, *measure(policy, chosen.work)))
        since.clear()

    learn(policy, asked, chosen.beta, seed, on_draw=on_draw)
    close()
    return table


def results() -> dict[str, dict[int, list[Row]]]:
    """Return the committed runs, by arm and by seed."""
    text = (files("course_lib.study") / SUMS_CSV).read_text(encoding="utf-8")
    found: dict[str, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in csv.DictReader(text.splitlines()):
        values = (float(row[name]) for name in Row._fields[1:])
        found[row["arm"]][int(row["seed"])].append(Row(int(row["step"]), *values))
    return {arm: dict(by_seed) for arm, by_seed in found.items()}


def write_results(file: Path) -> None:
    """Run every arm with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", *Row._fields])
        for seed in SEEDS:
            for arm in ARMS:
                for step, *values in run(arm, seed):
                    table.writerow([arm, seed, step, *(f"{value:.4f}" for value in values)])
                out.flush()


if __name__ == "__main__":
    write_results(Path(__file__).with_name(SUMS_CSV))
