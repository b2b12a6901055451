"""The exercises of lesson 02, in its order."""

from course_lib.exercises.embeddings import (
    analogy_checks,
    bug_hunt_checks,
    cosine_checks,
    lookup_checks,
    nearest_checks,
    rope_checks,
    skip_gram_checks,
    wave_checks,
)

EXERCISES = (
    lookup_checks.EXERCISE,
    cosine_checks.EXERCISE,
    nearest_checks.EXERCISE,
    analogy_checks.EXERCISE,
    skip_gram_checks.EXERCISE,
    wave_checks.EXERCISE,
    bug_hunt_checks.EXERCISE,
    rope_checks.EXERCISE,
)
