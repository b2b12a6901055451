"""`response_mask`: what a right answer does."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge
from course_lib.exercises.sft.response_mask_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries.
#
# 1. An answer begins behind a whole opening, `assistant_start`. Its tokens are True, up to the
#    next `end_id` and including it.
# 2. All other tokens are False: the opening itself, what others say and their `end_id`, and the
#    newline behind an `end_id`.
# 3. A row may hold several answers, one or none. They need not take turns with other messages.
# 4. An answer that is cut off, without an `end_id`, is True up to the end of the row.
# 5. An answer without content is its `end_id` alone.
# 6. Some ids of the opening may stand in what others say, or at the end of the row: that opens
#    nothing. A row may be shorter than the opening.
# 7. An opening that stands inside of an answer is content like any other, until `end_id` comes.
# 8. The inputs are left unchanged.

OPENING, END, NEWLINE = [7, 5, 1], 8, 1  # and a user's opening is 7, 6, 1
EXAMPLE = [7, 6, 1, 3, 4, 8, 1, 7, 5, 1, 9, 2, 8, 1]
GREETING = [7, 5, 1, 9, 2, 8, 1, 7, 6, 1, 3, 4, 8, 1]
WORDS = [4, 9, 3]  # an opening of ordinary words


def row(ids: list[int], start: list[int] = OPENING, end: int = END) -> dict:
    return {"ids": torch.tensor(ids), "assistant_start": torch.tensor(start), "end_id": end}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    # Mistakes are told by the first case that they get wrong.
    yield row(GREETING)  # 1, 2
    yield row([NEWLINE, *GREETING])  # 1
    yield row(EXAMPLE)  # 1, 2
    yield row([*EXAMPLE, 7, 6, 1, 2, 8, 1, 7, 5, 1, 3, 8, 1])  # 3
    yield row([1, 4093, 198, 30, 2, 198, 1, 520, 9531, 198, 33, 40, 2], [1, 520, 9531, 198], 2)  # 1
    yield row([7, 6, 1, 3, 2, 5, 1, 4, 8, 1, 7, 5, 1, 9, 2, 8, 1])  # 6: its last ids in other words
    yield row([6, 0, 3, 9, 0, 5, 4, 9, 0, 6, 2], [5], 0)  # 1: an opening of one id
    yield row([7, 6, 1, 3, 8, 1])  # 3: no answer
    yield row([7, 5, 1, 3, 8, 1, 7, 5, 1, 4, 2, 8, 1])  # 3: two in a row
    yield row([7, 6, 1, 3, 8, 1, 7, 5, 1, 9, 2])  # 4
    yield row([7, 5, 1, 8, 1, 7, 6, 1, 3, 8, 1])  # 5
    yield row([7, 6, 1, 3, 8, 1, 7, 5, 1])  # 4: cut off before it began
    yield row([2, 6, 8, 3, 7, 5])  # 6: a part at the end
    yield row([1, 6, 8, 1, 3, 7, 5])  # 6: its rest at the beginning
    yield row([4, 9, 2, 3, 6, 9, 4, 3, 8, 4, 9, 3, 2, 8], WORDS)  # 6
    yield row([6, 4, 4, 9, 3, 2, 8], WORDS)  # 6: a part, then the whole
    yield row([4, 9, 4, 9, 3, 2, 8, 5], WORDS)  # 6
    yield row([5, 4, 4, 4, 9, 2, 8, 5], [4, 4, 9])  # 6
    yield row([7, 5, 1, 4, 7, 5, 1, 9, 8, 1, 3, 8])  # 7
    yield row([7, 5, 1, 7, 5, 1, 9, 8, 1, 3])  # 7: openings side by side
    yield row([7, 5])  # 6
    yield row([1])  # 6
    for _ in range(24 if thorough else 4):
        yield _random_case(rng)


def _random_case(rng: np.random.Generator) -> dict:
    start = rng.choice([4, 9, 3, 5], size=rng.integers(1, 5)).tolist()
    opening, others = start, [*start[:-1], 6]
    ids: list[int] = []
    for _ in range(int(rng.integers(1, 5))):
        ids += opening if rng.random() < 0.5 else others
        ids += rng.choice([4, 9, 3, 5, 2, *start], size=rng.integers(5)).tolist()
        ids += opening if rng.random() < 0.2 else []
        ids += [END, NEWLINE]
    ids = ids[: -int(rng.integers(4)) or None]  # with 2 or 3 less, it is cut off
    ids += start[: rng.integers(len(start) + 1)] if rng.random() < 0.4 else []
    return row(ids or [END], start)


def truth(inputs: dict) -> Tensor:
    """Mark each place before which a whole opening stands, with no end between the two."""
    ids, start = inputs["ids"].tolist(), inputs["assistant_start"].tolist()
    k, marks = len(start), []
    for place in range(len(ids)):
        begun = [p for p in range(place - k + 1) if ids[p : p + k] == start]
        marks.append(any(inputs["end_id"] not in ids[p:place] for p in begun))
    return torch.tensor(marks)


def contrast(right: Tensor, got: object) -> tuple[str, str]:
    """Say of two masks where they are True."""
    masks = isinstance(got, Tensor) and got.dtype == torch.bool and got.shape == right.shape
    return (_places(right), _places(got)) if masks else tensors.contrast(right, got)


def _places(mask: Tensor) -> str:
    """Write where a mask is True.

    Example:
        >>> _places(torch.tensor([True, False, True, True, True]))
        'True at 0 and 2 to 4'
    """
    ranges: list[list[int]] = []
    for place in mask.nonzero().flatten().tolist():
        if ranges and ranges[-1][-1] == place - 1:
            ranges[-1].append(place)
        else:
            ranges.append([place])
    texts = [f"{r[0]} to {r[-1]}" if len(r) > 1 else f"{r[0]}" for r in ranges]
    if not texts:
        return "True nowhere"
    return f"True at {' and '.join([', '.join(texts[:-1])] * (len(texts) > 1) + texts[-1:])}"


judge = Judge(
    truth,
    MISTAKES,
    cases=cases,
    equal=tensors.alike,
    contrast=contrast,
    otherwise=by_property,
    unnamed=tensors.unnamed,
)


def call_text(inputs: dict) -> str:
    ids, start = (f"tensor({inputs[name].tolist()})" for name in ("ids", "assistant_start"))
    return f"response_mask({ids}, {start}, {inputs['end_id']})"


EXERCISE = Exercise(
    name="response_mask",
    functions=("response_mask",),
    read="section 3, Which tokens to learn from",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text,
)
