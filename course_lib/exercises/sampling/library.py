"""What `mine` hands out where a learner has no answer yet: the samplers of `course_lib.llm`."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.llm import generation
from course_lib.llm.cache import KVCache
from course_lib.llm.sampling import (
    Settings,
    min_p_filter,
    repetition_penalty,
    temperature_probs,
    top_k_filter,
    top_p_filter,
)

__all__ = [
    "KVCache",
    "generate",
    "min_p_filter",
    "nucleus",
    "repetition_penalty",
    "temperature_probs",
    "top_k_filter",
    "top_p_filter",
]


def nucleus(logits: Tensor, p: float) -> Tensor:
    """Keep in each row of logits (B, V) the fewest likely tokens that reach p; -inf elsewhere."""
    return top_p_filter(logits, p)


def generate(
    model: Callable[[Tensor], Tensor],
    ids: Tensor,
    max_new_tokens: int,
    temperature: float,
    stop_id: int | None,
    generator: torch.Generator | None,
) -> Tensor:
    """Return ids (B, T) with up to max_new_tokens more in each row, (B, T + n)."""
    settings = Settings(temperature=temperature)
    return generation.generate(model, ids, max_new_tokens, settings, stop_id, generator)
