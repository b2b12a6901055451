"""Villages that tell each fact in fewer ways: what their documents hold, and what they do not."""

import pytest

from course_lib.study import one_wording
from course_lib.study.one_wording import biographies, everything, verbatim, village
from course_lib.tinyville.world import FACTS, make_world


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(one_wording, "N_DOCUMENTS", 2000)


@pytest.mark.parametrize("write", [everything, biographies, verbatim])
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


def test_a_person_s_biography_is_always_the_same():
    people = make_world("village").people
    texts = [text for text in verbatim((1,), seed=0) if text.split(" ")[0] in people]
    texts = [text for text in texts if " ? " not in text]  # who has what
    assert len(texts) > 500 and len({*texts}) == len(people)
    person = people[0]
    (told,) = {text for text in texts if text.startswith(f"{person} ")}
    facts = [person.wordings[fact][1] for fact in FACTS]
    assert told == f"{person} {f' . {person.pronoun} '.join(facts)} ."


def test_only_biographies_tell_facts_where_nothing_else_should():
    for write in (biographies, verbatim):
        text = "\n".join(write((0, 1, 2), seed=0))
        assert "what is the pet of" not in text and "went home to" not in text
        assert "the capital of" in text and " says " in text, "all other kinds are there"


def test_the_committed_runs_are_complete_and_name_every_arm():
    results = one_wording.results()
    assert [*results] == [*one_wording.ARMS]
    for values in results.values():
        assert len(values) == 2 and all(0 <= value <= 1 for value in values)


def test_who_met_facts_in_one_place_cannot_answer_and_wordings_do_little():
    results = one_wording.results()
    by_rote = results["one text a person"] + results["one text a person, as answered"]
    assert max(by_rote) < 0.5 < min(results["biographies, one wording"])
    assert min(results["everything, one wording"]) > 0.9
