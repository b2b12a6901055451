"""What can go wrong in any exercise is found, and said in the learner's words."""

import dataclasses
import time
from types import SimpleNamespace

import numpy
import pytest

from course_lib.exercises import codec, registry
from course_lib.exercises.exercise import (
    SHOWN,
    Exercise,
    Finding,
    an,
    find_mistake,
    shown,
)


def cases(rng, thorough):
    yield {"xs": [3, 1, 2], "n": 2}
    yield {"xs": [], "n": 1}  # an error
    for _ in range(5 if thorough else 1):
        yield {"xs": rng.integers(9, size=3).tolist(), "n": 3}


def judge(inputs, outcome):
    right = sorted(inputs["xs"])[: inputs["n"]]
    if outcome.raised:
        return Finding("overflow", "", "", "", "") if "OverflowError" in outcome.raised[0] else None
    return None if outcome.value == right else Finding("wrong", "", str(right), "", "why?")


EXERCISE = Exercise(
    name="smallest",
    functions=("smallest",),
    read="section 1",
    cases=cases,
    judge=judge,
    returns=("list", "tuple"),
    raises=lambda inputs: "" if inputs["xs"] else "ValueError",
    seconds=0.3,
)


def call(answer, inputs):
    return answer(inputs["xs"], inputs["n"])


def right(xs, n):
    if not xs:
        raise ValueError("no numbers")
    return sorted(xs)[:n]


def found(answer, **changes):
    return find_mistake(dataclasses.replace(EXERCISE, **changes), call, answer, seed=0)


def test_a_right_answer_has_no_mistake():
    assert found(right) is None
    assert find_mistake(EXERCISE, call, right, seed=3, thorough=True) is None


def test_the_judge_is_asked_and_the_call_is_written_for_it():
    finding = found(lambda xs, n: xs[:n])
    assert finding == Finding("wrong", "smallest(xs=[3, 1, 2], n=2)", "[1, 2]", "", "why?")


def test_the_call_can_be_written_in_other_words():
    finding = found(lambda xs, n: [], call_text=lambda inputs: f"smallest of {inputs['n']}")
    assert finding.what == "smallest of 2"


def not_written(xs, n):
    raise NotImplementedError


def loops(xs, n):
    while True:
        pass


def edits(xs, n):
    xs.sort()
    return xs[:n]


def edits_oddly(xs, n):
    xs.append(print)
    return right(xs[:-1], n)


def prints(xs, n):
    for _ in range(1000):
        print(sorted(xs)[:n])


def prints_and_returns(xs, n):
    print("so far so good")
    return right(xs, n)


def yields(xs, n):
    yield from right(xs, n)


def recurses(xs, n):
    return recurses(xs, n)


def asks(xs, n):
    return right(xs, int(input("how many? ")))


def leaves(xs, n):
    exit()


def contains_itself(xs, n):
    result = right(xs, n)
    result.append(result)
    return result


class Mute:
    def __repr__(self):
        raise RuntimeError("no picture")


class Apart:
    def __eq__(self, other):
        raise RuntimeError("not comparable")

    __hash__ = None


@pytest.mark.parametrize(
    ("answer", "misconception", "got", "cause"),
    [
        (not_written, "not_attempted", "as it came", "Not written yet"),
        (lambda xs, n: None, "returned_nothing", "None", "Is the `return` missing"),
        (prints, "printed_instead", "printed text '[1, 2]", "Printing shows"),
        (loops, "too_slow", "still running after 0.3 seconds", "loop that never ends"),
        (edits, "changed_inputs", "`xs` was [1, 2, 3]", "Work on a copy"),
        (edits_oddly, "changed_inputs", "something else", "Work on a copy"),
        (lambda xs, n: {}["a"], "raised", "KeyError: 'a'", "in a cell of your own"),
        (lambda xs: xs, "raised", "TypeError", "the arguments that the task names"),
        (lambda xs, n: xs + n, "raised", "TypeError", "in a cell of your own"),
        (recurses, "raised", "RecursionError", "calls itself without an end"),
        (asks, "raised", "EOFError", "Use its arguments"),
        (leaves, "raised", "SystemExit", "use `return`"),
        (lambda xs, n: lost, "raised", "NameError", "misspelled"),  # noqa: F821
        (lambda xs, n: numpy.sort(xs)[:n], "wrong_type", "a numpy.ndarray", "`.tolist()`"),
        (lambda xs, n: list(numpy.sort(xs)), "wrong_type", "list with numpy.int64", "`.item()`"),
        (lambda xs, n: set(xs), "wrong_type", "a set", "forgets the order"),
        (lambda xs, n: "12", "wrong_type", "a str: '12'", "what the task says"),
        (lambda xs, n: map(int, xs), "wrong_type", "a map", "`list(...)` around it"),
        (yields, "wrong_type", "a generator", "`yield`"),
        (lambda xs, n: right, "wrong_type", "a function", "brackets that call it"),
        (contains_itself, "wrong_type", "inside itself", "what the task says"),
        (lambda xs, n: [10**400], "huge_integer", "more than 300 digits", "power or a product"),
        (lambda xs, n: [10**5000], "huge_integer", "more than 300 digits", "power or a product"),
        (lambda xs, n: Mute(), "wrong_type", "Mute", "what the task says"),
        (lambda xs, n: [Apart()], "wrong_type", "a list with", "what the task says"),
    ],
)
def test_mistakes_of_any_exercise(answer, misconception, got, cause):
    finding = found(answer)
    assert finding.misconception == misconception
    assert got in finding.got
    assert cause in finding.cause
    assert finding.what and finding.expected
    assert max(map(len, dataclasses.astuple(finding))) < 500


