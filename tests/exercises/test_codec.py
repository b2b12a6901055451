"""Plain data comes back as it was, and nothing else gets through."""

import json
import math
from collections import Counter, OrderedDict, defaultdict

import numpy
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from course_lib.exercises import codec
from course_lib.exercises.mistakes import same

any_text = st.text(st.characters(codec=None, categories=None))  # halves of surrogate pairs too
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), any_text, st.binary()
)
keys = st.one_of(scalars, st.tuples(st.integers(), st.text()))
plain = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(keys, inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_what_goes_in_comes_out(value):
    assert same(codec.decode(codec.encode(value)), value)


@given(plain)
@example([math.inf, -math.inf])
@example({"a": math.nan})
def test_the_text_is_json_that_any_reader_takes(value):
    json.loads(codec.encode(value), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_surrogate_halves_are_not_joined():
    broken = "\ud83d" + "\ude00"
    assert len(codec.copy(broken)) == 2
    assert codec.copy(broken) == broken


@pytest.mark.parametrize("number", [math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308])
def test_floats_at_the_edges(number):
    back = codec.copy(number)
    assert back == number
    assert math.copysign(1, back) == math.copysign(1, number)


def test_nan_stays_nan():
    assert math.isnan(codec.copy(math.nan))


def test_integers_of_any_size():
    huge = 7**20_000  # more digits than Python likes to write in base 10
    assert codec.copy([huge, -huge, 2**1000, 2**1000 - 1]) == [huge, -huge, 2**1000, 2**1000 - 1]


def test_a_huge_integer_is_found_wherever_it_is():
    for value in (2**1000, -(2**1000), [(1, {"a": 2**1000})], {2**1000: 1}):
        assert codec.has_huge_integer(value)
    for value in (2**1000 - 1, '{"int": "', ["int", {"int": "0x10"}], 1e308):
        assert not codec.has_huge_integer(value)


def test_bool_and_int_are_told_apart():
    assert codec.copy([True, 1, False, 0]) == [True, 1, False, 0]
    assert list(map(type, codec.copy([True, 1, False, 0]))) == [bool, int, bool, int]


@pytest.mark.parametrize(
    "pairs",
    [
        Counter("abba"),
        OrderedDict(b=1, a=2),
        defaultdict(int, {(1, 2): 3}),
    ],
    ids=lambda pairs: type(pairs).__name__,
)
def test_dictionaries_of_the_standard_library_arrive_as_dicts(pairs):
    back = codec.copy(pairs)
    assert type(back) is dict
    assert list(back.items()) == list(pairs.items())


def test_a_copy_shares_nothing():
    value = {"ids": [[1, 2], [3]]}
    codec.copy(value)["ids"][0].append(9)
    assert value == {"ids": [[1, 2], [3]]}


DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int8,
    torch.uint8,
    torch.bool,
    torch.complex64,
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (2, 3, 4)], ids=str)
def test_tensors_keep_values_shape_and_dtype(dtype, shape):
    tensor = (torch.arange(math.prod(shape)).reshape(shape) - 1).to(dtype)
    back = codec.copy(tensor)
    assert back.dtype == dtype
    assert back.shape == tensor.shape
    assert torch.equal(back, tensor)


def test_a_tensor_that_is_not_contiguous_arrives_contiguous():
    tensor = torch.arange(12.0).reshape(3, 4).T[::2]
    back = codec.copy(tensor)
    assert torch.equal(back, tensor)
    assert back.is_contiguous()


def test_a_conjugate_that_was_not_worked_out_yet():
    tensor = torch.tensor([1 + 2j, 3 - 1j]).conj()
    assert torch.equal(codec.copy(tensor), torch.tensor([1 - 2j, 3 + 1j]))


def test_tensors_inside_of_data_share_no_memory():
    tensor = torch.zeros(3)
    codec.copy({"x": [tensor]})["x"][0].add_(1)
    assert torch.equal(tensor, torch.zeros(3))


def test_nan_and_inf_in_tensors():
    tensor = torch.tensor([math.nan, math.inf, -math.inf, -0.0])
    torch.testing.assert_close(codec.copy(tensor), tensor, equal_nan=True, rtol=0, atol=0)


def test_a_tensor_that_needs_a_gradient_arrives_without_its_graph():
    assert not codec.copy(torch.ones(2, requires_grad=True) * 2).requires_grad


class Number(int):
    pass


class Items(list):
    pass


class NotReallyEmpty(dict):
    def items(self):
        return []


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({1, 2}, "set"),
        (iter([]), "list_iterator"),
        (object(), "object"),
        (print, "builtin_function_or_method"),
        (bytearray(b"a"), "bytearray"),
        (1j, "complex"),
        (numpy.arange(3), "numpy.ndarray"),
        (numpy.int64(3), "numpy.int64"),
        (numpy.float64(3), "numpy.float64"),
        (torch.nn.Parameter(torch.ones(2)), "torch.nn.parameter.Parameter"),
        (Number(3), "Number"),
        (Items([1]), "Items"),
        (NotReallyEmpty(a=1), "NotReallyEmpty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [1, {"a": (x,)}]], ids=["bare", "inside"])
def test_all_else_is_refused_by_its_name(value, name, wrap):
    with pytest.raises(codec.NotPlain) as caught:
        codec.encode(wrap(value))
    assert str(caught.value).endswith(name)


@pytest.mark.parametrize(
    ("tensor", "what"),
    [
        (torch.eye(2).to_sparse(), "sparse_coo"),
        (torch.zeros(2, device="meta"), "meta"),
        (torch.zeros(2, dtype=torch.float8_e5m2), "float8_e5m2"),
    ],
)
def test_tensors_without_plain_values_are_refused(tensor, what):
    with pytest.raises(codec.NotPlain, match=what):
        codec.encode([tensor])


@pytest.mark.parametrize("dtype", ["quint8", "Tensor", "__dict__"])
def test_a_tensor_of_another_kind_is_not_made(dtype):
    fields = f'{{"dtype": "{dtype}", "shape": [4], "data": "AAAAAA=="}}'
    with pytest.raises(ValueError, match="unknown dtype"):
        codec.decode(f'{{"tensor": {fields}}}')


def test_a_list_that_contains_itself_is_refused():
    endless = []
    endless.append([endless])
    with pytest.raises(codec.NotPlain, match="inside itself"):
        codec.encode(endless)


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_nesting_ends_at_a_stated_depth():
    deepest = nested(codec.DEEPEST)
    assert codec.copy(deepest) == deepest
    with pytest.raises(codec.NotPlain, match="deep"):
        codec.encode(nested(codec.DEEPEST + 1))


@pytest.mark.parametrize("text", ['{"pickle": "x"}', '{"tuple": [{"set": []}]}'])
def test_unknown_tags_are_an_error(text):
    with pytest.raises(ValueError, match="unknown tag"):
        codec.decode(text)


def test_types_are_named_as_python_names_them():
    assert codec.type_name([]) == "list"
    assert codec.type_name(None) == "NoneType"
    assert codec.type_name(Counter()) == "collections.Counter"
    assert codec.type_name(numpy.arange(2)) == "numpy.ndarray"
