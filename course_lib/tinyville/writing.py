"""Write, read and count documents with one and the same code.

A kind of document is a plain function of a `text` with two verbs:

    def greeting(text, world):
        text.say("good morning ,")
        text.choose(world.people)
        text.say(".")

Handed a `Writer`, the function writes a document. Handed a `Reader`, it follows a document that
exists and adds up its probability. Handed one `Follower` after another, it writes every document
there is. All chance is in `choose`, and what it picks is printed at once, so a text shows each
choice that made it. As long as no option is the beginning of another at the same place, a text
can be made in one way only, and its probability is exact.

Words are joined by single spaces, and punctuation is a word of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from math import log
from random import Random
from typing import Protocol, TypeVar

Words = TypeVar("Words", bound=str)  # some know more than their letters: a person, their job


class Impossible(ValueError):
    """Nobody in Tinyville writes this text."""


class Text(Protocol):
    """What a document is written with."""

    def say(self, words: str) -> None:
        """Print `words`."""

    def choose(self, options: Sequence[Words], *taken: str) -> Words:
        """Print one of the options and return it, each as likely as the others.

        Those `taken` are left out. They must differ, and be among the options.
        """


class Writer:
    """Writes a document at random.

    Example:
        >>> writer = Writer(Random(1))
        >>> writer.say("one day")
        >>> writer.choose(["it rained", "it snowed", "the sun shone"], "it rained")
        'the sun shone'
        >>> writer.text()
        'one day the sun shone'
    """

    def __init__(self, random: Random):
        self._random = random.random
        self._printed: list[str] = []
        self.say = self._printed.append  # no call of our own between: stories come twice as fast

    def choose(self, options: Sequence[Words], *taken: str) -> Words:
        option = options[int(self._random() * len(options))]
        while option in taken:
            option = options[int(self._random() * len(options))]
        self.say(option)
        return option

    def text(self) -> str:
        """Return what was printed."""
        return " ".join(self._printed)


class Reader:
    """Follows a document that exists: each choice must be what stands there.

    Attributes:
        logprob: the log-probability of the choices read so far, in nats.

    Example:
        >>> reader = Reader("one day it snowed")
        >>> reader.say("one day")
        >>> reader.choose(["it rained", "it snowed", "the sun shone"], "it rained")
        'it snowed'
        >>> reader.end()
        >>> round(reader.logprob, 3)  # one of two
        -0.693
    """

    def __init__(self, text: str):
        self._text = text + " "
        self._at = 0
        self.logprob = 0.0

    def say(self, words: str) -> None:
        if not self._text.startswith(f"{words} ", self._at):
            self._stop(f"expected {words!r}")
        self._at += len(words) + 1

    def choose(self, options: Sequence[Words], *taken: str) -> Words:
        text, at = self._text, self._at
        fits = [
            option
            for option in options
            if text.startswith(option, at) and text.startswith(" ", at + len(option))
        ]
        assert len(fits) < 2, f"two options fit at one place: {fits}"
        if not fits or fits[0] in taken:
            self._stop(f"expected one of {len(options) - len(taken)} options")
        self._at += len(fits[0]) + 1
        self.logprob -= log(len(options) - len(taken))
        return fits[0]

    def end(self) -> None:
        """Check that the text ends here."""
        if self._at != len(self._text):
            self._stop("expected the end")

    def _stop(self, expected: str) -> None:
        before, rest = self._text[: self._at], self._text[self._at :]
        raise Impossible(f"{expected} after {before[-40:]!r}, got {rest[:40]!r}")


class Follower:
    """Takes the turns it is told, then the first turn at every place.

    Attributes:
        turns: the number of the option taken at each place.
        ways: the number of options at each place.
        prob: the probability of the choices made so far.
    """

    def __init__(self, turns: Sequence[int]):
        self._told = turns
        self._printed: list[str] = []
        self.say = self._printed.append
        self.turns: list[int] = []
        self.ways: list[int] = []
        self.prob = 1.0

    def choose(self, options: Sequence[Words], *taken: str) -> Words:
        left = [option for option in options if option not in taken]
        place = len(self.turns)
        turn = self._told[place] if place < len(self._told) else 0
        self.turns.append(turn)
        self.ways.append(len(left))
        self.prob /= len(left)
        self.say(left[turn])
        return left[turn]

    def text(self) -> str:
        """Return what was printed."""
        return " ".join(self._printed)


def read(text: str, write: Callable[..., object], *arguments: object) -> float:
    """Return the log-probability, in nats, that `write(text, *arguments)` writes just this.

    Raises:
        Impossible: if it never does.

    Example:
        >>> read("ho ho ho", lambda text: [text.choose(["ho", "hi"]) for _ in range(3)])
        -2.079...
    """
    reader = Reader(text)
    write(reader, *arguments)
    reader.end()
    return reader.logprob


def write_all(write: Callable[..., object], *arguments: object) -> Iterator[tuple[str, float]]:
    """Yield each document that `write(text, *arguments)` can write, and its probability.

    There can be very many: make the world small first.

    Example:
        >>> list(write_all(lambda text: text.choose(["ho", "hi"])))
        [('ho', 0.5), ('hi', 0.5)]
    """
    turns: list[int] | None = []
    while turns is not None:
        follower = Follower(turns)
        write(follower, *arguments)
        yield follower.text(), follower.prob
        turns = next_turns(follower.turns, follower.ways)


def next_turns(turns: Sequence[int], ways: Sequence[int]) -> list[int] | None:
    """Return the turns to try next: the last one that can be raised is raised by one.

    Example:
        >>> next_turns([0, 1, 2], ways=[2, 4, 3])
        [0, 2]
    """
    for place in reversed(range(len(turns))):
        if turns[place] + 1 < ways[place]:
            return [*turns[:place], turns[place] + 1]
    return None
