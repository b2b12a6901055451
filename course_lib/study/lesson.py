"""What the build knows of a lesson and a learner's tools need: titles, numbers, points, names.

The build writes it to lesson.json in the topic's folder; nothing here is written by hand.
"""

import json
from functools import cache
from importlib.resources import files


@cache
def facts(topic: str) -> dict:
    """Return what the build wrote: "number", "title", "demo" (names), "exercises".

    Each exercise is a dict of "name", "number", "title" and "points", in the order of the lesson.
    A topic whose lesson was never built has no exercises and no demonstration names.
    """
    file = files(f"course_lib.exercises.{topic}") / "lesson.json"
    if not file.is_file():
        return {"number": "", "title": topic, "demo": [], "exercises": []}
    return json.loads(file.read_text(encoding="utf-8"))


def demo_names(topic: str) -> set[str]:
    """Return the names that only demonstration cells of the lesson bind."""
    return set(facts(topic)["demo"])


def exercise_number(topic: str, name: str) -> str:
    """Return an exercise's number, for example "1.3", or "" where the lesson does not have it."""
    return _fact(topic, name, "number", "")


def points(topic: str, name: str) -> int:
    """Return what an exercise is worth in points, 0 where the lesson does not have it."""
    return _fact(topic, name, "points", 0)


def _fact(topic: str, name: str, key: str, default):
    for exercise in facts(topic)["exercises"]:
        if exercise["name"] == name:
            return exercise[key]
    return default
