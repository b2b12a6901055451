"""A reason to refuse a lesson or a built file, said so that the author knows where and what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        file: from the course's root, for example "lessons/03_attention.py".
        cell: which cell, for example "line 42, answer of causal_weights"; "" for the whole file.
        reason: what is wrong and what to do.
    """

    file: str
    cell: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}, {self.cell}" if self.cell else self.file
        return f"{where}: {self.reason}"


class LessonsRefused(Exception):
    """Lessons that break a rule; nothing was built from them.

    Attributes:
        problems: every problem found.
    """

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
