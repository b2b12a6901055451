"""What `mine` hands out where a learner has no answer yet, built on `course_lib.llm`."""

from collections import deque
from collections.abc import Callable, Collection

import regex

from course_lib.llm import bpe_encoding, bpe_training, tokenizer
from course_lib.llm.bpe_training import Pair

Encode = Callable[[str], list[int]]


def count_pairs(words: list[list[int]], counts: list[int]) -> dict[Pair, int]:
    """Return {(a, b): how often id b follows id a}, each word weighted by its count."""
    return dict(bpe_training.index_pairs(words, counts)[0])


def merge_pair(ids: list[int], pair: Pair, new_id: int) -> list[int]:
    """Return ids with each occurrence of pair, from left to right, replaced by new_id."""
    merged = list(ids)
    deque(bpe_training.merge_in_place(merged, pair, new_id), maxlen=0)  # takes every change
    return merged


def train_bpe(text: str, n_merges: int) -> list[Pair]:
    """Return the first n_merges byte-pair merges of text, as a list of pairs of ids."""
    return tokenizer.train_bpe(text, n_merges)


def encode(text: str, merges: list[Pair]) -> list[int]:
    """Return the ids of text, applying the merges of each word by rank."""
    return tokenizer.Tokenizer(merges).encode_ordinary(text)


def encode_word(ids: list[int], ranks: dict[Pair, int]) -> list[int]:
    """Return the ids of one word after all merges; ranks maps a pair to the id it makes."""
    return bpe_encoding.apply_merges(ids, ranks)


def decode(ids: list[int], vocab: dict[int, bytes]) -> str:
    """Return the text that ids stand for; vocab maps an id to bytes."""
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


def encode_special(
    text: str, encode: Encode, specials: dict[str, int], allowed: Collection[str]
) -> list[int]:
    """Return the ids of text, with allowed special tokens as one id each.

    Raises:
        ValueError: if a special token stands in the text and is not allowed.
    """
    ids, start = [], 0
    longest_first = sorted(specials, key=len, reverse=True)
    pattern = "|".join(map(regex.escape, longest_first))
    for found in regex.finditer(pattern, text) if specials else ():
        special = found.group()
        if special not in allowed:
            raise ValueError(f"the text holds the special token {special}, which is not allowed")
        ids += [*encode(text[start : found.start()]), specials[special]]
        start = found.end()
    return [*ids, *encode(text[start:])]


def tokens_per_word(text: str, encode: Encode) -> float:
    """Return how many tokens encode makes of one word of text, on average."""
    n_words = len(text.split())
    if n_words == 0:
        raise ValueError("a text without words has no tokens a word")
    return len(encode(text)) / n_words


def cost(text: str, encode: Encode, price_per_million: float) -> float:
    """Return what text costs at a price for a million tokens."""
    return len(encode(text)) * price_per_million / 1_000_000
