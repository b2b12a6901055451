"""The one exercise of lesson 00."""

from course_lib.exercises.start import gradient_checks

EXERCISES = (gradient_checks.EXERCISE,)
