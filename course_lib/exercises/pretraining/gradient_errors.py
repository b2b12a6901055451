"""Errors that torch raises when a gradient is taken, in the exercises that want one."""

from course_lib.exercises.sampling.generate_errors import Error

CUT_OFF = (
    "The loss is right, but its gradient is lost, or a part of it. `.item()`, `.tolist()`, "
    "`.detach()`, `no_grad`, numpy, `math` and `torch.tensor(...)` all cut it off: let torch do "
    "every step from the logits on."
)
LOST = Error("gradient_is_lost", "a gradient, no error", CUT_OFF)
CHANGED_ON_THE_WAY = Error(
    "changed_what_the_gradient_needs",
    "a gradient, no error",
    "A tensor was changed in place after something had been computed from it, and the gradient "
    "needs it as it was. `+=`, `x[mask] = ...` and functions that end in `_` change a tensor; make "
    "a new one.",
)
BY_MESSAGE = {
    "does not require grad": LOST,
    "not have been used in the graph": LOST,
    "Can't call numpy()": LOST,
    "modified by an inplace operation": CHANGED_ON_THE_WAY,
    "is being used in an in-place operation": CHANGED_ON_THE_WAY,
}
