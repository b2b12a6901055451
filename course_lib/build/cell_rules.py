"""What every cell of a lesson has to keep: size, options, tags, figures with alt text."""

import ast
import re
from collections.abc import Iterator

from course_lib.build.problem import Problem
from course_lib.build.source import Cell, Lesson, versions

MAX_LINES = 25
MAX_COLUMNS = 100
IGNORED = "nbval-ignore-output"
ROLES = ("", "setup", "task", "answer", "test", "written")
OPTIONS = {"exercise", "role", "points", "tags"}
MOST_IGNORED = 0.10  # share of the code cells
MOST_IGNORED_IN_TRAINING = 0.20
TRAINING_LESSONS = ("06", "07", "08")


def plain_python(lesson: Lesson) -> Iterator[Problem]:
    """Refuse a code cell that Python cannot parse: no magics, no shell lines."""
    for cell in lesson.cells:
        if cell.kind == "code":
            try:
                ast.parse(cell.text)
            except SyntaxError as error:
                yield _problem(
                    lesson, cell, f"not plain Python: {error.msg}, its line {error.lineno}"
                )


def known_options(lesson: Lesson) -> Iterator[Problem]:
    """Refuse options, roles and tags that the build does not know."""
    for cell in lesson.cells:
        for option in sorted(set(cell.options) - OPTIONS):
            yield _problem(lesson, cell, f"unknown option {option!r}; there are {_listed(OPTIONS)}")
        if cell.role not in ROLES:
            yield _problem(lesson, cell, f"unknown role; there are {_listed(set(ROLES) - {''})}")
        for tag in cell.tags:
            if tag != IGNORED:
                yield _problem(lesson, cell, f"tag {tag!r}; the only tag to set is {IGNORED!r}")


def no_nbval_comments(lesson: Lesson) -> Iterator[Problem]:
    """Refuse comments that nbval takes for tags."""
    for cell in lesson.cells:
        match = re.search(
            r"^\s*#+\s*((NBVAL|PYTEST_VALIDATE)_[A-Z_]+)\s*$", cell.text, re.MULTILINE
        )
        if cell.kind == "code" and match:
            yield _problem(lesson, cell, f'{match[1]} in a comment; use tags=["{IGNORED}"]')


def size(lesson: Lesson) -> Iterator[Problem]:
    """Refuse empty cells, cells of too many lines, and lines of too many columns."""
    for cell in lesson.cells:
        if not cell.text.strip():
            yield _problem(lesson, cell, "an empty cell")
        longest = max(len(text.splitlines()) for text in versions(cell))
        if longest > MAX_LINES:
            yield _problem(lesson, cell, f"{longest} lines; a cell has at most {MAX_LINES}")
        for number, line in enumerate(cell.text.splitlines(), start=1):
            if len(line) > MAX_COLUMNS:
                yield _problem(
                    lesson, cell, f"its line {number} has {len(line)} columns of {MAX_COLUMNS}"
                )


def share_of_ignored(lesson: Lesson) -> Iterator[Problem]:
    """Refuse too many cells whose output is not compared."""
    code = [cell for cell in lesson.cells if cell.kind == "code"]
    ignored = [cell for cell in code if IGNORED in cell.tags]
    most = MOST_IGNORED_IN_TRAINING if lesson.number in TRAINING_LESSONS else MOST_IGNORED
    if len(ignored) > most * len(code):
        yield Problem(
            lesson.file,
            "",
            f"{len(ignored)} of {len(code)} code cells are tagged {IGNORED}; "
            f"at most {most:.0%} may be",
        )


def ignored_cells_are_asserted(lesson: Lesson) -> Iterator[Problem]:
    """Refuse an ignored cell unless the next code cell asserts what must hold of it."""
    code = [cell for cell in lesson.cells if cell.kind == "code"]
    for cell, after in zip(code, [*code[1:], None], strict=True):
        if IGNORED not in cell.tags:
            continue
        if cell.exercise:
            yield _problem(lesson, cell, f"{IGNORED}; cells of an exercise are always compared")
        elif after is None or IGNORED in after.tags or not _asserts(after):
            yield _problem(
                lesson, cell, f"{IGNORED}, but the next code cell asserts nothing about it"
            )


def figures_have_alt_text(lesson: Lesson) -> Iterator[Problem]:
    """Refuse a figure that is not shown by `figures.show(fig, alt=...)`, and images without alt."""
    for cell in lesson.cells:
        if cell.kind == "markdown":
            if re.search(r"!\[\s*\]\(", cell.text) or has_image_without_alt(cell.text):
                yield _problem(lesson, cell, "an image without alt text")
            continue
        calls = [node for node in ast.walk(ast.parse(cell.text)) if isinstance(node, ast.Call)]
        shows = [call for call in calls if _called(call) == "figures.show"]
        pyplot = [_called(call) for call in calls if _called(call).startswith("plt.")]
        if "plt.show" in pyplot:
            yield _problem(
                lesson, cell, "plt.show() has no alt text; use figures.show(fig, alt=...)"
            )
        elif pyplot and not shows and cell.role != "setup":
            yield _problem(
                lesson, cell, f"{pyplot[0]}() without figures.show(fig, alt=...) in the same cell"
            )
        if any(_alt_is_missing(call) for call in shows):
            yield _problem(lesson, cell, "figures.show without alt text")


RULES = (
    known_options,
    no_nbval_comments,
    size,
    share_of_ignored,
    ignored_cells_are_asserted,
    figures_have_alt_text,
)


def _problem(lesson: Lesson, cell: Cell, reason: str) -> Problem:
    return Problem(lesson.file, cell.place, reason)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _asserts(cell: Cell) -> bool:
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and _called(node).rpartition(".")[2].startswith("assert_"))
        for node in ast.walk(ast.parse(cell.text))
    )


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _alt_is_missing(call: ast.Call) -> bool:
    alts = [keyword.value for keyword in call.keywords if keyword.arg == "alt"] or call.args[1:2]
    if not alts:
        return True
    return isinstance(alts[0], ast.Constant) and not str(alts[0].value or "").strip()


def has_image_without_alt(html: str) -> bool:
    """Return whether HTML holds an image that says nothing to a reader who cannot see it."""
    images = re.findall(r"<img\b[^>]*>", html)
    return any(not re.search(r"""\balt=(["'])\s*(?!\1)\S""", image) for image in images)
