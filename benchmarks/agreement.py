"""Grade the same honest answers with stock nbgrader and with `course autograde`: do they agree?

    python benchmarks/agreement.py             every right answer of tests/answers, all lessons
    python benchmarks/agreement.py 03 10       lesson 03, and the first ten wrong answers, too

A notebook holds one answer to each exercise that has any left, the set-up cells and the checks.
Both graders get it; each exercise must get the same points from both, a right answer all of them.

Exits with 1 if any exercise does not.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook

from course_lib.classroom.answers import Known, answered, known_answers, notebooks_of
from course_lib.classroom.folders import CourseFolders
from course_lib.classroom.grading import HandedIn, grade
from course_lib.classroom.judge import fresh_seed
from course_lib.classroom.lesson import TEST, GradedLesson, read_lesson
from course_lib.classroom.sandbox.levels import best_level
from course_lib.classroom.sandboxed import Sandbox
from course_lib.classroom.taught import is_setup

ROOT = Path(__file__).resolve().parent.parent


def notebooks(lesson: GradedLesson, n_wrong: int) -> Iterator[tuple[dict[str, Known], bytes]]:
    """Yield (the answer of each exercise, the submission), right answers first."""
    known, _ = known_answers(lesson, ROOT)
    right = [one for one in known if not one.misconception]
    wrong = [one for one in known if one.misconception]
    kinds = [list(notebooks_of(lesson, right)), list(notebooks_of(lesson, wrong))[:n_wrong]]
    for answers in kinds[0] + kinds[1]:
        data = answered(lesson, {name: one.text for name, one in answers.items()})
        notebook = json.loads(data)
        notebook["cells"] = [
            cell
            for cell in notebook["cells"]
            if is_setup(cell["id"]) or cell["metadata"].get("nbgrader")
        ]
        yield answers, json.dumps(notebook).encode()


def by_nbgrader(lesson: GradedLesson, submissions: list[bytes]) -> list[dict[str, float]]:
    """Return what stock nbgrader gives each exercise of each submission."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        for part in ("solutions", "notebooks"):
            shutil.copytree(ROOT / part / lesson.name, folder / part / lesson.name)
        for number, data in enumerate(submissions):
            place = folder / "submitted" / f"s{number:03d}" / lesson.name
            place.mkdir(parents=True)
            (place / f"{lesson.name}.ipynb").write_bytes(data)
        environment = os.environ | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "TOKENS_TO_TRUST_DATA": str(folder / "data"),
        }
        for words in ("generate_assignment --force", "autograde"):
            command = ["nbgrader", *words.split(), lesson.name]
            subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        folders = CourseFolders(folder)
        with Gradebook(folders.gradebook_url, folders.course_id) as book:
            return [
                {
                    graded.name.removeprefix(TEST): graded.auto_score
                    for graded in book.find_submission_notebook(
                        lesson.name, lesson.name, f"s{number:03d}"
                    ).grades
                    if graded.name.startswith(TEST)
                }
                for number in range(len(submissions))
            ]


def by_us(lesson: GradedLesson, submissions: list[bytes]) -> list[dict[str, float]]:
    """Return what the trusted path gives."""
    _, modules = known_answers(lesson, ROOT)
    with Sandbox(best_level(), lesson, more=modules) as sandbox:
        results = [
            grade(lesson, HandedIn("s", data, (), "", fresh_seed()), sandbox).result
            for data in submissions
        ]
    return [{e.exercise: e.points for e in result.exercises} for result in results]


def compare(lesson: GradedLesson, n_wrong: int) -> bool:
    """Print one line for a lesson and one for each exercise that is not as it should be."""
    made = list(notebooks(lesson, n_wrong))
    submissions = [data for _, data in made]
    theirs, ours = by_nbgrader(lesson, submissions), by_us(lesson, submissions)
    counts = {"right": 0, "wrong": 0, "bad": 0}
    for (answers, _), stock, trusted in zip(made, theirs, ours, strict=True):
        for name, one in answers.items():
            wanted = 0.0 if one.misconception else lesson.points(name)
            counts["wrong" if one.misconception else "right"] += 1
            if not stock[name] == trusted[name] == wanted:
                counts["bad"] += 1
                print(f"  {name}, {one.name}: {stock[name]} and {trusted[name]}, not {wanted}")
    print(
        f"{lesson.name:16} {len(made):3} notebooks: {counts['right']:4} right answers, "
        f"{counts['wrong']:4} wrong ones; not agreed: {counts['bad']}",
        flush=True,
    )
    return not counts["bad"]


if __name__ == "__main__":
    number, n_wrong = [*sys.argv[1:], *["", "0"][len(sys.argv) - 1 :]][:2]
    releases = sorted(ROOT.glob(f"notebooks/{number}*/*.ipynb"))
    agreed = [compare(read_lesson(release), int(n_wrong)) for release in releases]
    sys.exit(0 if all(agreed) else 1)
