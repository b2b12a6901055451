"""Scores that say how much a head does one thing: one number for each head, from data.

A score is computed for all heads at once, so that nobody chooses a head by eye. Weights are
(..., T_q, T_k), keys last; scores are means over everything but the heads.
"""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from course_lib.study.head_sentences import KINDS, Words, nouns
from course_lib.study.heads import Look, looks

FIRST_ORDINARY, LAST_ORDINARY = 1_000, 40_000  # ids of whole words and pieces of words


def previous_token(looks: Sequence[Look]) -> Tensor:
    """Return (30, 9): the share of its attention that a head gives to the token just before.

    Tokens 0 and 1 are left out: they can look at themselves and at the first token only.
    """
    one_back = [look.weights.diagonal(-1, -2, -1)[..., 1:].mean(-1) for look in looks]
    return torch.stack(one_back).mean(0)


def first_token(looks: Sequence[Look]) -> Tensor:
    """Return (30, 9): the share of its attention that a head gives to the first token.

    Tokens 0 and 1 are left out, as in `previous_token`.
    """
    return torch.stack([look.weights[..., 2:, 0].mean(-1) for look in looks]).mean(0)


def repeats(n: int, T: int, seed: int) -> Tensor:
    """Draw n rows of T random tokens, each row followed by itself: (n, 2 T) ids.

    Nothing but the first half can tell what comes in the second.
    """
    generator = Generator().manual_seed(seed)
    once = torch.randint(FIRST_ORDINARY, LAST_ORDINARY, (n, T), generator=generator)
    return torch.cat([once, once], dim=1)


def induction(weights: Tensor) -> Tensor:
    """Return (30, 9): how much heads look at what came after an earlier copy of the present token.

    Args:
        weights: (n, 30, 9, 2 T, 2 T) on the rows of `repeats`.
    """
    T = weights.size(-1) // 2
    queries = torch.arange(T, 2 * T - 1)  # the second copy, whose next token is known
    return weights[..., queries, queries - T + 1].mean(dim=(0, -1))


def looks_at(looks: Sequence[Look], query: str, keys: Sequence[str]) -> Tensor:
    """Return (30, 9): what `query` takes from one word in each text, the mean over the texts."""
    taken = [look.between(query, key) for look, key in zip(looks, keys, strict=True)]
    return torch.stack(taken).mean(0)


def takes_from_nouns(words: Words) -> dict[str, tuple[Tensor, Tensor]]:
    """Return {kind: (first, second)}: what "it" takes from the two nouns, each (30, 9)."""
    found = {}
    for kind in KINDS:
        sentences = nouns(words, kind)
        seen = looks(sentences.texts)
        found[kind] = (
            looks_at(seen, "it", sentences.first),
            looks_at(seen, "it", sentences.second),
        )
    return found


def follows_animal(taken: dict[str, tuple[Tensor, Tensor]]) -> Tensor:
    """Return (30, 9): how much more a head takes from the animal than from the thing.

    Of the two orders, the worse one counts: a head that prefers the first noun scores low.
    """
    first, second = taken["animal, thing"]
    turned_first, turned_second = taken["thing, animal"]
    return torch.minimum(first - second, turned_second - turned_first)


def follows_first(taken: dict[str, tuple[Tensor, Tensor]]) -> Tensor:
    """Return (30, 9): how much more a head takes from the first noun, whatever the nouns are."""
    return torch.stack([first - second for first, second in taken.values()]).amin(0)
