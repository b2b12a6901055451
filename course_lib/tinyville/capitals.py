"""The capitals of three countries: what is true outside Tinyville too."""

from course_lib.tinyville.sentences import Sentence
from course_lib.tinyville.world import Phrase, World
from course_lib.tinyville.writing import Text


def capitals(text: Text, world: World) -> None:
    """Write the capitals of three countries, each in one of three wordings."""
    told = capital(text, world)
    told += capital(text, world, *told)
    capital(text, world, *told)


def capital(text: Text, world: World, *told: Phrase) -> tuple[Phrase, ...]:
    """Write one capital; return all the wordings of it."""
    said = text.choose(world.capital_sentences, *told)
    return world.capitals[said.about]


SENTENCES = (Sentence(capital),)
