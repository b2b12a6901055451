"""Chats ask what documents do not ask in this form, and answer what is so."""

from collections import Counter
from itertools import product
from random import Random

import pytest

from course_lib.llm.tokenizer import split_words
from course_lib.tinyville import documents, words
from course_lib.tinyville.chat import (
    HELD_OUT_STRANGERS,
    SEEN_STRANGERS,
    chats,
    refusals,
    vocabulary,
    with_wrong_answers,
)
from course_lib.tinyville.documents import is_possible_sentence
from course_lib.tinyville.world import FACTS, SIZES, World, make_world


@pytest.fixture(params=SIZES)
def world(request) -> World:
    return make_world(request.param)


def test_each_person_is_asked_each_fact_in_six_ways(world: World):
    asked = chats(world.people)
    counts = Counter((chat.name, chat.fact) for chat in asked)
    assert counts == {pair: 6 for pair in product(world.people, FACTS)}
    assert len({chat.question for chat in asked}) == len(asked)


def test_an_answer_is_true_and_about_what_was_asked(world: World):
    for chat in chats(world.people[:20]):
        person = next(person for person in world.people if person == chat.name)
        assert chat.name in chat.question.split(" ")
        assert chat.answer == chat.right[0]
        for sentence in chat.right:
            assert is_possible_sentence(world, sentence)
            assert {person, getattr(person, chat.fact)} <= set(sentence.split(" "))


def test_messages_are_those_of_a_user_and_an_assistant():
    for chat in chats(make_world("village").asked) + refusals(SEEN_STRANGERS):
        user, assistant = chat.messages
        assert user == {"role": "user", "content": chat.question}
        assert assistant == {"role": "assistant", "content": chat.answer}
        for message in chat.messages:
            assert message["content"] == " ".join(message["content"].split())


def test_no_document_asks_so(world: World):
    for person in world.asked[:10]:
        for chat in chats([person]):
            value = getattr(person, chat.fact)
            assert is_possible_sentence(world, chat.answer)
            for answer in (value, f"a {value}", f"{value} street", chat.answer.removesuffix(" .")):
                assert not is_possible_sentence(world, f"{chat.question} {answer} .")


def test_strangers_are_unknown_to_documents_and_split_in_two(world: World):
    assert set(SEEN_STRANGERS) | set(HELD_OUT_STRANGERS) == set(words.STRANGERS)
    assert not set(SEEN_STRANGERS) & set(HELD_OUT_STRANGERS)
    assert not set(words.STRANGERS) & set(documents.vocabulary(world))
    for chat in refusals(HELD_OUT_STRANGERS):
        assert chat.answer == f"i do not know {chat.name} ."
        assert chat.right == (chat.answer,)


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.0, 0, 0), (0.3, 230, 310), (1.0, 900, 900)]
)
def test_a_share_of_the_answers_is_made_wrong(share: float, least: int, most: int):
    village = make_world("village")
    clean = chats(village.asked[:25]) + refusals(SEEN_STRANGERS[:5])
    noisy = with_wrong_answers(village, clean, share, Random(0))
    assert noisy == with_wrong_answers(village, clean, share, Random(0))
    changed = [
        (before, after) for before, after in zip(clean, noisy, strict=True) if before != after
    ]
    assert least <= len(changed) <= most
    for before, after in changed:
        assert after.question == before.question and after.right == before.right
        assert after.answer not in after.right
        assert not is_possible_sentence(village, after.answer)
        assert any(
            is_possible_sentence(village, after.answer.replace(after.name, person, 1))
            for person in village.people
        )


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_0_and_1_is_refused(share: float):
    with pytest.raises(ValueError, match="share must be from 0 to 1, got"):
        with_wrong_answers(make_world("village"), [], share, Random(0))


def test_the_vocabulary_is_what_chats_hold(world: World):
    asked = chats(world.people) + refusals(words.STRANGERS)
    pieces = {
        piece
        for chat in asked
        for message in chat.messages
        for piece in split_words(message["content"])
    }
    known = vocabulary(asked)
    assert known == sorted(set(known))
    assert pieces <= set(known)
    assert {piece.strip() for piece in known} == {piece.strip() for piece in pieces}


def test_few_words_of_chats_are_new(world: World):
    asked = chats(world.people) + refusals(words.STRANGERS)
    new = {piece.strip() for piece in vocabulary(asked)}
    new -= {piece.strip() for piece in documents.vocabulary(world)}
    assert len(new - set(words.STRANGERS)) == 16
