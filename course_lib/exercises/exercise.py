"""An exercise: inputs to try an answer on, and a judge that names the mistake behind a result.

`cases` and `judge` live in a topic's checks.py; the `call` that feeds an answer, in its calls.py.
The same three serve the learner's notebook, nbgrader and a judge in a process of its own.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_lib.exercises import causes, codec
from course_lib.exercises.observe import Outcome, observe

VISIBLE_SEED = 0  # the visible check tries the same cases every time
SHOWN = 160  # characters of a value that a finding shows
RAISED = ("raised", "raised_the_wrong_error")


@dataclass(frozen=True)
class Finding:
    """One mistake, in the learner's words.

    Attributes:
        misconception: its name, for example "overlapping_pairs"; wrong answers are filed under it.
        what: what was tried or which property failed; "" takes the call that was made.
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
            is only asked about outcomes in which `common_mistake` finds nothing, and about errors
            that should not have been raised: there it may know a better name.
        returns: exact type names that a right answer may return, the one to name first.
        raises: `raises(inputs)` names the exception a right answer raises there, or "".
        forbids: names an answer may not use, because the point is to build them.
        seconds: time limit for one case.
        call_text: `call_text(inputs)` writes the call as a learner would type it; None where the
            inputs are the function's own arguments.
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
    call_text: Callable[[dict], str] | None = None

    def tried(self, inputs: dict) -> str:
        """Return the call that was made, as a learner would type it."""
        if self.call_text is not None:
            return self.call_text(inputs)
        return f"{self.functions[0]}({shown_inputs(inputs)})"


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
    finding = common_mistake(exercise, inputs, outcome)
    if finding is None or finding.misconception in RAISED:
        finding = exercise.judge(inputs, outcome) or finding
    if finding is not None and not finding.what:
        finding = replace(finding, what=exercise.tried(inputs))
    return finding


def common_mistake(exercise: Exercise, inputs: dict, outcome: Outcome) -> Finding | None:
    """Return a mistake that can happen in any exercise: raised, returned nothing, wrong type ..."""
    what = exercise.tried(inputs)
    if outcome.raised is not None:
        return _raised(exercise, what, outcome, exercise.raises(inputs))
    if codec.encode(outcome.inputs_after) != codec.encode(inputs):
        return _changed_inputs(what, inputs, outcome.inputs_after)
    if exercise.raises(inputs):
        return None  # it should have raised: the judge of the exercise says why
    if outcome.type_name == "NoneType" and "NoneType" not in exercise.returns:
        return _returned_nothing(exercise, what, outcome)
    if outcome.type_name not in exercise.returns or outcome.not_plain:
        return _wrong_type(exercise, what, outcome)
    if codec.has_huge_integer(outcome.value):
        return _huge_integer(what)
    return None


def _calls_a_placeholder(what: str, function: str) -> Finding:
    return Finding(
        "calls_what_is_not_written",
        what,
        "a value, no error",
        f"your answer called `{function}`, which is not written yet",
        f"Write `{function}` first and run its cell, or do without it here.",
    )


def _raised(exercise: Exercise, what: str, outcome: Outcome, wanted: str) -> Finding | None:
    kind, message = outcome.raised
    if kind == "NotImplementedError":
        if outcome.raised_by:
            return _calls_a_placeholder(what, outcome.raised_by)
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
            "Is there a loop that never ends, for example a `while` whose condition never changes, "
            "or a `for` over a list that grows inside the loop?",
        )
    if wanted and wanted in outcome.raised_kinds:
        return None
    where = f", at {outcome.where}" if outcome.where else ""
    return Finding(
        "raised_the_wrong_error" if wanted else "raised",
        what,
        an(wanted) if wanted else "a value, no error",
        f"{kind}{f': {shown(message, quote=False)}' if message else ''}{where}",
        causes.of_error(kind, message, wanted),
    )


def _changed_inputs(what: str, inputs: dict, after: Any) -> Finding:
    got = "something else was put into them"
    if isinstance(after, dict):
        name = next(n for n in inputs if codec.encode(after.get(n)) != codec.encode(inputs[n]))
        got = f"afterwards `{name}` was {shown(after.get(name))}"
    return Finding(
        "changed_inputs",
        what,
        "the inputs stay as they were",
        got,
        "A list, dict or tensor that comes in belongs to the caller. Work on a copy, or build a "
        "new one.",
    )


def _wrong_type(exercise: Exercise, what: str, outcome: Outcome) -> Finding:
    wanted, name = exercise.returns[0], outcome.type_name
    inside = outcome.not_plain if outcome.not_plain != name else ""
    got = "" if outcome.not_plain else f": {shown(outcome.value)}"
    return Finding(
        "wrong_type",
        what,
        an(wanted) + (" with nothing but plain Python values in it" if inside else ""),
        an(name) + (f" with {inside} in it" if inside else got),
        causes.of_type(inside or name, wanted),
    )


def _huge_integer(what: str) -> Finding:
    return Finding(
        "huge_integer",
        what,
        "numbers of a sensible size",
        "an integer of more than 300 digits",
        "Python's integers have no largest one. Does a power or a product grow with every step?",
    )


def _returned_nothing(exercise: Exercise, what: str, outcome: Outcome) -> Finding:
    printed = bool(outcome.printed.strip())
    return Finding(
        "printed_instead" if printed else "returned_nothing",
        what,
        an(exercise.returns[0]),
        f"None, and the printed text {shown(outcome.printed)}" if printed else "None",
        "Printing shows a value to you; `return` hands it to the caller."
        if printed
        else "Is the `return` missing, or inside an `if` that was not taken? Methods such as "
        "list.sort and list.append change a list and return None.",
    )


def an(noun: str) -> str:
    """Return "a dict", "an int", and "bytes" as it is."""
    if noun == "bytes":
        return noun
    return f"an {noun}" if noun[:1] in tuple("aeiouAEIOU") else f"a {noun}"


def shown(value: Any, quote: bool = True) -> str:
    """Return a value as short text: its repr in one line, its middle left out where it is long."""
    try:
        text = re.sub(r"\n\s*", " ", repr(value)) if quote else str(value)
    except ValueError:  # Python writes no integer of thousands of digits
        text = f"{an(type(value).__name__)} with a number of thousands of digits"
    if len(text) <= SHOWN:
        return text
    half = SHOWN // 2 - 3
    return f"{text[:half]} ... {text[-half:]}"


def shown_inputs(inputs: dict) -> str:
    """Return inputs as `name=value, name=value`, each value short."""
    if not isinstance(inputs, dict):
        return shown(inputs)
    return ", ".join(f"{name}={shown(value)}" for name, value in inputs.items())
