"""Tensors are compared as float32 allows, and a finding says where two of them part."""

import math

import numpy as np
import pytest
import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, find_mistake
from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.tensors import alike, contrast, first_difference, text, unnamed

NAN, INF = math.nan, math.inf
ONES = torch.ones(2, 3)


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (ONES, ONES.clone(), True),
        (ONES, ONES + 1e-6, True),
        (1_000 * ONES, 1_000 * ONES + 1e-3, True),
        (ONES, ONES + 1e-4, False),
        (0 * ONES, 0 * ONES + 2e-5, False),
        (ONES, torch.ones(3, 2), False),
        (ONES, torch.ones(1, 3), False),
        (torch.ones(()), torch.ones(1), False),
        (ONES, ONES.double(), False),
        (ONES, ONES.long(), False),
        (torch.tensor([NAN, 1]), torch.tensor([NAN, 1]), True),
        (torch.tensor([NAN]), torch.tensor([0.0]), False),
        (torch.tensor([INF]), torch.tensor([INF]), True),
        (torch.tensor([INF]), torch.tensor([-INF]), False),
        (torch.tensor([INF]), torch.tensor([3e38]), False),
        (torch.tensor([10_000_000]), torch.tensor([10_000_001]), False),
        (torch.tensor([True, False]), torch.tensor([True, True]), False),
        (torch.zeros(0, 3), torch.zeros(0, 3), True),
        ([ONES, 0.1 + 0.2], [ONES, 0.3], True),
        ([ONES], (ONES,), False),
        ([ONES], [ONES, ONES], False),
        ({"a": ONES, "b": 2}, {"b": 2, "a": ONES}, True),
        ({"a": ONES, "b": 2}, {"b": 2.0, "a": ONES}, False),
        ({"a": ONES}, {"b": ONES}, False),
        (ONES, 1.0, False),
        (NAN, NAN, True),
        (INF, INF, True),
        (INF, 1e300, False),
        (1.0, 1.0001, False),
        ([3, 1], [3, 1], True),
        (None, None, True),
    ],
)
def test_alike_forgives_what_float32_rounds_and_no_more(a, b, equal):
    assert alike(a, b) is equal
    assert alike(b, a) is equal


def test_a_sum_in_float32_is_like_one_in_float64():
    rng = np.random.default_rng(0)
    x, y = tensors.normal(rng, 50, 100), tensors.normal(rng, 100, 70)
    assert alike((x.double() @ y.double()).float(), x @ y)


def test_drawn_numbers_can_be_typed_again():
    drawn = tensors.normal(np.random.default_rng(1), 4, 5)
    assert drawn.dtype == torch.float32
    assert drawn.shape == (4, 5)
    assert torch.equal(drawn, torch.tensor([[round(x, 2) for x in row] for row in drawn.tolist()]))
    assert drawn.std() > 0.5


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (torch.tensor([[0.12, -0.5]]), "tensor([[0.1200, -0.5000]])"),
        (torch.tensor(0.25), "tensor(0.2500)"),
        (torch.tensor([1, 2]), "tensor([1, 2])"),
        (torch.tensor([True]), "tensor([True])"),
        (torch.ones(1, dtype=torch.float64), "tensor([1.0000], dtype=float64)"),
        (torch.ones(5, 7), "a tensor of shape (5, 7)"),
        (torch.ones(5, 7, dtype=torch.float64), "a float64 tensor of shape (5, 7)"),
        (torch.tensor([NAN, INF, -INF]), "tensor([nan, inf, -inf])"),
        ((ONES[0, :1],), "(tensor([1.0000]),)"),
        ({"loss": torch.tensor(2e-5), "k": [3]}, "{'loss': tensor(2e-05), 'k': [3]}"),
        (2.5e7, "2.5e+07"),
        ("id", "'id'"),
    ],
)
def test_values_are_short(value, short):
    assert text(value) == short


def test_a_call_can_be_typed_again():
    inputs = {"ids": torch.tensor([[1, 0]]), "k": 2, "base": 100.0}
    assert tensors.call_text("f", inputs) == "f(ids=tensor([[1, 0]]), k=2, base=100.0)"
    short = tensors.call_text("f", {"x": torch.tensor([0.35, -2, 1e-6])})
    assert short == "f(x=tensor([0.35, -2.0, 1e-06]))"
    assert tensors.call_text("f", {"x": torch.ones(5, 5)}) == "f(x=a tensor of shape (5, 5))"


def changed(place, value):
    x = torch.zeros(2, 3, 4)
    x[place] = value
    return x


