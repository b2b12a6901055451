"""`count_pairs`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake, known_by_property
from course_lib.exercises.tokenization import bpe

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each place in a word where `b` follows `a` counts as often as the word occurs.
# 2. Pairs that overlap all count: `[7, 7, 7]` holds `(7, 7)` twice.
# 3. Order matters: `(1, 2)` and `(2, 1)` are different pairs.
# 4. No pair reaches from one word into the next, and pairs that never occur are not in the dict.
# 5. `words` and `counts` are left unchanged.

EXAMPLE = {"words": [[0, 1, 2, 3, 4], [0, 1, 2]], "counts": [2, 5]}  # lower, low


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1, 4: (2, 0) and (4, 0) reach across
    yield {"words": [[2, 1, 2, 1, 3]], "counts": [3]}  # 1, 3: a pair twice in one word
    yield {"words": [[7, 7, 7]], "counts": [2]}  # 2
    yield {"words": [[5, 4], [4, 5]], "counts": [6, 1]}  # 3
    yield {"words": [[7], [7, 8], [9]], "counts": [4, 1, 2]}  # 4: words of one id
    yield {"words": [[6], [8]], "counts": [3, 2]}  # 4: nothing to count
    yield {"words": [], "counts": []}
    for _ in range(20 if thorough else 4):
        n_words, n_ids = rng.integers(1, 7), rng.integers(2, 6)
        drawn = {
            tuple(rng.integers(n_ids, size=rng.integers(1, 8)).tolist()): rng.integers(1, 9)
            for _ in range(n_words)
        }
        yield {"words": list(map(list, drawn)), "counts": [int(count) for count in drawn.values()]}


def truth(inputs: dict) -> dict:
    return bpe.counted(_repeated(inputs["words"], inputs["counts"]))


def _repeated(words: list, counts: list) -> list:
    return [word for word, count in zip(words, counts, strict=True) for _ in range(count)]


def _weighted(inputs: dict, pairs_of) -> dict:
    """Count what `pairs_of(word)` gives as pairs, each as often as its word occurs."""
    counts = {}
    for word, count in zip(inputs["words"], inputs["counts"], strict=True):
        for pair in pairs_of(word):
            counts[pair] = counts.get(pair, 0) + count
    return counts


def _apart(word: list) -> list:
    """Return the pairs of a word of which no two equal ones overlap."""
    found, last = [], {}
    for place, pair in enumerate(bpe.pairs_of(word)):
        if last.get(pair) != place - 1:
            found.append(pair)
            last[pair] = place
    return found


def _reads_past_the_end(inputs: dict) -> dict:
    return _weighted(inputs, lambda word: [(word[i], word[i + 1]) for i in range(len(word))])


def _overwritten(inputs: dict) -> dict:
    counts = {}
    for word, count in zip(inputs["words"], inputs["counts"], strict=True):
        for pair in bpe.pairs_of(word):
            counts[pair] = count
    return counts


def _odd_counts(inputs: dict, right: dict, value: dict) -> Mistake | None:
    extra = {pair: count for pair, count in value.items() if pair not in right}
    if extra and not any(extra.values()):
        return ZERO_ENTRIES
    words = [word for word in inputs["words"] if word]
    borders = {(a[-1], b[0]) for a in words for b in words}
    if extra and set(extra) <= borders and not set(right) - set(value):
        return ACROSS_WORDS
    return None


ZERO_ENTRIES = Mistake(
    "zero_entries",
    known_by_property,
    "The dict also holds pairs that never occur, with the count 0. Did you go through all pairs "
    "that could be, instead of those that stand in the words?",
)
ACROSS_WORDS = Mistake(
    "pairs_across_words",
    known_by_property,
    "A pair reaches from the end of one word into the beginning of the next, or into a copy of the "
    "same word. Did you join the words, or multiply a list, before counting?",
)
MISTAKES = (
    Mistake(
        "reads_past_the_end",
        _reads_past_the_end,
        "Your loop looks at `word[i + 1]` where `i` is the last place already. A word of n ids has "
        "n - 1 pairs, and a word of one id has none.",
    ),
    Mistake(
        "ignores_counts",
        lambda inputs: bpe.counted(inputs["words"]),
        "Each word was counted once. Where does `counts` come in? A word that occurs 5 times gives "
        "each of its pairs 5 times.",
    ),
    Mistake(
        "overwrites_counts",
        _overwritten,
        "A pair that comes again starts afresh. Did you write `=` where the count should grow, "
        "with `+=`?",
    ),
    Mistake(
        "skips_every_other_pair",
        lambda inputs: _weighted(inputs, lambda word: bpe.pairs_of(word)[::2]),
        "Every second pair is missing. Does your loop go on by two? When counting, the right half "
        "of one pair is also the left half of the next.",
    ),
    Mistake(
        "misses_the_last_pair",
        lambda inputs: _weighted(inputs, lambda word: bpe.pairs_of(word)[:-1]),
        "The last pair of each word is missing. A word of n ids has n - 1 pairs: where does your "
        "loop end?",
    ),
    Mistake(
        "once_per_word",
        lambda inputs: _weighted(inputs, lambda word: sorted(set(bpe.pairs_of(word)))),
        "A pair that stands twice in a word was counted once. Does a set, or a test with `in`, "
        "throw the second one away?",
    ),
    Mistake(
        "non_overlapping",
        lambda inputs: _weighted(inputs, _apart),
        "Pairs that overlap were counted once. [7, 7, 7] has two places where 7 follows 7; only "
        "merging, the next exercise, must not use an id twice.",
    ),
    Mistake(
        "ignores_order",
        lambda inputs: _weighted(
            inputs, lambda word: [tuple(sorted(pair)) for pair in bpe.pairs_of(word)]
        ),
        "(1, 2) and (2, 1) ended up in one entry. Did you sort the pair, or use a set for it?",
    ),
    Mistake(
        "reversed_pairs",
        lambda inputs: _weighted(inputs, lambda word: [(b, a) for a, b in bpe.pairs_of(word)]),
        "The pairs are the wrong way round: the id that stands left comes first.",
    ),
)

EXERCISE = Exercise(
    name="count_pairs",
    functions=("count_pairs",),
    read="section 3, Count the pairs",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases, otherwise=_odd_counts),
    returns=("dict", "collections.Counter", "collections.defaultdict"),
)
