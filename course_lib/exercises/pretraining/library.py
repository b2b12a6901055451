"""What `mine` hands out where a learner has no answer yet: short versions that change nothing."""

from collections.abc import Callable
from math import cos, log, pi, sqrt
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.llm.loss import next_token_loss


def get_batch(ids: Tensor, B: int, T: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return x and y, each (B, T): windows cut anywhere from ids (N,), and what follows each id.

    Raises:
        ValueError: if the text is too short for one window and the id after it.
    """
    n_starts = len(ids) - T
    if n_starts < 1:
        raise ValueError(f"expected a text of more than {T} ids, got {len(ids)}")
    starts = torch.randint(n_starts, (B, 1), generator=generator)
    places = starts + torch.arange(T)  # (B, T)
    return ids[places], ids[places + 1]


def cross_entropy(logits: Tensor, targets: Tensor, ignore_index: int) -> Tensor:
    """Return the mean loss of logits (B, T, V) in nats over the targets (B, T) that are counted.

    A target equal to ignore_index is not counted; the loss is 0 where none is.
    """
    total = F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=ignore_index, reduction="sum"
    )
    return total / (targets != ignore_index).sum().clamp(min=1)


def training_loss(model: Callable[[Tensor], Tensor], ids: Tensor) -> Tensor:
    """Return the mean loss in nats of a model's guesses at the next id in rows (B, T + 1)."""
    return next_token_loss(model(ids[:, :-1]), ids[:, 1:])


def bits_per_byte(total_nats: float, n_bytes: int) -> float:
    """Return the summed loss of a text, nats, in bits for each of its bytes."""
    if n_bytes < 1:
        raise ValueError(f"n_bytes must be at least 1, got {n_bytes}")
    return total_nats / (log(2) * n_bytes)


def learning_rate(
    step: int, max_lr: float, warmup_steps: int, total_steps: int, min_lr: float
) -> float:
    """Return the learning rate of a step: up in a line, down along a cosine, then flat."""
    if step < warmup_steps:
        return max_lr * (step + 1) / warmup_steps
    done = min((step - warmup_steps) / (total_steps - warmup_steps), 1.0)
    return min_lr + (max_lr - min_lr) * (1 + cos(pi * done)) / 2


def compute_optimal(flops: float, tokens_per_param: float) -> tuple[float, float]:
    """Return how many parameters and tokens a budget pays for, where 6 N D is the cost."""
    if flops <= 0 or tokens_per_param <= 0:
        raise ValueError(
            f"flops and tokens_per_param must be above 0, got {flops} and {tokens_per_param}"
        )
    n_tokens = sqrt(flops * tokens_per_param / 6)
    return n_tokens / tokens_per_param, n_tokens


def adamw_step(
    param: Tensor,
    grad: Tensor,
    state: dict,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, dict]:
    """Return (param, state) after one step of AdamW; state is {} before the first step."""
    zeros = torch.zeros_like(param)
    step = state.get("step", 0) + 1
    mean = torch.lerp(state.get("mean", zeros), grad, 1 - betas[0])
    mean_square = torch.lerp(state.get("mean_square", zeros), grad.square(), 1 - betas[1])
    size = (mean_square / (1 - betas[1] ** step)).sqrt() + eps
    moved = param - lr * mean / (1 - betas[0] ** step) / size - lr * weight_decay * param
    return moved, {"step": step, "mean": mean, "mean_square": mean_square}


def clip_gradients(
    grads: list[Tensor | None], max_norm: float
) -> tuple[list[Tensor | None], Tensor]:
    """Return gradients whose joint length is at most max_norm, and the length before."""
    lengths = [grad.norm() for grad in grads if grad is not None]
    norm = torch.stack([torch.zeros(()), *lengths]).norm()
    factor = max_norm / norm if norm > max_norm else 1.0
    return [None if grad is None else grad * factor for grad in grads], norm


def accumulate_gradients(
    params: list[Tensor], batches: list, loss_sum: Callable[[Any], tuple[Tensor, int]]
) -> list[Tensor]:
    """Return the gradients of the mean loss over all tokens, with one batch at a time in memory."""
    totals, n_tokens = [torch.zeros_like(param) for param in params], 0
    for batch in batches:
        loss, n_counted = loss_sum(batch)
        for total, grad in zip(totals, torch.autograd.grad(loss, params), strict=True):
            total += grad
        n_tokens += n_counted
    return [total / max(n_tokens, 1) for total in totals]
