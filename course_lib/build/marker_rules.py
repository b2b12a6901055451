"""What stands between markers: answers, faulty programs, hidden tests and mark schemes."""

import ast
from collections.abc import Iterator

from course_lib.build.problem import Problem
from course_lib.build.source import Cell, Lesson
from course_lib.classroom import markers

STUB = "raise NotImplementedError"
MARKERS = {
    markers.SOLUTION: "answer",
    markers.RELEASE: "answer",
    markers.HIDDEN_TESTS: "test",
    markers.MARK_SCHEME: "written",
}


def answers_stand_in_markers(lesson: Lesson) -> Iterator[Problem]:
    """Refuse answers without markers, code outside them, and markers in other cells."""
    for cell in lesson.cells:
        for kind, role in MARKERS.items():
            if markers.has_marker(cell.text, kind) and cell.role != role:
                yield Problem(
                    lesson.file, cell.place, f"a {kind} marker; it belongs in {role} cells"
                )
        if cell.role == "answer":
            yield from _answer_problems(lesson, cell)
        elif cell.role == "written":
            yield from _region_problems(lesson, cell, markers.MARK_SCHEME, "mark scheme")


def tests_check(lesson: Lesson) -> Iterator[Problem]:
    """Refuse a test cell that does not check, openly and with more cases among its hidden tests."""
    for cell in lesson.cells:
        if cell.role != "test":
            continue
        try:
            hidden = markers.regions(cell.text, markers.HIDDEN_TESTS)
        except ValueError as error:
            yield Problem(lesson.file, cell.place, str(error))
            continue
        if "check(" not in markers.replaced(cell.text, markers.HIDDEN_TESTS):
            yield Problem(lesson.file, cell.place, "the learner has no check(...) to run")
        thorough = [line for region in hidden for line in region.lines if "thorough=True" in line]
        if cell.options.get("points") and not thorough:
            yield Problem(
                lesson.file, cell.place, "no check(..., thorough=True) between HIDDEN TESTS markers"
            )


RULES = (answers_stand_in_markers, tests_check)


def _answer_problems(lesson: Lesson, cell: Cell) -> Iterator[Problem]:
    problems = list(_region_problems(lesson, cell, markers.SOLUTION, "answer"))
    yield from problems
    if problems:
        return
    try:
        solved = markers.replaced(cell.text, markers.RELEASE)
        is_hunt = solved != cell.text
        faulty = markers.faulty_version(cell.text) if is_hunt else ""
    except ValueError as error:
        yield Problem(lesson.file, cell.place, str(error))
        return
    stub = markers.replaced(solved, markers.SOLUTION, STUB)
    yield from _stub_problems(lesson, cell, stub, faulty)


def _region_problems(lesson: Lesson, cell: Cell, kind: str, what: str) -> Iterator[Problem]:
    try:
        regions = markers.regions(cell.text, kind)
    except ValueError as error:
        yield Problem(lesson.file, cell.place, str(error))
        return
    if not regions or not all("".join(region.lines).strip() for region in regions):
        yield Problem(
            lesson.file, cell.place, f"no {what} between ### BEGIN {kind} and ### END {kind}"
        )


def _stub_problems(lesson: Lesson, cell: Cell, stub: str, faulty: str) -> Iterator[Problem]:
    try:
        ast.parse(faulty)
        outside = _code_outside(stub)
    except SyntaxError as error:
        yield Problem(
            lesson.file, cell.place, f"what learners get is not plain Python: {error.msg}"
        )
        return
    if outside:
        yield Problem(
            lesson.file,
            cell.place,
            f"{outside!r} stands outside the markers; only signature and docstring may",
        )


def _code_outside(released: str) -> str:
    """Return the first line of a stub that is more than signatures and docstrings, or ""."""
    scopes = [ast.parse(released)]
    for scope in scopes:
        for statement in scope.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                scopes.append(statement)
            elif not _is_stub(statement):
                return ast.unparse(statement).splitlines()[0]
    return "" if len(scopes) > 1 else "no signature"


def _is_stub(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
    return ast.unparse(statement) == STUB
