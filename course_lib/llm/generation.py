"""Write on, one token at a time: predict, choose, append, again."""

import codecs
from collections.abc import Callable, Collection, Iterable, Iterator

import torch
from torch import Tensor

from course_lib.llm.model import GPT
from course_lib.llm.sampling import GREEDY, Settings, choose
from course_lib.llm.tokenizer import Tokenizer


@torch.inference_mode()
def stream(
    model: GPT,
    ids: list[int],
    max_new_tokens: int,
    settings: Settings = GREEDY,
    stop_ids: Collection[int] = (),
    generator: torch.Generator | None = None,
) -> Iterator[int]:
    """Yield the tokens that follow `ids`, each as soon as it is chosen.

    It ends after `max_new_tokens`, after a token of `stop_ids` (which is yielded too), or when
    the model's context is full.

    Args:
        ids: the text so far, at least one token and at most `context_length`.
        generator: where the draws come from; torch's own where none is given.

    Raises:
        ValueError: if `ids` is empty or longer than the model's context.
    """
    context_length = model.config.context_length
    if not 1 <= len(ids) <= context_length:
        raise ValueError(f"expected a prompt of 1 to {context_length} tokens, got {len(ids)}")
    cache = model.new_cache(B=1)
    text = torch.tensor([ids])  # (1, T)
    new = text
    for _ in range(max_new_tokens):
        logits = model(new, cache)[:, -1]  # (1, V)
        new = choose(logits, text, settings, generator)  # (1, 1)
        text = torch.cat((text, new), dim=1)
        yield new.item()
        if new.item() in stop_ids or text.size(1) > context_length:
            return


@torch.inference_mode()
def generate(
    model: Callable[[Tensor], Tensor],
    ids: Tensor,
    max_new_tokens: int,
    settings: Settings = GREEDY,
    stop_id: int | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return `ids` with up to `max_new_tokens` more tokens in each row.

    Rows do not influence each other. After its stop token a row repeats it; when all rows have
    stopped, generation ends.

    Args:
        model: ids (B, T) -> logits (B, T, V); it reads the whole text again for each token.
        ids: (B, T) int64, rows of equal length; not modified.

    Returns:
        (B, T + n), n at most `max_new_tokens`.
    """
    stopped = torch.zeros(len(ids), 1, dtype=torch.bool)
    for _ in range(max_new_tokens):
        new = choose(model(ids)[:, -1], ids, settings, generator)  # (B, 1)
        if stop_id is not None:
            new = new.masked_fill(stopped, stop_id)
            stopped |= new == stop_id
        ids = torch.cat((ids, new), dim=1)
        if stopped.all():
            break
    return ids


def stream_text(tokenizer: Tokenizer, ids: Iterable[int]) -> Iterator[str]:
    """Yield the text of tokens as they come; a character waits until its last byte is there."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for id in ids:
        if text := decoder.decode(tokenizer.token_bytes(id)):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text
