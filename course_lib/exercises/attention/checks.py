"""The exercises of lesson 03, in its order."""

from course_lib.exercises.attention import (
    attention_checks,
    causal_checks,
    cost_checks,
    grouped_checks,
    heads_checks,
    mask_first_checks,
    multi_head_checks,
    scores_checks,
    softmax_checks,
)

EXERCISES = (
    scores_checks.EXERCISE,
    softmax_checks.EXERCISE,
    causal_checks.EXERCISE,
    attention_checks.EXERCISE,
    heads_checks.EXERCISE,
    multi_head_checks.EXERCISE,
    grouped_checks.EXERCISE,
    cost_checks.EXERCISE,
    mask_first_checks.EXERCISE,
)
