"""A royal family, and its people: words that differ in one thing at a time.

A king lives and dresses like a queen, is spoken of like a man, and is as old as both. Where words
are known by the company they keep, king - man + woman comes close to queen (Mikolov et al., 2013,
"Linguistic Regularities in Continuous Space Word Representations").
"""

from collections.abc import Iterable

from course_lib.tinyville.sentences import Sentence
from course_lib.tinyville.world import World
from course_lib.tinyville.writing import Text


class Figure(str):
    """A word for a person: "king".

    Attributes:
        pronoun, possessive: "he" and "his", or "she" and "her".
        homes, clothes, ages: what documents say of such a person.
    """

    def __new__(cls, word: str, male: bool, royal: bool, grown: bool):
        figure = super().__new__(cls, word)
        figure.pronoun, figure.possessive = ("he", "his") if male else ("she", "her")
        figure.homes = ("palace", "castle") if royal else ("cottage", "house")
        figure.clothes = ("crown", "cloak") if royal else ("cap", "coat")
        figure.ages = ("old", "wise") if grown else ("young", "small")
        return figure


FIGURES = (
    Figure("king", male=True, royal=True, grown=True),
    Figure("queen", male=False, royal=True, grown=True),
    Figure("prince", male=True, royal=True, grown=False),
    Figure("princess", male=False, royal=True, grown=False),
    Figure("man", male=True, royal=False, grown=True),
    Figure("woman", male=False, royal=False, grown=True),
    Figure("boy", male=True, royal=False, grown=False),
    Figure("girl", male=False, royal=False, grown=False),
)


def royals(text: Text, world: World) -> None:
    """Write how somebody lives, dresses and is."""
    figure = living(text, world)
    dress(text, world, figure)
    age(text, world, figure)


def living(text: Text, world: World) -> Figure:
    """Write where somebody lives; return who."""
    text.say("the")
    figure = text.choose(FIGURES)
    text.say("lives in a")
    text.choose(figure.homes)
    text.say(".")
    return figure


def dress(text: Text, world: World, figure: Figure) -> None:
    """Write what somebody wears."""
    text.say(f"{figure.pronoun} wears {figure.possessive}")
    text.choose(figure.clothes)
    text.say(".")


def age(text: Text, world: World, figure: Figure) -> None:
    """Write how old somebody is, in a word."""
    text.say(f"{figure.pronoun} is")
    text.choose(figure.ages)
    text.say(".")


def figures(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield everybody whom "he" or "she" can mean."""
    return ((figure,) for figure in FIGURES)


SENTENCES = (Sentence(living), Sentence(dress, figures), Sentence(age, figures))
