"""A law for size: train models of several widths, fit a line, predict a wider one.

Loss over the floor falls with the number of parameters N like A · N^-alpha, within limits (Kaplan
et al., 2020, https://arxiv.org/abs/2001.08361; Hoffmann et al., 2022,
https://arxiv.org/abs/2203.15556). In Tinyville the floor need not be fitted: it is known.

`python -m course_lib.study.scaling` writes scaling.csv, in about a quarter of an hour.
"""

import csv
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from math import exp, log
from pathlib import Path
from random import Random
from statistics import fmean, quantiles
from typing import NamedTuple

from course_lib.llm.model import count_parameters
from course_lib.llm.training import StepReport
from course_lib.study.town_training import excess, new_model, town, trained

SCALING_CSV = "scaling.csv"
PLACE, STEPS, N_DOCUMENTS, N_HELD_OUT = "town", 1200, 60_000, 1000  # no document is read twice
WIDTHS = (8, 16, 24, 32, 40)
PREDICTED, BEYOND = 48, 64
LONGER = 2 * STEPS  # for the widest
SEEDS = (0, 1, 2)
DRAWS = 2000  # of the bootstrap


class Run(NamedTuple):
    """A trained model: its width, its seed, its parameters N, its loss over the floor in nats."""

    width: int
    seed: int
    n_params: int
    excess: float


class Law(NamedTuple):
    """excess = scale · N ** -alpha."""

    scale: float
    alpha: float

    def __call__(self, n_params: float) -> float:
        return self.scale * n_params**-self.alpha


def run(
    width: int,
    seed: int,
    on_step: Callable[[StepReport], object] = lambda report: None,
    steps: int = STEPS,
) -> Run:
    """Train a model of a width on new documents of the town, and measure it."""
    model = trained(PLACE, width, steps, seed, N_DOCUMENTS * steps // STEPS, on_step)
    return Run(width, seed, count_parameters(model), excess(model, town(PLACE, N_HELD_OUT)))


@cache
def parameters(width: int) -> int:
    """Return how many parameters a model of a width has."""
    return count_parameters(new_model(town(PLACE, N_HELD_OUT), width, seed=0))


def fit(runs: Sequence[Run]) -> Law:
    """Return the law with the least squares of errors in the logarithm of the excess.

    Raises:
        ValueError: if there are fewer than two sizes.
    """
    x = [log(found.n_params) for found in runs]
    y = [log(found.excess) for found in runs]
    if len(set(x)) < 2:
        raise ValueError(f"a line needs runs of at least two sizes, got {len(set(x))}")
    middle_x, middle_y = fmean(x), fmean(y)
    slope = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    slope /= sum((a - middle_x) ** 2 for a in x)
    return Law(exp(middle_y - slope * middle_x), -slope)


def band(runs: Sequence[Run], sizes: Sequence[float], seed: int = 0) -> list[tuple[float, float]]:
    """Return, for each size, the excess within which about 95% of such runs end.

    By bootstrap (Efron, 1979): the errors of the runs, widened because the law was fitted to them,
    are dealt to the runs anew, the law is fitted again, and the error of one more run is added. It
    takes runs of all sizes to scatter alike, and knows nothing of a law that bends.
    """
    random, law = Random(seed), fit(runs)
    widened = (len(runs) / max(len(runs) - 2, 1)) ** 0.5
    errors = [widened * log(found.excess / law(found.n_params)) for found in runs]

    def drawn(n_params: float) -> float:
        return law(n_params) * exp(random.choice(errors))

    predicted: list[list[float]] = [[] for _ in sizes]
    for _ in range(DRAWS):
        again = fit([found._replace(excess=drawn(found.n_params)) for found in runs])
        for values, size in zip(predicted, sizes, strict=True):
            values.append(again(size) * exp(random.choice(errors)))
    cuts = [quantiles(values, n=40) for values in predicted]  # 2.5%, 5%, ... 97.5%
    return [(cut[0], cut[-1]) for cut in cuts]


def results(steps: int = STEPS) -> list[Run]:
    """Return the committed runs of so many steps."""
    text = (files("course_lib.study") / SCALING_CSV).read_text(encoding="utf-8")
    return [
        Run(int(row["width"]), int(row["seed"]), int(row["parameters"]), float(row["excess"]))
        for row in csv.DictReader(text.splitlines())
        if int(row["steps"]) == steps
    ]


def write_results(file: Path) -> None:
    """Train every size with every seed and write the rows."""
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["steps", "width", "seed", "parameters", "excess"])
        arms = [(STEPS, width) for width in (*WIDTHS, PREDICTED, BEYOND)] + [(LONGER, BEYOND)]
        for seed in SEEDS:
            for steps, width in arms:
                found = run(width, seed, steps=steps)
                table.writerow([steps, *found[:3], f"{found.excess:.4f}"])
                out.flush()


if __name__ == "__main__":
    write_results(Path(__file__).with_name(SCALING_CSV))
