"""The exercises of lesson 06, in its order."""

from course_lib.exercises.pretraining import (
    accumulate_gradients_checks,
    adamw_step_checks,
    bits_per_byte_checks,
    clip_gradients_checks,
    compute_optimal_checks,
    cross_entropy_checks,
    get_batch_checks,
    learning_rate_checks,
    training_loss_checks,
)

EXERCISES = (
    get_batch_checks.EXERCISE,
    cross_entropy_checks.EXERCISE,
    bits_per_byte_checks.EXERCISE,
    adamw_step_checks.EXERCISE,
    learning_rate_checks.EXERCISE,
    clip_gradients_checks.EXERCISE,
    accumulate_gradients_checks.EXERCISE,
    training_loss_checks.EXERCISE,
    compute_optimal_checks.EXERCISE,
)
