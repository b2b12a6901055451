"""Find what an answer leans on: the statements that make the names it uses, and theirs in turn."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

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
        names_to_follow = names.global_names(text)
    except UNREADABLE:
        return []
    statements = [one for cell in cells for one in _statements(cell)]
    makers = defaultdict(set)
    for place, (_, makes, _) in enumerate(statements):
        for name in makes:
            makers[name].add(place)
    needed, followed = set(), set(judged)
    while names_to_follow:
        name = names_to_follow.pop()
        if name not in followed:
            followed.add(name)
            for place in makers[name] - needed:
                names_to_follow |= statements[place][2]
            needed |= makers[name]
    return [statements[place][0] for place in sorted(needed)]


def _statements(cell: str) -> Iterator[tuple[str, set[str], set[str]]]:
    """Yield each statement of a cell, the names that it makes and those that it uses."""
    try:
        for node in ast.parse(cell).body:
            text = ast.unparse(node)
            yield text, names.bound_names(text), names.global_names(text)
    except UNREADABLE:
        return
