"""Let a policy answer: several drawn answers to each of several prompts, all in one batch.

Prompts of different lengths start together. While a row still has prompt left, the next token of
its prompt is put in place of the drawn one. So each token stands at its true position, with every
kind of position, and padding stands only at the end.

The cost: as many steps as from the end of the shortest prompt to the end of the longest answer,
each for all rows, also for those that are still reading or have already stopped. What all
prompts are long is read in one step, once for each prompt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.llm.cache import KVCache
from course_lib.llm.model import GPT
from course_lib.llm.sampling import Settings, choose

UNCHANGED = Settings()  # draws from the model's own distribution


@dataclass(frozen=True)
class Rollouts:
    """Prompts with answers, a row each.

    Attributes:
        ids: (B, T) int64, prompt, response, padding.
        response_mask: (B, T) bool, True at the tokens of the response, its stop token included.
    """

    ids: Tensor
    response_mask: Tensor

    def responses(self) -> list[list[int]]:
        """Return the ids of each response."""
        rows = zip(self.ids, self.response_mask, strict=True)
        return [ids[mask].tolist() for ids, mask in rows]


def given_rollouts(
    prompts: Sequence[Sequence[int]], responses: Sequence[Sequence[int]], padding_id: int
) -> Rollouts:
    """Return answers that are there already, such as those of a pair, as rows of one length.

    Args:
        prompts, responses: B lists of ids each.
        padding_id: what stands after the responses; any token.

    Example:
        >>> given_rollouts([[5, 6], [5]], [[7], [8, 9, 9]], padding_id=0).ids
        tensor([[5, 6, 7, 0], [5, 8, 9, 9]])
    """
    rows = [[*prompt, *response] for prompt, response in zip(prompts, responses, strict=True)]
    T = max(map(len, rows))
    places = torch.arange(T)
    starts = torch.tensor([len(prompt) for prompt in prompts])[:, None]  # (B, 1)
    ends = torch.tensor([len(row) for row in rows])[:, None]  # (B, 1)
    ids = torch.tensor([row + [padding_id] * (T - len(row)) for row in rows])
    return Rollouts(ids, (starts <= places) & (places < ends))


@torch.no_grad()
def sample_rollouts(
    model: GPT,
    prompts: Sequence[Sequence[int]],
    n: int,
    max_new_tokens: int,
    stop_id: int,
    settings: Settings = UNCHANGED,
    generator: torch.Generator | None = None,
) -> Rollouts:
    """Draw `n` answers to each prompt.

    An answer ends with its stop token, or after `max_new_tokens`. The losses take it that tokens
    come from the policy's own distribution: that is so without filters, at temperature 1.

    Args:
        prompts: ids of each, at least one.
        n, max_new_tokens: at least 1.
        stop_id: ends an answer and is part of it; it is also the padding after it.
        generator: where the draws come from; torch's own where none is given.

    Returns:
        len(prompts) * n rows, the n answers to the first prompt first.

    Raises:
        ValueError: if `n` or `max_new_tokens` is below 1, or a prompt is empty, or so long that
            prompt and answer might not fit the model's context.
    """
    if n < 1 or max_new_tokens < 1:
        raise ValueError(f"expected n and max_new_tokens from 1 on, got {n} and {max_new_tokens}")
    lengths = [len(prompt) for prompt in prompts]
    context_length = model.config.context_length
    if min(lengths) < 1 or max(lengths) + max_new_tokens > context_length:
        raise ValueError(
            f"expected prompts of 1 to {context_length - max_new_tokens} tokens, so that "
            f"{max_new_tokens} more fit the model, got {min(lengths)} to {max(lengths)}"
        )
    room = given_rollouts(prompts, [[stop_id] * max_new_tokens] * len(prompts), stop_id)
    ids = room.ids.repeat_interleave(n, dim=0)  # (B, T), answers to be written over
    writing = room.response_mask.repeat_interleave(n, dim=0)  # (B, T), where they may stand
    logits, cache = read_once(model, room.ids[:, : min(lengths)], n, ids.size(1))
    for place in range(min(lengths), ids.size(1)):
        new = choose(logits, ids[:, :place], settings, generator)[:, 0]  # (B,)
        ids[:, place] = torch.where(writing[:, place], new, ids[:, place])
        stopped = writing[:, place] & (new == stop_id)
        writing[:, place + 1 :] &= ~stopped[:, None]
        if not writing[:, place + 1 :].any():
            break
        logits = model(ids[:, place : place + 1], cache)[:, -1]  # (B, V)
    return Rollouts(ids[:, : place + 1], writing[:, : place + 1])


def read_once(model: GPT, ids: Tensor, n: int, length: int) -> tuple[Tensor, list[KVCache]]:
    """Read the beginning of each prompt, (P, T), and return what is known then, n times each.

    Args:
        length: for how many positions the cache is to have room.

    Returns:
        logits (P * n, V) of the next token, and a cache of P * n rows.
    """
    once, cache = model.new_cache(*ids.shape), model.new_cache(len(ids) * n, length)
    logits = model(ids, once)[:, -1]  # (P, V)
    for layer, copies in zip(once, cache, strict=True):
        keys, values = layer.keys[:, :, : layer.length], layer.values[:, :, : layer.length]
        copies.append(keys.repeat_interleave(n, dim=0), values.repeat_interleave(n, dim=0))
    return logits.repeat_interleave(n, dim=0), cache
