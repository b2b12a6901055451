"""Errors with a name of their own in `training_loss`: those of its call, and those of torch."""

from course_lib.exercises.pretraining import gradient_errors
from course_lib.exercises.sampling.generate_errors import Error

IN_ONE_CALL = "the model reads each row without its last id, in one call"
BY_KIND = {
    "NoRoomForAll": Error(
        "reads_the_last_id",
        IN_ONE_CALL,
        "The last id of a row is only ever a target: leave it out before the model reads, not its "
        "logits afterwards. Mind the axis: `ids[:-1]` would leave out a row.",
    ),
    "CalledSeveralTimes": Error(
        "several_calls",
        IN_ONE_CALL,
        "One call gives the logits of all rows and all positions. Each further call costs its time "
        "again, for other rows or positions as well as for the same.",
    ),
    "ModelNotAsked": Error(
        "model_not_asked",
        IN_ONE_CALL,
        "No logits came from `model`. Where does your loss come from?",
    ),
}
OTHER_LENGTH = Error(
    "another_number_of_targets",
    "a value, no error",
    "Logits and targets do not have the same number of positions. The model has read T ids of each "
    "row: which T ids are the targets?",
)
BY_MESSAGE = {
    **gradient_errors.BY_MESSAGE,
    "Size does not match at dimension": OTHER_LENGTH,  # of `gather`
    "to match target batch_size": OTHER_LENGTH,  # of `cross_entropy`
    "could not be broadcast": OTHER_LENGTH,  # of an index
    "Expected target size": Error(
        "not_flattened",
        "a value, no error",
        "`F.cross_entropy` takes the classes along axis 1, and here that is T. Flatten B and T "
        "into one axis, in the logits and in the targets.",
    ),
    "model wants ids": Error(
        "what_the_model_refuses",
        "a value, no error",
        "Read what the model says it got. It takes whole numbers of shape (B, T), all rows at "
        "once, and each row is cut along axis 1.",
    ),
}
