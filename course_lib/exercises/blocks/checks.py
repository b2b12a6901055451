"""The exercises of lesson 04, in its order."""

from course_lib.exercises.blocks import (
    block_checks,
    count_checks,
    feed_forward_checks,
    forward_checks,
    layer_norm_checks,
    load_checks,
    post_norm_checks,
    rms_norm_checks,
)

EXERCISES = (
    layer_norm_checks.EXERCISE,
    rms_norm_checks.EXERCISE,
    feed_forward_checks.EXERCISE,
    block_checks.EXERCISE,
    post_norm_checks.EXERCISE,
    count_checks.EXERCISE,
    forward_checks.EXERCISE,
    load_checks.EXERCISE,
)
