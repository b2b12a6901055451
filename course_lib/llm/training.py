"""Train a model: predict, measure the error, follow its gradient, many times over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim import Optimizer

from course_lib.llm import distributed
from course_lib.llm.batches import Batch, Batches
from course_lib.llm.loss import sum_loss
from course_lib.llm.model import GPT
from course_lib.llm.optim import (
    AdamW,
    Muon,
    clip_gradients,
    learning_rate_factor,
    split_parameters,
)


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How long and how carefully to train.

    Attributes:
        steps: how many updates.
        warmup: steps over which the learning rates rise.
        decay: the last part of the steps, in (0, 1], over which they fall to 0.
        clip: the largest joint length of all gradients.
        accumulate: into how many parts a batch is cut to save memory; the update is the same.
        bfloat16: whether matrix products are done in 16 bits ("mixed precision",
            Micikevicius et al., 2017, https://arxiv.org/abs/1710.03740).
    """

    steps: int
    warmup: int = 50
    decay: float = 0.5
    clip: float = 1.0
    accumulate: int = 1
    bfloat16: bool = False


@dataclass(frozen=True)
class StepReport:
    """What a step did.

    Attributes:
        step: how many steps are done now.
        loss: before the update, in nats a token.
        gradient_norm: the joint length of all gradients, before they were clipped.
        n_tokens: how many targets were counted.
    """

    step: int
    loss: float
    gradient_norm: float
    n_tokens: int


class Trainer:
    """A model in training, its optimizers, and the number of steps done.

    Args:
        model: what to train.
        optimizers: each with its full learning rate; together they hold every weight once.
        config: how to train.

    Attributes:
        step: how many steps are done.
    """

    def __init__(self, model: GPT, optimizers: Sequence[Optimizer], config: TrainingConfig):
        self.model, self.optimizers, self.config = model, optimizers, config
        self.step = 0
        self.full_lr = [group["lr"] for o in optimizers for group in o.param_groups]

    def run(self, batches: Batches, on_step: Callable[[StepReport], None]) -> None:
        """Train until `config.steps` are done, and call `on_step` after each.

        Raises:
            FloatingPointError: if the loss is no longer a number.
        """
        self.model.train()
        while self.step < self.config.steps:
            report = self.take_step(batches(self.step))
            on_step(report)

    def take_step(self, batch: Batch) -> StepReport:
        """Make one update; of several processes, each reads its share of the rows."""
        loss = self.backward(batch)
        if not loss < float("inf"):
            raise FloatingPointError(
                f"the loss is {loss} at step {self.step}: training has diverged; lower the "
                "learning rates or raise the warm-up"
            )
        length = clip_gradients(self.model.parameters(), self.config.clip)
        config = self.config
        factor = learning_rate_factor(self.step, config.steps, config.warmup, config.decay)
        groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        for group, full_lr in zip(groups, self.full_lr, strict=True):
            group["lr"] = full_lr * factor
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        return StepReport(self.step, loss, length.item(), batch.n_counted)

    def backward(self, batch: Batch) -> float:
        """Fill the gradients of the mean loss over the whole of `batch`, and return that loss."""
        n_counted = batch.n_counted
        if n_counted == 0:
            raise ValueError("expected a batch with at least one counted target, got none")
        mine = distributed.share_of(batch)
        loss = torch.zeros(())
        for rows in torch.arange(len(mine.ids)).chunk(self.config.accumulate):
            part = mine.rows(rows)
            part_loss = batch_loss(self.model, part, self.config.bfloat16) / n_counted
            part_loss.backward()
            loss += part_loss.detach()
        gradients = [w.grad for w in self.model.parameters() if w.grad is not None]
        distributed.add_up([loss, *gradients])
        return loss.item()


def batch_loss(model: GPT, batch: Batch, bfloat16: bool = False) -> Tensor:
    """Return the summed loss of a batch, in nats."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
        logits = model(batch.ids, segments=batch.segments)
    return sum_loss(logits.float() if bfloat16 else logits, batch.targets)


@torch.no_grad()
def evaluate(model: GPT, batches: Iterable[Batch]) -> float:
    """Return the mean loss over all counted targets of `batches`, in nats a token.

    Raises:
        ValueError: if no target is counted.
    """
    was_training = model.training
    model.eval()
    total, n_counted = 0.0, 0
    try:
        for batch in batches:
            total += batch_loss(model, batch).item()
            n_counted += batch.n_counted
    finally:
        model.train(was_training)
    if n_counted == 0:
        raise ValueError("expected batches with at least one counted target, got none")
    return total / n_counted


def standard_optimizers(model: GPT, matrix_lr: float = 0.02, table_lr: float = 0.015) -> list:
    """Return Muon for the matrices inside the blocks, AdamW for all other weights."""
    matrices, others = split_parameters(model)
    return [
        Muon(matrices, lr=matrix_lr),
        AdamW(others, lr=table_lr, betas=(0.9, 0.98), weight_decay=0.0),
    ]
