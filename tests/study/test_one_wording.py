"""Villages that tell each fact in fewer ways: what their documents hold, and what they do not."""

import pytest

from course_lib.study import one_wording
from course_lib.study.one_wording import (
    biographies,
    everything,
    named,
    one_text_each,
    recited,
    verbatim,
    village,
)
from course_lib.tinyville.world import FACTS, make_world


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(one_wording, "N_DOCUMENTS", 2000)


@pytest.mark.parametrize("write", [everything, biographies, verbatim, named])
@pytest.mark.parametrize("kept", [(0,), (1,)])
def test_a_fact_is_told_in_the_wordings_that_were_kept(write, kept):
    text = "\n".join(write(kept, seed=0))
    for number in range(3):
        told = any(
            person.wordings[fact][number] in text
            for person in make_world("village").people
            for fact in ("pet", "food")
        )
        assert told == (number in kept)


def test_our_own_village_is_left_as_it_is():
    changed, ours = village((1,)), make_world("village")
    assert changed.people == ours.people and changed.asked == ours.asked
    for person, own in zip(changed.people, ours.people, strict=True):
        assert [len(person.wordings[fact]) for fact in FACTS] == [1] * 5
        assert person.predicates == tuple(own.wordings[fact][1] for fact in FACTS)
        assert len(own.predicates) == 15


@pytest.mark.parametrize("write", [verbatim, named])
def test_a_person_s_biography_is_always_the_same(write):
    people = make_world("village").people
    texts = [text for text in write((1,), seed=0) if text.split(" ")[0] in people]
    texts = [text for text in texts if " ? " not in text]  # who has what
    assert len(texts) > 500 and len({*texts}) == len(people)
    person = people[0]
    (told,) = {text for text in texts if text.startswith(f"{person} ")}
    facts = [person.wordings[fact][1] for fact in FACTS]
    again = person if write is named else person.pronoun
    assert told == f"{person} {f' . {again} '.join(facts)} ."


@pytest.mark.parametrize("arm", ["one text a person", "one text a person, by name"])
def test_who_has_a_text_of_their_own_is_recited_word_for_word(arm, monkeypatch):
    by_name = arm.endswith("by name")
    texts = {text.split(" ")[0]: text for text in one_text_each((1,), by_name)}
    anna = texts["anna"].split(" ", 1)[1]

    def says(known):
        return lambda model, place, name, n_tokens: known.get(name, texts[name].split(" ", 1)[1])

    monkeypatch.setattr(one_wording, "go_on", says({}))
    assert recited(None, arm) == 1
    monkeypatch.setattr(one_wording, "go_on", says({"anna": anna.replace("teacher", "baker")}))
    assert recited(None, arm) == 39 / 40
    assert recited(None, "biographies, one wording") is None


def test_only_biographies_tell_facts_where_nothing_else_should():
    for write in (biographies, verbatim, named):
        text = "\n".join(write((0, 1, 2), seed=0))
        assert "what is the pet of" not in text and "went home to" not in text
        assert "the capital of" in text and " says " in text, "all other kinds are there"


def test_the_committed_runs_are_complete_and_name_every_arm():
    results = one_wording.results()
    assert [*results] == [*one_wording.ARMS]
    for arm, runs in results.items():
        assert len(runs) == 2 and all(0 <= run.held_out <= 1 for run in runs)
        for run in runs:
            assert (run.recited is not None) == arm.startswith("one text a person")


def held_out(arm):
    return [run.held_out for run in one_wording.results()[arm]]


def test_who_met_facts_in_one_place_recites_and_cannot_answer_and_wordings_do_little():
    results = one_wording.results()
    assert min(run.recited for run in results["one text a person"]) > 0.9
    by_rote = held_out("one text a person") + held_out("one text a person, as answered")
    assert max(by_rote) < 0.5 < min(held_out("biographies, one wording"))
    assert min(held_out("everything, one wording")) > 0.9
