"""What a feedback page shows: the result of grading, together with what people have added to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from course_lib.classroom.feedback_words import ACCEPTED, LOOKED_AT, VERDICTS, Words
from course_lib.classroom.verdicts import FOR_A_PERSON, ExerciseResult, SubmissionResult, Verdict
from course_lib.exercises import registry
from course_lib.study.lesson import facts


@dataclass(frozen=True)
class Written:
    """The written question, as the gradebook has it.

    Attributes:
        points: what a person gave; None while nobody has read it.
        max_points: what it is worth.
        comment: what the person wrote to the learner.
        answered: False where the cell is as it was released; then nobody has to read it.
    """

    points: float | None
    max_points: float
    comment: str = ""
    answered: bool = True


@dataclass(frozen=True)
class Decision:
    """What a person said about one exercise.

    Attributes:
        points: they count in place of the automatic ones; None leaves those.
        comment: what the person wrote to the learner.
    """

    points: float | None = None
    comment: str = ""


@dataclass(frozen=True)
class ByHand:
    """All that people have added to a result.

    Attributes:
        written: the written question; None where the lesson has none.
        decisions: by the name of the exercise.
        late_penalty: points taken off for lateness.
        to_look_at_again: whether a person has still to confirm points that they gave, since the
            answer is another one now.
    """

    written: Written | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    late_penalty: float = 0.0
    to_look_at_again: bool = False


NOTHING = ByHand()
NO_DECISION = Decision()


@dataclass(frozen=True)
class Entry:
    """One exercise as the page shows it."""

    result: ExerciseResult
    number: str
    title: str
    read: str
    decision: Decision

    @property
    def waits(self) -> bool:
        return self.result.verdict in FOR_A_PERSON and self.decision.points is None

    @property
    def is_decided(self) -> bool:
        """Whether what a person said takes the place of what the grader found."""
        given = self.decision.points
        return given is not None and (
            given != self.result.points or self.result.verdict in FOR_A_PERSON
        )

    @property
    def is_right(self) -> bool:
        """Whether it has all its points; for practice, whether it passed."""
        if self.is_decided:
            return self.points >= self.result.max_points
        return self.result.verdict is Verdict.PASSED

    @property
    def points(self) -> float:
        given = self.decision.points
        return self.result.points if given is None else given

    @property
    def words(self) -> Words:
        if self.is_decided:
            return ACCEPTED if self.is_right else LOOKED_AT
        return VERDICTS[self.result.verdict]

    @property
    def worth(self) -> str:
        """The points as text; what waits has not lost any."""
        most = self.result.max_points
        if not most and not self.points:
            return "practice"
        return f"up to {plain(most)}" if self.waits else f"{plain(self.points)} of {plain(most)}"


def waits(entries: Iterable[Entry], by_hand: ByHand) -> bool:
    """Return whether a person has still to look at something before the total stands."""
    unread = by_hand.written is not None and by_hand.written.points is None
    return unread or by_hand.to_look_at_again or any(entry.waits for entry in entries)


def plain(points: float) -> str:
    """Return points without needless zeros: "2", "1.5"."""
    return f"{round(points, 2):g}"


def unit(points: float) -> str:
    """Return the word that stands behind a number of points."""
    return "point" if points == 1 else "points"


def entries_of(result: SubmissionResult, topic: str, by_hand: ByHand) -> list[Entry]:
    """Return the exercises of a result, in its order."""
    known = {exercise["name"]: exercise for exercise in facts(topic)["exercises"]}
    exercises = registry.exercises_of(topic)
    entries = []
    for one in result.exercises:
        fact = known.get(one.exercise, {"number": "", "title": one.exercise})
        read = exercises[one.exercise].read if one.exercise in exercises else ""
        decision = by_hand.decisions.get(one.exercise, NO_DECISION)
        entries.append(Entry(one, fact["number"], fact["title"], read, decision))
    return entries
