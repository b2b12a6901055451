"""Ask a model what it knows: a prompt, and the answer that Tinyville's truth demands.

A prompt ends right before the answer, which begins with a space. Continued greedily, a model is
right if the text begins with the answer.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from course_lib.tinyville.documents import write
from course_lib.tinyville.questions import QUESTIONS
from course_lib.tinyville.world import FACTS, Attempt, Person, World

N_DRAWN = 100  # where there are too many to ask them all
SEED = 7


class Probe(NamedTuple):
    """What to ask, and the right answer."""

    prompt: str
    answer: str
    kind: str


def facts(world: World) -> list[Probe]:
    """Return a probe for each fact of each person: "anna works as a" and " baker"."""
    return [
        cut(f"{person} {person.wordings[fact][0]}", getattr(person, fact), fact)
        for person in world.people
        for fact in FACTS
    ]


def capitals(world: World) -> list[Probe]:
    """Return a probe for each capital: "the capital of france is" and " paris"."""
    sentences = (wordings[0] for wordings in world.capitals.values())
    return [cut(sentence, sentence.split(" ")[-2], "capital") for sentence in sentences]


def questions(world: World) -> list[Probe]:
    """Return the questions that documents ask: "what is the job of anna ?" and " baker"."""
    return list(ask(world.asked, "question"))


def held_out_questions(world: World) -> list[Probe]:
    """Return the questions about those people of whom no document asks."""
    return list(ask(world.held_out_people, "held-out question"))


def cut(text: str, answer: str, kind: str) -> Probe:
    """Cut a text before a word of it that is the answer.

    Example:
        >>> cut("mia lives on oak street", "oak", "home")
        Probe(prompt='mia lives on', answer=' oak', kind='home')
    """
    return Probe(text.rpartition(f" {answer}")[0], f" {answer}", kind)


def ask(people: Sequence[Person], kind: str) -> Iterator[Probe]:
    """Yield the five questions about each of the people."""
    for person in people:
        for question in QUESTIONS:
            yield Probe(f"{question} {person} ?", f" {getattr(person, question.about)}", kind)


def pronouns(world: World) -> list[Probe]:
    """Return all that documents ask: "the cat ... what was too tired ? the" and " cat"."""
    return [
        probe
        for attempt in world.attempts
        for animal in world.pets
        for thing in attempt.seen[animal]
        for probe in blame(animal, attempt, thing)
    ]


def held_out_pronouns(world: World) -> list[Probe]:
    """Return the same questions about those pairs of animal and thing that no document holds."""
    return [
        probe._replace(kind="held-out pronoun")
        for attempt in world.attempts
        for animal in world.pets
        for thing in attempt.things
        if thing not in attempt.seen[animal]
        for probe in blame(animal, attempt, thing)
    ]


def blame(animal: str, attempt: Attempt, thing: str) -> Iterator[Probe]:
    """Yield, for each reason of a failure, the question which of the two it is about."""
    for reason in attempt.reasons:
        told = f"the {animal} {attempt} {thing} because it was too {reason} ."
        answer = animal if reason.about == "animal" else thing
        yield Probe(f"{told} what was too {reason} ? the", f" {answer}", "pronoun")


def sums(world: World) -> list[Probe]:
    """Return a probe for each pair of digits: "3 + 4 =" and " 7"."""
    return [
        Probe(f"{a} + {b} =", f" {int(a) + int(b)}", "sum")
        for a in world.digits
        for b in world.digits
    ]


def repeats(world: World) -> list[Probe]:
    """Return 100 lists of words to repeat, all four of them."""
    probes = []
    for text in write(world, SEED, N_DRAWN, ["parrot"]):
        heard, says, said = text.removesuffix(" .").partition(" says")
        probes.append(Probe(heard + says, said, "repeat"))
    return probes


def who_has_what(world: World) -> list[Probe]:
    """Return 100 questions about three people and foods: "... who has soup ?" and " ben"."""
    probes = []
    for text in write(world, SEED, N_DRAWN, ["possession"]):
        told, _, answers = text.partition(" ? ")
        probes.append(Probe(f"{told} ?", f" {answers.split(' ')[0]}", "possession"))
    return probes


PROBES = {
    "facts": facts,
    "capitals": capitals,
    "questions": questions,
    "held-out questions": held_out_questions,
    "pronouns": pronouns,
    "held-out pronouns": held_out_pronouns,
    "sums": sums,
    "repeats": repeats,
    "who has what": who_has_what,
}
