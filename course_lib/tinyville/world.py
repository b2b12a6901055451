"""Make a town whose truth we know: who lives there, and what is so.

Every fact is drawn once, from a fixed seed, and holds in all documents. Five facts belong to each
person: job, favourite colour, pet, favourite food and street. A value is given to as many people
as any other, whatever their names, so nothing about a person can be guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from random import Random
from typing import NamedTuple, TypeVar

from course_lib.tinyville import words

Item = TypeVar("Item")
SEED = 1

# Each fact and three ways to say it of somebody. The value is one word.
WORDINGS = {
    "job": ("works as a {}", "is a {}", "has a job as a {}"),
    "colour": ("loves the colour {}", "wears {}", "paints the house {}"),
    "pet": ("keeps a {}", "lives with a {}", "comes home to a {}"),
    "food": ("likes to eat {}", "cooks {}", "dreams of {}"),
    "home": ("lives on {} street", "has a house on {} street", "comes from {} street"),
}
FACTS = tuple(WORDINGS)
CAPITAL_WORDINGS = (
    "the capital of {country} is {capital} .",
    "{capital} is the capital of {country} .",
    "what is the capital of {country} ? {capital} .",
)


class Phrase(str):
    """Words to print, which know what they are about: a fact, say, or a country."""

    def __new__(cls, text: str, about: str):
        phrase = super().__new__(cls, text)
        phrase.about = about
        return phrase


class Person(str):
    """A name to print, which knows the facts of the person who bears it.

    Attributes:
        pronoun: "she" or "he".
        job, colour, pet, food, home: the five facts, one word each.
        deed: what somebody with this job did for a friend: "baked a cake".
        wordings: each fact, and the ways to say it: "works as a baker".
        predicates: all of these, as phrases that are about a fact.
    """

    def __new__(cls, name: str, pronoun: str, facts: Mapping[str, str]):
        person = super().__new__(cls, name)
        person.pronoun = pronoun
        person.job, person.colour, person.pet, person.food, person.home = map(facts.get, FACTS)
        person.deed = words.JOBS[person.job]
        person.wordings = {
            fact: tuple(Phrase(wording.format(facts[fact]), fact) for wording in WORDINGS[fact])
            for fact in FACTS
        }
        person.predicates = tuple(chain.from_iterable(person.wordings.values()))
        return person


class Attempt(str):
    """What an animal failed to do, as words to print: "did not cross the".

    Attributes:
        things: what it did not cross.
        seen: for each animal, the things that it meets in documents. The others are held out.
        reasons: what the animal or the thing was too much of, as phrases about "animal" or "thing".
    """

    def __new__(
        cls,
        text: str,
        things: Sequence[str],
        seen: Mapping[str, Sequence[str]],
        reasons: Mapping[str, Sequence[str]],
    ):
        attempt = super().__new__(cls, text)
        attempt.things, attempt.seen = things, seen
        attempt.reasons = tuple(
            Phrase(reason, about) for about in reasons for reason in reasons[about]
        )
        return attempt


# Words to print, the things, what an animal was too much of, what a thing was too much of.
ATTEMPTS = (
    ("did not cross the", words.CROSS, ("tired", "sleepy", "scared"), ("wide", "long", "steep")),
    ("could not carry the", words.CARRY, ("weak", "small", "lazy"), ("heavy", "big", "slippery")),
    ("could not reach the", words.REACH, ("short", "little", "slow"), ("high", "far", "distant")),
)


class Size(NamedTuple):
    """How many of each there are in a world; of reasons, how many for an animal or a thing."""

    people: int
    values: int  # of each fact
    places: int
    objects: int
    attempts: int
    things: int
    reasons: int
    capitals: int
    digits: int = 10


SIZES = {
    "village": Size(40, 7, places=6, objects=8, attempts=2, things=5, reasons=2, capitals=10),
    "town": Size(100, 10, places=10, objects=14, attempts=3, things=5, reasons=2, capitals=40),
    "city": Size(300, 100, places=100, objects=200, attempts=3, things=20, reasons=3, capitals=40),
}


@dataclass(frozen=True, eq=False)
class World:
    """A town, and all that can be said of it.

    Attributes:
        people: everybody, women and men in turns.
        asked: the three quarters of them about whom documents ask questions.
        held_out_people: the others, who occur in all other kinds of documents.
        pets, foods, places, objects: words.
        women, men: everybody, by pronoun.
        nouns: what a parrot hears of: people, pets, foods, colours, places and objects.
        attempts: what animals fail at; holds the held-out pairs of an animal and a thing.
        capitals: country -> the three sentences about its capital, as phrases about the country.
        capital_sentences: all of these.
        digits: "0" to "9".
    """

    people: tuple[Person, ...]
    asked: tuple[Person, ...]
    held_out_people: tuple[Person, ...]
    pets: tuple[str, ...]
    foods: tuple[str, ...]
    places: tuple[str, ...]
    objects: tuple[str, ...]
    women: tuple[Person, ...]
    men: tuple[Person, ...]
    nouns: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    capitals: dict[str, tuple[Phrase, ...]]
    capital_sentences: tuple[Phrase, ...]
    digits: tuple[str, ...]


@cache
def make_world(size: str) -> World:
    """Return the "village", the "town" or the "city"; the same object each time.

    They have 40, 100 and 300 people, and documents of 264, 425 and 1,302 different words.
    The facts of real countries are true; the village knows 10 of the 40 capitals, to stay small.

    Example:
        >>> anna = make_world("village").people[0]
        >>> f"{anna} is a {anna.job} and likes {anna.food}"
        'anna is a ...'
    """
    if size not in SIZES:
        raise ValueError(f"size must be one of {list(SIZES)}, got {size!r}")
    return build_world(SIZES[size])


def build_world(size: Size) -> World:
    """Return a world of the given size, the same one each time it is called."""
    random = Random(SEED)
    people = settle(size, random)
    n_asked = len(people) * 3 // 4
    strangers_last = shuffled(people, random)
    asked = set(strangers_last[:n_asked])
    pets, foods = tuple(words.PETS[: size.values]), tuple(words.FOODS[: size.values])
    places, objects = words.PLACES[: size.places], words.OBJECTS[: size.objects]
    capitals = {
        country: tuple(
            Phrase(wording.format(country=country, capital=capital), country)
            for wording in CAPITAL_WORDINGS
        )
        for country, capital in list(words.CAPITALS.items())[: size.capitals]
    }
    return World(
        people=people,
        asked=tuple(person for person in people if person in asked),
        held_out_people=tuple(person for person in people if person not in asked),
        pets=pets,
        foods=foods,
        places=tuple(places),
        objects=tuple(objects),
        women=tuple(person for person in people if person.pronoun == "she"),
        men=tuple(person for person in people if person.pronoun == "he"),
        nouns=(*people, *pets, *foods, *words.COLOURS[: size.values], *places, *objects),
        attempts=tuple(make_attempts(size, pets, random)),
        capitals=capitals,
        capital_sentences=tuple(chain.from_iterable(capitals.values())),
        digits=tuple(map(str, range(size.digits))),
    )


def settle(size: Size, random: Random) -> tuple[Person, ...]:
    """Return the people of a world, each with their facts."""
    pairs = chain.from_iterable(zip(words.SHE, words.HE, strict=True))
    names = list(pairs)[: size.people]
    values = dict(
        job=list(words.JOBS),
        colour=words.COLOURS,
        pet=words.PETS,
        food=words.FOODS,
        home=words.STREETS,
    )
    dealt = {fact: deal(values[fact][: size.values], len(names), random) for fact in FACTS}
    return tuple(
        Person(name, ("she", "he")[i % 2], {fact: dealt[fact][i] for fact in FACTS})
        for i, name in enumerate(names)
    )


def make_attempts(size: Size, pets: Sequence[str], random: Random) -> list[Attempt]:
    """Return what animals fail at, with every fifth pair held out."""
    attempts = []
    for text, things, of_animal, of_thing in ATTEMPTS[: size.attempts]:
        things = tuple(things[: size.things])
        n_seen = len(things) - max(1, len(things) // 5)
        seen = {}
        for pet in pets:
            kept = set(shuffled(things, random)[:n_seen])
            seen[pet] = tuple(thing for thing in things if thing in kept)
        reasons = {"animal": of_animal[: size.reasons], "thing": of_thing[: size.reasons]}
        attempts.append(Attempt(text, things, seen, reasons))
    return attempts


def deal(values: Sequence[Item], n: int, random: Random) -> list[Item]:
    """Return `n` values in random order, each as often as any other, give or take one."""
    return shuffled([values[i % len(values)] for i in range(n)], random)


def shuffled(items: Sequence[Item], random: Random) -> list[Item]:
    """Return the items in random order.

    `random.shuffle` may change its order with the version of Python; `random.random` may not.
    """
    items = list(items)
    for last in reversed(range(1, len(items))):
        other = int(random.random() * (last + 1))
        items[last], items[other] = items[other], items[last]
    return items
