"""Who has what: three people hold three things, and one of them is asked for.

No fact of the town helps: the answer stands a few words before, and has to be found there.
"""

from collections.abc import Iterable, Sequence
from itertools import product

from course_lib.tinyville.sentences import Sentence, named
from course_lib.tinyville.world import Person, World
from course_lib.tinyville.writing import Text


def possession(text: Text, world: World) -> None:
    """Write who holds what, then ask for a person or a thing."""
    people, objects = [], []
    for _ in range(3):
        person, thing = holding(text, world, people, objects)
        people.append(person)
        objects.append(thing)
    search(text, world, people, objects)


def holding(
    text: Text, world: World, people: Sequence[Person] = (), objects: Sequence[str] = ()
) -> tuple[Person, str]:
    """Write that somebody holds something, neither of them named before; return both."""
    person = text.choose(world.people, *people)
    text.say("holds a")
    thing = text.choose(world.objects, *objects)
    text.say(".")
    return person, thing


def search(text: Text, world: World, people: Sequence[Person], objects: Sequence[str]) -> None:
    """Ask who holds one of the objects, or what one of the people holds, and answer."""
    if text.choose(("who holds the", "what does")) == "what does":
        person = text.choose(people)
        text.say(f"hold ? a {objects[people.index(person)]} .")
    else:
        thing = text.choose(objects)
        text.say(f"? {people[objects.index(thing)]} .")


def holdings(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield each person and object that a sentence names, as the only ones there are."""
    pairs = product(named(world.people, words), named(world.objects, words))
    return (((person,), (thing,)) for person, thing in pairs)


SENTENCES = (Sentence(holding), Sentence(search, holdings))
