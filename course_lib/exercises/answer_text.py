"""What the text of an answer shows before it runs: names that it should not use."""

from collections.abc import Iterable

from course_lib.exercises import names
from course_lib.exercises.exercise import Exercise, Finding

# What Python's own reader raises over text that is none, or is nested too deeply.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


def mistake_in_text(
    exercise: Exercise,
    function: str,
    source: str,
    demo_names: set[str],
    own: Iterable[str] = (),
) -> Finding | None:
    """Return a finding if the text of one function of an answer uses a name that it should not.

    Args:
        function: its name.
        source: its text; text that is no Python has no findings.
        demo_names: names that only demonstration cells of the lesson make.
        own: names of functions and classes that the learner wrote beside it.
    """
    try:
        used = names.global_names(source)
        forbidden = names.forbidden_uses(source, exercise.forbids, own)
    except UNREADABLE:
        return None
    if forbidden:
        return Finding(
            "uses_what_it_builds",
            f"the text of `{function}`",
            "the thing built from its parts",
            f"`{forbidden[0]}`, which does all of it",
            "The point here is to build it once yourself; the library's version comes after.",
        )
    demo = sorted(used & demo_names)
    if demo:
        return Finding(
            "uses_a_demonstration_name",
            f"the names that `{function}` uses",
            "its arguments, the set-up cell's names, and your own",
            f"`{demo[0]}`, a name that a demonstration cell of the lesson makes",
            "Demonstration cells are not run when the exercise is graded, so it works here by "
            f"luck. Take `{demo[0]}` as an argument, or make your own: inside the function, or "
            "beside it, in the same cell.",
        )
    return None
