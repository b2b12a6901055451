"""Errors that have a name of their own in `masked_loss`, by a part of torch's message."""

from torch import Tensor

from course_lib.exercises.pretraining import gradient_errors
from course_lib.exercises.sampling.generate_errors import Error


def _holds_no_id(inputs: dict) -> bool:
    targets: Tensor = inputs["targets"]
    return bool(((targets < 0) | (targets >= inputs["logits"].size(-1))).any())


NO_ID = Error(
    "looks_up_what_is_outside",
    "a value, no error",
    "A target outside the mask may be any number, and no logit belongs to it. Choose the positions "
    "before you look anything up, or put an id that exists there, in a copy.",
    _holds_no_id,
)
ZERO_WITHOUT_GRADIENT = Error(
    "zero_without_gradient",
    "a gradient of zeros, no error",
    "The mask is empty, and the 0 that comes out knows nothing of the logits: `torch.tensor(0.0)` "
    "and a loop of no turns begin anew. So a batch without an answer stops the training. A sum "
    "over no positions is 0 too, and has a gradient.",
    lambda inputs: not inputs["mask"].any(),
)
BY_MESSAGE = {
    **gradient_errors.BY_MESSAGE,
    "out of bounds": NO_ID,
    "out of range": NO_ID,
    "must be non-negative": NO_ID,  # of `one_hot`
    "smaller than num_classes": NO_ID,  # of `one_hot`
    "Expected target size": Error(
        "not_flattened",
        "a value, no error",
        "`F.cross_entropy` takes the classes along axis 1, and here that is T. Flatten B and T "
        "into one axis, or choose the positions of the mask, in logits and targets alike.",
    ),
}


def of_message(inputs: dict, message: str) -> Error | None:
    """Return the mistake that a message of torch tells for these inputs, or None."""
    for part, error in BY_MESSAGE.items():
        if part in message and error.fits(inputs):
            is_lost = error.name == gradient_errors.LOST.name
            without = is_lost and ZERO_WITHOUT_GRADIENT.fits(inputs)
            return ZERO_WITHOUT_GRADIENT if without else error
    return None
