"""Each probe asks for what is true, in the words of the documents."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from course_lib.tinyville.documents import is_possible, is_possible_sentence
from course_lib.tinyville.probes import PROBES
from course_lib.tinyville.world import SIZES, World, make_world

N_MOST = 200  # of each kind of probe


@pytest.fixture(params=SIZES)
def world(request) -> World:
    return make_world(request.param)


@pytest.mark.parametrize("name", PROBES)
def test_a_prompt_ends_before_the_answer(name: str, world: World):
    probes = PROBES[name](world)
    assert len({probe.prompt for probe in probes}) == len(probes)
    for probe in probes:
        assert not probe.prompt.endswith(" ")
        assert probe.answer.startswith(" ") and not probe.answer.endswith(" ")


@pytest.mark.parametrize("name", ["facts", "capitals", "questions", "sums"])
def test_the_answer_makes_a_sentence_of_documents_and_another_does_not(name: str, world: World):
    probes = PROBES[name](world)
    for probe in probes[:: 1 + len(probes) // N_MOST]:
        rest = " street ." if probe.kind == "home" else " ."
        assert is_possible_sentence(world, probe.prompt + probe.answer + rest)
        wrong = {other.answer for other in probes if other.kind == probe.kind} - {probe.answer}
        sentence = probe.prompt + min(wrong) + rest
        assert not is_possible_sentence(world, sentence), sentence


def test_who_has_what_is_told_in_the_prompt(world: World):
    for probe in PROBES["who has what"](world):
        (food,) = re.findall(r"who has (\w+) \?$", probe.prompt)
        assert re.findall(rf"(\w+) has {food} \.", probe.prompt) == [probe.answer.strip()]


@pytest.mark.parametrize("name", ["pronouns", "repeats"])
def test_the_answer_makes_a_document(name: str, world: World):
    probes = PROBES[name](world)
    for probe in probes[:: 1 + len(probes) // N_MOST]:
        assert is_possible(world, probe.prompt + probe.answer + " .")
        other = next(other for other in probes if other.answer != probe.answer)
        assert not is_possible(world, probe.prompt + other.answer + " .")


@pytest.mark.parametrize("name", ["held-out questions", "held-out pronouns"])
def test_no_document_holds_what_is_held_out(name: str, world: World):
    probes = PROBES[name](world)
    for probe in probes[:: 1 + len(probes) // N_MOST]:
        sentence = probe.prompt + probe.answer + " ."
        assert not is_possible(world, sentence)
        if name == "held-out questions":
            assert not is_possible_sentence(world, sentence)


def test_what_is_held_out_is_asked_as_documents_ask(world: World):
    """Each held-out probe becomes a seen one when its person, or its thing, is exchanged."""
    seen = {probe.prompt for probe in PROBES["questions"](world)}
    for probe in PROBES["held-out questions"](world)[:N_MOST]:
        *before, name, mark = probe.prompt.split(" ")
        assert name in world.held_out_people
        assert " ".join([*before, world.asked[0], mark]) in seen
        person = next(person for person in world.people if person == name)
        assert probe.answer[1:] in vars(person).values()
    seen = {probe.prompt for probe in PROBES["pronouns"](world)}
    for probe in PROBES["held-out pronouns"](world)[:N_MOST]:
        before, thing, after = cut_thing(probe.prompt)
        attempt = next(attempt for attempt in world.attempts if thing in attempt.things)
        assert any(f"{before} {other} {after}" in seen for other in attempt.things)
        assert probe.answer[1:] in (probe.prompt.split(" ")[1], thing)


def cut_thing(prompt: str) -> tuple[str, str, str]:
    """Return the thing that an animal failed at, and what stands before and after."""
    before, after = prompt.split(" because ")
    before, _, thing = before.rpartition(" ")
    return before, thing, f"because {after}"


def test_a_fifth_of_the_pronouns_is_held_out(world: World):
    held_out, seen = (len(PROBES[name](world)) for name in ("held-out pronouns", "pronouns"))
    assert held_out * 4 == seen


@pytest.mark.parametrize("name", ["pronouns", "held-out pronouns"])
def test_animal_and_thing_are_asked_for_equally_often(name: str, world: World):
    is_animal = Counter(
        probe.answer[1:] == probe.prompt.split(" ")[1] for probe in PROBES[name](world)
    )
    assert is_animal[True] == is_animal[False]


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("facts", lambda world: 5 * len(world.people)),
        ("capitals", lambda world: len(world.capitals)),
        ("questions", lambda world: 5 * len(world.asked)),
        ("held-out questions", lambda world: 5 * len(world.held_out_people)),
        ("sums", lambda world: 100),
        ("repeats", lambda world: 100),
        ("who has what", lambda world: 100),
    ],
)
def test_nothing_is_left_out(name: str, n: Callable[[World], int], world: World):
    assert len(PROBES[name](world)) == n(world)
