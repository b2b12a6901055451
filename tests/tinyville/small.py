"""A town so small that all its documents can be listed."""

from functools import cache

from course_lib.tinyville.documents import KINDS
from course_lib.tinyville.world import Size, World, build_world
from course_lib.tinyville.writing import write_all

HAMLET = Size(
    people=3,
    values=3,
    places=1,
    objects=2,
    attempts=2,
    things=3,
    reasons=1,
    capitals=3,
    digits=3,
)


@cache
def hamlet() -> World:
    return build_world(HAMLET)


@cache
def hamlet_documents() -> list[tuple[str, float]]:
    """Return each way to write a document: the text and its probability."""
    return [
        (text, kind.share * prob)
        for kind in KINDS.values()
        for text, prob in write_all(kind.write, hamlet())
    ]


@cache
def hamlet_texts() -> frozenset[str]:
    return frozenset(text for text, _ in hamlet_documents())
