"""Mixed precision on this processor: how long a step takes, and what it does to the loss."""

import statistics
import time
from typing import NamedTuple

import torch

from course_lib.llm.batches import row_batches
from course_lib.llm.training import Trainer, TrainingConfig, standard_optimizers
from course_lib.study.town_training import ROWS, excess, new_model, one_thread, rows, town, train

WIDTHS = (64, 128)
N_DOCUMENTS, SEED = 4000, 0
ROUNDS = 4  # timed steps of each kind, in turn
STEPS = 60


class Precision(NamedTuple):
    """Two ways to compute, 32 and 16 bits: seconds a step, for one width."""

    width: int
    seconds_32: float
    seconds_16: float


def step_seconds(width: int) -> Precision:
    """Return the median time of a training step of either kind; they take turns."""
    batches = row_batches(rows("village", N_DOCUMENTS), ROWS, SEED)
    trainers = []
    for bfloat16 in (False, True):
        model = new_model(town("village"), width, SEED)
        config = TrainingConfig(steps=10**6, bfloat16=bfloat16)
        trainers.append(Trainer(model, standard_optimizers(model), config))
    times: tuple[list[float], list[float]] = ([], [])
    with one_thread():
        for number in range(ROUNDS + 1):
            for trainer, seconds in zip(trainers, times, strict=True):
                start = time.perf_counter()
                trainer.take_step(batches(number))
                seconds.append(time.perf_counter() - start)
    return Precision(width, *(statistics.median(seconds[1:]) for seconds in times))


def losses() -> dict[bool, float]:
    """Return how far above the floor a short run ends, without and with 16 bits (the key)."""
    found = {}
    for bfloat16 in (False, True):
        model = new_model(town("village"), WIDTHS[0], SEED)
        batches = row_batches(rows("village", N_DOCUMENTS), ROWS, SEED)
        train(model, batches, STEPS, bfloat16=bfloat16)
        found[bfloat16] = excess(model, town("village"))
    return found


def products_seconds(size: int = 512) -> dict[torch.dtype, float]:
    """Return the median time of one product of two matrices, in 32 and in 16 bits."""
    found = {}
    with one_thread():
        for dtype in (torch.float32, torch.bfloat16):
            a = torch.ones(size, size, dtype=dtype)
            times = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                torch.mm(a, a)
                times.append(time.perf_counter() - start)
            found[dtype] = statistics.median(times)
    return found
