"""`encode_word`, the bug hunt: what a right answer does, and the mistakes that people make."""

from collections.abc import Callable, Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.tokenization import bpe, wrong_orders
from course_lib.exercises.tokenization.encode_checks import random_merges

# The properties of the task; behind each case stands which of them it tries.
#
# 1. As long as any pair of neighbors is in `ranks`, the pair that was learned first is merged, at
#    all its places, from left to right.
# 2. New ids come from `ranks`; they need not start at 256.
# 3. `ids` and `ranks` are left unchanged.
#
# Smaller new ids were learned earlier.

A, B, C, D = b"abcd"
EXAMPLE = {  # lowest
    "ids": [0, 1, 2, 3, 5, 6],
    "ranks": {(0, 1): 9, (9, 2): 10, (10, 3): 11},
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 2
    yield {"ids": [A, B, C], "ranks": {(A, B): 256, (B, C): 257}}  # 1: learned first stands left
    yield {"ids": [A, B, C], "ranks": {(B, C): 256, (A, 256): 257, (A, B): 258}}  # 1: right
    yield {"ids": [A, B, C, D], "ranks": {(B, C): 300, (A, B): 301, (C, D): 302}}  # 1
    yield {"ids": [A, B, A, B, C], "ranks": {(A, B): 256}}  # 1: at all its places
    yield {"ids": [A, A, A], "ranks": {(A, A): 256}}  # 1: from left to right
    yield {"ids": [A, B, C], "ranks": {(A, B): 270, (B, C): 260}}  # 1: ids tell the order
    yield {"ids": [A, C], "ranks": {(A, B): 256}}
    yield {"ids": [D], "ranks": {(D, D): 256}}
    yield {"ids": [], "ranks": {(A, B): 256}}
    for _ in range(20 if thorough else 4):
        ids = rng.choice([A, A, B, B, C, D], size=rng.integers(2, 12)).tolist()
        yield {"ids": ids, "ranks": _random_ranks(rng)}


def _random_ranks(rng: np.random.Generator) -> dict:
    """Return {pair: new id} with gaps between the ids, in no order."""
    merges = random_merges(rng, [A, B, C, D])
    new_ids = sorted(rng.choice(range(256, 400), size=len(merges), replace=False).tolist())
    renamed = {256 + i: new_id for i, new_id in enumerate(new_ids)}
    ranks = {
        tuple(renamed.get(i, i) for i in pair): new_id
        for pair, new_id in zip(merges, new_ids, strict=True)
    }
    pairs = list(ranks)
    return {pairs[i]: ranks[pairs[i]] for i in rng.permutation(len(pairs))}


def _to_one_word(encode_word: Callable[[list, dict], list]) -> Callable[[dict], list]:
    return lambda inputs: encode_word(inputs["ids"], inputs["ranks"])


def _numbered_from_256(ids: list, ranks: dict) -> list:
    new_ids = {pair: 256 + i for i, pair in enumerate(sorted(ranks, key=ranks.get))}
    old = {ranks[pair]: new_id for pair, new_id in new_ids.items()}
    return [old.get(i, i) for i in bpe.encoded(ids, ranks)]


def _numbered_from_256_each(ids: list, ranks: dict) -> list:
    for number, pair in enumerate(sorted(ranks, key=lambda pair: ranks[pair])):
        ids = bpe.merged(ids, pair, 256 + number)
    return ids


def _one_place(ids: list, ranks: dict) -> list:
    """Merge each pair at its first place only."""
    for pair in sorted(ranks, key=lambda pair: ranks[pair]):
        pairs = bpe.pairs_of(ids)
        if pair in pairs:
            place = pairs.index(pair)
            ids = [*ids[:place], ranks[pair], *ids[place + 2 :]]
    return ids


truth = _to_one_word(bpe.encoded)

OWN_NUMBERS = "The new ids were counted from 256 on. Each pair makes the id that `ranks` gives it."
NEWEST = (
    "The merge that was learned last went first. The smallest new id was learned first: with "
    "`min`, not `max`."
)
MISTAKES = (
    Mistake("numbered_from_256", _to_one_word(_numbered_from_256), OWN_NUMBERS),
    Mistake("numbered_from_256", _to_one_word(_numbered_from_256_each), OWN_NUMBERS),
    Mistake(
        "merges_nothing",
        lambda inputs: inputs["ids"],
        "Nothing was merged. Does the merged list reach the next round, and the `return`?",
    ),
    Mistake("stops_too_soon", _to_one_word(wrong_orders.one_merge), wrong_orders.TOO_SOON),
    Mistake("stops_too_soon", _to_one_word(wrong_orders.single_pass), wrong_orders.TOO_SOON),
    Mistake(
        "trusts_the_order_of_the_dict",
        _to_one_word(wrong_orders.dict_order),
        "The merges were taken in the order in which the dict lists them. What tells you which one "
        "was learned first is the new id: the smaller, the earlier.",
    ),
    Mistake("newest_first", _to_one_word(wrong_orders.newest_first), NEWEST),
    Mistake("newest_first", _to_one_word(wrong_orders.newest_first_once), NEWEST),
    Mistake("text_order", _to_one_word(wrong_orders.text_order), wrong_orders.TEXT_ORDER),
    Mistake("text_order", _to_one_word(wrong_orders.left_passes), wrong_orders.TEXT_ORDER),
    Mistake(
        "longest_piece_first",
        _to_one_word(wrong_orders.longest_piece),
        "At each place the longest known piece was taken. Which pair was learned first?",
    ),
    Mistake(
        "only_the_first_place",
        _to_one_word(_one_place),
        "A pair that stands at several places was merged at the first one only. Merge all of them "
        "before you look for the next pair.",
    ),
    Mistake(
        "overlapping_merges",
        _to_one_word(wrong_orders.overlapping),
        "One id was used in two merges. Merge from left to right, and go on behind each merge.",
    ),
)

EXERCISE = Exercise(
    name="encode_word",
    functions=("encode_word",),
    read="section 6, Encoding",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases),
    returns=("list",),
)
