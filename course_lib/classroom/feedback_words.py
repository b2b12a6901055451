"""What each verdict is called on a learner's page, what it means, and what to do now."""

from dataclasses import dataclass

from course_lib.classroom.verdicts import Verdict


@dataclass(frozen=True)
class Words:
    """A verdict in plain words.

    Attributes:
        mark: one sign before the words; they say the same without it.
        label: the verdict, two or three words.
        hue: name of its color on the page.
        means: what it means, "" where the label says it all.
        now: what the learner can do, "" where there is nothing to do.
        hints: whether the page points to the exercise's hints.
    """

    mark: str
    label: str
    hue: str
    means: str = ""
    now: str = ""
    hints: bool = False


VERDICTS = {
    Verdict.PASSED: Words("✓", "right", "pine"),
    Verdict.FAILED: Words("✗", "not yet", "orange", hints=True),
    Verdict.NOT_ATTEMPTED: Words(
        "○",
        "not attempted",
        "gray",
        "The answer cell is as it came, so there was nothing to try.",
        "Write a first version, even one that is right for the smallest input only, and let the "
        "check below the cell tell you what is missing.",
        hints=True,
    ),
    Verdict.TIMED_OUT: Words(
        "◷",
        "out of time",
        "plum",
        "The answer was still computing when its time was over, so nobody knows yet whether its "
        "results are right. Another cell of the notebook may have used the time up, too.",
        "Try it on a tiny input. Does a loop wait for something that never happens? Then restart "
        "the kernel, run all cells, and see which one takes long.",
        hints=True,
    ),
    Verdict.CRASHED: Words(
        "!",
        "stopped early",
        "plum",
        "The program that ran the answer ended before it had given all results. Most often the "
        "memory is full: a list that grows without end, or a tensor far larger than was meant.",
        "Restart the kernel and run all cells from the top. If all goes well on your computer, "
        "tell your instructor; it may not be your fault.",
    ),
    Verdict.TAMPERED: Words(
        "…",
        "waits for a person",
        "blue",
        "What came back from the answer was not in the form in which answers come, so the grader "
        "does not decide by itself. That can have an innocent reason.",
        "A person looks at it before the points are settled. Does the notebook change something "
        "outside your own functions? Tell your instructor what it is for.",
    ),
    Verdict.NEEDS_REVIEW: Words(
        "…",
        "waits for a person",
        "blue",
        "The grader could not decide this one by itself, so a person looks at it. No points are "
        "lost until then.",
        "Nothing. If you wait longer than you expected, ask your instructor.",
    ),
}

# In place of what the grader said, once a person has decided.
ACCEPTED = Words("✓", "accepted", "pine", "A person has looked at this answer and accepts it.")
LOOKED_AT = Words("•", "looked at by a person", "blue", "A person has looked at this answer.")
# Where a wrong result has no description.
WITHOUT_A_FINDING = (
    "A result was not what the exercise asks for. The check in your notebook names the mistake."
)
