"""A race of deep models that differ in their wiring: which of them learn, in the same few steps?

Each has 12 layers and guesses the next character of Shakespeare from up to 16 before it.

`python -m course_lib.study.depth_race` writes depth_race.csv, in about ten minutes.
"""

import csv
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from itertools import product
from math import log
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from course_lib.llm.norms import RMSNorm
from course_lib.study import demos
from course_lib.study.depth import PYTORCH, WIRINGS, Stack, Wiring

N_LAYER, WIDTH, T, ROWS = 12, 32, 16, 16
STEPS = 150
RATES = (3e-4, 1e-3, 3e-3, 1e-2)  # learning rates; what is best for one wiring is not for another
WARMUP = 50  # steps, where there is any
LAST = 10  # a run's result is the mean loss of so many last steps
RACE_CSV = "depth_race.csv"
# Warm-up is for what has both parts; what lacks one is raced without.
RUNS = [(name, 0) for name in WIRINGS] + [("post-norm", WARMUP), ("pre-norm", WARMUP)]


class Guesser(nn.Module):
    """Characters in, a score for every possible next character out, with a stack in between."""

    def __init__(self, wiring: Wiring, gain: float):
        super().__init__()
        V = len(characters())
        self.embed, self.place = nn.Embedding(V, WIDTH), nn.Embedding(T, WIDTH)
        self.stack = Stack(wiring, N_LAYER, d_model=WIDTH, gain=gain)
        self.norm, self.head = RMSNorm(WIDTH), nn.Linear(WIDTH, V, bias=False)
        nn.init.normal_(self.head.weight, std=0.02)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (B, T, V) for ids (B, T)."""
        return self.head(self.norm(self.stack(self.embed(ids) + self.place.weight)[-1]))


def race(
    wiring: Wiring,
    warmup: int = 0,
    lr: float = 3e-3,
    seed: int = 0,
    gain: float = PYTORCH,
    on_step: Callable[[], object] = lambda: None,
) -> list[float]:
    """Return the loss at each of 150 steps of training, nats a character.

    Runs of one seed see the same batches. The learning rate rises evenly to `lr` over the first
    `warmup` steps, and stays there.
    """
    text, losses, generator = _text(), [], Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Guesser(wiring, gain)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = lr * min(1.0, (step + 1) / (warmup + 1))
        starts = torch.randint(len(text) - T, (ROWS, 1), generator=generator)
        rows = text[starts + torch.arange(T + 1)]  # (B, T + 1)
        loss = F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        on_step()
    return losses


def last_loss(losses: Sequence[float]) -> float:
    """Return the mean of the last 10 losses of a run."""
    return sum(losses[-LAST:]) / len(losses[-LAST:])


def no_context() -> float:
    """Return the loss of who knows how often each character occurs, and nothing else."""
    counts = torch.bincount(_text()).double()
    return log(len(_text())) - (counts * counts.clamp_min(1).log()).sum().item() / len(_text())


def results() -> dict[tuple[str, int], dict[float, list[float]]]:
    """Return the committed races: {(wiring, warm-up steps): {rate: last loss of each seed}}."""
    text = (files("course_lib.study") / RACE_CSV).read_text(encoding="utf-8")
    found: dict[tuple[str, int], dict[float, list[float]]] = {}
    for row in csv.DictReader(text.splitlines()):
        rates = found.setdefault((row["wiring"], int(row["warmup"])), {})
        rates.setdefault(float(row["lr"]), []).append(float(row["loss"]))
    return found


def write_results(file: Path, seeds: Sequence[int]) -> None:
    """Run every race and write its rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["wiring", "warmup", "lr", "seed", "loss"])
        for (name, warmup), lr in product(RUNS, RATES):
            for seed in seeds:
                losses = race(WIRINGS[name], warmup, lr, seed)
                rows.writerow([name, warmup, lr, seed, f"{last_loss(losses):.3f}"])
            out.flush()


@cache
def characters() -> list[str]:
    """Return the characters of the text, in order; a character's place is its id."""
    return sorted(set(demos.shakespeare()))


@cache
def _text() -> Tensor:
    ids = {character: i for i, character in enumerate(characters())}
    return torch.tensor([ids[character] for character in demos.shakespeare()])


if __name__ == "__main__":
    torch.set_num_threads(1)
    write_results(Path(__file__).with_name(RACE_CSV), seeds=range(3))
