"""What a learner has done: passed exercises, hints seen, quiz answers, in one small file.

The file lies in the user's data folder and is replaced as a whole, so a crash leaves the old one or
the new one. A lock lets several notebooks write one after the other.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import platformdirs
from filelock import FileLock

from course_lib.study.safe_file import replace_file

EMPTY = {"version": 1, "passed": {}, "hints": {}, "quiz": {}}


def data_file() -> Path:
    """Return where the record lies; TOKENS_TO_TRUST_DATA names another folder."""
    folder = os.environ.get("TOKENS_TO_TRUST_DATA") or platformdirs.user_data_dir("tokens-to-trust")
    return Path(folder) / "progress.json"


def load() -> dict:
    """Return the record.

    It holds `passed` {exercise: date}, `hints` {exercise: seen} and `quiz` {topic: {id: option}}.
    A file that cannot be read is set aside as progress.json.damaged, never deleted.
    """
    file = data_file()
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return {name: dict(record.get(name) or {}) for name in ("passed", "hints", "quiz")} | {
            "version": 1
        }
    except FileNotFoundError:
        pass
    except (ValueError, TypeError, AttributeError):
        os.replace(file, file.with_suffix(".json.damaged"))
    return json.loads(json.dumps(EMPTY))


def record_pass(exercise: str) -> None:
    """Remember that the exercise passed its check; the first date stays."""
    _change(lambda record: record["passed"].setdefault(exercise, time.strftime("%Y-%m-%d")))


def record_hint(exercise: str) -> int:
    """Count one more hint for the exercise and return how many were seen by now, at most three."""
    record = _change(
        lambda record: record["hints"].update(
            {exercise: min(3, record["hints"].get(exercise, 0) + 1)}
        )
    )
    return record["hints"][exercise]


def record_answer(topic: str, question: str, option: int) -> None:
    """Remember which option of a quiz question is chosen now."""
    _change(lambda record: record["quiz"].setdefault(topic, {}).update({question: option}))


def _change(edit: Callable[[dict], object]) -> dict:
    """Apply `edit` to the record on disk and return the new record."""
    file = data_file()
    if os.environ.get("NBGRADER_EXECUTION"):
        record = load()  # a grading run is not the learner's own work: nothing is kept
        edit(record)
        return record
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock"), timeout=10):
        record = load()
        edit(record)
        replace_file(file, json.dumps(record, indent=1).encode())
    return record
