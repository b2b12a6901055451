"""An exercise: inputs to try an answer on, and a judge that names the mistake behind a result.

`cases` and `judge` live in a topic's checks.py; the `call` that feeds an answer, in its calls.py.
The same three serve the learner's notebook, nbgrader and a judge in a process of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.exercises import codec
from course_lib.exercises.observe import Outcome, observe

VISIBLE_SEED = 0  # the visible check tries the same cases every time
SHOWN = 160  # characters of a value that a finding shows


@dataclass(frozen=True)
class Finding:
    """One mistake, in the learner's words.

    Attributes:
        misconception: its name, for example "overlapping_pairs"; wrong answers are filed under it.
        what: what was tried or which property failed.
        expected: the value or behavior the text of the exercise asks for.
        got: what came instead.
        cause: the likely cause, often as a question to the learner.
        read: where in the lesson to read again; "" takes the exercise's own section.
    """

    misconception: str
    what: str
    expected: str
    got: str
    cause: str
    read: str = ""


@dataclass(frozen=True)
class Exercise:
    """What the course knows about one exercise, apart from its text.

    Attributes:
        name: the id used in the lesson source, in `hint(...)` and in the gradebook.
        functions: the names a learner defines; usually just `name`.
        read: the section that explains it, for example "section 3, Count the pairs".
        cases: `cases(rng, thorough)` yields inputs as plain data, dicts with string keys. The
            visible check uses a fixed seed, the thorough one fresh seeds and more cases.
        judge: `judge(inputs, outcome)` returns the mistake that the outcome shows, or None. It
            is only asked about outcomes that pass `common_mistake`.
        returns: exact type names that a right answer may return, the one to name first.
        raises: `raises(inputs)` names the exception a right answer raises there, or "".
        forbids: names an answer may not use, because the point is to build them.
        seconds: time limit for one case.
    """

    name: str
    functions: tuple[str, ...]
    read: str
    cases: Callable[[np.random.Generator, bool], Iterable[dict]]
    judge: Callable[[dict, Outcome], Finding | None]
    returns: tuple[str, ...]
    raises: Callable[[dict], str] = lambda inputs: ""
    forbids: tuple[str, ...] = ()
    seconds: float = 5.0


def find_mistake(
    exercise: Exercise, call: Callable, answer: Any, *, seed: int, thorough: bool = False
) -> Finding | None:
    """Try an answer on every case and return the first mistake, or None where all is right.

    Args:
        call: `call(answer, inputs)` from the topic's calls.py.
        answer: the function, or a namespace with one attribute for each of `exercise.functions`.
        seed: of the generator that draws the cases.
        thorough: more cases.
    """
    rng = np.random.default_rng(seed)
    for inputs in exercise.cases(rng, thorough):
        finding = mistake_in(exercise, inputs, observe(call, answer, inputs, exercise.seconds))
        if finding is not None:
            return finding
    return None


def mistake_in(exercise: Exercise, inputs: dict, outcome: Outcome) -> Finding | None:
    """Return the mistake that one outcome shows, or None."""
    return common_mistake(exercise, inputs, outcome) or exercise.judge(inputs, outcome)


def common_mistake(exercise: Exercise, inputs: dict, outcome: Outcome) -> Finding | None:
    """Return a mistake that can happen in any exercise: raised, returned nothing, wrong type ..."""
    what = f"{shown_inputs(inputs)}"
    if outcome.raised is not None:
        return _raised(exercise, what, outcome, exercise.raises(inputs))
    if codec.encode(outcome.inputs_after) != codec.encode(inputs):
        return Finding(
            "changed_inputs",
            what,
            "the inputs stay as they were",
            f"afterwards they were {shown_inputs(outcome.inputs_after)}",
            "A list, dict or tensor that comes in belongs to the caller. Work on a copy, or build "
            "a new one.",
        )
    if exercise.raises(inputs):
        return None  # it should have raised: the judge of the exercise says why
    if outcome.type_name == "NoneType" and "NoneType" not in exercise.returns:
        return _returned_nothing(exercise, what, outcome)
    if outcome.type_name not in exercise.returns or not outcome.plain:
        return Finding(
            "wrong_type",
            what,
            f"a {exercise.returns[0]}",
            f"a {outcome.type_name}",
            "Look at what the task says about the value that comes back: its type, and the types "
            "of what is inside it.",
        )
    return None


def _raised(exercise: Exercise, what: str, outcome: Outcome, wanted: str) -> Finding | None:
    kind, message = outcome.raised
    if kind == "NotImplementedError":
        return Finding(
            "not_attempted",
            f"{' and '.join(exercise.functions)}",
            "your code in place of the `raise NotImplementedError` line",
            "the exercise as it came",
            "Not written yet. Replace the whole placeholder, the raise line too.",
        )
    if kind == "TimeLimitReached":
        return Finding(
            "too_slow",
            what,
            f"an answer within {exercise.seconds:g} seconds",
            f"it was {message}",
            "Is there a loop that never ends, for example a `while` whose condition never changes?",
        )
    if kind == wanted:
        return None
    where = f" at {outcome.where}" if outcome.where else ""
    return Finding(
        "raised_the_wrong_error" if wanted else "raised",
        what,
        f"a {wanted}" if wanted else "a value, no error",
        f"{kind}: {shown(message, quote=False)}{where}",
        "Run your function by hand on this input, in a cell of your own, and print what it holds "
        "just before that line.",
    )


def _returned_nothing(exercise: Exercise, what: str, outcome: Outcome) -> Finding:
    printed = bool(outcome.printed.strip())
    return Finding(
        "printed_instead" if printed else "returned_nothing",
        what,
        f"a {exercise.returns[0]}",
        f"None, and the printed text {shown(outcome.printed)}" if printed else "None",
        "Printing shows a value to you; `return` hands it to the caller."
        if printed
        else "Is the `return` missing, or inside an `if` that was not taken? Methods such as "
        "list.sort and list.append change a list and return None.",
    )


def shown(value: Any, quote: bool = True) -> str:
    """Return a value as short text: its repr, with the middle left out where it is long."""
    text = repr(value) if quote else str(value)
    if len(text) <= SHOWN:
        return text
    half = SHOWN // 2 - 3
    return f"{text[:half]} ... {text[-half:]}"


def shown_inputs(inputs: dict) -> str:
    """Return inputs as `name=value, name=value`, each value short."""
    if not isinstance(inputs, dict):
        return shown(inputs)
    return ", ".join(f"{name}={shown(value)}" for name, value in inputs.items())
