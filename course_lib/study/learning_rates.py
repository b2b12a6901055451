"""One small model, trained at many learning rates, with a warm-up and without: what becomes of it?

It reads the documents of Tinyville's village. Each run takes 300 steps of AdamW; its rate rises
over the warm-up, where there is one, and falls along a cosine to a tenth. Nothing is clipped.

`python -m course_lib.study.learning_rates` writes learning_rates.csv, in about ten minutes.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from math import cos, inf, log, pi
from pathlib import Path

import torch

from course_lib.llm.batches import Batch, row_batches
from course_lib.llm.loss import IGNORED
from course_lib.llm.training import batch_loss, evaluate
from course_lib.study.town_training import ROWS, new_model, rows, town

# The last ones are larger than anybody would try: with norms before each half, AdamW still learns
# something at 1, almost nothing at 3, and diverges at 10.
RATES = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0, 10.0)
STEPS, WARMUP = 300, 30
LEAST = 0.1  # of the largest rate: where the cosine ends
WIDTH = 32
N_DOCUMENTS, N_HELD_OUT = 12_000, 400
EVERY = 5  # so many steps lie between two kept points of a curve
RATES_CSV = "learning_rates.csv"


@dataclass(frozen=True)
class Curve:
    """What became of the runs of one rate, the mean of three seeds.

    Attributes:
        lr: the largest learning rate; warmup: the steps until it is reached.
        losses: before every 5th step, in nats a token; inf where a seed had no number any more.
        held_out: each seed's loss on other documents, after all steps.
    """

    lr: float
    warmup: int
    losses: tuple[float, ...]
    held_out: tuple[float, ...]

    @property
    def end(self) -> float:
        """Return the mean loss on other documents, after all steps."""
        return sum(self.held_out) / len(self.held_out)


@dataclass(frozen=True)
class Sweep:
    """All curves, and two losses to compare them with.

    Attributes:
        curves: {(largest rate, steps of warm-up): curve}.
        vocab_size: V; who knows nothing has a loss of ln V.
        frequencies: the loss of who knows how often each token occurs, and nothing else.
    """

    curves: dict[tuple[float, int], Curve]
    vocab_size: int
    frequencies: float

    @property
    def knows_nothing(self) -> float:
        return log(self.vocab_size)

    def best(self) -> Curve:
        """Return the curve that ends lowest."""
        return min(self.curves.values(), key=lambda curve: curve.end)


def rate_at(step: int, lr: float, warmup: int) -> float:
    """Return the learning rate of a step: up in a line to `lr`, then down along a cosine.

    Example:
        >>> [round(rate_at(step, 1.0, 30), 3) for step in (0, 14, 29, 30, 165, 300)]
        [0.033, 0.5, 1.0, 1.0, 0.55, 0.1]
    """
    if step < warmup:
        return lr * (step + 1) / warmup
    done = (step - warmup) / (STEPS - warmup)
    return lr * (LEAST + (1 - LEAST) * (1 + cos(pi * done)) / 2)


def train(lr: float, warmup: int, seed: int) -> tuple[list[float], float]:
    """Return the loss before each of 300 steps, and that on other documents after the last.

    Runs of one seed begin with the same weights and see the same batches. A loss that is no number
    is inf, and so are all that follow.
    """
    model = new_model(town("village"), WIDTH, seed)
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), weight_decay=0.0)
    batches, losses = row_batches(training_rows(), ROWS, seed), []
    for step in range(STEPS):
        batch = batches(step)
        loss = batch_loss(model, batch) / batch.n_counted
        if not loss < inf:
            return losses + [inf] * (STEPS - step), inf
        optimizer.param_groups[0]["lr"] = rate_at(step, lr, warmup)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    loss = evaluate(model, [held_out_rows()])
    return losses, loss if loss < inf else inf


def frequencies_loss() -> float:
    """Return the loss of who knows how often each token follows, and not what stands before it."""
    counted = training_rows().targets[training_rows().targets != IGNORED]
    shares = torch.bincount(counted).double() / len(counted)
    return -(shares * shares.clamp_min(1e-300).log()).sum().item()


def write_sweep(file: Path, rates: Sequence[float], seeds: Sequence[int]) -> None:
    """Train at every rate, with warm-up and without, and write a row for each."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        kept = range(0, STEPS, EVERY)
        ends = [f"held_out_{seed}" for seed in seeds]
        table.writerow(["lr", "warmup", "V", "frequencies", *ends, *(f"step_{i}" for i in kept)])
        frequencies = f"{frequencies_loss():.3f}"
        for lr, warmup in product(rates, (0, WARMUP)):
            curves, held_out = zip(*[train(lr, warmup, seed) for seed in seeds], strict=True)
            means = [sum(curve[i] for curve in curves) / len(curves) for i in kept]
            numbers = [f"{loss:.3f}" for loss in (*held_out, *means)]
            table.writerow([lr, warmup, town("village").vocab_size, frequencies, *numbers])
            out.flush()


@cache
def sweep() -> Sweep:
    """Return the committed curves."""
    text = (files("course_lib.study") / RATES_CSV).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    curves = [_curve(row) for row in rows]
    by_run = {(curve.lr, curve.warmup): curve for curve in curves}
    return Sweep(by_run, int(rows[0]["V"]), float(rows[0]["frequencies"]))


def _curve(row: dict[str, str]) -> Curve:
    losses, held_out = (
        tuple(float(value) for name, value in row.items() if name.startswith(start))
        for start in ("step_", "held_out_")
    )
    return Curve(float(row["lr"]), int(row["warmup"]), losses, held_out)


def training_rows() -> Batch:
    return rows("village", N_DOCUMENTS)


def held_out_rows() -> Batch:
    return rows("village", N_HELD_OUT, seed=1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_sweep(Path(__file__).with_name(RATES_CSV), RATES, seeds=range(3))
