"""`get_batch`: what a right answer does."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge, Mistake, known_by_property
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining.batch_errors import BY_KIND, BY_MESSAGE
from course_lib.exercises.pretraining.batch_windows import Windows, is_pair_of_ids, truth
from course_lib.exercises.pretraining.get_batch_mistakes import MISTAKES, by_property
from course_lib.exercises.sampling import counts
from course_lib.exercises.sampling.generate_errors import Error

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each row of `x` holds T neighboring ids of the text, cut out at some start.
# 2. `y[b, t]` is the id that follows `x[b, t]` in the text.
# 3. The start of each row is drawn by itself, every possible one equally likely, the first and the
#    last too. A start is possible where the text has all that `x` and `y` need.
# 4. All random numbers come from `generator`, a `torch.Generator`; each call draws new starts.
# 5. A text without a single possible start raises `ValueError`.
# 6. `ids` is left unchanged.

EXAMPLE = {
    "ids": torch.tensor([7, 2, 9, 4, 5]),
    "B": 4,
    "T": 3,
    "seed": 4,
    "repeat": False,
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(7)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2
    yield _case(first, N=23, B=2, T=5)  # 1, 2
    yield {**_case(first, N=60, B=9, T=4), "repeat": True}  # 3, 4
    yield _case(first, N=11, B=2_000, T=3)  # 3: each of 8 starts comes about 250 times
    yield _case(first, N=6, B=1_000, T=4)  # 3: two starts
    yield _case(first, N=5, B=3, T=4)  # 3, 5: one start
    yield _case(first, N=9, B=5, T=1)  # 1, 2: rows of one id
    yield _case(first, N=14, B=1, T=6)  # 1, 2: one row
    text = torch.tensor([1, 1, 2, 1, 1, 1, 2, 2, 0])
    yield {**EXAMPLE, "ids": text, "B": 1_500, "T": 2}  # 1, 2, 3: ids that come again and again
    yield _case(first, N=3, B=2, T=6)  # 5
    yield _case(first, N=4, B=2, T=4)  # 5: the last id would have no target
    yield _case(first, N=0, B=3, T=2)  # 5: an empty text
    for _ in range(20 if thorough else 3):
        B, T = rng.permutation(range(2, 8))[:2].tolist()
        yield _case(rng, int(rng.integers(T + 1, 40)), B, T)
    for _ in range(3 if thorough else 1):
        T, n_starts = rng.permutation(range(2, 8))[:2].tolist()
        yield _case(rng, T + n_starts, 1_500, T)


def _case(rng: np.random.Generator, N: int, B: int, T: int) -> dict:
    """Return a case whose text has N different ids, none of them at the place of its number."""
    ids = 50 + torch.tensor(rng.permutation(N), dtype=torch.int64)
    return {"ids": ids, "B": B, "T": T, "seed": int(rng.integers(1e6)), "repeat": False}


def _too_short(inputs: dict) -> bool:
    return len(inputs["ids"]) < inputs["T"] + 1


def equal(a: Any, b: Any) -> bool:
    return isinstance(a, Windows) and a.admit(b)


def contrast(right: Windows | None, got: Any) -> tuple[str, str]:
    """Write where a pair departs from what may be drawn; None stands for an error."""
    if right is None or got is None:
        return "a value, no error", shown(tensors.text(got), quote=False)
    if not is_pair_of_ids(got, (right.B, right.T)):
        wanted = f"`x` and `y`, two int64 tensors of shape {(right.B, right.T)}"
        parts = "xy" if isinstance(got, tuple) and len(got) == 2 else ""
        kinds = [f"{name}: {_kind(part)}" for name, part in zip(parts, got, strict=False)]
        return wanted, ", ".join(kinds) or f"{len(got)} values"
    return _contrast_rows(right, *got) or _contrast_starts(right, *got)


def _kind(value: Any) -> str:
    if not isinstance(value, Tensor):
        return shown(value)
    return f"{str(value.dtype).removeprefix('torch.')} of shape {tuple(value.shape)}"


def _contrast_rows(right: Windows, x: Tensor, y: Tensor) -> tuple[str, str] | None:
    """Write the first row that is in no way cut from the text."""
    starts = right.starts(x)
    for number, (row, targets) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        wanted = f"x: {right.T} neighbors in `ids`, y: what follows each of them"
        if starts[number] is not None:
            wanted = f"x {row}, y {list(right.of_start[starts[number]][1:])}"
        if (*row, targets[-1]) not in right.of_start or row[1:] != targets[:-1]:
            return f"row {number}: {wanted}", f"row {number}: x {row}, y {targets}"
    return None


def _contrast_starts(right: Windows, x: Tensor, y: Tensor) -> tuple[str, str]:
    rows = torch.cat((x, y[:, -1:]), dim=1)
    if counts.fit(right.odds, rows) or right.are_evenly_spaced(x):
        return "rows whose starts have nothing to do with each other", (
            f"rows that start at {str(right.starts(x[:8]))[1:-1]}{' ...' if right.B > 8 else ''}"
        )
    beginning, expected, count = counts.oddest(right.odds, rows)
    begin = f"of {right.B} rows begin with {beginning}"
    return f"about {expected:.0f} {begin}", f"{count} of them do"


def _shaped(right: Windows, got: Any) -> tuple[Tensor, ...]:
    """Return a pair in which only those parts differ from `got` that are no ids (B, T)."""
    ids = torch.zeros(right.B, right.T, dtype=torch.int64)
    parts = got if isinstance(got, tuple) and len(got) == 2 else (None, None)
    return tuple(part if is_pair_of_ids((part, part), ids.shape) else ids for part in parts)


WRONG_ROWS = Mistake(
    "wrong_rows",
    known_by_property,
    "These rows cannot be drawn from this text, or not so often. Print the start of a row, and "
    "`ids` from there on: where does the row stand in it?",
)


def unnamed(right: Windows, got: Any) -> Mistake:
    is_pair = is_pair_of_ids(got, (right.B, right.T))
    return WRONG_ROWS if is_pair else tensors.unnamed(_shaped(right, got), got)


compare = Judge(
    truth,
    MISTAKES,
    cases=cases,
    equal=equal,
    contrast=contrast,
    otherwise=by_property,
    unnamed=unnamed,
)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches, and the errors that come of places outside the text."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    if kind in BY_KIND:
        return _finding(BY_KIND[kind], message)
    for part, error in BY_MESSAGE.items():
        if part in message and error.fits(inputs):
            return _finding(error, f"{kind}: {shown(message, quote=False)}")
    return compare(inputs, outcome)


def _finding(error: Error, got: str) -> Finding:
    return Finding(error.name, "", error.expected, got, error.cause)


def call_text(inputs: dict) -> str:
    ids = tensors.text(inputs["ids"], digits=None)
    sizes = f"B={inputs['B']}, T={inputs['T']}"
    return f"get_batch(ids, {sizes}, generator seeded with {inputs['seed']}), where ids = {ids}"


EXERCISE = Exercise(
    name="get_batch",
    functions=("get_batch",),
    read="section 2, A question at every position",
    cases=cases,
    judge=judge,
    returns=("tuple",),
    raises=lambda inputs: "ValueError" if _too_short(inputs) else "",
    call_text=call_text,
)
