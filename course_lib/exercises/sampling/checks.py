"""The exercises of lesson 05, in its order."""

from course_lib.exercises.sampling import (
    cache_checks,
    generate_checks,
    min_p_filter_checks,
    nucleus_checks,
    penalty_checks,
    temperature_probs_checks,
    top_k_filter_checks,
    top_p_checks,
)

EXERCISES = (
    temperature_probs_checks.EXERCISE,
    top_k_filter_checks.EXERCISE,
    top_p_checks.EXERCISE,
    nucleus_checks.EXERCISE,
    min_p_filter_checks.EXERCISE,
    penalty_checks.EXERCISE,
    generate_checks.EXERCISE,
    cache_checks.EXERCISE,
)
