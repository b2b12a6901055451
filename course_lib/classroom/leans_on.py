"""Find what an answer leans on: the statements that make the names it uses, and theirs in turn."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from course_lib.classroom.plain_python import unparsed
from course_lib.exercises import names
from course_lib.exercises.answer_text import UNREADABLE


def leans_on(text: str, cells: Iterable[str], judged: Iterable[str] = ()) -> list[str]:
    """Return the statements of cells that an answer needs, as plain Python, in their order.

    Args:
        text: of the answer.
        cells: plain Python, in the order in which they run; text that is none is left out.
        judged: names that are not followed, because they are judged for themselves.

    Example:
        >>> leans_on("def f(x): return g(x)", ["h = len\\nk = max", "def g(x): return h(x)"])
        ['h = len', 'def g(x):\\n    return h(x)']
    """
    try:
        names_to_follow = names.free_names(text)
    except UNREADABLE:
        return []
    statements = [one for cell in cells for one in _statements(cell)]
    modules = {name for one in statements if one.is_import for name in one.makes}
    makers = defaultdict(set)
    for place, one in enumerate(statements):
        for name in one.makes | one.changes - modules:
            makers[name].add(place)
    needed, followed = set(), set(judged)
    while names_to_follow:
        name = names_to_follow.pop()
        if name not in followed:
            followed.add(name)
            for place in makers[name] - needed:
                names_to_follow |= statements[place].uses
            needed |= makers[name]
    return [statements[place].text for place in sorted(needed)]


@dataclass(frozen=True)
class _Statement:
    """A statement, the names that it makes and uses, and those of what it puts something into."""

    text: str
    makes: set[str]
    changes: set[str]
    uses: set[str]
    is_import: bool


def _statements(cell: str) -> Iterator[_Statement]:
    try:
        for node in ast.parse(cell).body:
            text = unparsed(node)
            makes, uses = names.bound_names(text), names.free_names(text)
            is_import = isinstance(node, ast.Import | ast.ImportFrom)
            yield _Statement(text, makes, set(_changed_by(node)), uses, is_import)
    except UNREADABLE:
        return


def _changed_by(node: ast.stmt) -> Iterator[str]:
    """Yield the names of what a statement puts something into: `h.append(f)`, `h[0] = f`, `@h`."""
    places = list(getattr(node, "decorator_list", []))
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store):
            places.append(part)
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
            places.append(method)
    for place in places:
        while isinstance(place, ast.Attribute | ast.Subscript | ast.Call):
            place = place.func if isinstance(place, ast.Call) else place.value
        if isinstance(place, ast.Name):
            yield place.id
