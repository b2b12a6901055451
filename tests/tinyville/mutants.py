"""Texts that are nearly right."""

from collections.abc import Iterator, Sequence
from random import Random


def mutants(texts: Sequence[str], n: int, random: Random) -> Iterator[str]:
    """Yield `n` texts with one thing changed: a word replaced, left out, doubled, or two swapped.

    The words that replace others come from the texts, so that many results are texts again.
    """
    words = sorted({word for text in texts for word in text.split(" ")})
    for _ in range(n):
        mutant = random.choice(texts).split(" ")
        i, j = random.randrange(len(mutant)), random.randrange(len(mutant))
        change = random.randrange(8)
        if change == 0:
            del mutant[i]
        elif change == 1:
            mutant.insert(i, mutant[i])
        elif change == 2:
            mutant[i], mutant[j] = mutant[j], mutant[i]
        else:
            mutant[i] = random.choice(words)
        yield " ".join(mutant)
