"""The documents of Tinyville: write them, and tell the exact probability of any text.

The kind of a document is drawn first, by its share; then its function writes it. No text belongs
to two kinds. So the log-probability of a text is known exactly, and with it the entropy of the
language: no model, however large, can have a lower loss on average.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, islice
from math import log, sqrt
from random import Random
from statistics import fmean, stdev
from typing import NamedTuple

from course_lib.tinyville import (
    biographies,
    capitals,
    parrots,
    possession,
    pronouns,
    questions,
    royals,
    stories,
    sums,
)
from course_lib.tinyville.sentences import Sentence
from course_lib.tinyville.world import World
from course_lib.tinyville.writing import Impossible, Text, Writer, read


class Kind(NamedTuple):
    """A kind of document.

    Attributes:
        share: the part of all documents that are of this kind.
        write: writes one, called as `write(text, world)`.
        sentences: what it can consist of.
    """

    share: float
    write: Callable[[Text, World], None]
    sentences: tuple[Sentence, ...]


KINDS = {
    "story": Kind(0.30, stories.story, stories.SENTENCES),
    "biography": Kind(0.18, biographies.biography, biographies.SENTENCES),
    "questions": Kind(0.10, questions.questions, questions.SENTENCES),
    "pronoun": Kind(0.12, pronouns.pronoun, pronouns.SENTENCES),
    "sums": Kind(0.12, sums.sums, sums.SENTENCES),
    "possession": Kind(0.07, possession.possession, possession.SENTENCES),
    "parrot": Kind(0.05, parrots.parrot, parrots.SENTENCES),
    "capitals": Kind(0.03, capitals.capitals, capitals.SENTENCES),
    "royals": Kind(0.03, royals.royals, royals.SENTENCES),
}


def shares(kinds: Sequence[str] | None = None) -> dict[str, float]:
    """Return each kind's part of the documents of these kinds only; of all, by default.

    Example:
        >>> shares(["story", "sums", "biography"])
        {'story': 0.5, 'sums': 0.2, 'biography': 0.3}
    """
    kinds = list(KINDS) if kinds is None else kinds
    if isinstance(kinds, str) or not kinds or len(set(kinds) & set(KINDS)) < len(kinds):
        raise ValueError(f"kinds must be different ones of {list(KINDS)}, got {kinds!r}")
    total = sum(KINDS[name].share for name in kinds)
    return {name: KINDS[name].share / total for name in kinds}


def documents(world: World, seed: int, kinds: Sequence[str] | None = None) -> Iterator[str]:
    """Yield documents without end, the same for the same seed."""
    random = Random(seed)
    bounds = list(accumulate(shares(kinds).values()))[:-1]
    writers = [KINDS[name].write for name in shares(kinds)]
    while True:
        writer = Writer(random)
        writers[bisect(bounds, random.random())](writer, world)
        yield writer.text()


def write(world: World, seed: int, n: int, kinds: Sequence[str] | None = None) -> list[str]:
    """Return `n` documents: the first `n` that `documents` yields.

    Args:
        seed: the same seed gives the same documents, in every version of Python.
        kinds: names out of KINDS, to write these kinds only, in the same proportions.

    Example:
        >>> from course_lib.tinyville.world import make_world
        >>> write(make_world("village"), seed=1, n=1, kinds=["sums"])
        ['...']
    """
    return list(islice(documents(world, seed, kinds), n))


def logprob(world: World, text: str, kinds: Sequence[str] | None = None) -> float:
    """Return the log-probability, in nats, that a document is `text`.

    Args:
        kinds: as in `write`, when documents of these kinds only are written.

    Raises:
        Impossible: if no document is.
    """
    for name, share in shares(kinds).items():
        try:
            return log(share) + read(text, KINDS[name].write, world)
        except Impossible:
            continue
    raise Impossible(f"no document is {text!r}")


def is_possible(world: World, text: str) -> bool:
    """Return whether some document is `text`."""
    try:
        logprob(world, text)
    except Impossible:
        return False
    return True


def is_possible_sentence(world: World, sentence: str) -> bool:
    """Return whether some document holds `sentence`: all up to a " .", and the " ." itself.

    A question is a part of the sentence that answers it.

    Example:
        >>> from course_lib.tinyville.world import make_world
        >>> village = make_world("village")
        >>> [is_possible_sentence(village, f"2 + 2 = {n} .") for n in (4, 5)]
        [True, False]
    """
    return any(part.may_be(sentence, world) for kind in KINDS.values() for part in kind.sentences)


def entropy(
    world: World, n: int, seed: int, kinds: Sequence[str] | None = None
) -> tuple[float, float]:
    """Return the entropy of a document in nats, and its standard error, from `n` documents."""
    surprisals = [-logprob(world, text, kinds) for text in write(world, seed, n, kinds)]
    return fmean(surprisals), stdev(surprisals) / sqrt(n)


def floor(
    world: World, texts: Iterable[str], n_tokens: int, kinds: Sequence[str] | None = None
) -> float:
    """Return the loss, in nats a token, of a model that knows exactly how documents are written.

    Args:
        texts: whole documents.
        n_tokens: how many tokens were predicted in all of them: by any tokenizer, each document's
            tokens and the one that ends it.
        kinds: as in `write`.
    """
    if n_tokens < 1:
        raise ValueError(f"n_tokens must be at least 1, got {n_tokens}")
    return -sum(logprob(world, text, kinds) for text in texts) / n_tokens


def vocabulary(world: World) -> list[str]:
    """Return every word that a document can hold, sorted.

    A word has the space before it, as `course_lib.llm.tokenizer` cuts text. Words that can begin
    a document are there without the space too.
    """
    samples = write(world, seed=0, n=2000)  # they hold every word that is not the world's own
    begins = (*world.people, *world.capital_sentences, *world.digits, *samples)
    facts = (f"{person.deed} {' '.join(person.predicates)}" for person in world.people)
    things = (thing for attempt in world.attempts for thing in attempt.things)
    found = {phrase.split(" ")[0] for phrase in begins}
    for phrase in (*begins, *facts, *things, *world.nouns, *world.pets):
        found.update(f" {word}" for word in phrase.split(" "))
    return sorted(found)
