"""Learn byte-pair merges from counted words.

Byte-pair encoding starts from single bytes and, again and again, joins the most frequent pair of
neighbours into a new token (Sennrich et al., 2016, https://arxiv.org/abs/1508.07909). The plain
way recounts all pairs of the text for every merge. Three ideas give the same merges hundreds of
times faster:

1. Each distinct word is kept once, with the number of times it occurs.
2. A merge touches only the words that hold its pair, and in them only the pairs beside it.
3. The most frequent pair is on top of a heap. A merge raises the counts of brand-new pairs only,
   so an old entry of the heap may promise too much but never too little: it is enough to look
   its count up again when it reaches the top.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise

Pair = tuple[int, int]


def learn_merges(word_counts: Mapping[bytes, int], n_merges: int) -> list[Pair]:
    """Return the first `n_merges` pairs to join, in the order they are learned.

    Ids 0..255 are the byte values, and merge number i makes the id 256 + i. Each merge joins the
    pair with the highest count; of several such pairs, the one whose ids are smallest. There are
    fewer merges when every word has become a single token.

    Args:
        word_counts: each distinct word as UTF-8 bytes, and how often it occurs. No pair reaches
            across two words.
        n_merges: how many pairs to learn, at least 0.

    Example:
        >>> learn_merges({b"low": 2, b"lower": 1, b"slow": 1}, 2)
        [(108, 111), (256, 119)]
    """
    if n_merges < 0:
        raise ValueError(f"n_merges must be at least 0, got {n_merges}")
    words = [list(word) for word in word_counts]  # each becomes a shorter list with every merge
    counts = list(word_counts.values())
    pair_counts, words_with = index_pairs(words, counts)
    queue = [(-count, pair) for pair, count in pair_counts.items()]  # smallest on top
    heapify(queue)

    merges = []
    while len(merges) < n_merges and (pair := pop_most_frequent(queue, pair_counts)):
        new_id = 256 + len(merges)
        merges.append(pair)
        new_pairs = set()
        for word in set(words_with.pop(pair)):
            for old, new in merge_in_place(words[word], pair, new_id):
                pair_counts[old] -= counts[word]
                pair_counts[new] += counts[word]
                words_with[new].append(word)
                new_pairs.add(new)
        for new_pair in new_pairs:
            if pair_counts[new_pair] > 0:  # 0 if the next merge, right beside it, took it away
                heappush(queue, (-pair_counts[new_pair], new_pair))
    return merges


def index_pairs(
    words: list[list[int]], counts: list[int]
) -> tuple[defaultdict[Pair, int], defaultdict[Pair, list[int]]]:
    """Return how often each pair occurs in all, and the places in `words` of those that hold it."""
    pair_counts = defaultdict(int)
    words_with = defaultdict(list)
    for word, (ids, count) in enumerate(zip(words, counts, strict=True)):
        for pair in pairwise(ids):
            pair_counts[pair] += count
            words_with[pair].append(word)
    return pair_counts, words_with


def pop_most_frequent(
    queue: list[tuple[int, Pair]], pair_counts: Mapping[Pair, int]
) -> Pair | None:
    """Take the most frequent pair off the heap `queue`; None when no pair is left."""
    while queue:
        promised, pair = heappop(queue)
        count = pair_counts[pair]
        if count == -promised:
            return pair
        if count > 0:
            heappush(queue, (-count, pair))
    return None


def merge_in_place(ids: list[int], pair: Pair, new_id: int) -> Iterator[tuple[Pair, Pair]]:
    """Join each `pair` in `ids` into `new_id`, from left to right; yield what becomes of others.

    Yields each pair beside a joined one, as it was and as it is now. `ids` has its new content
    once all of them have been taken.

    Example:
        >>> ids = [5, 1, 2, 7]
        >>> list(merge_in_place(ids, (1, 2), 9)), ids
        ([((5, 1), (5, 9)), ((2, 7), (9, 7))], [5, 9, 7])
    """
    first, second = pair
    merged = []
    end = len(ids)
    i = 0
    while i < end:
        id = ids[i]
        i += 1
        if id == first and i < end and ids[i] == second:
            id = new_id
            i += 1
            if merged:
                yield (merged[-1], first), (merged[-1], new_id)
            if i < end:
                yield (second, ids[i]), (new_id, ids[i])
        merged.append(id)
    ids[:] = merged
