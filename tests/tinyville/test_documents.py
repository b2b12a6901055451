"""The documents: their probabilities are exact, and the truth holds in all of them."""

from collections import Counter
from hashlib import sha256
from itertools import pairwise
from math import exp, fsum, log, sqrt
from random import Random

import pytest

from course_lib.llm.tokenizer import split_words
from course_lib.tinyville.documents import (
    KINDS,
    documents,
    entropy,
    floor,
    is_possible,
    logprob,
    shares,
    vocabulary,
    write,
)
from course_lib.tinyville.sentences import can_be
from course_lib.tinyville.world import SIZES, make_world
from course_lib.tinyville.writing import Impossible, Writer
from tests.tinyville.mutants import mutants
from tests.tinyville.small import hamlet, hamlet_documents, hamlet_texts

every_size = pytest.mark.parametrize("size", SIZES)
every_kind = pytest.mark.parametrize("kind", KINDS)


class Recorder(Writer):
    """A writer that keeps the choices it had."""

    def __init__(self, random: Random):
        super().__init__(random)
        self.choices = []

    def choose(self, options, *taken):
        self.choices.append((tuple(options), taken))
        return super().choose(options, *taken)


# --- on a town so small that all documents can be listed


def test_all_probabilities_sum_to_1():
    assert fsum(prob for _, prob in hamlet_documents()) == pytest.approx(1, abs=1e-12)


def test_no_text_can_be_made_in_two_ways():
    counts = Counter(text for text, _ in hamlet_documents())
    assert len(counts) > 20_000
    assert max(counts.values()) == 1


def test_a_text_is_as_likely_as_its_choices():
    for text, prob in hamlet_documents()[::7]:
        assert logprob(hamlet(), text) == pytest.approx(log(prob))


def test_just_these_texts_are_possible():
    texts = hamlet_texts()
    outcomes = Counter()
    for mutant in mutants(sorted(texts), n=6000, random=Random(0)):
        assert is_possible(hamlet(), mutant) == (mutant in texts), mutant
        outcomes[mutant in texts] += 1
    assert outcomes[True] > 50


def test_entropy_is_near_the_exact_value():
    exact = -fsum(prob * log(prob) for _, prob in hamlet_documents())
    mean, error = entropy(hamlet(), n=2000, seed=0)
    assert abs(mean - exact) < 4 * error
    surprisals = [-log(prob) for _, prob in hamlet_documents()]
    probs = [prob for _, prob in hamlet_documents()]
    variance = fsum(p * (s - exact) ** 2 for p, s in zip(probs, surprisals, strict=True))
    assert error == pytest.approx(sqrt(variance / 2000), rel=0.1)


# --- on the towns themselves


@every_kind
@every_size
def test_reading_finds_the_choices_of_the_writer(size: str, kind: str):
    world, random = make_world(size), Random(3)
    for _ in range(50):
        writer = Recorder(random)
        KINDS[kind].write(writer, world)
        chance = -sum(log(len(options) - len(taken)) for options, taken in writer.choices)
        expected = log(KINDS[kind].share) + chance
        assert logprob(world, writer.text()) == pytest.approx(expected, abs=1e-9)


@every_size
def test_at_no_place_is_one_option_the_beginning_of_another(size: str):
    world, random = make_world(size), Random(4)
    places = set()
    for kind in KINDS.values():
        for _ in range(round(5000 * kind.share)):
            writer = Recorder(random)
            kind.write(writer, world)
            places.update(writer.choices)
    for options, taken in places:
        assert len(set(taken)) == len(taken) < len(options)
        assert set(taken) <= set(options)
    for options in {options for options, _ in places}:
        ordered = sorted(f"{option} " for option in options)
        assert not any(after.startswith(before) for before, after in pairwise(ordered))


@every_size
def test_each_document_is_of_one_kind(size: str):
    world = make_world(size)
    for name in KINDS:
        for text in write(world, 5, 100, [name]):
            assert [n for n, kind in KINDS.items() if can_be(text, kind.write, world)] == [name]


def test_kinds_occur_by_their_shares():
    world = make_world("village")
    found = Counter(
        next(name for name, kind in KINDS.items() if can_be(text, kind.write, world))
        for text in write(world, 6, 2000)
    )
    for name, share in shares().items():
        assert abs(found[name] - 2000 * share) < 4 * sqrt(2000 * share)


def test_shares_sum_to_1():
    assert fsum(shares().values()) == pytest.approx(1, abs=1e-12)
    assert fsum(shares(["parrot", "sums"]).values()) == pytest.approx(1, abs=1e-12)


PINNED = {  # a change here changes every figure and every checkpoint of the lessons
    "village": "de2be8a39e639a77",
    "town": "a211d4da435437ac",
    "city": "738e6231830eaa21",
}


@every_size
def test_a_seed_gives_the_same_documents_everywhere(size: str):
    text = "\n".join(write(make_world(size), seed=1, n=1000))
    assert sha256(text.encode()).hexdigest()[:16] == PINNED[size]


def test_seeds_differ_and_more_documents_begin_alike():
    village = make_world("village")
    assert write(village, 1, 20)[:10] == write(village, 1, 10)
    assert write(village, 1, 10) != write(village, 2, 10)
    endless = documents(village, 1)
    assert [next(endless) for _ in range(10)] == write(village, 1, 10)


def test_a_mixture_of_fewer_kinds_has_its_own_probabilities():
    village = make_world("village")
    for text in write(village, 8, 100, ["sums", "royals"]):
        few, all_kinds = logprob(village, text, ["sums", "royals"]), logprob(village, text)
        assert exp(all_kinds - few) == pytest.approx(0.15)
    with pytest.raises(Impossible):
        logprob(village, write(village, 8, 1, ["story"])[0], ["sums", "royals"])


@pytest.mark.parametrize("kinds", [[], ["tale"], ["sums", "sums"], "sums"])
def test_unknown_kinds_are_refused(kinds):
    with pytest.raises(ValueError, match="kinds must be different ones of"):
        write(make_world("village"), 0, 1, kinds)


@every_size
def test_a_floor_is_the_mean_surprisal_of_a_token(size: str):
    world = make_world(size)
    texts = write(world, 9, 50)
    total = -sum(logprob(world, text) for text in texts)
    assert floor(world, iter(texts), 1000) == pytest.approx(total / 1000)
    with pytest.raises(ValueError, match="n_tokens must be at least 1, got 0"):
        floor(world, texts, 0)


TYPES = {"village": (264, 240), "town": (425, 400), "city": (1302, 1500)}  # exact, aimed at


@every_size
def test_the_vocabulary_is_what_documents_hold(size: str):
    world = make_world(size)
    texts = write(world, 10, 20_000)
    pieces = {piece for text in texts for piece in split_words(text)}
    words = {word for text in texts for word in text.split(" ")}
    known = vocabulary(world)
    assert known == sorted(set(known))
    assert pieces <= set(known)
    inside = {piece for piece in known if piece.startswith(" ")}
    assert inside == {f" {word}" for word in words}
    exact, aim = TYPES[size]
    print(f"{size}: {len(words)} different words")
    assert len(words) == exact
    assert abs(exact / aim - 1) <= 0.15


@every_size
def test_documents_are_words_and_short(size: str):
    texts = write(make_world(size), 11, 3000)
    assert all(text == " ".join(text.split()) == text.lower() for text in texts)
    assert max(len(text.split(" ")) for text in texts) == 64
