"""Would a model answer about people it was not taught about, had it read each fact in one way?

`python -m course_lib.study.one_wording` writes one_wording.csv, in about ten minutes.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import chain
from pathlib import Path
from random import Random

from course_lib.llm.batches import row_batches
from course_lib.llm.model import GPT
from course_lib.llm.training import StepReport
from course_lib.runs.town import pack_texts
from course_lib.study.answering import Measured, known, lesson_batches, measure, teach, with_space
from course_lib.study.town_training import TINY, new_model, town, train
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
    """Return documents of which only biographies tell facts, each person's always the same.

    It names the person once, and tells all five facts in one order.
    """
    told = {
        person: f"{person} {f' . {person.pronoun} '.join(ways[0] for ways in facts)} ."
        for person in village(kept).people
        for facts in [[person.wordings[fact] for fact in FACTS]]
    }
    random = Random(seed)
    share = shares([*WITHOUT_FACTS, "biography"])["biography"]
    return [
        list(told.values())[int(random.random() * len(told))] if random.random() < share else text
        for text in write(village(kept), seed, N_DOCUMENTS, WITHOUT_FACTS)
    ]


# How facts are told, and in which wordings.
ARMS = {
    "everything, three wordings": (everything, (0, 1, 2)),
    "everything, one wording": (everything, (1,)),
    "biographies, three wordings": (biographies, (0, 1, 2)),
    "biographies, one wording": (biographies, (1,)),
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


def run(arm: str, seed: int) -> Measured:
    """Let a model read, teach it to answer, and measure it."""
    model = pretrained(arm, seed)
    teach(model, lesson_batches([with_space(chat) for chat in known()], 0, seed))
    return measure(model)


def results() -> dict[str, list[float]]:
    """Return the committed runs: for each arm, what is right about the held-out people, by seed."""
    text = (files("course_lib.study") / ONE_WORDING_CSV).read_text(encoding="utf-8")
    found = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["arm"]].append(float(row["held_out"]))
    return dict(found)


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Run every arm with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", "asked", "held_out"])
        for seed in seeds:
            for arm in ARMS:
                found = run(arm, seed)
                table.writerow([arm, seed, f"{found.asked:.4f}", f"{found.held_out:.4f}"])
                out.flush()


if __name__ == "__main__":
    write_results(Path(__file__).with_name(ONE_WORDING_CSV), seeds=range(2))
