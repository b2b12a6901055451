"""Errors with a name of their own where two results come back, (B, T) or one number each."""

from course_lib.exercises.exercise import Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining import gradient_errors
from course_lib.exercises.sampling.generate_errors import Error

PAST_THE_END = Error(
    "looks_past_the_end",
    "a value, no error",
    "Behind the last place of a row there is none, and t + 1 asks for one. What is to come there "
    "is 0: begin with that, and go backwards.",
)
BY_KIND = {
    "ReturnsNoPair": Error(
        "returns_no_pair",
        "two tensors, with a comma between them",
        "Return both, in the order that the task names, with a comma between them.",
    ),
    "CarriesAGradient": Error(
        "carries_a_gradient",
        "results that carry no gradient",
        "The results are targets, and a target must not move towards what is measured against it. "
        "Put `@torch.no_grad()` over the function, or `.detach()` behind what comes in.",
    ),
}
BY_MESSAGE = {
    "Can't call numpy()": Error(
        "numpy_of_a_gradient",
        "a value, no error",
        "What comes in carries a gradient here, and numpy knows none: `.detach()` first.",
    ),
    "modified by an inplace operation": gradient_errors.CHANGED_ON_THE_WAY,
    "is being used in an in-place operation": gradient_errors.CHANGED_ON_THE_WAY,
    "is out of bounds": PAST_THE_END,
    "out of range": PAST_THE_END,
}


def finding_of(outcome: Outcome) -> Finding | None:
    """Return what an error of the call or of torch tells, or None."""
    kind, message = outcome.raised or ("", "")
    if kind in BY_KIND:
        return _finding(BY_KIND[kind], message)
    for part, error in BY_MESSAGE.items():
        if part in message:
            return _finding(error, f"{kind}: {shown(message, quote=False)}")
    return None


def _finding(error: Error, got: str) -> Finding:
    return Finding(error.name, "", error.expected, got, error.cause)
