"""Find an exercise by the name of a function that belongs to it."""

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from course_lib import exercises
from course_lib.exercises.exercise import Exercise
from course_lib.private import use_private_of_environment

use_private_of_environment()  # in a kernel, say, that was started for an instructor's own lesson

# In the order of the lessons.
TOPICS = (
    "start",
    "tokenization",
    "embeddings",
    "attention",
    "blocks",
    "sampling",
    "pretraining",
    "sft",
    "rlhf",
)


def topics() -> list[str]:
    """Return the topics that have exercises: the course's in the order of its lessons, then others.

    The others are an instructor's own (see `course_lib.private`), by name.
    """
    own = [topic for topic in TOPICS if find_spec(f"course_lib.exercises.{topic}") is not None]
    return own + sorted(_with_checks() - set(TOPICS))


def exercises_of(topic: str) -> dict[str, Exercise]:
    """Return a topic's exercises by name, in the order of the lesson."""
    module = importlib.import_module(f"course_lib.exercises.{topic}.checks")
    return {exercise.name: exercise for exercise in module.EXERCISES}


def call_of(topic: str, exercise: Exercise) -> Callable:
    """Return the function of calls.py that feeds an answer to this exercise."""
    module = importlib.import_module(f"course_lib.exercises.{topic}.calls")
    return getattr(module, exercise.name)


def find(name: str) -> tuple[str, Exercise]:
    """Return (topic, exercise) for the name of an exercise, or of one of its functions.

    Raises:
        LookupError: if no exercise has that name.
    """
    for topic in topics():
        for exercise in exercises_of(topic).values():
            if name == exercise.name or name in exercise.functions:
                return topic, exercise
    raise LookupError(name)


def _with_checks() -> set[str]:
    """Return the name of every folder with a checks.py that is found as a topic."""
    places = map(Path, exercises.__path__)
    return {file.parent.name for place in places for file in place.glob("*/checks.py")}
