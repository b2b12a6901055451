"""Grade the same submissions of lesson 01 with stock nbgrader and with `course autograde`.

    python benchmarks/grading.py            20 submissions, side by side; then 200 with ours
    python benchmarks/grading.py 20 0       only the first part

Submissions are mixed: everything right, nothing done, a part done, and known wrong answers. Each
has a score that is known beforehand; both must give it, to the point. Stock nbgrader runs the
whole notebook, demonstrations too, one submission after the other; ours runs set-up cells and
answers in a sandbox, two at a time.

Exits with 1 if a score is wrong, or a submission costs more than a quarter of nbgrader's processor
seconds.
"""

import ast
import csv
import inspect
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

from course_lib.classroom.answers import answered, full_answers, known_answers
from course_lib.classroom.lesson import read_lesson
from course_lib.exercises.names import global_names

ROOT = Path(__file__).resolve().parent.parent
NAME = "01_tokenization"
BAR = 0.25  # of stock nbgrader's processor seconds
LESSON = read_lesson(ROOT / "notebooks" / NAME / f"{NAME}.ipynb")
FULL = full_answers(ROOT / "solutions" / NAME / f"{NAME}.ipynb")


def typed_wrong_answers() -> Iterator[tuple[str, str]]:
    """Yield (exercise, text) for known wrong answers that need no helper, as learners type them."""
    known_answers(LESSON, ROOT)  # which loads the book
    from tests.answers import book

    for exercise in LESSON.exercises:
        for answer, _ in book.WRONG[exercise].values():
            if inspect.isfunction(answer):
                tree = ast.parse(textwrap.dedent(inspect.getsource(answer)))
                function = tree.body[0]
                if isinstance(function, ast.FunctionDef) and len(function.decorator_list) == 1:
                    function.name, function.decorator_list = exercise, []
                    text = ast.unparse(function)
                    if global_names(text) <= {"Counter", "split_words"}:
                        yield exercise, text


def stands_alone(exercise: str) -> bool:
    """Return whether no other answer builds on an exercise's function, and could fall with it."""
    return not any(exercise in global_names(text) for text in FULL.values())


def course(folder: Path, n: int) -> dict[str, float]:
    """Make a course with n submissions; return the score that each student has earned."""
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for part in ("solutions", "notebooks"):
        shutil.copytree(ROOT / part / NAME, folder / part / NAME)
    wrong = [one for one in typed_wrong_answers() if stands_alone(one[0])]
    rng, scores = random.Random(0), {}
    for number in range(n):
        student = f"student-{number:03d}"
        kind = ("full", "empty", "part", "wrong")[number % 4]
        texts = {} if kind == "empty" else dict(FULL)
        if kind == "part":
            texts = dict(list(FULL.items())[: rng.randrange(1, len(FULL))])
        earned = set(texts)
        if kind == "wrong":
            for exercise, text in rng.sample(wrong, 3):
                texts[exercise] = text
                earned.discard(exercise)
        place = folder / "submitted" / student / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_bytes(answered(LESSON, texts))
        scores[student] = sum(LESSON.points(name) for name in earned)
    return scores


def timed(words: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return (seconds by the clock, processor seconds of it and its children)."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "TOKENS_TO_TRUST_DATA": str(folder / "data"),
    }
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu


def scores_in(folder: Path) -> dict[str, float]:
    """Return what nbgrader's own export says, without the written question."""
    timed(["nbgrader", "export"], folder)
    with open(folder / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}


def wrong_scores(folder: Path, scores: dict[str, float]) -> int:
    found = scores_in(folder)
    return sum(found.get(student) != score for student, score in scores.items())


def side_by_side(n: int) -> bool:
    """Print one table; return whether the bar is met."""
    rows, ok = [], True
    for what, words in [
        ("nbgrader", ["nbgrader", "autograde", NAME]),
        ("course", [sys.executable, "-m", "course_lib.cli", "autograde", "01"]),
    ]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            scores = course(folder, n)
            if what == "nbgrader":
                timed(["nbgrader", "generate_assignment", NAME, "--force"], folder)
            seconds, cpu = timed(words, folder)
            wrong = wrong_scores(folder, scores)
            ok &= wrong == 0
            rows.append((what, seconds, cpu / n, 60 * n / seconds, wrong))
    print(f"{n} submissions   seconds   CPU s each   a minute   wrong scores")
    for what, seconds, cpu, rate, wrong in rows:
        print(f"{what:15} {seconds:9.0f} {cpu:12.2f} {rate:10.1f} {wrong:14}")
    ratio = rows[1][2] / rows[0][2]
    print(f"ratio of CPU seconds: {ratio:.3f} (bar: {BAR})", flush=True)
    return ok and ratio <= BAR


def many(n: int) -> bool:
    """Grade n submissions with ours; return whether every score is right."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scores = course(folder, n)
        words = [sys.executable, "-m", "course_lib.cli", "autograde", "01"]
        seconds, cpu = timed(words, folder)
        wrong = wrong_scores(folder, scores)
    print(
        f"{n} submissions with ours: {seconds:.0f} seconds, {60 * n / seconds:.0f} a minute, "
        f"{cpu / n:.2f} CPU seconds each, {wrong} wrong scores"
    )
    return wrong == 0


if __name__ == "__main__":
    few, lots = [int(word) for word in sys.argv[1:]] or [20, 200]
    met = side_by_side(few)
    met &= many(lots) if lots else True
    sys.exit(0 if met else 1)
