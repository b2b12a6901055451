"""A judge names the mistake whose method gives the learner's result."""

import math
from collections.abc import Iterator

import pytest

from course_lib.exercises.exercise import Exercise, find_mistake
from course_lib.exercises.mistakes import Judge, Mistake, close, same, type_of


def cases(rng, thorough) -> Iterator[dict]:
    yield {"xs": [3, 1, 2]}
    yield {"xs": [2, 2, 1]}
    yield {"xs": [1, -1]}
    yield {"xs": list(range(200))}
    yield {"xs": []}


def truth(inputs):
    """Sort and double; no numbers at all are an error."""
    if not inputs["xs"]:
        raise ValueError
    return [2 * x for x in sorted(inputs["xs"])]


def refuses_negative(inputs):
    if min(inputs["xs"], default=0) < 0:
        raise ValueError
    return truth(inputs)


MISTAKES = (
    Mistake("not_sorted", lambda inputs: [2 * x for x in inputs["xs"]], "Sort."),
    Mistake("squares", lambda inputs: [x * x for x in sorted(inputs["xs"])], "Double."),
    Mistake("a_set", lambda inputs: sorted({2 * x for x in inputs["xs"]}), "Keep twins."),
    Mistake("refuses_negative", refuses_negative, "Negative numbers are numbers."),
    Mistake("index_of_nothing", lambda inputs: [truth(inputs), inputs["xs"][0]][0], "Empty."),
)


def tried(answer, **more):
    exercise = Exercise(
        name="double",
        functions=("double",),
        read="section 1",
        cases=cases,
        judge=Judge(truth, MISTAKES, cases=cases, **more),
        returns=("list", "tuple"),
        raises=lambda inputs: "" if inputs["xs"] else "ValueError",
    )
    return find_mistake(exercise, lambda answer, inputs: answer(inputs["xs"]), answer, seed=0)


def right(xs):
    if not xs:
        raise ValueError("nothing to double")
    return [2 * x for x in sorted(xs)]


def test_a_right_answer_has_no_mistake():
    assert tried(right) is None


def test_a_subclass_of_the_wanted_error_will_do():
    class Empty(ValueError):
        pass

    def answer(xs):
        if not xs:
            raise Empty
        return right(xs)

    assert tried(answer) is None


@pytest.mark.parametrize(
    ("answer", "misconception"),
    [
        (lambda xs: [2 * x for x in xs], "not_sorted"),
        (lambda xs: [x**2 for x in sorted(xs)], "squares"),
        (lambda xs: sorted({2 * x for x in xs}), "a_set"),
        (lambda xs: right(xs) if min(xs) > 0 else [].pop(), "raised"),
        (lambda xs: tuple(right(xs)), "wrong_inner_type"),
        (lambda xs: [float(x) for x in right(xs)], "wrong_inner_type"),
        (lambda xs: [x == 2 or x for x in right(xs)], "wrong_value"),
        (lambda xs: [2, 4, 6], "ignores_input"),
        (lambda xs: [x + 1 for x in right(xs)], "wrong_value"),
        (lambda xs: [2 * x for x in sorted(xs)], "no_error"),
        (lambda xs: right(xs) if xs else xs[0], "raised_the_wrong_error"),
    ],
)
def test_mistakes_are_named(answer, misconception):
    assert tried(answer).misconception == misconception


def test_a_mistake_that_raises_is_named_too():
    def answer(xs):
        if min(xs) < 0:
            raise ValueError(f"negative: {xs}")
        return right(xs)

    finding = tried(answer)
    assert finding.misconception == "refuses_negative"
    assert finding.expected == "[-2, 2]"
    assert finding.got == "ValueError: negative: [1, -1]"


def test_a_mistake_that_an_earlier_case_rules_out_is_not_named():
    # On the second case both mistakes give the same, but "early" fails on the first one already.
    early = Mistake("early", lambda inputs: [9] * len(inputs["xs"]), "")
    late = Mistake("late", lambda i: truth(i) if i["xs"] == [3, 1, 2] else [9] * 3, "")
    exercise = Exercise(
        "double",
        ("double",),
        "",
        cases,
        Judge(truth, (early, late), cases=cases),
        ("list",),
    )
    answer = lambda xs: right(xs) if xs == [3, 1, 2] else [9] * 3  # noqa: E731
    finding = find_mistake(exercise, lambda a, inputs: a(inputs["xs"]), answer, seed=0)
    assert finding.misconception == "late"


def test_a_property_is_asked_before_the_methods():
    longer = Mistake("too_long", lambda inputs: None, "Shorter.")

    def otherwise(inputs, right, value):
        return longer if len(value) > len(right) else None

    assert tried(lambda xs: right(xs) + [0], otherwise=otherwise).misconception == "too_long"
    assert tried(lambda xs: [2 * x for x in xs], otherwise=otherwise).misconception == "not_sorted"


def test_values_are_shown_as_the_exercise_shows_them():
    finding = tried(lambda xs: [1], show=lambda inputs, value: f"<{len(value)} numbers>")
    assert (finding.expected, finding.got) == ("<3 numbers>", "<1 numbers>")


def test_long_values_are_shown_from_their_first_difference():
    finding = tried(lambda xs: right(xs)[:-1] + [7] if len(xs) > 3 else right(xs))
    assert finding.expected == "200 items, from index 199 on [398]"
    assert finding.got == "200 items, from index 199 on [7]"
    shorter = tried(lambda xs: right(xs)[:150] if len(xs) > 3 else right(xs))
    assert shorter.expected.startswith("200 items, from index 150 on [300, 302")
    assert shorter.expected.endswith("] ...")
    assert shorter.got == "150 items, from index 150 on []"


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ([1, (2, "a")], [1, (2, "a")], True),
        ({1: 2, 3: 4}, {3: 4, 1: 2}, True),
        ([1], (1,), False),
        (1, True, False),
        (1, 1.0, False),
        ({1: 2}, {True: 2}, False),
        ({1: 2}, {1: 2.0}, False),
        ({1: 2}, {1: 2, 3: 4}, False),
        ([1, 2], [1], False),
        ("a", b"a", False),
        (None, [], False),
    ],
)
def test_same_looks_at_types_too(a, b, equal):
    assert same(a, b) is equal
    assert same(b, a) is equal


def test_close_forgives_rounding_and_no_more():
    assert close(0.1 + 0.2, 0.3)
    assert close(2, 2.0)
    assert close(math.nan, math.nan)
    assert not close(1e-5, 1.01e-5)
    assert not close(0.0, 1e-9)
    assert not close(1.0, math.nan)
    assert not close("1", 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "list"),
        (3, "int"),
        ([1, 2.5, 3], "list of floats and ints"),
        ([[1], [2]], "list of lists of ints"),
        ([b"a"], "list of bytes"),
        ({(1, 2): 3}, "dict from tuples of ints to ints"),
    ],
)
def test_types_are_written_in_words(value, text):
    assert type_of(value) == text
