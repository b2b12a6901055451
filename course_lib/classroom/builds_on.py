"""Say which of a learner's own wrong answers another one builds on: mend that one first."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace

from course_lib.classroom.verdicts import ExerciseResult, Verdict
from course_lib.exercises import names
from course_lib.exercises.answer_text import UNREADABLE

# What a person has still to look at may be right.
WRONG = (Verdict.FAILED, Verdict.TIMED_OUT, Verdict.CRASHED, Verdict.NOT_ATTEMPTED)


def with_what_they_build_on(
    results: Iterable[ExerciseResult], texts: Mapping[str, Mapping[str, str]]
) -> list[ExerciseResult]:
    """Return the results; a mistake in an answer that calls a wrong one names that one as a cause.

    Args:
        results: of one submission's exercises.
        texts: by exercise, its functions and the text of each.
    """
    results = list(results)
    wrong = {
        function: one.exercise
        for one in results
        if one.verdict in WRONG
        for function in texts.get(one.exercise, {})
    }
    return [_with_cause(one, wrong, texts.get(one.exercise, {})) for one in results]


def _with_cause(
    result: ExerciseResult, wrong: Mapping[str, str], texts: Mapping[str, str]
) -> ExerciseResult:
    if result.verdict not in (Verdict.FAILED, Verdict.TIMED_OUT) or result.finding is None:
        return result
    called = [name for text in texts.values() for name in names_called(text)]
    first = [f"`{name}`" for name in called if wrong.get(name, result.exercise) != result.exercise]
    if not first:
        return result
    known = " and ".join(dict.fromkeys(first))
    cause = f"It calls your {known}, not right yet: mend that first. {result.finding.cause}"
    return replace(result, finding=replace(result.finding, cause=cause))


def names_called(text: str) -> list[str]:
    """Return the names from outside itself that a piece of Python calls, in order.

    Example:
        >>> names_called("def train(text):\\n    return merge(count(text), 3)")
        ['merge', 'count']
    """
    try:
        nodes, outside = list(ast.walk(ast.parse(text))), names.global_names(text)
    except UNREADABLE:
        return []
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    return [call.id for call in calls if isinstance(call, ast.Name) and call.id in outside]
