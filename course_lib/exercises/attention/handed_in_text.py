"""Say what the `attention` does that a check hands in."""

from course_lib.exercises.tensors import call_text

MEANS = {
    "softmax": "attention is the one of section 6",
    "mean": "attention takes the plain mean of all allowed values",
}


def where_attention(function: str, inputs: dict) -> str:
    """Return the call as a learner would type it, and say what its `attention` does."""
    given = {name: value for name, value in inputs.items() if name != "attention"}
    return f"{call_text(function, given)[:-1]}, attention), where {MEANS[inputs['attention']]}"
