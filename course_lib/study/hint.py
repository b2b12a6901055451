"""`hint("encode")`: the next of an exercise's three hints, from a question to nearly the answer."""

from importlib.resources import files

import yaml

from course_lib.exercises import registry
from course_lib.study import record
from course_lib.study.panel import Panel

KINDS = ("A question", "A nudge", "Nearly the answer")


def hint(name: str) -> None:
    """Show the hints seen so far for an exercise and one more, up to three.

    Args:
        name: of the exercise or of its function, as a string: `hint("encode")`.
    """
    name = getattr(name, "__name__", name)
    try:
        topic, exercise = registry.find(name)
    except LookupError:
        Panel("failed", f"There is no exercise called {name}.").show()
        return
    hints = hints_of(topic)[exercise.name]
    seen = record.record_hint(exercise.name)
    rows = tuple(zip(KINDS[:seen], hints[:seen], strict=True))
    more = f"Call it again for hint {seen + 1} of 3." if seen < 3 else "These are all three."
    Panel("note", f"Hints for `{exercise.name}`", (*rows, ("", more))).show()


def hints_of(topic: str) -> dict[str, list[str]]:
    """Return {exercise: [question, nudge, near-answer]} for a topic."""
    text = (files(f"course_lib.exercises.{topic}") / "hints.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
