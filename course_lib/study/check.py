"""`check(encode)`: try a learner's answer and say what is right, or name the mistake."""

import inspect
import secrets
import sys
import textwrap
from types import FunctionType, SimpleNamespace
from typing import Any

from course_lib.exercises import registry
from course_lib.exercises.answer_text import mistake_in_text
from course_lib.exercises.exercise import VISIBLE_SEED, Exercise, Finding, find_mistake
from course_lib.study import lesson, record
from course_lib.study.panel import Panel


class CheckFailed(Exception):
    """An answer is not right yet. A notebook shows its one line instead of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def check(*answer: Any, thorough: bool = False) -> None:
    """Check an exercise and show a panel: passed, or the first mistake found.

    Args:
        answer: the function of the exercise, itself: `check(encode)`. An exercise with two
            functions takes both: `check(tokens_per_word, cost)`.
        thorough: also try fresh random inputs, as grading does.

    Raises:
        CheckFailed: after the panel, if a mistake was found, so that graders see it too.
    """
    topic, exercise = _exercise_of(answer)
    by_name = {given.__name__: given for given in answer}
    seed = secrets.randbits(32) if thorough else VISIBLE_SEED
    finding = mistake_of(topic, exercise, by_name, seed=seed, thorough=thorough)
    if finding is not None:
        _failed_panel(topic, exercise, finding, seed if thorough else None).show()
        raise CheckFailed(f"{exercise.name}: not yet ({finding.misconception.replace('_', ' ')}).")
    if thorough:
        Panel("passed", f"{_functions(exercise)}: right on fresh random inputs too.").show()
        return
    record.record_pass(exercise.name)
    Panel("passed", f"{_functions(exercise)}: right, {_worth(topic, exercise)}.").show()


def mistake_of(
    topic: str, exercise: Exercise, by_name: dict[str, Any], *, seed: int, thorough: bool = False
) -> Finding | None:
    """Return the first mistake in an answer given as {function name: function}, or None."""
    for function in by_name.values():
        finding = _mistake_in_names(topic, exercise, function)
        if finding is not None:
            return finding
    one = exercise.functions == (exercise.name,)
    answer = by_name[exercise.name] if one else SimpleNamespace(**by_name)
    call = registry.call_of(topic, exercise)
    return find_mistake(exercise, call, answer, seed=seed, thorough=thorough)


def _exercise_of(answer: tuple[Any, ...]) -> tuple[str, Exercise]:
    """Return (topic, exercise) for the functions given to `check`."""
    usage = "Give the function itself, without brackets after it, for example check(count_pairs)."
    given = [getattr(item, "__name__", None) for item in answer]
    if not answer or None in given:
        got = ", ".join(type(item).__name__ for item in answer) or "nothing"
        raise _misuse(f"check needs a function, got {got}. {usage}")
    try:
        topic, exercise = registry.find(given[0])
    except LookupError:
        raise _misuse(
            f"There is no exercise called {given[0]}. Keep the name that the task gives."
        ) from None
    if sorted(given) != sorted(exercise.functions):
        wanted = ", ".join(exercise.functions)
        raise _misuse(f"This exercise has {len(exercise.functions)} parts: check({wanted}).")
    return topic, exercise


def _misuse(message: str) -> CheckFailed:
    Panel("failed", message).show()
    return CheckFailed(message)


def _mistake_in_names(topic: str, exercise: Exercise, function: Any) -> Finding | None:
    """Return a finding if the answer's text uses a name that it should not."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return None  # typed in a place that keeps no source; the judge of values still runs
    own = _written_beside(function)
    return mistake_in_text(exercise, function.__name__, source, lesson.demo_names(topic), own)


def _written_beside(function: Any) -> set[str]:
    """Return the names of the functions and classes that stand in the same notebook."""
    module = sys.modules.get(function.__module__)
    things = getattr(function, "__globals__", None) or vars(module or function)
    written = {n: thing for n, thing in things.items() if isinstance(thing, FunctionType | type)}
    return {name for name, thing in written.items() if thing.__module__ == function.__module__}


def _failed_panel(topic: str, exercise: Exercise, finding: Finding, seed: int | None) -> Panel:
    rows = [
        ("Tried", finding.what),
        ("Expected", finding.expected),
        ("Got", finding.got),
        ("Likely cause", finding.cause),
        ("Read again", finding.read or exercise.read),
        ("Stuck?", f'`hint("{exercise.name}")` gives the next of three hints.'),
    ]
    if seed is not None:
        rows.append(("Inputs", f"drawn with seed {seed}"))
    number = lesson.exercise_number(topic, exercise.name)
    title = f"Exercise {number} {_functions(exercise)}: not yet"
    return Panel("failed", title, tuple(rows))


def _worth(topic: str, exercise: Exercise) -> str:
    points = lesson.points(topic, exercise.name)
    return f"{points} point{'s' if points != 1 else ''}" if points else "well done"


def _functions(exercise: Exercise) -> str:
    return " and ".join(f"`{function}`" for function in exercise.functions)
