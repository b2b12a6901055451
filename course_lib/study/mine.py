"""`encode = mine("encode")`: the learner's own function where it passes, else the library's."""

import importlib
import sys
from collections.abc import Callable

from course_lib.exercises import registry
from course_lib.exercises.exercise import VISIBLE_SEED
from course_lib.study.check import mistake_of


def mine(name: str) -> Callable:
    """Return the caller's function of that name if its exercise passes, else the library's.

    Says in one printed line which of the two it is, so that the rest of a lesson works either way.

    Raises:
        LookupError: if no exercise has a function of that name.
    """
    topic, exercise = registry.find(name)
    theirs = sys._getframe(1).f_globals
    answer = {function: theirs.get(function) for function in exercise.functions}
    if None in answer.values():
        state = "is not defined yet"
    elif mistake_of(topic, exercise, answer, seed=VISIBLE_SEED) is None:
        print(f"{name}: yours")
        return answer[name]
    else:
        state = "does not pass its check yet"
    print(f"{name}: the library's, because yours {state}")
    return getattr(importlib.import_module(f"course_lib.exercises.{topic}.library"), name)
