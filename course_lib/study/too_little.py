"""Train on too little text: what a model learns by heart, and what that does for other text."""

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from course_lib.llm.batches import row_batches
from course_lib.llm.training import StepReport, evaluate
from course_lib.study.town_training import ROWS, new_model, one_thread, rows, town, train
from course_lib.tinyville.documents import documents, floor

N_DOCUMENTS, WIDTH, STEPS, EVERY = 150, 64, 400, 20
SEED = 0


class Measured(NamedTuple):
    """A model after so many steps: its loss on the text it trains on, and on other text."""

    step: int
    training: float
    held_out: float


def overfit(on_step: Callable[[StepReport], object] = lambda report: None) -> list[Measured]:
    """Train on 150 documents, again and again, and measure every 20 steps, nats a token."""
    place, few = town("village"), rows("village", N_DOCUMENTS)
    model = new_model(place, WIDTH, SEED)
    found = []

    def after_step(report: StepReport) -> None:
        on_step(report)
        if report.step % EVERY == 0:
            losses = (evaluate(model, batches) for batches in ([few], place.held_out))
            found.append(Measured(report.step, *losses))

    with one_thread():
        train(model, row_batches(few, ROWS, SEED), STEPS, after_step)
    return found


def few_floor() -> float:
    """Return the loss, on the 150, of who knows how they were written and has not read them."""
    world = town("village").world
    texts = list(islice(documents(world, SEED), N_DOCUMENTS))
    return floor(world, texts, rows("village", N_DOCUMENTS).n_counted)


def passes() -> float:
    """Return how often each document is read in all."""
    return STEPS * ROWS / len(rows("village", N_DOCUMENTS).ids)
