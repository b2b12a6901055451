"""A parrot repeats four words, always at the same distance: positions alone are enough for that.

Induction heads, which find by what the words are, take longer to form (Olsson et al., 2022,
"In-context Learning and Induction Heads", https://arxiv.org/abs/2209.11895).
"""

from collections.abc import Iterable, Sequence

from course_lib.tinyville.sentences import Sentence
from course_lib.tinyville.world import World
from course_lib.tinyville.writing import Text

N_WORDS = 4


def parrot(text: Text, world: World) -> None:
    """Write what a parrot hears, and what it says."""
    heard = hears(text, world)
    says(text, world, heard)


def hears(text: Text, world: World) -> list[str]:
    """Write four different nouns that the parrot hears, and return them."""
    text.say("the parrot hears")
    heard = []
    for _ in range(N_WORDS):
        heard.append(text.choose(world.nouns, *heard))
    text.say(".")
    return heard


def says(text: Text, world: World, heard: Sequence[str]) -> None:
    """Write the same nouns again."""
    text.say(f"the parrot says {' '.join(heard)} .")


def heard_before(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield the one thing that the parrot can have heard."""
    heard = [word for word in words if word in world.nouns]
    if len(heard) == len(set(heard)) == N_WORDS:
        yield (heard,)


SENTENCES = (Sentence(hears), Sentence(says, heard_before))
