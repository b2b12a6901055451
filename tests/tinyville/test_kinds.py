"""What each kind of document tells is so, read by other means than those that wrote it."""

import re

import pytest

from course_lib.tinyville.documents import write
from course_lib.tinyville.world import FACTS, SIZES, Person, World, make_world

N = 400
PRONOUNS = {"king": "he", "prince": "he", "man": "he", "boy": "he"}
STORY = re.compile(
    r"[\w ]+ , (\w+) and (\w+) went to the (\w+) \. "
    r"(\w+) had a (\w+) (\w+) \. "
    r'([^.]+ " \.) ([^.]+ " \.) '
    r"in the end (\w+) was \w+ and (\w+) went home to (\w+) street \."
)


@pytest.fixture(params=SIZES)
def world(request) -> World:
    return make_world(request.param)


def person_called(world: World, name: str) -> Person:
    return next(person for person in world.people if person == name)


def test_a_story_follows_from_the_facts_of_two_people(world: World):
    for text in write(world, 1, N, ["story"]):
        a, b, place, owner, colour, toy, first, second, last, pronoun, home = STORY.fullmatch(
            text
        ).groups()
        assert owner == last == a and first != second
        a, b = person_called(world, a), person_called(world, b)
        assert (a.pronoun, b.pronoun) == (
            ("she", "he") if text.startswith("one") else ("he", "she")
        )
        assert (colour, pronoun, home) == (a.colour, a.pronoun, a.home)
        assert place in world.places and toy in world.objects
        for event in (first, second):
            assert_follows(event, a, b, toy)


def assert_follows(event: str, a: Person, b: Person, toy: str) -> None:
    """Check that what happens in a story fits the facts of its two people."""
    words = event.split(" ")
    told, quote = event.split(' said " ')
    if "gave" in words and "some" in words:
        assert told == f"{a} gave {b} some {b.food} and {b.pronoun}" and quote == 'thank you ! " .'
    elif "for" in words:
        assert told == f"{b} the {b.job} {b.deed} for {a} and {a.pronoun}"
    elif "took" in words:
        assert told == f"the {b.pet} of {b} took the {toy} and {a}"
    elif "painted" in words:
        assert told == f"{b} painted the {toy} {b.colour} and {a}"
    elif "told" in words:
        assert told == f"{a} told {b} about a {a.pet} and {b.pronoun}"
    else:
        assert told == f"{b} shared some {a.food} with {a} and {a.pronoun}"


def test_a_biography_tells_three_facts_of_one_person(world: World):
    for text in write(world, 2, N, ["biography"]):
        sentences = text.removesuffix(" .").split(" . ")
        name = text.split(" ")[0]
        person = person_called(world, name)
        told = []
        for sentence in sentences:
            assert sentence.startswith(f"{name} ")
            (fact,) = (f for f in FACTS if sentence[len(name) + 1 :] in person.wordings[f])
            told.append(fact)
        assert len(set(told)) == 3


def test_questions_are_about_two_people_and_have_true_answers(world: World):
    labels = {"job": "job", "colour": "favourite colour", "pet": "pet"}
    labels |= {"food": "favourite food", "home": "street"}
    fact_of = {label: fact for fact, label in labels.items()}
    for text in write(world, 3, N, ["questions"]):
        asked = re.fullmatch(r"what is the (.+) of (\w+) \? (\w+) \. " * 2, text + " ").groups()
        for label, name, answer in (asked[:3], asked[3:]):
            assert getattr(person_called(world, name), fact_of[label]) == answer
        assert asked[1] != asked[4]


def test_capitals_are_those_of_three_countries(world: World):
    truth = {"france": "paris", "japan": "tokyo", "egypt": "cairo", "norway": "oslo"}
    for text in write(world, 4, N, ["capitals"]):
        countries = re.findall(r"capital of (\w+)", text)
        assert len(set(countries)) == len(countries) == 3
        for country, capital in truth.items():
            assert (country in countries) == (capital in text.split(" "))


def test_who_asks_who_has_what_is_told_the_truth(world: World):
    for text in write(world, 5, N, ["possession"]):
        told = re.match(r"(\w+) has (\w+) \. " * 3, text)
        people, foods = told.groups()[::2], told.groups()[1::2]
        assert len(set(people)) == len(set(foods)) == 3
        pairs = set(zip(people, foods, strict=True))
        asked = re.findall(r"who has (\w+) \? (\w+) \.", text[told.end() :])
        assert {(person, food) for food, person in asked} == pairs and len(asked) == 3


def test_a_parrot_says_what_it_hears(world: World):
    for text in write(world, 6, N, ["parrot"]):
        heard, said = re.fullmatch(
            r"the parrot hears (.+) \. the parrot says (.+) \.", text
        ).groups()
        assert heard == said
        assert len(set(heard.split(" "))) == 4


def test_a_king_lives_like_a_queen_and_is_spoken_of_like_a_man(world: World):
    seen = {}
    for text in write(world, 7, N, ["royals"]):
        figure, home, pronoun, possessive, clothes, again, age = re.fullmatch(
            r"the (\w+) lives in a (\w+) \. (\w+) wears (\w+) (\w+) \. (\w+) is (\w+) \.", text
        ).groups()
        assert pronoun == again == PRONOUNS.get(figure, "she")
        assert possessive == {"he": "his", "she": "her"}[pronoun]
        said = seen.setdefault(figure, {"home": set(), "clothes": set(), "age": set()})
        said["home"].add(home)
        said["clothes"].add(clothes)
        said["age"].add(age)
    assert len(seen) == 8
    assert seen["king"] == seen["queen"] and seen["man"] == seen["woman"]
    assert seen["prince"] == seen["princess"] and seen["boy"] == seen["girl"]
    for same in ("home", "clothes"):
        assert seen["king"][same] == seen["prince"][same]
        assert not seen["king"][same] & seen["man"][same]
    assert seen["king"]["age"] == seen["man"]["age"] != seen["boy"]["age"]
