"""The trigram model of lesson 00, as something to be beaten: its loss on fresh texts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import log

START, END = "<start>", "<end>"
Tokens = Sequence[str]  # words of a text, or its characters


def trigram_loss(seen: Sequence[Tokens], fresh: Sequence[Tokens]) -> float:
    """Return the loss, in nats a token, of counts of up to two tokens before, as in lesson 00.

    What is known from a shorter look back counts like one more observation of the longer one. The
    end of each text is predicted too.

    Args:
        seen: texts whose tokens are counted, for example `text.split()` of each.
        fresh: texts to be predicted.

    Example:
        >>> loss = trigram_loss([["a", "b"]], [["a", "b"]])  # all of it was seen, once
        >>> round(loss, 3)
        0.182
    """
    following: dict[tuple[str, ...], Counter] = defaultdict(Counter)
    for text in seen:
        for before, token in _places(text):
            for length in range(3):
                following[before[2 - length :]][token] += 1
    n_kinds = len(following[()])
    nats = []
    for text in fresh:
        for before, token in _places(text):
            prob = 1 / n_kinds
            for length in range(3):
                counts = following.get(before[2 - length :], Counter())
                prob = (counts[token] + prob) / (counts.total() + 1)
            nats.append(-log(prob))
    return sum(nats) / len(nats)


def _places(text: Tokens) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each token, and the end, with the two before it."""
    tokens = [START, START, *text, END]
    for i in range(2, len(tokens)):
        yield (tokens[i - 2], tokens[i - 1]), tokens[i]
