"""Who has what: three people have three foods, and the owner of each is asked for.

No fact of the town helps: the answer stands a few words before, and has to be found there. A model
must bind a person to a food when it reads of both, and later find the one by the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from course_lib.tinyville.sentences import Sentence, named
from course_lib.tinyville.world import Person, World
from course_lib.tinyville.writing import Text

N_PEOPLE = 3


def possession(text: Text, world: World) -> None:
    """Write who has what, then ask who has each of the foods, in any order."""
    owners: dict[str, Person] = {}
    for _ in range(N_PEOPLE):
        person, food = having(text, world, tuple(owners.values()), tuple(owners))
        owners[food] = person
    asked: list[str] = []
    for _ in range(N_PEOPLE):
        asked.append(search(text, world, owners, asked))


def having(
    text: Text, world: World, people: Sequence[Person] = (), foods: Sequence[str] = ()
) -> tuple[Person, str]:
    """Write that somebody has something, neither of them named before; return both."""
    person = text.choose(world.people, *people)
    text.say("has")
    food = text.choose(world.foods, *foods)
    text.say(".")
    return person, food


def search(
    text: Text, world: World, owners: Mapping[str, Person], asked: Sequence[str] = ()
) -> str:
    """Ask who has one of the foods, tell, and return the food."""
    text.say("who has")
    food = text.choose(tuple(owners), *asked)
    text.say(f"? {owners[food]} .")
    return food


def ownerships(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield each food and person that a sentence names, as the only pair there is."""
    pairs = product(named(world.foods, words), named(world.people, words))
    return (({food: person},) for food, person in pairs)


SENTENCES = (Sentence(having), Sentence(search, ownerships))
