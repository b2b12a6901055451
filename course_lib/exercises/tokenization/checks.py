"""The exercises of lesson 01, in its order."""

from course_lib.exercises.tokenization import (
    bug_hunt_checks,
    count_checks,
    decode_checks,
    encode_checks,
    merge_checks,
    price_checks,
    special_checks,
    train_checks,
)

EXERCISES = (
    count_checks.EXERCISE,
    merge_checks.EXERCISE,
    train_checks.EXERCISE,
    encode_checks.EXERCISE,
    bug_hunt_checks.EXERCISE,
    decode_checks.EXERCISE,
    special_checks.EXERCISE,
    price_checks.EXERCISE,
)
