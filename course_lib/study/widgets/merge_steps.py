"""Byte-pair-encoding training, one merge at a time: what is counted, what wins, what changes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True)
class Step:
    """The state of training after some merges.

    Attributes:
        n_merges: how many merges have been made.
        words: the ids that each word is written in now.
        counts: how often each word stands in the text.
        ranked: neighboring pairs with their counts, most frequent first, then smallest ids.
        made: the last merge, as (pair, new id); None at the start.
        upcoming: the merge that comes next; None after the last.
    """

    n_merges: int
    words: list[list[int]]
    counts: Sequence[int]
    ranked: list[tuple[Pair, int]]
    made: tuple[Pair, int] | None
    upcoming: Pair | None

    def count(self, pair: Pair) -> int:
        """Return how often the pair stands in the words now."""
        return dict(self.ranked).get(pair, 0)

    def ties(self) -> list[Pair]:
        """Return the other pairs that stand there as often as the next merge."""
        if self.upcoming is None or not self.count(self.upcoming):
            return []
        wanted = self.count(self.upcoming)
        return [pair for pair, count in self.ranked if count == wanted and pair != self.upcoming]

    def is_by_rule(self) -> bool:
        """Say whether the next merge is the most frequent pair, ties to the smallest ids."""
        return bool(self.ranked) and self.upcoming == self.ranked[0][0]


def training_steps(
    words: Sequence[Sequence[int]], counts: Sequence[int], merges: Sequence[Pair], first_id: int
) -> list[Step]:
    """Return the state before the first merge and after each; merge i makes id `first_id + i`.

    Raises:
        ValueError: if there is not one count a word.
    """
    if len(words) != len(counts):
        raise ValueError(f"expected one count a word: {len(words)} words, got {len(counts)} counts")
    now = [list(word) for word in words]
    steps = []
    for n_merges in range(len(merges) + 1):
        made = None
        if n_merges:
            made = (tuple(merges[n_merges - 1]), first_id + n_merges - 1)
            now = [merged(word, *made) for word in now]
        upcoming = tuple(merges[n_merges]) if n_merges < len(merges) else None
        steps.append(Step(n_merges, now, counts, _ranked_pairs(now, counts), made, upcoming))
    return steps


def merged(word: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """Return the word with each occurrence of the pair, left to right, replaced by the new id."""
    return [new_id if len(part) == 2 else part[0] for part in pieces(word, pair)]


def pieces(word: Sequence[int], pair: Pair | None) -> Iterator[tuple[int, ...]]:
    """Yield the ids of a word one by one, those that the pair would merge two together."""
    place = 0
    while place < len(word):
        size = 2 if tuple(word[place : place + 2]) == pair else 1
        yield tuple(word[place : place + size])
        place += size


def _ranked_pairs(words: Sequence[Sequence[int]], counts: Sequence[int]) -> list[tuple[Pair, int]]:
    totals = Counter()
    for word, count in zip(words, counts, strict=True):
        for pair in zip(word, word[1:], strict=False):
            totals[pair] += count
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))
