"""`merge_pair`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.tokenization import bpe

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Where the pair stands, its two ids become one `new_id`; everything else stays in its order.
# 2. It goes from left to right and never uses an id twice: `[5, 5, 5]` with the pair `(5, 5)` and
#    the new id 9 becomes `[9, 5]`.
# 3. The new id is never merged again in the same call.
# 4. `ids` is left unchanged; the result is a list.

EXAMPLE = {"ids": [0, 1, 2, 3, 4], "pair": (0, 1), "new_id": 9}  # lower, with lo = 9


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1
    yield {"ids": [3, 0, 1], "pair": (0, 1), "new_id": 12}  # 1: at the end
    yield {"ids": [0, 1, 2, 0, 1, 6], "pair": (0, 1), "new_id": 9}  # 1: every place
    yield {"ids": [4, 1, 0, 3, 1, 4], "pair": (1, 4), "new_id": 30}  # 1: only in this order
    yield {"ids": [5, 5, 5], "pair": (5, 5), "new_id": 9}  # 2
    yield {"ids": [5, 5, 5, 5, 2, 5], "pair": (5, 5), "new_id": 9}  # 2
    yield {"ids": [1, 2, 2, 3], "pair": (1, 2), "new_id": 1}  # 3
    yield {"ids": [8, 3, 5], "pair": (3, 8), "new_id": 9}  # not there
    yield {"ids": [4], "pair": (4, 4), "new_id": 9}
    yield {"ids": [], "pair": (2, 3), "new_id": 9}
    for _ in range(20 if thorough else 4):
        n_ids = int(rng.integers(2, 5))
        ids = rng.integers(n_ids, size=rng.integers(2, 13)).tolist()
        pair = tuple(rng.integers(n_ids, size=2).tolist())
        yield {"ids": ids, "pair": pair, "new_id": int(rng.integers(n_ids, 400))}


def truth(inputs: dict) -> list:
    return bpe.merged(**inputs)


def _merge(inputs: dict, step_after: int = 2, last: int = 0, is_pair=None) -> list:
    """Merge with a loop in which one thing is wrong."""
    ids, pair = inputs["ids"], inputs["pair"]
    out, i = [], 0
    while i < len(ids) - last:
        here = tuple(ids[i : i + 2])
        hit = is_pair(here, pair) if is_pair else here == pair
        out.append(inputs["new_id"] if hit else ids[i])
        i += step_after if hit else 1
    return out


def _overlapping(inputs: dict) -> list:
    """Merge wherever the pair stands in the old list, also where two places share an id."""
    ids, pair = inputs["ids"], inputs["pair"]
    hits = [place for place, here in enumerate(bpe.pairs_of(ids)) if here == pair]
    second = {place + 1 for place in hits}
    return [
        inputs["new_id"] if place in hits else i
        for place, i in enumerate(ids)
        if place in hits or place not in second
    ]


def _from_the_right(inputs: dict) -> list:
    left, right = inputs["pair"]
    return bpe.merged(inputs["ids"][::-1], (right, left), inputs["new_id"])[::-1]


def _first_only(inputs: dict) -> list:
    ids, pairs = inputs["ids"], bpe.pairs_of(inputs["ids"])
    if inputs["pair"] not in pairs:
        return ids
    place = pairs.index(inputs["pair"])
    return [*ids[:place], inputs["new_id"], *ids[place + 2 :]]


def _merges_its_own(inputs: dict) -> list:
    out = []
    for i in inputs["ids"]:
        if out and (out[-1], i) == inputs["pair"]:
            out[-1] = inputs["new_id"]
        else:
            out.append(i)
    return out


def _again_and_again(inputs: dict) -> list:
    ids = inputs["ids"]
    for _ in inputs["ids"]:
        ids = bpe.merged(ids, inputs["pair"], inputs["new_id"])
    return ids


def _reads_past_the_end(inputs: dict) -> list:
    ids = inputs["ids"]
    return [ids[i + 1] for i in range(len(ids))]


MERGED_AGAIN = (
    "The new id became the left half of another pair. Go on behind it: what stands there now was "
    "in the old list too?"
)
MISTAKES = (
    Mistake(
        "drops_the_last_id",
        lambda inputs: _merge(inputs, last=1),
        "The last id is lost where it is not part of a pair. Your loop ends one place early; what "
        "happens with the id that has no right neighbor?",
    ),
    Mistake(
        "keeps_the_second_half",
        lambda inputs: _merge(inputs, step_after=1),
        "The right half of the pair is still there. After a merge, how many ids of the old list "
        "are used up?",
    ),
    Mistake(
        "only_the_first",
        _first_only,
        "Only the first place was merged. Does `list.index`, a `break` or a `return` end the loop "
        "too early?",
    ),
    Mistake(
        "ignores_order",
        lambda inputs: _merge(inputs, is_pair=lambda a, b: sorted(a) == sorted(b)),
        "(a, b) was merged where (b, a) stands. Compare both places, in order.",
    ),
    Mistake(
        "matches_one_half",
        lambda inputs: _merge(inputs, is_pair=lambda a, b: a[0] == b[0]),
        "It merges wherever the left half stands. Both halves must be there, side by side.",
    ),
    Mistake(
        "overlapping",
        _overlapping,
        "One id was used in two merges. In [5, 5, 5] the middle 5 belongs to the first pair: after "
        "a merge, go on behind it.",
    ),
    Mistake(
        "from_the_right",
        _from_the_right,
        "The pairs were taken from the right. Where they overlap, that gives another result: start "
        "at the left.",
    ),
    Mistake("merges_its_own_result", _merges_its_own, MERGED_AGAIN),
    Mistake("merges_its_own_result", _again_and_again, MERGED_AGAIN),
    Mistake(
        "merges_nothing",
        lambda inputs: inputs["ids"],
        "Nothing was merged. Do you compare a list with a tuple? `[0, 1] == (0, 1)` is False.",
    ),
    Mistake(
        "reads_past_the_end",
        _reads_past_the_end,
        "Your loop looks at `ids[i + 1]` where `i` is the last place already. The last id has no "
        "right neighbor: test for that first.",
    ),
)

EXERCISE = Exercise(
    name="merge_pair",
    functions=("merge_pair",),
    read="section 3, Merge a pair",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases),
    returns=("list",),
)
