"""Errors that tell a mistake in `pack_examples`."""

from course_lib.exercises.sampling.generate_errors import Error
from course_lib.exercises.sft.pack_rows import is_too_long

NOT_OURS = ("NotImplementedError", "TimeLimitReached")
NO_PAIR = Error(
    "returns_no_pair",
    "a tuple of two tensors: `ids`, and `segments`",
    "Return a tuple of both: `return ids, segments`, with a comma and without square "
    "brackets around the two.",
)
FAILS_FOR_AN_EMPTY_LIST = Error(
    "fails_for_an_empty_list",
    "two tensors of shape (0, row_length)",
    "Here is no example at all. `max`, `stack` and `cat` refuse an empty list. Which of torch's "
    "functions makes a tensor of a shape that you name?",
)
RAGGED_ROWS = Error(
    "ragged_rows",
    "a value, no error",
    "`torch.tensor` makes no tensor of rows of different lengths. Fill each up to `row_length`.",
)
REFUSES_WHAT_FITS = Error(
    "refuses_what_fits",
    "a value, no error",
    "No example is longer than a row here. One that is exactly as long still fits.",
)


def of_error(inputs: dict, kind: str, message: str) -> Error | None:
    """Return the mistake that an error tells, or None where the common finding says all."""
    if kind == "ReturnsNoPair":
        return NO_PAIR
    if kind in NOT_OURS or is_too_long(inputs):
        return None
    if not inputs["examples"]:
        return FAILS_FOR_AN_EMPTY_LIST
    if "expected sequence of length" in message:
        return RAGGED_ROWS
    longest = max(map(len, inputs["examples"]))
    fits_exactly = longest == inputs["row_length"]
    return REFUSES_WHAT_FITS if kind in ("ValueError", "AssertionError") and fits_exactly else None
