"""Errors that tell a mistake in `lora_linear` or `merge_lora`."""

from course_lib.exercises.sampling.generate_errors import Error

RETURNS_THE_BASE = Error(
    "returns_the_base",
    "a new tensor",
    "What comes back is `w` itself. Whoever then writes into the merged matrix changes the base. "
    "Make a new tensor, also where the update is zero.",
)
LOST = Error(
    "gradient_is_lost",
    "a gradient, no error",
    "The output is right, but a gradient is lost on the way. `no_grad`, `.data`, `.detach()`, "
    "`.tolist()` and `torch.tensor(...)` cut it off: let torch do every step.",
)
BY_MESSAGE = {
    "does not require grad": LOST,
    "not have been used in the graph": LOST,
    "Can't call numpy()": LOST,
}
NUMBER_OF_AXES = Error(
    "number_of_axes",
    "a value, no error",
    "x may have one axis, two, or more: only the last one is multiplied. `@` with a matrix on the "
    "right, and `F.linear`, take any number; `mm`, `bmm`, `.T` of x, `B, T, C = x.shape` do not.",
)
FAILS_TO_MERGE = Error(
    "fails_to_merge",
    "a value, no error",
    "`merge_lora` takes three matrices: `w` (out, in), `a` (r, in) and `b` (out, r). Which product "
    "of `a` and `b` has the shape of `w`?",
)
FAILS_TO_MULTIPLY = Error(
    "shapes_do_not_fit",
    "a value, no error",
    "Write the shapes below one another: x (..., in), `a` (r, in), `b` (out, r). Which two axes "
    "meet in each product?",
)


def of_shapes(inputs: dict, message: str) -> Error:
    """Return what an error of torch, or of an unpacking, tells about shapes."""
    if inputs["function"] in ("merge_lora", "merged"):
        return FAILS_TO_MERGE
    axes = (
        "to unpack",
        "must be a matrix",
        "3D tensor",
        "must be 2D",
        "only supported on matrices",
    )
    if inputs["x"].ndim != 2 or any(part in message for part in axes):
        return NUMBER_OF_AXES
    return FAILS_TO_MULTIPLY