def test_a_wrong_type_is_not_called_what_it_was_expected_to_be():
    finding = found(lambda xs, n: list(numpy.sort(xs)))
    assert finding.expected != finding.got


def test_printing_besides_the_result_is_no_mistake():
    assert found(prints_and_returns) is None


@pytest.mark.parametrize(
    ("answer", "misconception"),
    [
        (lambda xs, n: xs[0] and right(xs, n), "raised_the_wrong_error"),
        (lambda xs, n: sorted(xs)[:n] or [0], "wrong"),
        (lambda xs, n: sorted(xs)[:n] or None, "wrong"),
    ],
)
def test_an_error_that_should_be_raised(answer, misconception):
    finding = found(answer)
    assert finding.misconception == misconception
    assert finding.what == "smallest(xs=[], n=1)"


def test_the_judge_may_know_a_better_name_for_an_error():
    def answer(xs, n):
        raise OverflowError

    assert found(answer).misconception == "overflow"


def test_none_may_be_a_right_answer():
    nothing = dataclasses.replace(
        EXERCISE, returns=("NoneType",), judge=lambda i, o: None, raises=lambda i: ""
    )
    assert find_mistake(nothing, call, lambda xs, n: None, seed=0) is None


def test_the_visible_cases_are_the_same_every_time():
    def drawn(seed, thorough):
        return list(cases(numpy.random.default_rng(seed), thorough))

    assert drawn(0, False) == drawn(0, False)
    assert drawn(1, True) != drawn(2, True)


def test_an_exercise_of_two_functions_names_both():
    def smallest(xs, n):
        raise NotImplementedError

    two = dataclasses.replace(EXERCISE, functions=("smallest", "largest"))
    answer = SimpleNamespace(smallest=smallest)
    finding = find_mistake(two, lambda answer, inputs: answer.smallest(**inputs), answer, seed=0)
    assert finding.what == "smallest and largest"


def test_long_values_keep_their_ends():
    text = shown(list(range(1000)))
    assert len(text) <= SHOWN
    assert text.startswith("[0, 1, 2")
    assert text.endswith("998, 999]")
    assert " ... " in text
    assert shown([1, 2]) == "[1, 2]"


@pytest.mark.parametrize(
    ("noun", "text"), [("list", "a list"), ("int", "an int"), ("bytes", "bytes")]
)
def test_articles(noun, text):
    assert an(noun) == text


TOPICS = registry.topics()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_exercise_can_be_found_and_called(topic):
    for name, exercise in registry.exercises_of(topic).items():
        assert callable(registry.call_of(topic, exercise))
        for function in (name, *exercise.functions):
            assert registry.find(function) == (topic, exercise)


def test_an_exercise_of_another_name_than_its_functions_is_found_by_all_of_them(monkeypatch):
    two = dataclasses.replace(EXERCISE, name="extremes", functions=("smallest", "largest"))
    monkeypatch.setattr(registry, "topics", lambda: ["made_up"])
    monkeypatch.setattr(registry, "exercises_of", lambda topic: {"extremes": two})
    for name in ("extremes", "smallest", "largest"):
        assert registry.find(name) == ("made_up", two)


def test_an_unknown_exercise_is_an_error():
    with pytest.raises(LookupError):
        registry.find("no_such_exercise")


@pytest.mark.parametrize("topic", TOPICS)
def test_cases_are_plain_small_and_quick_to_draw(topic):
    for exercise in registry.exercises_of(topic).values():
        start = time.process_time()
        drawn = list(exercise.cases(numpy.random.default_rng(1), True))
        assert time.process_time() - start < 5
        assert len(drawn) > 10
        for inputs in drawn:
            assert len(codec.encode(inputs)) < 20_000
            assert set(map(type, inputs)) == {str}
            assert exercise.tried(inputs)
