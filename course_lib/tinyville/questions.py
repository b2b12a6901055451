"""Questions and answers about people, two in a document.

A quarter of the people are never asked about here. They have biographies like everybody else, so
a model that answers questions about them has learned what an answer is.
"""

from course_lib.tinyville.sentences import Sentence
from course_lib.tinyville.world import Person, Phrase, World
from course_lib.tinyville.writing import Text

LABELS = {
    "job": "job",
    "colour": "favourite colour",
    "pet": "pet",
    "food": "favourite food",
    "home": "street",
}
QUESTIONS = tuple(Phrase(f"what is the {label} of", fact) for fact, label in LABELS.items())


def questions(text: Text, world: World) -> None:
    """Write two questions about two people, and the answers."""
    person = question(text, world)
    question(text, world, person)


def question(text: Text, world: World, *asked: Person) -> Person:
    """Write a question about somebody who was not asked about, and the answer; return whom."""
    said = text.choose(QUESTIONS)
    person = text.choose(world.asked, *asked)
    text.say(f"? {getattr(person, said.about)} .")
    return person


SENTENCES = (Sentence(question),)
