"""Which sentences some document could hold."""

from collections import Counter
from random import Random

import pytest

from course_lib.tinyville.documents import is_possible_sentence, write
from course_lib.tinyville.sentences import cut_sentences
from course_lib.tinyville.world import SIZES, make_world
from tests.tinyville.mutants import mutants
from tests.tinyville.small import hamlet, hamlet_texts


@pytest.mark.slow
def test_just_the_sentences_of_documents_are_possible():
    sentences = {sentence for text in hamlet_texts() for sentence in cut_sentences(text)}
    assert all(is_possible_sentence(hamlet(), sentence) for sentence in sentences)
    outcomes = Counter()
    for mutant in mutants(sorted(sentences), n=6000, random=Random(0)):
        assert is_possible_sentence(hamlet(), mutant) == (mutant in sentences), mutant
        outcomes[mutant in sentences] += 1
    assert outcomes[True] > 100


@pytest.mark.parametrize("size", SIZES)
def test_each_sentence_of_a_document_is_possible(size: str):
    world = make_world(size)
    for text in write(world, seed=1, n=200):
        for sentence in cut_sentences(text):
            assert is_possible_sentence(world, sentence), sentence


def test_a_wrong_fact_is_impossible_and_the_right_one_possible():
    village = make_world("village")
    jobs = sorted({person.job for person in village.people})
    for person in village.people:
        possible = [job for job in jobs if is_possible_sentence(village, f"{person} is a {job} .")]
        assert possible == [person.job]


def test_people_who_are_held_out_are_not_asked_about():
    village = make_world("village")
    for person in village.people:
        sentence = f"what is the job of {person} ? {person.job} ."
        assert is_possible_sentence(village, sentence) == (person in village.asked)


@pytest.mark.parametrize(
    ("sentence", "possible"),
    [
        ("what was too tired ? the cat .", True),
        ("what was too tired ? the road .", False),
        ("what was too wide ? the road .", True),
        ("what was too wide ? the barrel .", False),
        ("he wears his crown .", True),
        ("he wears her crown .", False),
        ("the king lives in a palace .", True),
        ("the man lives in a palace .", False),
        ("9 + 9 = 18 .", True),
        ("9 + 9 = 17 .", False),
        ("9 + 9 = 18", False),
        ("9 + 9 = 18 . 1 + 1 = 2 .", False),
        ("paris is the capital of france .", True),
        ("rome is the capital of france .", False),
        ("who has soup ? anna .", True),
        ("who has anna ? soup .", False),
        ("the parrot says kite ball drum book .", True),
        ("the parrot says kite ball drum kite .", False),
        ("", False),
    ],
)
def test_some_sentences_of_each_kind(sentence: str, possible: bool):
    assert is_possible_sentence(make_world("village"), sentence) == possible


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("a b .", ["a b ."]),
        ("a ? b . c .", ["a ? b .", "c ."]),
        ("a . b", ["a .", "b"]),
        ("a b", ["a b"]),
        (". a .", [".", "a ."]),
        ("", []),
    ],
)
def test_cutting_a_text(text: str, sentences: list[str]):
    assert cut_sentences(text) == sentences