@pytest.mark.parametrize(
    ("right", "got", "expected", "found"),
    [
        (ONES, torch.ones(3, 2), "shape (2, 3)", "shape (3, 2)"),
        (torch.ones(()), torch.ones(2), "shape (), a single number", "shape (2,)"),
        (ONES, ONES.double(), "a tensor of float32", "a tensor of float64"),
        (
            ONES[0],
            2 * ONES[0],
            "tensor([1.0000, 1.0000, 1.0000])",
            "tensor([2.0000, 2.0000, 2.0000])",
        ),
        (
            changed((), 0),
            changed((0, 1, 2), 0.6923),
            "0.0000 at index (0, 1, 2)",
            "0.6923 at index (0, 1, 2), the only wrong number",
        ),
        (
            changed((), 0),
            changed((1, 0), NAN),
            "0.0000 at index (1, 0, 0)",
            "nan at index (1, 0, 0), the first of 4 wrong numbers",
        ),
        (
            torch.arange(20),
            torch.arange(20).flip(0),
            "0 at index (0,)",
            "19 at index (0,), the first of 20 wrong numbers",
        ),
        (
            {"q": ONES, "k": ONES},
            {"q": ONES, "k": torch.ones(3)},
            "['k']: shape (2, 3)",
            "['k']: shape (3,)",
        ),
        (
            torch.tensor([1.0]),
            torch.tensor([1.00004]),
            "tensor([1.000000000])",
            "tensor([1.000040054])",
        ),
        ([4, 2, 7], [4, 7, 2], "[4, 2, 7]", "[4, 7, 2]"),
        ([1] * 99, [1] * 98 + [2], "[98]: 1", "[98]: 2"),
        (0.5, 0.25, "0.5000", "0.2500"),
    ],
)
def test_a_contrast_says_where_two_results_part(right, got, expected, found):
    assert contrast(right, got) == (expected, found)


def test_the_first_difference_is_found_inside():
    right, got = [ONES, (1, 2)], [ONES, (1, 3)]
    assert first_difference(right, got) == ("[1][1]", 2, 3)
    assert first_difference([1], [1, 2]) == ("", [1], [1, 2])
    assert first_difference({"a": 1}, {"b": 1}) == ("", {"a": 1}, {"b": 1})


@pytest.mark.parametrize(
    ("right", "got", "name"),
    [
        (ONES, torch.ones(3, 2), "wrong_shape"),
        (ONES, ONES.double(), "wrong_dtype"),
        (ONES, ONES.long(), "wrong_dtype"),
        (ONES, ONES / 0 * 0, "nan_in_result"),
        (ONES, ONES / 0, "inf_in_result"),
        (ONES / 0, 2 * ONES, "wrong_value"),
        (ONES, 2 * ONES, "wrong_value"),
        ({"a": ONES}, {"a": torch.ones(1)}, "wrong_shape"),
        ([2], [ONES], "wrong_inner_type"),
        ([2], [3], "wrong_value"),
        ([2], [2, 3], "wrong_value"),
    ],
)
def test_what_nothing_explains_has_a_name_by_its_looks(right, got, name):
    assert unnamed(right, got).name == name


def cases(rng, thorough):
    yield {"x": torch.tensor([[1.0, 2.0, 4.0]])}
    yield {"x": tensors.normal(rng, 4, 5)}


def truth(inputs):
    return inputs["x"].double().pow(2).float()


MISTAKES = (Mistake("doubles", lambda inputs: 2 * inputs["x"], "Square."),)
EXERCISE = Exercise(
    name="square",
    functions=("square",),
    read="section 1",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=lambda inputs: tensors.call_text("square", inputs),
)


def found(answer):
    return find_mistake(EXERCISE, lambda answer, inputs: answer(inputs["x"]), answer, seed=0)


def test_a_right_answer_passes():
    assert found(lambda x: x * x) is None


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda x: x + x, "doubles"),
        (lambda x: x * x.sum(), "wrong_value"),
        (lambda x: (x * x).double(), "wrong_dtype"),
        (lambda x: (x * x).sum(), "wrong_shape"),
        (lambda x: (x * x).sum().item(), "wrong_type"),
        (lambda x: (x * x).numpy(), "wrong_type"),
        (lambda x: (x * x).tolist(), "wrong_type"),
        (lambda x: torch.nn.Parameter(x * x), "wrong_type"),
        (lambda x: x.mul_(x), "changed_inputs"),
        (lambda x: torch.tensor([[1.0, 4.0, 16.0]]), "ignores_input"),
    ],
)
def test_a_judge_of_tensors_names_mistakes(answer, name):
    assert found(answer).misconception == name


def test_findings_about_tensors_read_well():
    finding = found(lambda x: x + x)
    assert finding.what == "square(x=tensor([[1.0, 2.0, 4.0]]))"
    assert finding.expected == "tensor([[1.0000, 4.0000, 16.0000]])"
    assert finding.got == "tensor([[2.0000, 4.0000, 8.0000]])"
    finding = found(lambda x: x * x if x.numel() == 3 else x * x.abs())
    assert finding.what.startswith("square(x=tensor([[0.13, -0.13, 0.64, ")
    assert " at index (0, " in finding.expected
    assert " wrong numbers" in finding.got
    assert "`.item()`" in found(lambda x: x.sum().item()).cause
    assert "numpy" in found(lambda x: x.numpy()).cause
    assert "\n" not in found(lambda x: x.t_().mul_(x)).got


def test_a_judge_survives_lists_of_tensors():
    pair = tensors.judge(lambda inputs: (inputs["x"], inputs["x"]), (), cases)
    exercise = Exercise("pair", ("pair",), "", cases, pair, ("tuple", "list"))

    def name(answer):
        return find_mistake(exercise, lambda a, i: a(i["x"]), answer, seed=0).misconception

    assert name(lambda x: [x, x]) == "wrong_inner_type"
    assert name(lambda x: (x, [x])) == "wrong_inner_type"
    assert name(lambda x: (x, x + 1)) == "wrong_value"
    assert name(lambda x: (x, x, x)) == "wrong_value"
    assert name(lambda x: (x, None)) == "wrong_inner_type"
