"""The best size for a budget: models of several widths, each trained for the same FLOPs.

A large model takes few steps for them, a small one many (Hoffmann et al., 2022,
https://arxiv.org/abs/2203.15556). C = 6 N D FLOPs for N parameters and D tokens. The warm-up is a
tenth of the steps: one of a fixed number would be most of a short run, and make large models look
bad (Porian et al., 2024, https://arxiv.org/abs/2406.19146).

`python -m course_lib.study.same_budget` writes same_budget.csv, in about a quarter of an hour.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from course_lib.llm.model import count_parameters
from course_lib.study.scaling import PLACE, parameters
from course_lib.study.town_training import ROWS, excess, rows, town, trained
from course_lib.study.training_cost import training_flops

SAME_BUDGET_CSV = "same_budget.csv"
BUDGETS = (1e11, 4e11)  # FLOPs
WIDTHS = (8, 16, 24, 32, 48, 64)
N_DOCUMENTS = 120_000
SEEDS = (0, 1, 2)


class Run(NamedTuple):
    """A trained model, what it read, and its loss over the floor, nats a token."""

    budget: float
    width: int
    seed: int
    n_params: int
    n_tokens: int
    excess: float


def steps_for(budget: float, width: int) -> int:
    """Return how many steps of 16 rows a budget pays for."""
    return max(1, round(budget / training_flops(parameters(width), tokens_a_step())))


def tokens_a_step() -> int:
    """Return how many tokens a step reads, counted as in the rows: about 97% are no padding."""
    packed = rows(PLACE, 2000)
    return round(ROWS * packed.n_counted / len(packed.ids))


def run(budget: float, width: int, seed: int) -> Run:
    """Train a model of a width for a budget and measure it."""
    steps = steps_for(budget, width)
    model = trained(PLACE, width, steps, seed, N_DOCUMENTS, warmup=max(1, steps // 10))
    n_tokens = steps * tokens_a_step()
    over = excess(model, town(PLACE, 1000))
    return Run(budget, width, seed, count_parameters(model), n_tokens, over)


def results() -> dict[float, dict[int, list[Run]]]:
    """Return the committed runs, by budget and by width."""
    text = (files("course_lib.study") / SAME_BUDGET_CSV).read_text(encoding="utf-8")
    found: dict[float, dict[int, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for row in csv.DictReader(text.splitlines()):
        new = Run(
            float(row["budget"]), int(row["width"]), int(row["seed"]), int(row["parameters"]),
            int(row["tokens"]), float(row["excess"]),
        )  # fmt: skip
        found[new.budget][new.width].append(new)
    return {budget: dict(by_width) for budget, by_width in found.items()}


def mean_excess(runs: Sequence[Run]) -> float:
    """Return the mean over the seeds."""
    return fmean(found.excess for found in runs)


def write_results(file: Path) -> None:
    """Train every size for every budget and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["budget", "width", "seed", "parameters", "tokens", "excess"])
        for seed in SEEDS:
            for budget in BUDGETS:
                for width in WIDTHS:
                    found = run(budget, width, seed)
                    table.writerow([f"{budget:g}", *found[1:5], f"{found.excess:.4f}"])
                    out.flush()


if __name__ == "__main__":
    write_results(Path(__file__).with_name(SAME_BUDGET_CSV))
