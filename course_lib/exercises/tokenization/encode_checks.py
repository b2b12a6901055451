"""`encode`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Callable, Iterator

import numpy as np
import regex

from course_lib.exercises.exercise import Exercise, shown
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.tokenization import bpe, wrong_orders

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Words are cut by `split_words` and encoded one by one; no merge reaches across two words.
# 2. Each word starts as its UTF-8 bytes.
# 3. As long as any pair in the word is in `merges`, the one with the lowest rank is merged,
#    wherever in the word it stands, and from left to right where places overlap.
# 4. The ids of all words follow each other in one flat list; an empty text gives an empty list.

A, B, C, SPACE = b"abc "
LOW = [(108, 111), (256, 119), (257, 101)]  # (l,o), (lo,w), (low,e)
EXAMPLE = {"text": "low lower lowest lowly", "merges": LOW}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1, 3, 4
    yield {"text": "abc", "merges": [(A, B), (B, C)]}  # 3: rank 0 stands left
    yield {"text": "abc", "merges": [(B, C), (A, 256), (A, B)]}  # 3: rank 0 stands right
    yield {"text": "abc cab", "merges": [(B, C), (A, B)]}  # 3
    yield {"text": "abab", "merges": [(A, B)]}  # 3: at all its places
    yield {"text": "aaa", "merges": [(A, A)]}  # 3: from the left
    yield {"text": "a b c", "merges": [(A, SPACE), (SPACE, B)]}  # 1
    yield {"text": "é né", "merges": [(195, 169)]}  # 2
    yield {"text": "low\nlow", "merges": []}
    yield {"text": "", "merges": LOW}  # 4
    for _ in range(20 if thorough else 3):
        yield {"text": _random_text(rng), "merges": random_merges(rng, list(b"aabbc d"))}


def _random_text(rng: np.random.Generator) -> str:
    return "".join(rng.choice(list("aaabbbcc d\n,é"), size=rng.integers(1, 30)))


def random_merges(rng: np.random.Generator, ids: list[int]) -> list:
    """Return merges whose pairs hold only ids that were there before them."""
    merges = []
    for _ in range(rng.integers(1, 10)):
        known = ids + [256 + i for i in range(len(merges))]
        pair = tuple(int(i) for i in rng.choice(known, size=2))
        if pair not in merges:
            merges.append(pair)
    return merges


def truth(inputs: dict) -> list:
    return _word_by_word(bpe.encoded)(inputs)


def _word_by_word(encode_word: Callable[[list, dict], list], words=bpe.word_bytes) -> Callable:
    """Return encoding as it is with another way to encode a word, or with other words."""
    return lambda inputs: [
        i
        for word in words(inputs["text"])
        for i in encode_word(word, bpe.by_pair(inputs["merges"]))
    ]


def _bytes_of(cut: Callable[[str], list[str]]) -> Callable[[str], list]:
    return lambda text: [list(word.encode("utf-8")) for word in cut(text)]


def _code_points(text: str) -> list:
    return [[ord(character) for character in word] for word in bpe.WORD.findall(text)]


def _numbered_from(first: int) -> Callable:
    def encode_word(word: list, ranks: dict) -> list:
        for rank, pair in enumerate(ranks):
            word = bpe.merged(word, pair, first + rank)
        return word

    return _word_by_word(encode_word)


def _as_ranks(inputs: dict) -> list:
    return [i - 256 if i >= 256 else i for i in truth(inputs)]


def _nested(inputs: dict) -> list:
    words = bpe.word_bytes(inputs["text"])
    return [bpe.encoded(word, bpe.by_pair(inputs["merges"])) for word in words]


def _show(inputs: dict, value: object) -> str:
    """Write ids with the pieces they stand for: "[257, 120], that is low|x"."""
    try:
        pieces = bpe.spelled(value, inputs["merges"])
    except TypeError:
        return shown(value)
    return shown(value) + (f", that is {shown(pieces, quote=False)}" if value else "")


ORDER = "section 6"
FIRST_NEW_ID = "Merge `i` makes id `256 + i`: merge 0 makes 256."
MISTAKES = (
    Mistake(
        "merges_across_words",
        _word_by_word(bpe.encoded, _bytes_of(lambda text: [text])),
        "A merge reached from one word into the next. Cut the text with `split_words` and encode "
        "each word for itself.",
        "section 4, Words first",
    ),
    Mistake(
        "loses_spaces",
        _word_by_word(bpe.encoded, _bytes_of(str.split)),
        "The spaces are gone. `text.split()` throws them away; `split_words` keeps each at the "
        "beginning of the word after it.",
        "section 4, Words first",
    ),
    Mistake(
        "loses_spaces",
        _word_by_word(bpe.encoded, _bytes_of(lambda text: regex.findall(r"\w+", text))),
        "What stands between the words is gone. Cut the text with `split_words`.",
        "section 4, Words first",
    ),
    Mistake(
        "nested_lists",
        _nested,
        "There is one list for each word. All ids belong into one flat list: `extend` adds the "
        "items of a list, `append` adds the list itself.",
    ),
    Mistake(
        "merges_nothing",
        lambda inputs: list(inputs["text"].encode("utf-8")),
        "These are the bytes, with nothing merged. Does the merged list reach the next round, and "
        "the result?",
    ),
    Mistake("stops_too_soon", _word_by_word(wrong_orders.one_merge), wrong_orders.TOO_SOON),
    Mistake("stops_too_soon", _word_by_word(wrong_orders.single_pass), wrong_orders.TOO_SOON),
    Mistake(
        "ranks_not_ids",
        _as_ranks,
        "The rank of a merge was used as its id. Merge `i` makes id `256 + i`.",
    ),
    Mistake("first_new_id", _numbered_from(255), FIRST_NEW_ID),
    Mistake("first_new_id", _numbered_from(257), FIRST_NEW_ID),
    Mistake(
        "highest_rank_first",
        _word_by_word(wrong_orders.newest_first),
        "The merge that was learned last went first. The lowest rank goes first: with `min` over "
        "the ranks, not `max`.",
        ORDER,
    ),
    Mistake("text_order", _word_by_word(wrong_orders.text_order), wrong_orders.TEXT_ORDER, ORDER),
    Mistake("text_order", _word_by_word(wrong_orders.left_passes), wrong_orders.TEXT_ORDER, ORDER),
    Mistake(
        "longest_piece_first",
        _word_by_word(wrong_orders.longest_piece),
        "At each place the longest known piece was taken. That is another method; byte-pair "
        "encoding replays the merges in the order in which they were learned.",
        ORDER,
    ),
    Mistake(
        "overlapping_merges",
        _word_by_word(wrong_orders.overlapping),
        "One id was used in two merges. Merge from left to right, and go on behind each merge.",
        "section 3, Merge a pair",
    ),
    Mistake(
        "characters_not_bytes",
        _word_by_word(bpe.encoded, _code_points),
        "These are code points of characters. A word starts as its UTF-8 bytes, and `é` is two of "
        "them: `list(word.encode())`.",
        "section 1",
    ),
)

EXERCISE = Exercise(
    name="encode",
    functions=("encode",),
    read="section 6, Encode a text",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases, show=_show),
    returns=("list",),
)
