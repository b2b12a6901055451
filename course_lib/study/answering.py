"""Teach the village's model to answer: what that takes, and what it costs.

`python -m course_lib.study.answering` writes answering.csv, in about three minutes.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch

from course_lib.llm.batches import Batch, Batches, row_batches
from course_lib.llm.checkpoint import load_model
from course_lib.llm.model import GPT
from course_lib.llm.optim import AdamW
from course_lib.llm.sft import answers, encode_example, exact_match, pack_examples
from course_lib.llm.training import StepReport, Trainer, TrainingConfig
from course_lib.runs.committed import TINY
from course_lib.runs.town import END_OF_TEXT, ROW_LENGTH
from course_lib.study.town_training import excess, one_thread, rows, town
from course_lib.tinyville.chat import (
    HELD_OUT_STRANGERS,
    SEEN_STRANGERS,
    Chat,
    chats,
    refusals,
    with_wrong_answers,
)
from course_lib.tinyville.world import make_world

ANSWERING_CSV = "answering.csv"
ROWS, STEPS, LR = 16, 160, 1e-3  # a row holds three chats
REFUSING = "i do not know"
VILLAGE = make_world("village")


class Arm(NamedTuple):
    """What to teach a model.

    Attributes:
        lessons: the chats, for each seed.
        n_documents: so many of the rows of each step are documents, as those it has read before.
        spaced: whether answers begin with a space, as words inside of a document do.
    """

    lessons: Callable[[int], Sequence[Chat]]
    n_documents: int = 0
    spaced: bool = True


class Measured(NamedTuple):
    """How a model answers, as shares of the questions; and what it has forgotten.

    Attributes:
        asked: right, word for word, about the people whom chats are about.
        held_out: right about the other people of the village.
        refused: about these other people, "i do not know ...".
        strangers: about the strangers of the chats, whom nobody knows, "i do not know ...".
        held_out_strangers: the same about other strangers.
        excess: the loss on documents over the floor, in nats a token.
    """

    asked: float
    held_out: float
    refused: float
    strangers: float
    held_out_strangers: float
    excess: float


def known() -> list[Chat]:
    """Return the 900 chats about the people of whom documents ask too."""
    return chats(VILLAGE.asked)


def drawn(n: int, wrong: float, seed: int) -> list[Chat]:
    """Return `n` chats drawn from these, of which a part gets a wrong answer."""
    random = Random(seed)
    every = known()
    some = [every[int(random.random() * len(every))] for _ in range(n)]
    return with_wrong_answers(VILLAGE, some, wrong, random)


ARMS = {
    "nothing": Arm(lambda seed: []),
    "answers without a space": Arm(lambda seed: known(), spaced=False),
    "chats": Arm(lambda seed: known()),
    "chats and refusals": Arm(lambda seed: known() + refusals(SEEN_STRANGERS)),
    "and documents": Arm(lambda seed: known() + refusals(SEEN_STRANGERS), n_documents=4),
    "200, all right": Arm(lambda seed: drawn(200, 0.0, seed)),
    "200, half wrong": Arm(lambda seed: drawn(200, 0.5, seed)),
    "2000, a fifth wrong": Arm(lambda seed: drawn(2000, 0.2, seed)),
    "2000, half wrong": Arm(lambda seed: drawn(2000, 0.5, seed)),
    "2000, four fifths wrong": Arm(lambda seed: drawn(2000, 0.8, seed)),
}


def run(arm: str, seed: int, on_step: Callable[[StepReport], object] = lambda r: None) -> Measured:
    """Teach the committed model of the village, and measure it."""
    lessons, n_documents, spaced = ARMS[arm]
    model, _ = load_model(TINY)
    if taught := lessons(seed):
        taught = [with_space(chat) for chat in taught] if spaced else taught
        teach(model, lesson_batches(taught, n_documents, seed), on_step=on_step)
    return measure(model)


def with_space(chat: Chat) -> Chat:
    """Return a chat whose answer begins with a space.

    " anna", inside of a text, and "anna", where a text begins, are two tokens. A model that has
    met a name behind a space can repeat it only so.
    """
    user, assistant = chat.messages
    return chat._replace(messages=[user, assistant | {"content": f" {assistant['content']}"}])


def lesson_batches(lessons: Sequence[Chat], n_documents: int, seed: int) -> Batches:
    """Return batches of 16 rows of chats, `n_documents` of which are documents instead."""
    tokenizer = town("village").tokenizer
    examples = [encode_example(tokenizer, chat.messages) for chat in lessons]
    taught = pack_examples(examples, ROW_LENGTH, tokenizer.special_tokens[END_OF_TEXT])
    new = row_batches(taught, min(ROWS - n_documents, len(taught.ids)), seed)
    if n_documents == 0:
        return new
    old = row_batches(rows("village", 3000), n_documents, seed)

    def batch(step: int) -> Batch:
        pair = new(step), old(step)
        ids, targets, segments = (
            torch.cat([getattr(part, name) for part in pair])
            for name in ("ids", "targets", "segments")
        )
        return Batch(ids, targets, segments)

    return batch


def teach(
    model: GPT,
    batches: Batches,
    steps: int = STEPS,
    lr: float = LR,
    on_step: Callable[[StepReport], object] = lambda report: None,
) -> None:
    """Train all weights of `model` that are not frozen, in place."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    config = TrainingConfig(steps=steps, warmup=20)
    with one_thread():
        trainer = Trainer(model, [AdamW(weights, lr, weight_decay=0.0)], config)
        trainer.run(batches, on_step)
    model.eval()


def measure(model: GPT) -> Measured:
    """Ask a model of the village about everybody."""
    with one_thread():
        others = chats(VILLAGE.held_out_people)
        said = ask(model, others)
        return Measured(
            right(known()[::5], ask(model, known()[::5])),
            right(others, said),
            refused(said),
            refused(ask(model, refusals(SEEN_STRANGERS))),
            refused(ask(model, refusals(HELD_OUT_STRANGERS))),
            excess(model, town("village")),
        )


def ask(model: GPT, asked: Sequence[Chat]) -> list[str]:
    """Return what a model answers to the questions of chats."""
    return answers(model, town("village").tokenizer, [chat.messages[:1] for chat in asked])


def right(asked: Sequence[Chat], said: Sequence[str]) -> float:
    """Return the share of the answers that are those of the chats, word for word."""
    pairs = zip(said, asked, strict=True)
    return sum(exact_match(text, chat.answer) for text, chat in pairs) / len(asked)


def refused(said: Sequence[str]) -> float:
    """Return the share of the answers that are refusals."""
    return sum(text.strip().startswith(REFUSING) for text in said) / len(said)


def results() -> dict[str, list[Measured]]:
    """Return the committed runs: for each arm, what was measured for each seed."""
    text = (files("course_lib.study") / ANSWERING_CSV).read_text(encoding="utf-8")
    found = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["arm"]].append(Measured(*(float(row[name]) for name in Measured._fields)))
    return dict(found)


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Run every arm with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", *Measured._fields])
        for arm in ARMS:
            for seed in seeds:
                table.writerow([arm, seed, *(f"{value:.4f}" for value in run(arm, seed))])
                out.flush()


if __name__ == "__main__":
    write_results(Path(__file__).with_name(ANSWERING_CSV), seeds=range(3))
