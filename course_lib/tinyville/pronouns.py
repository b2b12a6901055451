"""Sentences in which one word decides what "it" means.

"the cat did not cross the road because it was too tired": the cat. With "wide": the road. A
question afterwards asks which. Such pairs are called Winograd schemas (Levesque et al., 2012, "The
Winograd Schema Challenge"). Every fifth pair of an animal and a thing never occurs in a document.
"""

from collections.abc import Iterable

from course_lib.tinyville.sentences import Sentence, named
from course_lib.tinyville.world import Phrase, World
from course_lib.tinyville.writing import Text


def pronoun(text: Text, world: World) -> None:
    """Write what an animal failed to do and why, then ask which of the two was to blame."""
    animal, thing, reason = failure(text, world)
    blame(text, world, animal, thing, reason)


def failure(text: Text, world: World) -> tuple[str, str, Phrase]:
    """Write what an animal failed to do and why; return the animal, the thing, the reason."""
    text.say("the")
    animal = text.choose(world.pets)
    attempt = text.choose(world.attempts)
    thing = text.choose(attempt.seen[animal])
    text.say("because it was too")
    reason = text.choose(attempt.reasons)
    text.say(".")
    return animal, thing, reason


def blame(text: Text, world: World, animal: str, thing: str, reason: Phrase) -> None:
    """Write which of the two the reason is about."""
    text.say(f"what was too {reason} ? the {animal if reason.about == 'animal' else thing} .")


def failures(world: World, words: list[str]) -> Iterable[tuple]:
    """Yield the animals, things and reasons that a sentence can be about."""
    for attempt in world.attempts:
        for reason in named(attempt.reasons, words):
            for animal in named(world.pets, words) or world.pets[:1]:
                for thing in named(attempt.things, words) or attempt.things[:1]:
                    yield animal, thing, reason


SENTENCES = (Sentence(failure), Sentence(blame, failures))
