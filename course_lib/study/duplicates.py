"""What a duplicate costs: part of what a model reads are copies of the same few documents.

All arms take the same steps. To each mixture with copies belongs one that reads the same new rows
and nothing instead of the copies.

`python -m course_lib.study.duplicates` writes duplicates.csv, in about three minutes.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import torch

from course_lib.llm.batches import Batch, Batches, row_batches
from course_lib.llm.training import StepReport, evaluate
from course_lib.runs.town import pack_texts
from course_lib.study.town_training import ROWS, excess, new_model, one_thread, rows, town, train
from course_lib.tinyville.documents import floor, write

DUPLICATES_CSV = "duplicates.csv"
WIDTH, STEPS, N_DOCUMENTS = 64, 400, 30_000
N_COPIED, COPIED_SEED = 40, 500_000  # a few documents of their own, in about 20 rows
ARMS = {  # rows that each step reads: new ones, copies
    "16 new": (16, 0),
    "8 new, 8 copies": (8, 8),
    "8 new": (8, 0),
    "2 new, 14 copies": (2, 14),
    "2 new": (2, 0),
}


class Result(NamedTuple):
    """What came of a run, in nats a token.

    Attributes:
        excess: over the floor, on documents that no run reads.
        copied: the loss on the documents that are copied; the floor of these is `copied_floor()`.
    """

    excess: float
    copied: float


def run(arm: str, seed: int, on_step: Callable[[StepReport], object] = lambda r: None) -> Result:
    """Train a model on a mixture and measure it."""
    place = town("village")
    model = new_model(place, WIDTH, seed)
    train(model, mixture(*ARMS[arm], seed), STEPS, on_step)
    with one_thread():
        return Result(excess(model, place), evaluate(model, [copied()]))


def mixture(n_new: int, n_copies: int, seed: int) -> Batches:
    """Return batches of `n_new` rows, the same with any number of copies, and of `n_copies`."""
    new = row_batches(rows("village", N_DOCUMENTS), ROWS, seed)

    def batch(step: int) -> Batch:
        fresh = new(step).rows(slice(n_new))
        if n_copies == 0:
            return fresh
        old = row_batches(copied(), n_copies, seed)(step)
        return Batch(
            torch.cat((fresh.ids, old.ids)),
            torch.cat((fresh.targets, old.targets)),
            torch.cat((fresh.segments, old.segments)),
        )

    return batch


@cache
def copied() -> Batch:
    """Return the few documents that are read again and again."""
    place = town("village")
    return pack_texts(place.tokenizer, write(place.world, COPIED_SEED, N_COPIED))


def copied_floor() -> float:
    """Return the loss, on the few, of who knows how they were written and has not read them."""
    place = town("village")
    return floor(place.world, write(place.world, COPIED_SEED, N_COPIED), copied().n_counted)


def results() -> dict[str, list[Result]]:
    """Return the committed runs: for each arm, a result for each seed."""
    text = (files("course_lib.study") / DUPLICATES_CSV).read_text(encoding="utf-8")
    found = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["arm"]].append(Result(float(row["excess"]), float(row["copied"])))
    return dict(found)


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Run every arm with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["arm", "seed", "excess", "copied"])
        for arm in ARMS:
            for seed in seeds:
                table.writerow([arm, seed, *(f"{value:.4f}" for value in run(arm, seed))])
                out.flush()


if __name__ == "__main__":
    write_results(Path(__file__).with_name(DUPLICATES_CSV), seeds=range(3))
