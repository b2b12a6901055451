"""Biographies: three of a person's five facts, in any order, each in one of three wordings.

A fact that is met in several orders and wordings can be asked for in a form that was never seen
(Allen-Zhu and Li, 2023, "Physics of Language Models: Part 3.1", https://arxiv.org/abs/2309.14316).
Here the name beside each fact does most of it: `study/one_wording.py` has measured it.
"""

from course_lib.tinyville.sentences import Sentence
from course_lib.tinyville.world import Person, Phrase, World
from course_lib.tinyville.writing import Text


def biography(text: Text, world: World) -> None:
    """Write three facts about somebody."""
    person = text.choose(world.people)
    told = predicate(text, person)
    text.say(person)
    told += predicate(text, person, *told)
    text.say(person)
    predicate(text, person, *told)


def statement(text: Text, world: World) -> None:
    """Write one fact about somebody."""
    predicate(text, text.choose(world.people))


def predicate(text: Text, person: Person, *told: Phrase) -> tuple[Phrase, ...]:
    """Write what is so of a person whose name stands before; return all the wordings of it."""
    said = text.choose(person.predicates, *told)
    text.say(".")
    return person.wordings[said.about]


SENTENCES = (Sentence(statement),)
