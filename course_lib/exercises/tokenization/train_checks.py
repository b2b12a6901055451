"""`train_bpe`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Callable, Iterator

import numpy as np
import regex

from course_lib.exercises.exercise import Exercise, shown
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.tokenization import bpe

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each step merges the pair with the highest count in the text; merge `i` makes id `256 + i`.
#    Pairs are counted and merged as in Exercises 1.1 and 1.2.
# 2. Among pairs with equal counts the smallest pair of ids wins: `(97, 98)` before `(97, 99)`
#    before `(98, 1)`.
# 3. No pair reaches from one word into the next.
# 4. It returns `n_merges` pairs, or fewer if no pair is left.

EXAMPLE = {"text": "low\nlower\nlowest\nlowly", "n_merges": 3}  # (l,o), (lo,w), (low,e)


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1, 2: (l,o) and (o,w) tie; 3: (⏎,low) would come third
    yield {"text": "hi hi hi hi ax axe axes", "n_merges": 1}  # 1: a word as often as it occurs
    yield {"text": "low lower lowest lowly", "n_merges": 3}  # 3: now " low" is a piece of words
    yield {"text": "ba ab", "n_merges": 2}  # 2: all counts are 1, and (b,a) stands first
    yield {"text": "ab\nab\nabc\nabc\nzq\nzq", "n_merges": 2}  # 2: (122, 113) is before (256, 99)
    yield {"text": "ooo\nxy\nxy", "n_merges": 1}  # 1: (o,o) occurs twice, as (x,y) does
    yield {"text": "né né\nné", "n_merges": 3}  # bytes, not characters
    yield {"text": "hey", "n_merges": 9}  # 4
    yield {"text": "low low", "n_merges": 0}  # 4
    yield {"text": "", "n_merges": 3}  # 4
    for _ in range(20 if thorough else 3):
        yield {"text": _random_text(rng), "n_merges": int(rng.integers(1, 12))}


def _random_text(rng: np.random.Generator) -> str:
    letters = list("aabbcdeé")
    drawn = ["".join(rng.choice(letters, size=rng.integers(1, 6))) for _ in range(6)]
    words = rng.choice(drawn, size=rng.integers(3, 16))
    gaps = rng.choice([" ", " ", " ", "\n", ", ", "  "], size=len(words))
    return "".join(f"{word}{gap}" for word, gap in zip(words, gaps, strict=True))


def truth(inputs: dict) -> list:
    return bpe.learned(bpe.word_bytes(inputs["text"]), inputs["n_merges"])


def _from_words(cut: Callable[[str], list[str]]) -> Callable[[dict], list]:
    """Return training as it is with words that `cut(text)` gives."""
    return lambda inputs: bpe.learned(
        [list(word.encode("utf-8")) for word in cut(inputs["text"])], inputs["n_merges"]
    )


def _with(**wrong) -> Callable[[dict], list]:
    """Return training as it is with another way to count, to choose or to number."""
    return lambda inputs: bpe.learned(bpe.word_bytes(inputs["text"]), inputs["n_merges"], **wrong)


def _each_word_once(inputs: dict) -> list:
    different = {tuple(word): word for word in bpe.word_bytes(inputs["text"])}
    return bpe.learned(different.values(), inputs["n_merges"])


def _characters(inputs: dict) -> list:
    words = [[ord(character) for character in word] for word in bpe.WORD.findall(inputs["text"])]
    return bpe.learned(words, inputs["n_merges"])


def _counts_apart(words: list) -> dict:
    """Count places that do not overlap, as merging would use them."""
    every = bpe.counted(words)
    return {
        pair: sum(len(word) - len(bpe.merged(word, pair, -1)) for word in words) for pair in every
    }


def _counted_once(inputs: dict) -> list:
    counts = bpe.counted(bpe.word_bytes(inputs["text"]))
    return sorted(counts, key=lambda pair: (-counts[pair], pair))[: inputs["n_merges"]]


def _never_merged(inputs: dict) -> list:
    counts = bpe.counted(bpe.word_bytes(inputs["text"]))
    return [bpe.best_pair(counts)] * inputs["n_merges"]


def _stops_at_one(inputs: dict) -> list:
    words, merges = bpe.word_bytes(inputs["text"]), []
    while len(merges) < inputs["n_merges"]:
        counts = bpe.counted(words)
        if max(counts.values(), default=0) < 2:
            break
        merges.append(bpe.best_pair(counts))
        words = [bpe.merged(word, merges[-1], 255 + len(merges)) for word in words]
    return merges


def _smallest_bytes(inputs: dict) -> list:
    """Learn merges with ties broken by the bytes of the pieces instead of their ids."""
    words, merges = bpe.word_bytes(inputs["text"]), []
    vocab = {i: bytes([i]) for i in range(256)}
    while len(merges) < inputs["n_merges"] and bpe.counted(words):
        counts = bpe.counted(words)
        left, right = min(counts, key=lambda p: (-counts[p], vocab[p[0]], vocab[p[1]]))
        vocab[256 + len(merges)] = vocab[left] + vocab[right]
        words = [bpe.merged(word, (left, right), 256 + len(merges)) for word in words]
        merges.append((left, right))
    return merges


def _no_end(inputs: dict) -> list:
    if len(truth(inputs)) < inputs["n_merges"]:
        return max([])
    return truth(inputs)


def _no_end_by_index(inputs: dict) -> list:
    return [truth(inputs)[i] for i in range(inputs["n_merges"])]


def _one_more(inputs: dict) -> list:
    return truth(inputs | {"n_merges": inputs["n_merges"] + 1})


def _one_less(inputs: dict) -> list:
    return truth(inputs | {"n_merges": inputs["n_merges"] - 1})


def _as_vocabulary_size(inputs: dict) -> list:
    return truth(inputs | {"n_merges": inputs["n_merges"] - 256})


def _show(inputs: dict, value: object) -> str:
    """Write merges with the pieces they join: "[(108, 111)], that is l+o"."""
    try:
        pieces = [bpe.spelled(pair, value[:place]) for place, pair in enumerate(value)]
    except (TypeError, ValueError, AttributeError):
        return shown(value)
    joined = ", ".join(piece.replace("|", "+") for piece in pieces)
    return shown(value) + (f", that is {shown(joined, quote=False)}" if pieces else "")


NO_END = (
    "On this text the pairs run out before `n_merges` is reached. What does your loop do when "
    "there is no pair left to choose from?"
)
OTHER_TIE = (
    "Several pairs share the highest count here. The rule: among equals, the pair with the "
    "smallest ids. `max` alone returns the first one that it meets; a key of (-count, pair) with "
    "`min` decides both at once."
)
OTHER_NUMBER = "Merge 0 makes id 256, merge 1 makes id 257: the new id is `256 + i`."
MISTAKES = (
    Mistake(
        "pairs_across_words",
        lambda inputs: bpe.learned([list(inputs["text"].encode("utf-8"))], inputs["n_merges"]),
        "A pair reaches from one word into the next. Cut the text with `split_words` first, and "
        "count inside each word.",
        "section 4, Words first",
    ),
    Mistake(
        "other_words",
        _from_words(str.split),
        "Your words have lost their spaces. `text.split()` throws them away; `split_words` keeps "
        "each space at the beginning of the word after it.",
        "section 4, Words first",
    ),
    Mistake(
        "other_words",
        _from_words(lambda text: regex.findall(r"\w+", text)),
        "Your words have lost what stands between them. Cut the text with `split_words`.",
        "section 4, Words first",
    ),
    Mistake(
        "counts_only_once",
        _counted_once,
        "These are the most frequent pairs of the untouched text. After each merge the pairs are "
        "others: merge, then count again.",
    ),
    Mistake(
        "never_merges",
        _never_merged,
        "The same pair is chosen again and again. Does the merged text go into the next round? "
        "Remember that merging returns a new list.",
    ),
    Mistake(
        "tie_takes_the_largest",
        _with(choose=lambda counts: max(counts, key=lambda pair: (counts[pair], pair))),
        OTHER_TIE,
    ),
    Mistake(
        "tie_takes_the_first_seen",
        _with(choose=lambda counts: max(counts, key=lambda pair: counts[pair])),
        OTHER_TIE,
    ),
    Mistake(
        "tie_compares_bytes",
        _smallest_bytes,
        "Ties are decided by the ids, as numbers, not by the letters that they stand for: (122, "
        "113) is smaller than (256, 99), although z comes after a.",
    ),
    Mistake(
        "takes_the_rarest",
        _with(choose=lambda counts: min(counts, key=lambda pair: (counts[pair], pair))),
        "The rarest pair was merged. With `min`, the count needs a minus sign; with `max`, none.",
    ),
    Mistake(
        "each_word_once",
        _each_word_once,
        "Each different word was counted once. A word that occurs three times gives each of its "
        "pairs three times.",
        "section 3, Count the pairs",
    ),
    Mistake(
        "non_overlapping",
        _with(count=_counts_apart),
        "(o,o) stands at two places in `ooo`, so its count there is 2, although only one of the "
        "two can be merged.",
        "section 3, Count the pairs",
    ),
    Mistake(
        "characters_not_bytes",
        _characters,
        "These are code points of characters. A word starts as its UTF-8 bytes, and `é` is two of "
        "them: `list(word.encode())`.",
        "section 1",
    ),
    Mistake("first_new_id", _with(first_id=255), OTHER_NUMBER),
    Mistake("first_new_id", _with(first_id=257), OTHER_NUMBER),
    Mistake("first_new_id", _with(first_id=0), OTHER_NUMBER),
    Mistake("no_early_stop", _no_end, NO_END),
    Mistake("no_early_stop", _no_end_by_index, NO_END),
    Mistake(
        "stops_at_count_one",
        _stops_at_one,
        "It stopped although pairs were left. A pair that occurs once can be merged too; it ends "
        "when no word has two ids.",
    ),
    Mistake(
        "one_merge_too_many",
        _one_more,
        "One merge too many. With `n_merges` 0 there should be none: where does your loop test "
        "whether it has enough?",
    ),
    Mistake(
        "one_merge_too_few",
        _one_less,
        "One merge is missing at the end. How often does your loop run?",
    ),
    Mistake(
        "merges_are_not_vocabulary",
        _as_vocabulary_size,
        "`n_merges` is the number of merges; the 256 bytes are not part of it.",
    ),
)

EXERCISE = Exercise(
    name="train_bpe",
    functions=("train_bpe",),
    read="section 5, Train a byte-pair encoding",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases, show=_show),
    returns=("list",),
)
