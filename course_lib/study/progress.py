"""`progress("tokenization")`: what is done in a lesson, and the next thing to do."""

from course_lib.exercises import registry
from course_lib.study import lesson, record
from course_lib.study.panel import Panel
from course_lib.study.questions import quiz_score


def progress(topic: str) -> None:
    """Show a panel with a lesson's points, hints, quiz answers and the next thing to do."""
    panel(topic, record.load()).show()


def panel(topic: str, kept: dict) -> Panel:
    """Return the panel for a lesson, from the record that `record.load` returns."""
    facts = lesson.facts(topic)
    exercises = facts["exercises"]
    passed = [exercise for exercise in exercises if exercise["name"] in kept["passed"]]
    points = sum(exercise["points"] for exercise in passed)
    total = sum(exercise["points"] for exercise in exercises)
    worth = f"{points} of {total} points" if total else "for practice"
    hints = sum(kept["hints"].get(exercise["name"], 0) for exercise in exercises)
    right, asked = quiz_score(topic, kept)
    rows = [
        ("Exercises", f"{len(passed)} of {len(exercises)} pass, {worth}"),
        ("Knowledge check", f"{right} of {asked} right"),
        ("Hints seen", str(hints)),
        ("Next", _next_step(exercises, passed, right, asked)),
    ]
    done = len(passed) == len(exercises) and right == asked
    title = f"Lesson {facts['number']}, {facts['title']}"
    return Panel("passed" if done else "note", title, tuple(rows))


def summary_text() -> str:
    """Return the panels of all lessons as text, for a terminal."""
    kept = record.load()
    built = [topic for topic in registry.topics() if lesson.facts(topic)["exercises"]]
    return "\n\n".join(repr(panel(topic, kept)) for topic in built) or "No lesson is built yet."


def _next_step(exercises: list[dict], passed: list[dict], right: int, asked: int) -> str:
    for exercise in exercises:
        if exercise not in passed:
            return f"Exercise {exercise['number']}, {exercise['title']}"
    if right < asked:
        return f"the knowledge check: {asked - right} still to get right"
    graded = any(exercise["points"] for exercise in exercises)
    return "the written question, then the next lesson" if graded else "the next lesson"
