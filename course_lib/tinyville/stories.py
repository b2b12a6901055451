"""Stories: two people and a thing, two things that happen, and an end.

One of the two is a woman and one a man, so that "she" is one of them only. The first words tell
who is named first, and the first has the thing.

Nearly every sentence rests on a fact that the story itself does not tell: the kite has its owner's
favourite colour, the baker bakes, a friend brings the food that the other likes best.
"""

from collections.abc import Iterable
from itertools import permutations

from course_lib.tinyville.sentences import Sentence, named
from course_lib.tinyville.world import Person, World
from course_lib.tinyville.writing import Text

HERS, HIS = ("one day", "one morning"), ("last week", "last night")  # whom the story begins with
MOODS = ("happy", "proud", "calm", "tired")


def story(text: Text, world: World) -> None:
    """Write a story of about 60 words."""
    a, b = opening(text, world)
    toy = belonging(text, world, a)
    happenings = events(a, b, toy)
    first = text.choose(happenings)
    text.choose(happenings, first)
    ending(text, world, a)


def opening(text: Text, world: World) -> tuple[Person, Person]:
    """Write who went where; return who."""
    opener = text.choose(HERS + HIS)
    text.say(",")
    leading, other = (world.women, world.men) if opener in HERS else (world.men, world.women)
    a = text.choose(leading)
    text.say("and")
    b = text.choose(other)
    text.say("went to the")
    text.choose(world.places)
    text.say(".")
    return a, b


def belonging(text: Text, world: World, a: Person) -> str:
    """Write what `a` had, and return it."""
    text.say(f"{a} had a {a.colour}")
    toy = text.choose(world.objects)
    text.say(".")
    return toy


def event(text: Text, world: World, a: Person, b: Person, toy: str) -> None:
    """Write one thing that happened."""
    text.choose(events(a, b, toy))


def events(a: Person, b: Person, toy: str) -> tuple[str, ...]:
    """Return what can happen to `a`, who has a toy, and `b`. Each sentence names both."""
    return (
        f'{a} gave {b} some {b.food} and {b.pronoun} said " thank you ! " .',
        f'{b} the {b.job} {b.deed} for {a} and {a.pronoun} said " well done ! " .',
        f'the {b.pet} of {b} took the {toy} and {a} said " come back ! " .',
        f'{b} painted the {toy} {b.colour} and {a} said " how pretty ! " .',
        f'{a} told {b} about a {a.pet} and {b.pronoun} said " how funny ! " .',
        f'{b} shared some {a.food} with {a} and {a.pronoun} said " delicious ! " .',
    )


def ending(text: Text, world: World, a: Person) -> None:
    """Write how `a` felt in the end."""
    text.say(f"in the end {a} was")
    text.choose(MOODS)
    text.say(f"and {a.pronoun} went home to {a.home} street .")


def owners(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield whom a sentence can be about."""
    return ((a,) for a in named(world.people, words))


def scenes(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield whom and which toy a sentence can be about; any toy, if it names none."""
    toys = named(world.objects, words) or world.objects[:1]
    people = permutations(named(world.people, words), 2)
    return ((a, b, toy) for a, b in people for toy in toys)


SENTENCES = (
    Sentence(opening),
    Sentence(belonging, owners),
    Sentence(event, scenes),
    Sentence(ending, owners),
)
