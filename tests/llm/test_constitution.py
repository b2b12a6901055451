"""Which pairs come of critiques, and who is asked what."""

from course_lib.llm.constitution import critique_and_revise


def asked(rules, response, max_rounds):
    """Return the pair and all questions; rules: bad word -> what it is revised to."""
    questions = []

    def critic(prompt, response):
        questions.append(("critic", prompt, response))
        return next((word for word in rules if word in response.split()), None)

    def reviser(prompt, response, critique):
        questions.append(("reviser", prompt, response, critique))
        return response.replace(critique, rules[critique])

    return critique_and_revise("p", response, critic, reviser, max_rounds), questions


def test_what_violates_nothing_gives_no_pair():
    assert asked({"bad": "good"}, "a fine day", 3) == (None, [("critic", "p", "a fine day")])


def test_the_revision_is_chosen_and_the_original_rejected():
    pair, questions = asked({"bad": "worse", "worse": "good"}, "a bad day", 5)
    assert pair == ("a good day", "a bad day")
    assert questions == [
        ("critic", "p", "a bad day"),
        ("reviser", "p", "a bad day", "bad"),
        ("critic", "p", "a worse day"),
        ("reviser", "p", "a worse day", "worse"),
        ("critic", "p", "a good day"),
    ]


def test_the_last_round_may_be_the_one_that_mends_it():
    rules = {"bad": "worse", "worse": "good"}
    assert asked(rules, "a bad day", 2)[0] == ("a good day", "a bad day")
    assert asked(rules, "a bad day", 1)[0] is None


def test_what_is_never_mended_gives_no_pair():
    pair, questions = asked({"bad": "bad"}, "a bad day", 3)
    assert pair is None
    kinds = [kind for kind, *_ in questions]
    assert (kinds.count("critic"), kinds.count("reviser")) == (4, 3)


def test_without_rounds_there_is_no_pair():
    assert asked({"bad": "good"}, "a bad day", 0) == (None, [("critic", "p", "a bad day")])


def test_an_empty_critique_is_one():
    def critic(prompt, response):
        return "" if response == "x" else None

    pair = critique_and_revise("p", "x", critic, lambda *asked: "y", 1)
    assert pair == ("y", "x")
