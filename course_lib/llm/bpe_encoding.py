"""Encode words by byte-pair merges, the earliest learned first."""

from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise

from course_lib.llm.bpe_training import Pair

CACHED_WORDS = 2**16


class WordEncoder(dict[str, tuple[int, ...]]):
    """The ids of each word, worked out when it is first looked up.

    A language says the same words again and again, so most look-ups find a word that is there.
    After `CACHED_WORDS` words it starts afresh, which bounds its memory.

    Args:
        byte_id: the id of each byte value. A byte that has none is left out.
        merged_id: the id that each pair of ids is joined into, rising in the order of learning.
        whole_id: the ids of words that are one token, whatever the merges.
    """

    def __init__(
        self,
        byte_id: Mapping[int, int],
        merged_id: Mapping[Pair, int],
        whole_id: Mapping[bytes, int],
    ):
        self.byte_id = byte_id
        self.merged_id = merged_id
        self.whole_id = whole_id

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= CACHED_WORDS:
            self.clear()
        letters = word.encode()
        if letters in self.whole_id:
            ids = (self.whole_id[letters],)
        else:
            spelt = [self.byte_id[value] for value in letters if value in self.byte_id]
            ids = tuple(apply_merges(spelt, self.merged_id))
        self[word] = ids
        return ids


def apply_merges(ids: list[int], merged_id: Mapping[Pair, int]) -> list[int]:
    """Return `ids` with all merges made: always the earliest learned, and its leftmost pair.

    A heap holds the pairs that can be joined, and `before` and `after` link each place to its
    neighbors: n ids take about n log n steps, where going over them again for every merge would
    take n squared.

    Example:
        >>> apply_merges([108, 111, 119], {(108, 111): 256, (256, 119): 257})
        [257]
    """
    ids = [*ids, None]  # None is in no pair: it marks the end, and places that were joined away
    before = list(range(-1, len(ids)))  # before the first comes -1, which is the None at the end
    after = list(range(1, len(ids) + 1))
    queue = [(merged_id[pair], i) for i, pair in enumerate(pairwise(ids)) if pair in merged_id]
    heapify(queue)
    while queue:
        new_id, left = heappop(queue)
        right = after[left]
        if merged_id.get((ids[left], ids[right])) != new_id:
            continue  # one of the two went into an earlier merge
        ids[left], ids[right] = new_id, None
        previous, following = before[left], after[right]
        after[left], before[following] = following, left
        if (pair := (ids[previous], new_id)) in merged_id:
            heappush(queue, (merged_id[pair], previous))
        if (pair := (new_id, ids[following])) in merged_id:
            heappush(queue, (merged_id[pair], left))
    return [id for id in ids if id is not None]
