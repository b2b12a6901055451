"""The ground truth of lesson 08: which pairs a critic and a reviser leave to learn from."""

import numpy as np
import pytest

from course_lib.exercises import codec
from course_lib.exercises.mistakes import result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.rlhf import calls, critique_and_revise_checks, library
from course_lib.exercises.rlhf.critique_and_revise_checks import BY_HAND, CHAIN, judge, truth
from course_lib.exercises.rlhf.critique_and_revise_mistakes import BY_KIND
from course_lib.exercises.rlhf.critique_call import Watched, critic_of


def drawn(seed=4, thorough=True):
    return list(critique_and_revise_checks.cases(np.random.default_rng(seed), thorough))


def kind(answer, inputs=BY_HAND):
    return observe(calls.critique_and_revise, answer, inputs).raised[0]


def test_by_hand():
    pair = ("zoe is at work , friend", "zoe is at home , fool")
    for max_rounds, expected in [(0, None), (1, None), (2, pair), (3, pair)]:
        assert truth({**BY_HAND, "max_rounds": max_rounds}) == expected


def test_the_library_does_the_same():
    for seed in range(5):
        for inputs in drawn(seed):
            outcome = observe(calls.critique_and_revise, library.critique_and_revise, inputs)
            assert (outcome.raised, outcome.value) == (None, truth(inputs))


def test_a_pair_is_a_response_without_fault_and_one_with():
    for inputs in drawn():
        pair, critic = truth(inputs), critic_of(inputs["rules"])
        if pair is not None:
            chosen, rejected = pair
            assert critic("", chosen) is None
            assert critic("", rejected) is not None
            assert rejected == inputs["response"]


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_try_each_property(seed):
    cases = drawn(seed)
    critics = [critic_of(inputs["rules"]) for inputs in cases]
    clean = [c("", i["response"]) is None for c, i in zip(critics, cases, strict=True)]
    pairs = [truth(inputs) is not None for inputs in cases]
    never = sum(not a and not b for a, b in zip(clean, pairs, strict=True))
    assert min(sum(clean), never) >= 5 and sum(pairs) >= 12
    fewer = [truth({**i, "max_rounds": i["max_rounds"] - 1}) for i in cases if i["max_rounds"]]
    more = [truth(inputs) for inputs in cases if inputs["max_rounds"]]
    assert sum(a != b for a, b in zip(fewer, more, strict=True)) >= 3  # the last round mends it
    assert {inputs["max_rounds"] for inputs in cases} >= {0, 1, 2, 3, 4}


def test_the_call_sees_who_is_asked_what():
    """One wrong question each; a right answer asks none of them."""
    first, second = CHAIN[0][1], CHAIN[1][1]

    def asking(*questions):
        def answer(prompt, response, critic, reviser, max_rounds):
            newest = response
            for role, *asked in questions:
                texts = {"prompt": prompt, "response": response, "newest": newest}
                asked = [texts.get(text, text) for text in asked]
                newest = reviser(*asked) if role == "revise" else newest
                if role == "critique":
                    critic(*asked)

        return answer

    chain = {**BY_HAND, "response": "ask her , fool", "rules": CHAIN, "max_rounds": 2}
    ask, revise = ("critique", "prompt", "newest"), ("revise", "prompt", "newest", first)
    again = ("revise", "prompt", "newest", second)
    about_the_original = ("critique", "prompt", "response")
    for questions, expected in [
        ([("critique", "response", "prompt")], "OtherPrompt"),
        ([ask, ("revise", "response", "newest", first)], "OtherPrompt"),
        ([ask, ("revise", "prompt", "newest", None)], "RevisesWithoutCritique"),
        ([ask, revise, ask, ("revise", "prompt", "response", second)], "RevisesAnother"),
        ([ask, ("revise", "prompt", first, "response")], "RevisesAnother"),
        ([ask, revise, about_the_original, revise], "AsksAboutAnother"),
        ([ask, revise, ask, revise], "HandsOnAnother"),
        ([ask, revise, ask, again, ask, ("revise", "prompt", "newest", CHAIN[2][1])],
         "RevisesTooOften"),
        ([ask] * 60, "AsksWithoutEnd"),
    ]:  # fmt: skip
        assert kind(asking(*questions), chain) == expected
        assert expected in BY_KIND
    asks_too_much = asking(ask, ask, about_the_original, revise, about_the_original, ask, again)
    assert observe(calls.critique_and_revise, asks_too_much, chain).raised is None


def test_the_reviser_changes_what_the_critic_names():
    watched = Watched({**BY_HAND, "response": "fool , fool , home"})
    critique = watched.critic(BY_HAND["prompt"], watched.newest)
    assert critique == "it insults"
    revised = watched.reviser(BY_HAND["prompt"], watched.newest, critique)
    assert revised == "friend , friend , home"
    assert watched.critic(BY_HAND["prompt"], revised) == "it tells where somebody is"


def test_an_error_of_the_answer_itself_is_left_to_the_common_findings():
    def answer(prompt, response, critic, reviser, max_rounds):
        return response[1000]

    outcome = observe(calls.critique_and_revise, answer, BY_HAND)
    assert outcome.raised[0] == "IndexError"
    assert judge(BY_HAND, outcome) is None


def test_each_mistake_is_made_on_a_case_where_no_other_looks_the_same():
    compare = critique_and_revise_checks.compare
    misses = list(zip(compare.mistakes, compare._first_misses, strict=True))
    for mistake, place in misses:
        assert place < len(compare._visible), f"{mistake.name} passes the visible check"
        result = result_of(mistake.method, compare._visible[place])
        assert not result.error, mistake.name
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not compare._alike(
                    result, result_of(other.method, compare._visible[place])
                ), f"{mistake.name} looks like {other.name}"


def test_the_first_cases_are_all_different_and_every_case_can_be_sent():
    texts = [codec.encode(inputs) for inputs in drawn()]
    assert len(set(texts[:14])) == 14
    assert max(map(len, texts)) < 2_000
