"""Would a model answer about people it was not taught about, had it read each fact in one way?

`python -m course_lib.study.one_wording` writes one_wording.csv, in about twelve minutes.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import chain
from pathlib import Path
from random import Random
from statistics import mean
from typing import NamedTuple

from course_lib.llm.batches import row_batches
from course_lib.llm.model import GPT
from course_lib.llm.training import StepReport
from course_lib.runs.town import pack_texts
from course_lib.study.answering import known, lesson_batches, measure, teach, with_space
from course_lib.study.town_training import TINY, go_on, new_model, town, train
from course_lib.tinyville.documents import KINDS, shares, write
from course_lib.tinyville.world import FACTS, SIZES, World, build_world

ONE_WORDING_CSV = "one_wording.csv"
N_DOCUMENTS = 40_000
WITHOUT_FACTS = tuple(kind for kind in KINDS if kind not in ("story", "biography", "questions"))


def village(kept: Sequence[int]) -> World:
    """Return a village like ours that tells each fact in some of its three wordings only.

    They are "works as a", "is a", "has a job as a", and so on. Chats teach to answer in the first.
    """
    world = build_world(SIZES["village"])  # people of its own, to be changed
    for person in world.people:
        for fact, ways in person.wordings.items():
            person.wordings[fact] = tuple(ways[i] for i in kept)
        person.predicates = tuple(chain.from_iterable(person.wordings.values()))
    return world


def everything(kept: Sequence[int], seed: int) -> list[str]:
    """Return documents of all kinds; stories and questions tell facts in their own words too."""
    return write(village(kept), seed, N_DOCUMENTS)


def biographies(kept: Sequence[int], seed: int) -> list[str]:
    """Return documents of which only biographies tell facts: three of five, in any order."""
    return write(village(kept), seed, N_DOCUMENTS, [*WITHOUT_FACTS, "biography"])


def verbatim(kept: Sequence[int], seed: int) -> list[str]:
    """Return documents of which only biographies tell facts, each person's always the same."""
    return with_texts(one_text_each(kept), kept, seed)


def named(kept: Sequence[int], seed: int) -> list[str]:
    """Return the same documents, but that each sentence of a biography says the name."""
    return with_texts(one_text_each(kept, by_name=True), kept, seed)


def one_text_each(kept: Sequence[int], by_name: bool = False) -> list[str]:
    """Return a text about each person: all five facts in one order, the name first.

    Args:
        by_name: whether the other sentences begin with the name too, in place of "she" or "he".
    """
    texts = []
    for person in village(kept).people:
        said = [person.wordings[fact][0] for fact in FACTS]
        again = person if by_name else person.pronoun
        texts.append(f"{person} {f' . {again} '.join(said)} .")
    return texts


def with_texts(texts: Sequence[str], kept: Sequence[int], seed: int) -> list[str]:
    """Return documents without facts, and among them these texts, as often as biographies are."""
    random = Random(seed)
    share = shares([*WITHOUT_FACTS, "biography"])["biography"]
    return [
        texts[int(random.random() * len(texts))] if random.random() < share else text
        for text in write(village(kept), seed, N_DOCUMENTS, WITHOUT_FACTS)
    ]


# How facts are told, and in which wordings.
ARMS = {
    "everything, three wordings": (everything, (0, 1, 2)),
    "everything, one wording": (everything, (1,)),
    "biographies, three wordings": (biographies, (0, 1, 2)),
    "biographies, one wording": (biographies, (1,)),
    "one text a person, by name": (named, (1,)),
    "one text a person": (verbatim, (1,)),
    "one text a person, as answered": (verbatim, (0,)),
}


def pretrained(
    arm: str, seed: int, on_step: Callable[[StepReport], object] = lambda report: None
) -> GPT:
    """Return a model that has read such documents, as `tiny` reads ours."""
    write_texts, kept = ARMS[arm]
    place = town("village")
    rows = pack_texts(place.tokenizer, write_texts(kept, seed))
    model = new_model(place, TINY.d_model, seed)
    train(model, row_batches(rows, TINY.batch_size, seed), TINY.training.steps, on_step)
    return model


def recited(model: GPT, arm: str) -> float | None:
    """Return the share of people whose text a model says by heart, given the name.

    None where people have no text of their own that is always the same.
    """
    write_texts, kept = ARMS[arm]
    if write_texts not in (verbatim, named):
        return None
    place, texts = town("village"), one_text_each(kept, by_name=write_texts is named)
    names = [text.split(" ", 1)[0] for text in texts]
    lengths = [len(place.tokenizer.encode_ordinary(text)) for text in texts]
    said = [
        f"{name} {go_on(model, place, name, length - 1)}"
        for name, length in zip(names, lengths, strict=True)
    ]
    return mean(a == b for a, b in zip(said, texts, strict=True))


class Read(NamedTuple):
    """What became of a model that had read the village in some way.

    Attributes:
        asked, held_out: right after the chats, as in `Measured`.
        recited: before the chats, see `recited`.
    """

    asked: float
    held_out: float
    recited: float | None


def run(arm: str, seed: int) -> Read:
    """Let a model read, let it recite, teach it to answer, and measure it."""
    model = pretrained(arm, seed)
    by_heart = recited(model, arm)
    teach(model, lesson_batches([with_space(chat) for chat in known()], 0, seed))
    found = measure(model)
    return Read(found.asked, found.held_out, by_heart)


def results() -> dict[str, list[Read]]:
    """Return the committed runs: for each arm, one for each seed."""
    text = (files("course_lib.study") / ONE_WORDING_CSV).read_text(encoding="utf-8")
    found = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        values = (float(row[name]) if row[name] else None for name in Read._fields)
        found[row["arm"]].append(Read(*values))
    return dict(found)


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Run every arm with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", *Read._fields])
        for seed in seeds:
            for arm in ARMS:
                values = ("" if value is None else f"{value:.4f}" for value in run(arm, seed))
                table.writerow([arm, seed, *values])
                out.flush()


if __name__ == "__main__":
    write_results(Path(__file__).with_name(ONE_WORDING_CSV), seeds=range(2))
