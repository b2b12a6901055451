"""The rules that a lesson source has to keep, all of them in one run."""

from course_lib.build import cell_rules, exercise_rules, marker_rules
from course_lib.build.problem import Problem
from course_lib.build.source import Lesson


def problems_in(lesson: Lesson) -> list[Problem]:
    """Return every rule that a lesson source breaks, in the order of the rules.

    Where a cell is not plain Python, only that is said: the other rules read syntax trees.
    """
    unreadable = list(cell_rules.plain_python(lesson))
    if unreadable:
        return unreadable
    rules = (*cell_rules.RULES, *exercise_rules.RULES, *marker_rules.RULES)
    return [problem for rule in rules for problem in rule(lesson)]
