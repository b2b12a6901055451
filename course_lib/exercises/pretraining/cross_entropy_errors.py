"""Errors that have a name of their own in `cross_entropy`, by a part of torch's message."""

from course_lib.exercises.pretraining import gradient_errors
from course_lib.exercises.sampling.generate_errors import Error


def _has_no_id(inputs: dict) -> bool:
    return bool((inputs["targets"] < 0).any())


NO_ID = Error(
    "looks_up_the_ignored",
    "a value, no error",
    "A target that is not counted need not be an id: −100 stands nowhere in the vocabulary. Put "
    "an id that exists in its place, in a copy, before you look up logits; leave it out after.",
    _has_no_id,
)
BY_MESSAGE = {
    **gradient_errors.BY_MESSAGE,
    "out of bounds": NO_ID,
    "out of range": NO_ID,
    "must be non-negative": NO_ID,  # of `one_hot`
}
