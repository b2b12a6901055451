"""`repetition_penalty`: what a right answer does, on which logits and texts it is tried."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sampling.penalty_mistakes import MISTAKES, raises, truth

# The properties of the task; behind each case stands which of them it tries.
#
# 1. In each row, the logit of every id that occurs in the same row of `ids` is divided by `penalty`
#    if it is positive, multiplied by it if it is negative, and left at 0 if it is 0.
# 2. An id that occurs several times is penalized once.
# 3. The logits of all other ids stay as they are; a text of T = 0 tokens changes nothing.
# 4. A `penalty` of 0 or less raises `ValueError`; between 0 and 1 it makes what was said likelier.
# 5. `logits` and `ids` are left unchanged.

EXAMPLE = {
    "logits": torch.tensor([[2.0, -1.0, 0.0, 3.0, -0.5], [1.5, -0.5, -2.0, 4.0, 1.0]]),
    "ids": torch.tensor([[0, 1, 1, 2], [3, 2, 3, 3]]),
    "penalty": 2.0,
}
BY_HAND = {
    "logits": torch.tensor([[2.0, -1.0, 0.0, 3.0]]),
    "ids": torch.tensor([[0, 1, 1, 2]]),
    "penalty": 2.0,
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(7)  # the first cases are the same in every check
    yield EXAMPLE  # 1, 2, 3
    yield BY_HAND  # 1, 2, 3
    yield drawn(first, 3, 3, 3, 1.5)  # 1, 3: a cube, where no shape complains
    yield drawn(first, 2, 9, 4, 1.25)  # 2: more tokens in the text than in the vocabulary
    yield drawn(first, 4, 1, 6, 1.5)  # 1: one token so far
    yield drawn(first, 3, 4, 7, 0.5)  # 4: likelier
    yield drawn(first, 2, 3, 5, 1.0)  # 1: a penalty that does nothing
    yield drawn(first, 3, 0, 4, 2.0)  # 3: nothing said yet
    for penalty in (0.0, -1.5):
        yield {**BY_HAND, "penalty": penalty}  # 4
    for _ in range(20 if thorough else 3):
        B, T, V = (int(size) for size in rng.permutation(range(2, 9))[:3])
        yield drawn(rng, B, T, V, float(rng.choice([0.75, 1.1, 1.3, 2.0])))  # 1, 2, 3


def drawn(rng: np.random.Generator, B: int, T: int, V: int, penalty: float) -> dict:
    """Draw logits (B, V) of both signs and ids (B, T)."""
    return {
        "logits": 2 * tensors.normal(rng, B, V),
        "ids": torch.tensor(rng.integers(V, size=(B, T)), dtype=torch.int64),
        "penalty": penalty,
    }


compare = tensors.judge(truth, MISTAKES, cases)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know the errors of whoever needs at least one token in the text."""
    finding = compare(inputs, outcome)
    fails = outcome.raised is not None and not raises(inputs)
    if finding is not None or not fails or inputs["ids"].size(1) > 0:
        return finding
    kind, message = outcome.raised
    return Finding(
        "fails_on_an_empty_text",
        "",
        "the logits as they came in",
        f"{kind}: {shown(message, quote=False)}",
        "Nothing has been said yet, T is 0. There is no last token and no largest id then; "
        "`gather` and `scatter`, or a loop over the ids, do without one.",
    )


EXERCISE = Exercise(
    name="repetition_penalty",
    functions=("repetition_penalty",),
    read="section 7, Against repetition",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    raises=raises,
    call_text=partial(tensors.call_text, "repetition_penalty"),
)
