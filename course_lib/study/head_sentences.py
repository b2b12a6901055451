"""Our own sentences for lesson 03: some to find heads with, and others to see whether they hold.

The two sets share no noun and no frame, so a head that does well on fresh sentences has not been
chosen for its luck.
"""

from dataclasses import dataclass

KINDS = ("animal, thing", "thing, animal", "animal, animal", "thing, thing")


@dataclass(frozen=True)
class Nouns:
    """Sentences of two nouns and an "it": what stands first, and what stands second, in each."""

    texts: list[str]
    first: list[str]
    second: list[str]


@dataclass(frozen=True)
class Words:
    """What sentences are made of; each frame has room for two nouns and ends at "it" or later."""

    frames: tuple[str, ...]
    animals: tuple[str, ...]
    things: tuple[str, ...]


SEARCH = Words(
    ("The {} stood near the {} because it was", "The {} lay beside the {} because it was"),
    ("cat", "dog", "horse", "bird", "mouse", "fox"),
    ("mat", "table", "house", "bed", "chair", "fence"),
)
FRESH = Words(
    ("The {} was behind the {} and it had", "The {} waited next to the {} while it was"),
    ("rabbit", "bear", "pig", "cow", "goat", "duck"),
    ("car", "box", "wall", "tree", "boat", "rock"),
)

PROSE = (
    "On Monday morning the baker opened her shop earlier than usual, because three families had "
    "ordered cakes for the same wedding.",
    "A small river runs behind the school, and in spring the children build boats from paper and "
    "sticks.",
    "When the lights went out, nobody in the hall moved until an old man began to sing.",
)
FRESH_PROSE = (
    "The mechanic listened to the engine for a while, shook his head and asked for a longer cable.",
    "Every letter that arrives after noon is put into a green box and read the next day.",
    "Snow had fallen on the harbor all night, so the first ship left with two hours of delay.",
)


def nouns(words: Words, kind: str) -> Nouns:
    """Return the sentences of a kind, such as "thing, animal": every frame with every pair.

    In a pair of two animals, or of two things, each word stands before the one after it.

    Raises:
        ValueError: if `kind` is none of `KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}, got {kind!r}")
    first_kind, second_kind = kind.split(", ")
    of = {"animal": words.animals, "thing": words.things}
    first, second = of[first_kind], of[second_kind]
    if first is second:
        second = second[1:] + second[:1]
    pairs = list(zip(first, second, strict=True))
    return Nouns(
        [frame.format(*pair) for frame in words.frames for pair in pairs],
        [a for _ in words.frames for a, _ in pairs],
        [b for _ in words.frames for _, b in pairs],
    )
