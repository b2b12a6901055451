"""Train a small model on short pieces of text, then let it read pieces four times as long.

The models differ in one thing: how they are told positions. All see the same batches.
"""

from collections.abc import Sequence
from copy import deepcopy
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.llm.batches import text_batches
from course_lib.llm.embeddings import rope_turns
from course_lib.llm.model import GPT, ModelConfig
from course_lib.llm.training import Trainer, TrainingConfig, standard_optimizers
from course_lib.tinyville import documents
from course_lib.tinyville.world import make_world

SCHEMES = {
    "none": "no positions",
    "sinusoidal": "sinusoidal",
    "learned": "learned table",
    "rope": "RoPE",
}
TRAINED, TESTED = 32, 128  # tokens
STEPS, ROWS = 250, 16
ROPE_BASE = 1000.0
END = "<end>"  # stands after each document


@cache
def train_on_short(scheme: str, seed: int = 0) -> GPT:
    """Return a model that has read 250 × 16 pieces of Tinyville, each of 32 tokens.

    Args:
        scheme: one of `SCHEMES`.
        seed: for the first weights and the choice of the pieces.
    """
    text, vocab_size = _text(seed=1, n_documents=6000)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = GPT(_config(scheme, vocab_size))
    optimizers = standard_optimizers(model, table_lr=0.01)
    trainer = Trainer(model, optimizers, TrainingConfig(steps=STEPS, warmup=20))
    trainer.run(text_batches(text, ROWS, TRAINED, seed), on_step=lambda report: None)
    return model.eval()


@torch.inference_mode()
def loss_by_place(model: GPT) -> list[float]:
    """Return the mean loss, in nats, of the token after each of 128 places, on fresh text."""
    text, _ = _text(seed=2, n_documents=1500)
    n_rows = min(256, (len(text) - 1) // TESTED)
    ids = text[: n_rows * TESTED].view(n_rows, TESTED)
    targets = text[1 : n_rows * TESTED + 1]
    losses = F.cross_entropy(model(ids).flatten(0, 1), targets, reduction="none")
    return losses.view(n_rows, TESTED).mean(dim=0).tolist()


def squeezed(model: GPT) -> GPT:
    """Return a copy of a model with RoPE that reads 128 places as if they lay between its 32.

    Position interpolation: Chen et al., 2023, https://arxiv.org/abs/2306.15595.
    """
    D = model.config.d_model // model.config.n_head
    positions = torch.arange(TESTED) * TRAINED / TESTED
    copy = deepcopy(model)  # training is cached: the model itself may be asked for again
    copy.turns = rope_turns(positions, D, ROPE_BASE)
    return copy


def _config(scheme: str, vocab_size: int) -> ModelConfig:
    """Return the shape of the model: 2 layers, about 50,000 parameters."""
    return ModelConfig(
        vocab_size=vocab_size,
        context_length=TESTED,
        d_model=32,
        n_layer=2,
        n_head=4,
        n_kv_head=4,
        d_ff=96,
        feed_forward="relu",
        positions=scheme,
        rope_base=ROPE_BASE,
    )


@cache
def _text(seed: int, n_documents: int) -> tuple[Tensor, int]:
    """Return documents of the village as one row of ids, and the number of different words."""
    world = make_world("village")
    words = [
        word for text in documents.write(world, seed, n_documents) for word in [*text.split(), END]
    ]
    vocabulary = _vocabulary()
    return torch.tensor([vocabulary[word] for word in words]), len(vocabulary)


@cache
def _vocabulary() -> dict[str, int]:
    known = documents.vocabulary(make_world("village"))
    return {word: i for i, word in enumerate(sorted({END, *(word.strip() for word in known)}))}


def mean_of(losses: Sequence[float], first: int, last: int) -> float:
    """Return the mean loss from place `first` to place `last`, counted from 1."""
    part = losses[first - 1 : last]
    return sum(part) / len(part)
