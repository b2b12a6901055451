"""Learn from principles alone: the model answers, code criticizes and revises, DPO compares.

After Bai et al., 2022, https://arxiv.org/abs/2212.08073; see `principles` for who criticizes. Which
principles there are decides what is learned: without one that asks for help, a false answer is
revised to a refusal, and the model refuses where it could help.

The start never refuses. DPO alone then takes probability from what was rejected and gives it to
anything but the revision, and the model forgets how to speak. So revised answers are also learned
as chats are, together with those in which nothing was wrong. Bai et al. tune on
revisions, too, before preferences are learned.

`python -m course_lib.study.constitution` writes constitution.csv, in about four minutes.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from importlib.resources import files
from itertools import count, islice
from operator import add
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.llm import constitution, dpo
from course_lib.llm.chat import START as START_MARK
from course_lib.llm.checkpoint import load_model
from course_lib.llm.model import GPT
from course_lib.llm.training import batch_loss
from course_lib.runs.committed import TINY
from course_lib.study.answering import ask, drawn, lesson_batches, teach, with_space
from course_lib.study.policy_losses import dpo_losses
from course_lib.study.preferences import draw, texts
from course_lib.study.principles import (
    CHATS,
    CONSTITUTION,
    HARMLESS,
    HELD_OUT,
    HELPFUL,
    HONEST,
    LEARNED,
    Principle,
    critic_for,
    is_answerable,
    is_refusal,
    leaves_unanswered,
    revise,
    says_untrue,
    tells_home,
)
from course_lib.study.town_training import one_thread
from course_lib.study.weight_steps import follow
from course_lib.tinyville.chat import Chat
from course_lib.tinyville.preferences import Pair
from course_lib.tinyville.words import STRANGERS

CONSTITUTION_CSV = "constitution.csv"
MAX_ROUNDS = 2  # a false answer becomes a refusal, and the refusal a right answer
STEPS, LR, BETA = 120, 1e-3, 0.1
SEEDS = (0, 1, 2)


class Arm(NamedTuple):
    """What is learned from.

    Attributes:
        principles: the first broken one is criticized first.
        weight: that of DPO's loss.
        lessons: which answers are learned as chats beside it: "all" after their revision, only
            the "revised" ones, or "none".
    """

    principles: Sequence[Principle] = CONSTITUTION
    weight: float = 1.0
    lessons: str = "all"


ARMS = {
    "all three": Arm(),
    "harmless": Arm([HARMLESS]),
    "harmless and honest": Arm([HARMLESS, HONEST]),
    "helpful": Arm([HELPFUL]),
    "all three, without DPO": Arm(weight=0.0),
    "all three, DPO alone": Arm(lessons="none"),
    "harmless, only revised lessons": Arm([HARMLESS], lessons="revised"),
}
START = "start"


class Measured(NamedTuple):
    """How a model answers about people and strangers from no lesson, as shares.

    Attributes:
        helpful: of the questions that one can and may answer, those answered right.
        harmless: of the questions where somebody lives, those that name no street.
        honest: of all answers, those that say nothing untrue. A refusal is never untrue.
        over_refused: of the questions that one can and may answer, those refused.
    """

    helpful: float
    harmless: float
    honest: float
    over_refused: float


def starting_policy(seed: int) -> GPT:
    """Return the village's model, tuned on 2,000 chats of which a fifth are wrong.

    It answers everything: it tells homes, and invents facts about strangers.
    """
    model, _ = load_model(TINY)
    teach(model, lesson_batches([with_space(chat) for chat in drawn(2000, 0.2, seed)], 0, seed))
    return model


def sampled_answers(policy: GPT, seed: int) -> list[str]:
    """Return an answer to each of the questions to learn from, drawn from the policy."""
    with one_thread():
        return texts(draw(policy, LEARNED, 1, torch.Generator().manual_seed(seed)))


def revised_pairs(
    said: Sequence[str],
    principles: Sequence[Principle] = CONSTITUTION,
    critique_and_revise: Callable = constitution.critique_and_revise,
    max_rounds: int = MAX_ROUNDS,
) -> list[Pair]:
    """Return pairs of a revision and the answer that it revises, where there is a revision.

    Args:
        said: from `sampled_answers`.
        critique_and_revise: as in `course_lib.llm.constitution`.
    """
    critic, found = critic_for(principles), []
    for chat, response in zip(LEARNED, said, strict=True):
        pair = critique_and_revise(chat.question, response, critic, revise, max_rounds)
        if pair is not None:
            found.append(Pair(chat, *pair))
    return found


def revised_lessons(said: Sequence[str], pairs: Sequence[Pair], which: str = "all") -> list[Chat]:
    """Return chats to learn from: each question with its revision or, if "all", what was said."""
    revised = {pair.chat.question: pair.chosen for pair in pairs}
    unchanged = zip((chat.question for chat in LEARNED), said, strict=True)
    chosen = {"all": dict(unchanged) | revised, "revised": revised, "none": {}}[which]
    return [
        with_answer(CHATS[question], answer)
        for question, answer in chosen.items()
        if START_MARK not in answer  # a broken answer can hold one, and no chat may
    ]


def with_answer(chat: Chat, answer: str) -> Chat:
    """Return a chat with another answer."""
    return chat._replace(messages=[chat.messages[0], {"role": "assistant", "content": answer}])


def learn(
    start: GPT,
    pairs: Sequence[Pair],
    lessons: Sequence[Chat],
    seed: int,
    weight: float = 1.0,
    dpo_loss: Callable[..., Tensor] = dpo.dpo_loss,
    on_step: Callable[[int, float], object] = lambda step, loss: None,
) -> GPT:
    """Return a copy of the start that has learned to prefer revisions, and from its lessons.

    Args:
        lessons: from `revised_lessons`; none leaves DPO alone.
        weight: as in `Arm`.
        dpo_loss: `dpo_loss`, or your own.
    """
    policy = deepcopy(start)
    losses = dpo_losses(policy, start, pairs, BETA, seed, dpo_loss)
    total = (weight * loss for loss in losses)
    if lessons:
        total = map(add, total, lesson_losses(policy, lessons, seed))
    follow(policy.parameters(), islice(total, STEPS), LR, on_step=on_step)
    return policy


def lesson_losses(policy: GPT, lessons: Sequence[Chat], seed: int) -> Iterator[Tensor]:
    """Yield the loss of rows of lessons, nats a token, with a quarter of documents among them.

    The documents are of the kind that it has read before: what is read again is not forgotten.
    """
    batches = lesson_batches([with_space(lesson) for lesson in lessons], 4, seed)
    for step in count():
        batch = batches(step)
        yield batch_loss(policy, batch) / batch.n_counted


def measure(policy: GPT) -> Measured:
    """Ask a policy about the held-out people and strangers; the likeliest answers count."""
    with one_thread():
        said = [text.strip() for text in ask(policy, HELD_OUT)]
    pairs = list(zip(HELD_OUT, said, strict=True))
    answerable = [(chat, text) for chat, text in pairs if is_answerable(chat)]
    homes = [
        (chat, text) for chat, text in pairs if chat.fact == "home" and chat.name not in STRANGERS
    ]
    return Measured(
        1 - share(leaves_unanswered, answerable),
        1 - share(tells_home, homes),
        1 - share(says_untrue, pairs),
        share(lambda chat, text: is_refusal(text), answerable),
    )


def share(holds: Callable[[Chat, str], bool], pairs: Sequence[tuple[Chat, str]]) -> float:
    """Return the share of answers of which something holds."""
    return sum(holds(*pair) for pair in pairs) / len(pairs)


def results() -> dict[str, list[Measured]]:
    """Return the committed runs: for the start and each arm, what was measured for each seed."""
    text = (files("course_lib.study") / CONSTITUTION_CSV).read_text(encoding="utf-8")
    found = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["arm"]].append(Measured(*(float(row[name]) for name in Measured._fields)))
    return dict(found)


def write_results(file: Path) -> None:
    """Run every arm with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", "pairs", *Measured._fields])

        def write(arm: str, seed: int, n_pairs: int, policy: GPT) -> None:
            table.writerow([arm, seed, n_pairs, *(f"{value:.4f}" for value in measure(policy))])
            out.flush()

        for seed in SEEDS:
            start = starting_policy(seed)
            write(START, seed, 0, start)
            said = sampled_answers(start, seed)
            for name, arm in ARMS.items():
                pairs = revised_pairs(said, arm.principles)
                lessons = revised_lessons(said, pairs, arm.lessons)
                write(name, seed, len(pairs), learn(start, pairs, lessons, seed, arm.weight))


if __name__ == "__main__":
    write_results(Path(__file__).with_name(CONSTITUTION_CSV))
