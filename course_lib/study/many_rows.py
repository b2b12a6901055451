"""Go on from one prompt in many rows at once, which share each reading of the weights."""

from collections.abc import Sequence
from math import nan
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from course_lib.llm.model import GPT
from course_lib.llm.sampling import Settings, choose


class Written(NamedTuple):
    """What one row wrote.

    Attributes:
        ids: the tokens, without the one that ended it.
        surprise: the mean of -ln p of them, by the model's own probabilities, in nats.
    """

    ids: list[int]
    surprise: float


@torch.inference_mode()
def write(
    model: GPT,
    prompt: list[int],
    rows: Sequence[tuple[Settings, Generator]],
    length: int,
    stop_id: int | None = None,
    barred: Sequence[int] = (),
) -> list[Written]:
    """Go on from one prompt in several rows at once, each with its own settings and draws.

    The prompt is read once, and its keys and values are copied to every row.

    Args:
        stop_id: the token that ends a row.
        barred: tokens that are never chosen.
    """
    B, T = len(rows), len(prompt)
    text = torch.tensor([prompt])
    one = model.new_cache(1, T)
    logits = model(text, one)[:, -1].expand(B, -1)  # (B, V)
    cache = model.new_cache(B, T + length)
    for layer, read in zip(cache, one, strict=True):
        layer.append(*(kept.expand(B, -1, -1, -1) for kept in (read.keys, read.values)))
    text = text.expand(B, -1)
    surprises, stopped = [], torch.zeros(B, 1, dtype=torch.bool)
    for step in range(length):
        free = logits.index_fill(-1, torch.tensor(barred, dtype=torch.int64), float("-inf"))
        new = torch.cat([choose(free[b, None], text[b, None], *rows[b]) for b in range(B)])
        surprises.append(-logits.log_softmax(dim=-1).gather(-1, new))
        text = torch.cat((text, new), dim=1)
        if stop_id is not None:
            stopped |= new == stop_id
        if stopped.all() or step == length - 1:
            break
        logits = model(new, cache)[:, -1]
    return [_row(*row, stop_id) for row in zip(text[:, T:], torch.cat(surprises, 1), strict=True)]


def _row(ids: Tensor, surprises: Tensor, stop_id: int | None) -> Written:
    ids = ids.tolist()
    if stop_id in ids:
        ids = ids[: ids.index(stop_id)]
    return Written(ids, surprises[: len(ids)].mean().item() if ids else nan)
