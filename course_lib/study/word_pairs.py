"""Tinyville's words, the pairs of neighbors that skip-gram learns from, and what kind each is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.tinyville import royals
from course_lib.tinyville.world import World


@dataclass(frozen=True)
class WordPairs:
    """What skip-gram with negative sampling reads.

    Attributes:
        words: the vocabulary, the most frequent word first; a word's id is its place.
        ids: word -> id.
        center, context: (N,) ids of a word and of a neighbor of it, each pair both ways.
        noise: (V,) how often each word is drawn as a negative, compared with the others.
    """

    words: list[str]
    ids: dict[str, int]
    center: Tensor
    context: Tensor
    noise: Tensor


def word_pairs(texts: Sequence[str], window: int) -> WordPairs:
    """Return all pairs of words that stand at most `window` words apart in a text.

    As in Mikolov et al., 2013, https://arxiv.org/abs/1310.4546, negatives are drawn by the counts
    to the power 3/4.
    """
    split = [text.split() for text in texts]
    counts = Counter(word for text in split for word in text)
    words = sorted(counts, key=lambda word: (-counts[word], word))
    ids = {word: i for i, word in enumerate(words)}
    n = torch.tensor([counts[word] for word in words], dtype=torch.float64)  # (V,)

    flat = torch.tensor([ids[word] for text in split for word in text])
    text_of = torch.repeat_interleave(
        torch.arange(len(split)), torch.tensor([len(text) for text in split])
    )

    center, context = [], []
    for distance in range(1, window + 1):
        together = text_of[distance:] == text_of[:-distance]
        left, right = flat[:-distance][together], flat[distance:][together]
        center += [left, right]
        context += [right, left]
    return WordPairs(words, ids, torch.cat(center), torch.cat(context), n**0.75)


def kinds(world: World) -> dict[str, list[str]]:
    """Return the words of the town whose kind is known, by kind; no word is in two of them."""
    people = world.people
    capitals = [sentences[0].split()[-2] for sentences in world.capitals.values()]
    return {
        "person": [str(person) for person in people],
        "job": sorted({person.job for person in people}),
        "color": sorted({person.colour for person in people}),
        "pet": list(world.pets),
        "food": list(world.foods),
        "street": sorted({person.home for person in people}),
        "place": list(world.places),
        "object": list(world.objects),
        "number": list(world.digits),
        "country": list(world.capitals),
        "capital": capitals,
        "tale": [str(figure) for figure in royals.FIGURES],
    }


def neighbors_of_its_kind(
    table: Tensor, ids: dict[str, int], groups: dict[str, list[str]]
) -> float:
    """Return the share of words whose nearest word, by cosine, is of their own kind.

    Args:
        table: (V, C) a vector for each word.
        ids: word -> row.
        groups: as from `kinds`; words that are not in `ids` are left out.
    """
    kind_of = {ids[word]: kind for kind, group in groups.items() for word in group if word in ids}
    unit = F.normalize(table, dim=-1)
    cosines = unit @ unit.T  # (V, V)
    cosines.fill_diagonal_(-2.0)  # a word is no neighbor of its own
    nearest = cosines.argmax(-1).tolist()
    return sum(kind_of.get(nearest[i]) == kind for i, kind in kind_of.items()) / len(kind_of)
