"""`add_positions`, the bug hunt: what a right answer does, and the mistakes that people make."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Position t of every batch row gets row t of the table added.
# 2. T may be smaller than the table is long; the later rows are not used.
# 3. If T is larger, it raises `ValueError`.
# 4. `x` and `table` are left unchanged.

EXAMPLE = {
    "x": torch.zeros(2, 3, 2),
    "table": torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]]),
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    always = np.random.default_rng(0)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2
    yield _case(always, B=2, T=4, C=3, context_length=4)  # 1: the whole table
    yield _case(always, B=5, T=2, C=3, context_length=4)  # 1: more rows than positions
    yield _case(always, B=3, T=1, C=4, context_length=6)  # 2
    yield _case(always, B=2, T=5, C=3, context_length=4)  # 3
    yield _case(always, B=3, T=4, C=2, context_length=1)  # 3: one row fits everywhere
    for _ in range(20 if thorough else 4):
        B, T, C, context_length = (int(size) for size in rng.permutation(range(1, 8))[:4])
        yield _case(rng, B, T, C, context_length)


def _case(rng: np.random.Generator, B: int, T: int, C: int, context_length: int) -> dict:
    return {"x": tensors.normal(rng, B, T, C), "table": tensors.normal(rng, context_length, C)}


def truth(inputs: dict) -> Tensor:
    if _too_long(inputs):
        raise ValueError
    return _summed(inputs, list(range(inputs["x"].size(1))))


def _too_long(inputs: dict) -> bool:
    return inputs["x"].size(1) > len(inputs["table"])


def _summed(inputs: dict, rows: list[int]) -> Tensor:
    """Add row rows[t] of the table to position t, one position after the other."""
    summed = [inputs["x"][:, t] + inputs["table"][row] for t, row in enumerate(rows)]
    return torch.stack(summed, dim=1)


def _by_batch_row(inputs: dict) -> Tensor:
    return inputs["x"] + inputs["table"][: inputs["x"].size(0)].unsqueeze(1)


def _shifted(inputs: dict) -> Tensor:
    return _summed(inputs, list(range(1, inputs["x"].size(1) + 1)))


def _from_the_end(inputs: dict) -> Tensor:
    return inputs["x"] + inputs["table"][-inputs["x"].size(1) :]


def _if_it_fits(method: Callable[[dict], Tensor]) -> Callable[[dict], Tensor]:
    """Return a method that is mistaken for texts of the right length only."""
    return lambda inputs: truth(inputs) if _too_long(inputs) else method(inputs)


def _refuses(inputs: dict, unless: bool) -> Tensor:
    if not unless:
        raise ValueError
    return truth(inputs)


def _clamped(inputs: dict) -> Tensor:
    last = len(inputs["table"]) - 1
    return _summed(inputs, [min(t, last) for t in range(inputs["x"].size(1))])


def _begun_again(inputs: dict) -> Tensor:
    return _summed(inputs, [t % len(inputs["table"]) for t in range(inputs["x"].size(1))])


def _cut(inputs: dict) -> Tensor:
    return truth({**inputs, "x": inputs["x"][:, : len(inputs["table"])]})


UNSEEN = "A text longer than the table goes on unseen: "
MISTAKES = (
    Mistake(
        "positions_by_batch_row",
        _by_batch_row,
        "Each batch row gets one vector, the same at all its positions. Which axis of `x` counts "
        "the positions, and which of them was used to cut the table?",
    ),
    Mistake(
        "one_vector_for_all",
        lambda inputs: _summed(inputs, [0] * inputs["x"].size(1)),
        "Every position got row 0 of the table. Position t gets row t.",
    ),
    Mistake(
        "starts_at_one",
        _if_it_fits(_shifted),
        "Each position got the row of the next one. Positions start at 0.",
    ),
    Mistake(
        "from_the_end_of_the_table",
        _if_it_fits(_from_the_end),
        "These are the last T rows of the table. Position 0 gets row 0.",
    ),
    Mistake(
        "backwards",
        _if_it_fits(lambda inputs: _summed(inputs, list(range(inputs["x"].size(1)))[::-1])),
        "The last position got row 0. They go the same way: position t gets row t.",
    ),
    Mistake(
        "needs_the_whole_table",
        _if_it_fits(lambda inputs: inputs["x"] + inputs["table"]),
        "The whole table was added, which fits only if T is as large as the table is long. Take "
        "its first T rows.",
    ),
    Mistake(
        "forgets_x",
        lambda inputs: truth({**inputs, "x": torch.zeros_like(inputs["x"])}),
        "These are the positions alone. What stood in `x` is lost.",
    ),
    Mistake(
        "multiplies",
        _if_it_fits(lambda inputs: inputs["x"] * inputs["table"][: inputs["x"].size(1)]),
        "Vectors of positions are added, not multiplied.",
    ),
    Mistake(
        "refuses_the_full_length",
        lambda inputs: _refuses(inputs, inputs["x"].size(1) < len(inputs["table"])),
        "A text exactly as long as the table has a row for each position. Only a longer one is "
        "too long.",
    ),
    Mistake(
        "refuses_shorter_texts",
        lambda inputs: _refuses(inputs, inputs["x"].size(1) == len(inputs["table"])),
        "A shorter text was refused. It needs fewer rows than there are, and that is fine.",
    ),
    Mistake(
        "compares_with_the_batch",
        lambda inputs: _refuses(inputs, inputs["x"].size(0) <= len(inputs["table"])),
        "The number of batch rows was compared with the table. It is T that may be too large.",
    ),
    Mistake(
        "repeats_the_last_row",
        _clamped,
        f"{UNSEEN}its last row stands in for those that are missing. Raise `ValueError`.",
    ),
    Mistake(
        "begins_again",
        _begun_again,
        f"{UNSEEN}positions begin again at 0, so two words have the same place. Raise "
        "`ValueError`.",
    ),
    Mistake("cuts_the_text", _cut, f"{UNSEEN}its end is cut off. Raise `ValueError`."),
)

EXERCISE = Exercise(
    name="add_positions",
    functions=("add_positions",),
    read="section 8, Bug hunt: lost places",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    raises=lambda inputs: "ValueError" if _too_long(inputs) else "",
    call_text=partial(tensors.call_text, "add_positions"),
)
