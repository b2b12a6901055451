"""What a grading process needs to know besides the submissions."""

from dataclasses import dataclass

from course_lib.classroom.sandbox.policy import Limits


@dataclass(frozen=True)
class Settings:
    """How submissions are graded.

    Attributes:
        limits: of one submission.
        unsafe: whether to run without a sandbox where no level works.
        private: folder of an instructor's own lessons, or None.
        level: name of the sandbox to take, "" for the strongest that works.
    """

    limits: Limits = Limits()
    unsafe: bool = False
    private: str | None = None
    level: str = ""
