"""Look words up in SmolLM2's own table, and see what becomes of their vectors in a sentence.

A word here is one token with the space before it, as most words of running text are.
"""

from functools import cache

import torch
from torch import Tensor

from course_lib import smollm2
from course_lib.llm.inspection import record
from course_lib.study import next_token


def table() -> Tensor:
    """Return SmolLM2's table: (49152, 576), a row for each token; a copy, yours to change."""
    return next_token.load().embed.weight.detach().clone()


def id_of(word: str) -> int:
    """Return the id of a word, which stands for itself with a space before it.

    Raises:
        ValueError: if the word is not one token.
    """
    ids = smollm2.load_tokenizer().encode_ordinary(f" {word}")
    if len(ids) != 1:
        pieces = [next_token.piece(i) for i in ids]
        raise ValueError(f"expected a word that is one token, got {len(ids)} tokens: {pieces}")
    return ids[0]


def word_of(token_id: int) -> str:
    """Return the text of a token, its space shown as a dot."""
    return next_token.piece(token_id).replace(" ", "·")


@cache
@torch.inference_mode()
def in_context(sentence: str, word: str) -> Tensor:
    """Return the vector of a word in a sentence, as it enters and after each of 30 layers.

    Returns:
        (31, 576), of the last place where the word stands.

    Raises:
        ValueError: if the sentence does not hold the word as one token.
    """
    ids = smollm2.load_tokenizer().encode_ordinary(sentence)
    if id_of(word) not in ids:
        raise ValueError(f"expected a sentence that holds {word!r}, got {sentence!r}")
    place = len(ids) - 1 - ids[::-1].index(id_of(word))
    model = next_token.load()
    with record(model) as trace:
        model(torch.tensor([ids]))
    return torch.stack([hidden[0, place] for hidden in trace.hidden])
