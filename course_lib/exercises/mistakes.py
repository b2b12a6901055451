"""Recognize a mistake by its result: do the same inputs in the wrong way, and compare.

A `Mistake` holds a method that people really use by mistake. Where the learner's result equals what
that method gives, the finding has its name and its likely cause. Several methods may give the same
result; cases are tried in order, so one that would have failed on an earlier case is ruled out.
"""

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from course_lib.exercises import codec
from course_lib.exercises.exercise import SHOWN, VISIBLE_SEED, Finding, an, shown
from course_lib.exercises.observe import Outcome

AROUND = 8  # items shown from the first difference of two long values on


@dataclass(frozen=True)
class Mistake:
    """A method that gives wrong results, and what to say to whoever used it.

    Attributes:
        name: of the misconception.
        method: `method(inputs)` returns, or raises, what the mistaken answer does.
        cause: the likely cause, often as a question.
        read: where to read again; "" is the exercise's own section.
    """

    name: str
    method: Callable[[dict], Any]
    cause: str
    read: str = ""


@dataclass(frozen=True)
class Result:
    """What a method gives: a value, or the name of the error it raises."""

    value: Any = None
    error: str = ""


def same(a: Any, b: Any, equal: Callable[[Any, Any], bool] = operator.eq) -> bool:
    """Return whether two values are equal with all their types; a dict's order does not matter.

    Args:
        equal: when two values of one type that hold no others are.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, equal) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        # Type and key together: 1 and True are equal as keys, and not the same.
        ours, theirs = ({(type(k), k): v for k, v in d.items()} for d in (a, b))
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k], equal) for k in ours)
    return equal(a, b)


def close(a: Any, b: Any) -> bool:
    """Return whether two numbers are equal but for rounding; nan equals nan."""
    if not (isinstance(a, (int, float)) and isinstance(b, (int, float))):
        return False
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-15) or (a != a and b != b)


@dataclass(frozen=True)
class Judge:
    """The judge of an exercise: compares with the truth, and names a mistake that gives the same.

    Attributes:
        truth: `truth(inputs)` returns the right value, or raises where a right answer raises.
        mistakes: in the order in which they are tried.
        cases: of the exercise. A result that belongs to the first of them and comes back for other
            inputs too shows that the inputs are not used.
        equal: when two values are the same.
        show: `show(inputs, value)` writes a value for the learner; None writes it as Python does.
        contrast: `contrast(right, value)` writes both, where one tells what matters in the other;
            None shows each by itself, long ones from their first difference on.
        otherwise: `otherwise(inputs, right, value)` names a mistake by a property of the value; its
            method is not used. It is asked before the mistakes.
        unnamed: `unnamed(right, value)` names what none of the mistakes explains.
    """

    truth: Callable[[dict], Any]
    mistakes: tuple[Mistake, ...]
    cases: Callable[[np.random.Generator, bool], Iterable[dict]]
    equal: Callable[[Any, Any], bool] = same
    show: Callable[[dict, Any], str] | None = None
    contrast: Callable[[Any, Any], tuple[str, str]] | None = None
    otherwise: Callable[[dict, Any, Any], Mistake | None] = lambda inputs, right, value: None
    unnamed: Callable[[Any, Any], Mistake] = lambda right, value: WRONG_VALUE

    def __call__(self, inputs: dict, outcome: Outcome) -> Finding | None:
        right = result_of(self.truth, inputs)
        got = Result(outcome.value, outcome.raised[0] if outcome.raised else "")
        if right.error in outcome.raised_kinds or self._alike(right, got):
            return None
        mistake = self._find(inputs, right, got)
        if mistake is None:
            return None
        expected, found = self._both(inputs, right.value, got.value)
        return Finding(
            mistake.name,
            "",
            an(right.error) if right.error else expected,
            f"{got.error}: {shown(outcome.raised[1], quote=False)}" if got.error else found,
            mistake.cause,
            mistake.read,
        )

    def _find(self, inputs: dict, right: Result, got: Result) -> Mistake | None:
        if not right.error and not got.error:
            mistake = _wrong_inside(right.value, got.value) or self.otherwise(
                inputs, right.value, got.value
            )
            if mistake is not None:
                return mistake
        mistake = self._with_this_result(inputs, got)
        if mistake is not None or got.error:
            return mistake  # None: the common finding about errors says all there is to say
        if right.error:
            return NO_ERROR
        first = result_of(self.truth, self._visible[0])
        return IGNORES_INPUT if self._alike(first, got) else self.unnamed(right.value, got.value)

    def _with_this_result(self, inputs: dict, got: Result) -> Mistake | None:
        """Return the first mistake that gives this result and no wrong one before this case.

        The same error can come out of the same slip in programs that fail on different cases: for
        errors, a mistake that would have failed before is better than none.
        """
        numbers = [
            number
            for number, mistake in enumerate(self.mistakes)
            if self._alike(result_of(mistake.method, inputs), got)
        ]
        place = self._place(inputs)
        possible = [number for number in numbers if self._first_misses[number] >= place]
        if got.error:
            possible += numbers
        return self.mistakes[possible[0]] if possible else None

    def _place(self, inputs: dict) -> int:
        """Return the place of inputs among the visible cases, or the place behind them."""
        text = codec.encode(inputs)
        texts = [codec.encode(visible) for visible in self._visible]
        return texts.index(text) if text in texts else len(texts)

    @cached_property
    def _visible(self) -> list[dict]:
        return list(self.cases(np.random.default_rng(VISIBLE_SEED), False))

    @cached_property
    def _first_misses(self) -> list[int]:
        """Return, for each mistake, the place of the first visible case that it gets wrong."""
        right = [result_of(self.truth, inputs) for inputs in self._visible]
        misses = []
        for mistake in self.mistakes:
            wrong = (result_of(mistake.method, inputs) for inputs in self._visible)
            hits = map(self._alike, right, wrong)
            misses.append(next((n for n, hit in enumerate(hits) if not hit), len(right)))
        return misses

    def _alike(self, a: Result, b: Result) -> bool:
        if a.error or b.error:
            return a.error == b.error
        return self.equal(a.value, b.value)

    def _both(self, inputs: dict, right: Any, value: Any) -> tuple[str, str]:
        if self.contrast is not None:
            return self.contrast(right, value)
        return _contrast(right, value, lambda value: self._text(inputs, value))

    def _text(self, inputs: dict, value: Any) -> str:
        return shown(value) if self.show is None else self.show(inputs, value)


def result_of(method: Callable[[dict], Any], inputs: dict) -> Result:
    """Return what a method gives for these inputs."""
    try:
        return Result(value=method(inputs))
    except Exception as error:  # noqa: BLE001 - a mistaken method may raise anything
        return Result(error=type(error).__name__)


def type_of(value: Any, plural: str = "") -> str:
    """Return a value's type with what is inside.

    Example:
        >>> type_of([(1, 2), (3, 4)])
        'list of tuples of ints'
    """
    name = type(value).__name__
    name += plural if not name.endswith("s") else ""
    if isinstance(value, dict) and value:
        return f"{name} from {_inner(value.keys())} to {_inner(value.values())}"
    if isinstance(value, (list, tuple)) and value:
        return f"{name} of {_inner(value)}"
    return name


def known_by_property(inputs: dict) -> None:
    """Stand for the method of a mistake that is told by a property of its result."""


IGNORES_INPUT = Mistake(
    "ignores_input",
    known_by_property,
    "This is the answer to the first example, whatever comes in. Is a value written into your "
    "function, or does it use a variable of the notebook in place of its argument?",
)
NO_ERROR = Mistake(
    "no_error",
    known_by_property,
    "The task asks for an error here, so that what is wrong cannot go on unseen. Test for it "
    "before you return anything: `raise ValueError(...)`.",
)
WRONG_VALUE = Mistake(
    "wrong_value",
    known_by_property,
    "None of the usual mistakes. Work this call out on paper, then let your function print what "
    "it holds at each step: where do the two part?",
)


def _wrong_inside(right: Any, value: Any) -> Mistake | None:
    if type_of(right) == type_of(value) or _loose(right) != _loose(value):
        return None
    return Mistake(
        "wrong_inner_type",
        known_by_property,
        f"The values are right, their types are not: the task asks for {an(type_of(right))}, this "
        f"is {an(type_of(value))}.",
    )


def _loose(value: Any) -> Any:
    """Return a value that forgets the differences between list and tuple, int, float and bool."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_loose, value))
    if isinstance(value, dict):
        return frozenset((_loose(key), _loose(item)) for key, item in value.items())
    if codec.is_tensor(value) and value.numel() != 1:
        return codec.encode(value)  # a tuple cannot compare a tensor of several numbers
    return value


def _inner(values: Iterable[Any]) -> str:
    return " and ".join(sorted({type_of(value, "s") for value in values}))


def _contrast(right: Any, got: Any, text: Callable[[Any], str]) -> tuple[str, str]:
    """Return both values as text; long ones from their first difference on."""
    alike = type(right) is type(got) and isinstance(right, (list, str))
    if not alike or max(len(repr(right)), len(repr(got))) <= SHOWN:
        return text(right), text(got)
    first = next(
        (i for i, (a, b) in enumerate(zip(right, got, strict=False)) if not same(a, b)),
        min(len(right), len(got)),
    )

    def part(value: Any) -> str:
        end = first + AROUND
        return (
            f"{len(value)} items, from index {first} on "
            f"{shown(value[first:end])}{' ...' if len(value) > end else ''}"
        )

    return part(right), part(got)
