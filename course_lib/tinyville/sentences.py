"""Tell whether some document could hold a sentence.

A sentence is all that stands up to a " ." and the " ." itself. Most sentences of a document can be
read alone. Others lean on what was decided before: "he wears his crown ." is right if it is the
king or the prince of whom it speaks. So each sentence is a function of a text, the world and the
arguments that earlier sentences decide, and stands with a second function that lists what these
can have been. Documents are put together from the same functions.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from course_lib.tinyville.world import World
from course_lib.tinyville.writing import Impossible, Words, read

Before = Callable[[World, list[str]], Iterable[tuple]]


def nothing(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield the one context of a sentence that stands alone."""
    yield ()


class Sentence(NamedTuple):
    """A sentence that a document can hold.

    Attributes:
        write: prints it, called as `write(text, world, *context)`.
        before: lists the contexts in which a sentence with these words can stand.
    """

    write: Callable[..., object]
    before: Before = nothing

    def may_be(self, sentence: str, world: World) -> bool:
        """Return whether it can be `sentence`, in some context."""
        return any(
            can_be(sentence, self.write, world, *context)
            for context in self.before(world, sentence.split(" "))
        )


def can_be(text: str, write: Callable[..., object], *arguments: object) -> bool:
    """Return whether `write(text, *arguments)` can write `text`."""
    try:
        read(text, write, *arguments)
    except Impossible:
        return False
    return True


def named(options: Iterable[Words], words: list[str]) -> list[Words]:
    """Return the options, of one word each, that are among the words of a sentence."""
    return [option for option in options if option in words]


def cut_sentences(text: str) -> list[str]:
    """Return the sentences of a document, in which a question belongs to its answer.

    What stands after the last " ." comes last.

    Example:
        >>> cut_sentences("3 + 4 = 7 . what is the pet of anna ? cat .")
        ['3 + 4 = 7 .', 'what is the pet of anna ? cat .']
    """
    sentences, words = [], []
    for word in text.split():
        words.append(word)
        if word == ".":
            sentences.append(" ".join(words))
            words = []
    return sentences + [" ".join(words)] if words else sentences
