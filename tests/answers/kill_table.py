"""Which wrong answer is caught by which case, under which name: the text of docs/kill-table.md.

`python -m tests.answers.kill_table` writes the file anew.
"""

from pathlib import Path

from course_lib.exercises import registry
from course_lib.exercises.exercise import VISIBLE_SEED, Exercise, find_mistake
from tests.answers import book

FILE = Path(__file__).resolve().parents[2] / "docs" / "kill-table.md"
INTRODUCTION = """\
# Kill table

Every exercise has answers that are right in different ways, and answers that are wrong as people
are wrong. The check must let all of the first kind pass, and name the mistake in each of the
second; a wrong answer that passes is a fault of the check. The right answers are also run on fresh
random inputs, with 500 seeds in `make bench`.

This page is made by `python -m tests.answers.kill_table` from the answers in `tests/answers`. A
test fails when it is out of date.
"""


def kill_table() -> str:
    """Return the page, made by running every answer through its visible check."""
    blocks = [INTRODUCTION]
    for topic in book.topics():
        book.load(topic)
        blocks.append(f"## {topic}\n")
        blocks += [_table(topic, exercise) for exercise in registry.exercises_of(topic).values()]
    return "\n".join(blocks)


def _table(topic: str, exercise: Exercise) -> str:
    right, wrong = book.RIGHT[exercise.name], book.WRONG[exercise.name]
    call = registry.call_of(topic, exercise)
    lines = [
        f"### {exercise.name}\n",
        f"{len(right)} right answers pass: {', '.join(right)}.\n",
        f"| {len(wrong)} wrong answers | reported as | on |",
        "|---|---|---|",
    ]
    for name, (answer, _) in wrong.items():
        finding = find_mistake(exercise, call, answer, seed=VISIBLE_SEED)
        tried = finding.what.replace("|", "\\|").partition(", where encode")[0]
        lines.append(f"| {name} | {finding.misconception} | `{tried}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(kill_table(), encoding="utf-8")
