"""What grading says about a submission, as data that can be kept in a file and sent anywhere."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from course_lib.exercises.exercise import Finding


class Verdict(StrEnum):
    """What grading found out about one exercise of one submission."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not attempted"
    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    TAMPERED = "tampered"
    NEEDS_REVIEW = "needs review"


# A person has to look at these before the score stands.
FOR_A_PERSON = (Verdict.TAMPERED, Verdict.NEEDS_REVIEW)

UNREADABLE = "unreadable"  # kind of the alarm of a submission of which nothing could be graded
NOT_KNOWN = "not known"  # what is written in a notebook that nobody could read


@dataclass(frozen=True)
class Alarm:
    """Something about a submission that its instructor should know.

    Attributes:
        kind: a short name, for example "edited_test"; alarms are counted by it.
        cell: id of the cell, or "" where it is about the whole submission.
        what: one sentence for the instructor: what was found and what was done about it.
    """

    kind: str
    cell: str
    what: str


@dataclass(frozen=True)
class ExerciseResult:
    """The verdict on one exercise.

    Attributes:
        exercise: its name, for example "count_pairs".
        verdict: what was found.
        points: what the answer earned; 0 unless the verdict is "passed".
        max_points: what the exercise is worth.
        seed: of the generator that drew the fresh inputs; the same seed draws them again.
        finding: the mistake that was found, for the learner; None where there is none.
        note: why, for the instructor; "" where the verdict says it all.
    """

    exercise: str
    verdict: Verdict
    points: float
    max_points: float
    seed: int
    finding: Finding | None = None
    note: str = ""


@dataclass(frozen=True)
class SubmissionResult:
    """The verdicts on one submission of one lesson.

    Attributes:
        student: the name of the student's folder.
        lesson: the name of the lesson's folder, for example "01_tokenization".
        digest: SHA-256 of the submitted notebook, or of its folder's listing where none was read.
        seed: all its fresh inputs were drawn from it; kept for appeals and for grading again.
        sandbox: the level its code ran at: "bubblewrap", "landlock" ...; "" if nothing ran.
        exercises: one result for each exercise, in the order of the lesson.
        alarms: what the instructor should know.
        cpu_seconds: processor time of the sandbox and its learner's code.
        written: SHA-256 of what the learner wrote in words, "" for nothing, or "not known".
    """

    student: str
    lesson: str
    digest: str
    seed: int
    sandbox: str
    exercises: tuple[ExerciseResult, ...]
    alarms: tuple[Alarm, ...] = ()
    cpu_seconds: float = 0.0
    written: str = NOT_KNOWN

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing of it could be graded, most often because it is no notebook."""
        return any(alarm.kind == UNREADABLE for alarm in self.alarms)

    @property
    def points(self) -> float:
        """What all exercises earned together, without the written question."""
        return sum(result.points for result in self.exercises)

    @property
    def for_a_person(self) -> bool:
        """Whether an instructor has to look at it before the score stands."""
        return any(result.verdict in FOR_A_PERSON for result in self.exercises)


def to_json(result: SubmissionResult) -> str:
    """Write a result as JSON text, indented for people."""
    return json.dumps(asdict(result), indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> SubmissionResult:
    """Read back what `to_json` wrote.

    Raises:
        ValueError: if the text is anything else.
    """
    try:
        data = json.loads(text)
        exercises = tuple(_exercise_result(fields) for fields in data.pop("exercises"))
        alarms = tuple(Alarm(**fields) for fields in data.pop("alarms"))
        return SubmissionResult(**data, exercises=exercises, alarms=alarms)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no result of `course autograde`: {error!r}") from error


def _exercise_result(fields: dict[str, Any]) -> ExerciseResult:
    finding = fields.pop("finding")
    verdict = Verdict(fields.pop("verdict"))
    return ExerciseResult(
        **fields, verdict=verdict, finding=Finding(**finding) if finding else None
    )
