"""The towns: who lives there, what is so, and what is held out."""

from collections import Counter
from random import Random

import pytest

from course_lib.tinyville import words
from course_lib.tinyville.documents import write
from course_lib.tinyville.world import FACTS, SIZES, build_world, deal, make_world, shuffled

every_size = pytest.mark.parametrize("size", SIZES)
LISTS = {
    name: set(getattr(words, name))
    for name in vars(words)
    if name.isupper()  # all of them but the values of JOBS and CAPITALS
}


def test_no_word_is_in_two_lists():
    counts = Counter(word for found in LISTS.values() for word in found)
    counts.update(words.CAPITALS.values())
    assert [word for word, count in counts.items() if count > 1] == []


def test_words_are_plain():
    for found in LISTS.values():
        assert all(word.isascii() and word.isalpha() and word.islower() for word in found)
    with_article = LISTS["JOBS"] | LISTS["PETS"] | LISTS["OBJECTS"]
    assert not [word for word in with_article if word[0] in "aeiou"]
    assert all(len(deed.split(" ")) == 3 for deed in words.JOBS.values())


def test_no_name_means_something_else():
    names = LISTS["SHE"] | LISTS["HE"] | LISTS["STRANGERS"]
    deeds = {word for deed in words.JOBS.values() for word in deed.split(" ")}
    texts = write(make_world("village"), 0, 3000)  # all words that are not from the lists
    used = {word for text in texts for word in text.split(" ")} - set(make_world("village").people)
    assert not names & (deeds | used)


@every_size
def test_a_town_has_the_people_it_promises(size: str):
    world = make_world(size)
    assert len(set(world.people)) == len(world.people) == SIZES[size].people
    assert Counter(person.pronoun for person in world.people) == {
        "she": SIZES[size].people // 2,
        "he": SIZES[size].people // 2,
    }
    assert make_world(size) is world


@every_size
def test_a_fact_is_as_frequent_as_any_other(size: str):
    for fact in FACTS:
        counts = Counter(getattr(person, fact) for person in make_world(size).people)
        assert max(counts.values()) - min(counts.values()) <= 1


@every_size
def test_a_name_says_nothing_about_its_facts(size: str):
    """With the two lists of names swapped, places in the town keep their facts."""
    world = make_world(size)
    she, he = words.SHE, words.HE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "SHE", he)
        patch.setattr(words, "HE", she)
        swapped = build_world(SIZES[size])
    for person, other in zip(world.people, swapped.people, strict=True):
        assert person != other
        assert all(getattr(person, fact) == getattr(other, fact) for fact in FACTS)


@every_size
def test_a_predicate_says_a_fact(size: str):
    for person in make_world(size).people:
        assert len(person.predicates) == len(set(person.predicates)) == 15
        for predicate in person.predicates:
            assert getattr(person, predicate.about) in predicate.split(" ")
        assert person.deed == words.JOBS[person.job]


@every_size
def test_a_quarter_of_the_people_is_never_asked_about(size: str):
    world = make_world(size)
    assert len(world.held_out_people) == len(world.people) // 4
    assert sorted(world.asked + world.held_out_people) == sorted(world.people)
    asked = Counter(
        part.split(" ")[-1]
        for text in write(world, 1, 5000, ["questions"])
        for part in text.split(" ?")[:-1]
    )
    assert set(asked) == set(world.asked)


@every_size
def test_a_fifth_of_the_pairs_of_animal_and_thing_never_meets(size: str):
    world = make_world(size)
    for attempt in world.attempts:
        for pet in world.pets:
            assert len(attempt.seen[pet]) * 5 == len(attempt.things) * 4
            assert set(attempt.seen[pet]) < set(attempt.things)
        assert {thing for pet in world.pets for thing in attempt.seen[pet]} == set(attempt.things)
    for text in write(world, 2, 3000, ["pronoun"]):
        animal = text.split(" ")[1]
        thing = text.split(" because")[0].split(" ")[-1]
        (attempt,) = (attempt for attempt in world.attempts if f" {attempt} " in text)
        assert thing in attempt.seen[animal]


@every_size
def test_the_answer_about_a_pronoun_is_decided_by_the_reason(size: str):
    world = make_world(size)
    reasons = [reason for attempt in world.attempts for reason in attempt.reasons]
    assert len(reasons) == len(set(reasons))
    about = {reason: reason.about for reason in reasons}
    for text in write(world, 3, 1000, ["pronoun"]):
        told, answer = text.removesuffix(" .").split(" ? the ")
        is_animal = answer == text.split(" ")[1]
        assert is_animal == (about[told.split(" ")[-1]] == "animal")
        assert text.split(" ").count(answer) == 2


@pytest.mark.parametrize("size", ["hamlet", "", None])
def test_an_unknown_size_is_refused(size):
    with pytest.raises(ValueError, match=r"size must be one of \['village', 'town', 'city'\]"):
        make_world(size)


def test_a_deal_gives_each_value_its_turn():
    assert Counter(deal("abc", 8, Random(0))) == {"a": 3, "b": 3, "c": 2}


def test_all_orders_are_equally_likely():
    random = Random(0)
    counts = Counter("".join(shuffled("abc", random)) for _ in range(6000))
    assert len(counts) == 6
    assert all(abs(count - 1000) < 120 for count in counts.values())  # four standard errors
