"""Train small models on Tinyville and measure them: what the experiments of lesson 06 share."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

import torch
from torch import Tensor

from course_lib.llm.batches import Batch, Batches, row_batches
from course_lib.llm.generation import generate
from course_lib.llm.model import GPT
from course_lib.llm.sampling import GREEDY
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import StepReport, Trainer, evaluate, standard_optimizers
from course_lib.runs.measure import held_out_documents
from course_lib.runs.presets import PRESETS
from course_lib.runs.town import END_OF_TEXT, town_rows, town_tokenizer
from course_lib.tinyville.documents import documents, floor
from course_lib.tinyville.world import World, make_world

TINY = PRESETS["tiny"]
ROWS = TINY.batch_size  # a step, of 84 tokens each


@dataclass(frozen=True)
class Town:
    """A town, its tokenizer, and documents that no run trains on.

    Attributes:
        texts, held_out: these documents, as texts and as batches.
        floor: the least possible loss on them, in nats a token.
    """

    name: str
    world: World
    tokenizer: Tokenizer
    texts: list[str]
    held_out: list[Batch]
    floor: float

    @property
    def vocab_size(self) -> int:
        """The number of tokens."""
        return self.tokenizer.vocab_size


@cache
def town(name: str, n_held_out: int = 500) -> Town:
    """Return "village", "town" or "city"; made once."""
    world = make_world(name)
    tokenizer = town_tokenizer(world)
    texts, held_out = held_out_documents(tokenizer, world, n_held_out)
    n_tokens = sum(batch.n_counted for batch in held_out)
    return Town(name, world, tokenizer, texts, held_out, floor(world, texts, n_tokens))


@cache
def rows(name: str, n_documents: int, seed: int = 0) -> Batch:
    """Return rows of whole documents, for training."""
    place = town(name)
    return town_rows(place.world, place.tokenizer, seed, n_documents)


@cache
def stream(name: str, n_documents: int, seed: int = 0) -> Tensor:
    """Return documents as one long row of tokens (N,), each after the token that ends a text."""
    place = town(name)
    return in_a_row(place, islice(documents(place.world, seed), n_documents))


def in_a_row(place: Town, texts: Iterable[str]) -> Tensor:
    """Return texts as one row of tokens (N,), each after the token that ends a text."""
    end_id = place.tokenizer.special_tokens[END_OF_TEXT]
    ids = [id for text in texts for id in (end_id, *place.tokenizer.encode_ordinary(text))]
    return torch.tensor(ids)


def new_model(place: Town, d_model: int, seed: int) -> GPT:
    """Return an untrained model of a width; all else is as in the preset `tiny`."""
    shape = replace(TINY, d_model=d_model, d_ff=4 * d_model)
    config = shape.model_config(place.vocab_size)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GPT(config)


def train(
    model: GPT,
    batches: Batches,
    steps: int,
    on_step: Callable[[StepReport], object] = lambda report: None,
    **changes: object,
) -> list[float]:
    """Train as the preset `tiny` is, in so many steps, and return the loss at each of them.

    Args:
        changes: what else differs from the preset's `TrainingConfig`, such as `warmup=10`.
    """
    losses = []

    def after_step(report: StepReport) -> None:
        losses.append(report.loss)
        on_step(report)

    config = replace(TINY.training, steps=steps, **changes)
    optimizers = standard_optimizers(model, TINY.matrix_lr, TINY.table_lr)
    with one_thread():
        Trainer(model, optimizers, config).run(batches, after_step)
    model.eval()
    return losses


def trained(
    name: str,
    d_model: int,
    steps: int,
    seed: int,
    n_documents: int,
    on_step: Callable[[StepReport], object] = lambda report: None,
    **changes: object,
) -> GPT:
    """Return a model of a width after so many steps on new documents of a town.

    Args:
        changes: as in `train`.
    """
    model = new_model(town(name), d_model, seed)
    train(model, row_batches(rows(name, n_documents), ROWS, seed), steps, on_step, **changes)
    return model


def excess(model: GPT, place: Town) -> float:
    """Return how far a model's loss is above the floor, in nats a token."""
    with one_thread():
        return evaluate(model, place.held_out) - place.floor


def window_loss(model: GPT, place: Town) -> float:
    """Return the loss on the documents that no run reads, as windows of the model's length."""
    ids, T = in_a_row(place, place.texts), model.config.context_length
    n_rows = (len(ids) - 1) // T
    x, y = (ids[i : i + n_rows * T].view(n_rows, T) for i in (0, 1))
    return evaluate(model, [Batch(x, y)])


def go_on(model: GPT, place: Town, text: str, n_tokens: int) -> str:
    """Return the likeliest tokens after a text that begins a document."""
    ids = in_a_row(place, [text])[None]
    said = generate(model, ids, n_tokens, GREEDY)[0, ids.size(1) :]
    return place.tokenizer.decode(said.tolist()).strip()


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one core: such small matrices are hardly faster on two, and the browser needs one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
