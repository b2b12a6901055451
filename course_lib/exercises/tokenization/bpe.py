"""Byte-pair encoding in the plainest loops: the ground truth that answers are compared with.

Slow on purpose and written apart from the library and from the lesson's answers, so that a mistake
in one of those shows.
"""

from collections.abc import Callable, Iterable

import regex

Pair = tuple[int, int]

# The pattern of the lesson's set-up cell.
WORD = regex.compile(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def word_bytes(text: str) -> list[list[int]]:
    """Cut text into words; return each one's UTF-8 bytes, as often and in the order it occurs."""
    return [list(word.encode("utf-8")) for word in WORD.findall(text)]


def pairs_of(word: list[int]) -> list[Pair]:
    """Return the pairs of neighbors in a word, from left to right."""
    return [(word[i], word[i + 1]) for i in range(len(word) - 1)]


def counted(words: Iterable[list[int]]) -> dict[Pair, int]:
    """Count the pairs of words; a word that occurs twice stands there twice."""
    counts = {}
    for word in words:
        for pair in pairs_of(word):
            counts[pair] = counts.get(pair, 0) + 1
    return counts


def merged(ids: list[int], pair: Pair, new_id: int) -> list[int]:
    """Replace a pair by a new id, from left to right, using no id twice."""
    out = []
    skip = False
    for place in range(len(ids)):
        if skip:
            skip = False
        elif place + 1 < len(ids) and ids[place] == pair[0] and ids[place + 1] == pair[1]:
            out.append(new_id)
            skip = True
        else:
            out.append(ids[place])
    return out


def best_pair(counts: dict[Pair, int]) -> Pair:
    """Return the pair with the highest count; among equals, the smallest pair of ids."""
    highest = max(counts.values())
    return sorted(pair for pair, count in counts.items() if count == highest)[0]


def learned(
    words: Iterable[list[int]],
    n_merges: int,
    *,
    first_id: int = 256,
    count: Callable[[list[list[int]]], dict[Pair, int]] = counted,
    choose: Callable[[dict[Pair, int]], Pair] = best_pair,
) -> list[Pair]:
    """Learn merges from words; `count` and `choose` are there for mistakes to differ in."""
    words = [list(word) for word in words]
    merges = []
    while len(merges) < n_merges:
        counts = count(words)
        if not counts:
            break
        pair = choose(counts)
        words = [merged(word, pair, first_id + len(merges)) for word in words]
        merges.append(pair)
    return merges


def encoded(ids: list[int], ranks: dict[Pair, int]) -> list[int]:
    """Apply all merges to one word, from the smallest new id to the largest.

    A merge only makes pairs that hold its own new id, and those were learned later: so going once
    through the merges in order is the same as always taking the one that was learned first.
    """
    for pair in sorted(ranks, key=lambda pair: ranks[pair]):
        ids = merged(ids, pair, ranks[pair])
    return ids


def by_pair(merges: list[Pair]) -> dict[Pair, int]:
    """Return {pair: new id} for merges that make the ids from 256 on."""
    return {tuple(pair): 256 + rank for rank, pair in enumerate(merges)}


def spelled(ids: Iterable[int], merges: list[Pair]) -> str:
    """Return the pieces that ids stand for, as text: "low|est"."""
    vocab = {i: bytes([i]) for i in range(256)}
    for rank, (left, right) in enumerate(merges):
        vocab[256 + rank] = vocab.get(left, b"?") + vocab.get(right, b"?")
    pieces = [vocab.get(i, b"?").decode("utf-8", errors="replace") for i in ids]
    text = "|".join(pieces).replace(" ", "␣").replace("\n", "⏎")
    return "".join(character if character.isprintable() else "?" for character in text)
