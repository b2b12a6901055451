"""`pack_examples`: what a right answer does."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sft.pack_departure import departure
from course_lib.exercises.sft.pack_errors import of_error
from course_lib.exercises.sft.pack_examples_mistakes import MISTAKES
from course_lib.exercises.sft.pack_rows import Packing, is_too_long, packing_of, truth

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Every example stands in one row, whole and as it came: none is split, lost or there twice.
#    Several examples may stand side by side, in any order.
# 2. `segments` numbers the examples of each row from 1, in the order in which they stand there.
# 3. Padding stands only at the end of a row: `pad_id` in `ids`, 0 in `segments`. No row holds
#    nothing but padding.
# 4. Two neighboring rows never fit into one: together, their examples have more than `row_length`
#    ids.
# 5. An example of exactly `row_length` ids fills a row; a longer one raises `ValueError`.
# 6. `pad_id` may occur inside an example, as an id like any other.
# 7. Without examples, `[]`, both tensors have the shape `(0, row_length)`.
# 8. `examples` and the lists in it are left unchanged.

EXAMPLE = {
    "examples": [[11, 12, 13], [21, 22, 23, 24], [31, 32], [41]],
    "row_length": 6,
    "pad_id": 0,
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(6)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 3, 4
    yield _given([[5, 3], [4, 2, 6], [1, 7, 8, 2, 9]], row_length=5, pad_id=0)  # 4, 5: just fits
    yield _drawn(first, [1, 2, 1, 1, 2, 1, 3, 2], row_length=12, pad_id=0)  # 2, 4: many in a row
    yield _given([[3, 7], [7, 4, 7], [8, 5]], row_length=6, pad_id=7)  # 6
    yield _given([[5, 0, 6], [0, 3], [2, 4, 8]], row_length=7, pad_id=9)  # 1, 3: 0 is an id
    yield _given([[5, 6], [5, 6], [4], [5, 6], [4]], row_length=5, pad_id=1)  # 1: doubles
    yield _drawn(first, [4, 3, 2, 5, 1, 4, 2], row_length=7, pad_id=99)  # 1, 4
    yield _drawn(first, [3], row_length=5, pad_id=-1)  # 3: one example
    yield _drawn(first, [6], row_length=6, pad_id=0)  # 5: a full row
    yield _drawn(first, [1, 1, 1], row_length=1, pad_id=0)  # 4, 5: rows of one id
    yield _given([[0], [0, 0], [5, 0]], row_length=4, pad_id=0)  # 6: nothing else in it
    yield _given([], row_length=7, pad_id=3)  # 7
    yield _drawn(first, [2, 7, 3], row_length=6, pad_id=0)  # 5: one too long
    yield _drawn(first, [2, 3, 1, 5], row_length=4, pad_id=2)  # 5: the last one too long
    yield _drawn(first, [9], row_length=4, pad_id=0)  # 5: much too long
    yield _drawn(first, [1] * 12, row_length=30, pad_id=0)  # 4: twelve in one row
    for number in range(24 if thorough else 4):
        row_length = int(rng.integers(3, 13))
        longest = row_length + (number % 8 == 7)
        lengths = rng.integers(1, longest + 1, size=int(rng.integers(1, 10)))
        if number % 2:
            lengths = np.minimum(lengths, rng.integers(1, row_length))
        yield _drawn(rng, lengths.tolist(), row_length, pad_id=int(rng.integers(6)))


def _given(examples: list[list[int]], row_length: int, pad_id: int) -> dict:
    return {"examples": examples, "row_length": row_length, "pad_id": pad_id}


def _drawn(rng: np.random.Generator, lengths: list[int], row_length: int, pad_id: int) -> dict:
    """Return a case with examples of these lengths; a few small ids may equal pad_id."""
    high = int(rng.choice([20, 60]))
    return _given([rng.integers(1, high, size=n).tolist() for n in lengths], row_length, pad_id)


def equal(a: Any, b: Any) -> bool:
    return isinstance(a, Packing) and not isinstance(b, Packing) and a.admit(b)


def is_of_the_example(inputs: dict, value: Any) -> bool:
    """Return whether the example was packed in place of what came in."""
    return inputs != EXAMPLE and packing_of(EXAMPLE).admit(value)


def otherwise(inputs: dict, right: Packing, value: Any) -> Mistake | None:
    return None if is_of_the_example(inputs, value) else departure(right, value).mistake


def contrast(right: Packing | None, got: Any) -> tuple[str, str]:
    """Write where a pair departs from what may come; None stands for an error."""
    if right is None or got is None:
        return "a value, no error", shown(tensors.text(got), quote=False)
    if packing_of(EXAMPLE).admit(got):
        return f"{len(right.examples)} examples of this call", "those of the first example"
    _, expected, found = departure(right, got)
    return expected, found


compare = Judge(truth, MISTAKES, cases=cases, equal=equal, contrast=contrast, otherwise=otherwise)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors that have a name of their own here."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    error = of_error(inputs, kind, message)
    if error is None:
        return compare(inputs, outcome)
    got = message if kind == "ReturnsNoPair" else f"{kind}: {shown(message, quote=False)}"
    return Finding(error.name, "", error.expected, got, error.cause)


EXERCISE = Exercise(
    name="pack_examples",
    functions=("pack_examples",),
    read="section 5, Pack the examples",
    cases=cases,
    judge=judge,
    returns=("tuple",),
    raises=lambda inputs: "ValueError" if is_too_long(inputs) else "",
    call_text=partial(tensors.call_text, "pack_examples"),
)
