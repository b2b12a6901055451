"""Judge a pair of tensors as a whole, then one part at a time, and show the part that is wrong.

Where both parts are wrong, each in its own way, no mistake gives this pair. With the other part
put right, one may give what is left.
"""

from dataclasses import replace

from torch import Tensor

from course_lib.exercises.exercise import Finding
from course_lib.exercises.mistakes import Judge
from course_lib.exercises.observe import Outcome
from course_lib.exercises.tensors import alike, contrast

UNNAMED = ("wrong_value", "nan_in_result", "inf_in_result")


def judge_parts(
    compare: Judge, inputs: dict, outcome: Outcome, names: tuple[str, str], first: int
) -> Finding | None:
    """Return what is wrong in a pair.

    Args:
        names: of the two parts.
        first: the place of the part that is looked at first, 0 or 1.
    """
    found = compare(inputs, outcome)
    if found is None or not isinstance(outcome.value, tuple):
        return found
    right, value = compare.truth(inputs), outcome.value
    wrong = [place for place in (first, 1 - first) if not alike(right[place], value[place])]
    if found.misconception in UNNAMED and all(isinstance(part, Tensor) for part in value):
        alone = (tuple(value[p] if p == place else right[p] for p in (0, 1)) for place in wrong)
        of_parts = (compare(inputs, replace(outcome, value=pair)) for pair in alone)
        found = next((of for of in of_parts if of.misconception not in UNNAMED), found)
    expected, got = contrast(right[wrong[0]], value[wrong[0]])
    name = names[wrong[0]]
    return replace(found, expected=f"`{name}`: {expected}", got=f"`{name}`: {got}")
