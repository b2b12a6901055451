"""Try a lesson's grading before a class does: the full answer, nothing, every known answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course_lib.classroom.answers import answered, full_answers, known_answers, notebooks_of
from course_lib.classroom.grading import HandedIn, grade
from course_lib.classroom.judge import fresh_seed
from course_lib.classroom.lesson import GradedLesson
from course_lib.classroom.sandbox.levels import Level
from course_lib.classroom.sandbox.policy import Limits
from course_lib.classroom.sandboxed import Sandbox
from course_lib.classroom.verdicts import ExerciseResult, Verdict

STUB = "not_attempted"  # a known answer that is a stub comes as a function that calls a stub


@dataclass(frozen=True)
class Tried:
    """One answer that was graded.

    Attributes:
        exercise: which exercise.
        answer: "the full answer", "the empty notebook", or the name of a known answer.
        wanted: what should be reported: "passed", "not attempted", or a misconception.
        result: what was.
    """

    exercise: str
    answer: str
    wanted: str
    result: ExerciseResult

    @property
    def reported(self) -> str:
        """What grading said: the misconception where there is one, else the verdict."""
        finding = self.result.finding
        return finding.misconception if finding else str(self.result.verdict).replace(" ", "_")

    @property
    def is_right(self) -> bool:
        """Whether the score is what it should be, and a mistake has the name it should have."""
        points = self.result.max_points if self.wanted == "passed" else 0.0
        names = {self.wanted, *(("calls_what_is_not_written",) if self.wanted == STUB else ())}
        return self.result.points == points and self.reported in names


def preflight(
    lesson: GradedLesson, solution: Path, root: Path, level: Level, limits: Limits | None = None
) -> Iterator[Tried]:
    """Grade what is known about a lesson's exercises, and yield each answer's verdict.

    Args:
        solution: the built notebook with the answers.
        root: the folder that holds tests/answers; without it only full and empty are tried.
    """
    known, modules = known_answers(lesson, root)
    with Sandbox(level, lesson, limits, modules) as sandbox:
        for what, texts, wanted in [
            ("the full answer", full_answers(solution), str(Verdict.PASSED)),
            ("the empty notebook", {}, "not_attempted"),
        ]:
            for result in graded(lesson, texts, sandbox):
                yield Tried(result.exercise, what, wanted, result)
        for answers in notebooks_of(lesson, known):
            texts = {name: one.text for name, one in answers.items()}
            for result in graded(lesson, texts, sandbox):
                if result.exercise in answers:
                    one = answers[result.exercise]
                    wanted = one.misconception or str(Verdict.PASSED)
                    yield Tried(one.exercise, one.name, wanted, result)


def graded(
    lesson: GradedLesson, texts: dict[str, str], sandbox: Sandbox
) -> tuple[ExerciseResult, ...]:
    """Grade the release with these answers in its cells."""
    handed_in = HandedIn("preflight", answered(lesson, texts), (), "", fresh_seed())
    return grade(lesson, handed_in, sandbox).result.exercises
