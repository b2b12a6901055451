"""The ground truth of lesson 07: which rows of examples are right."""

from itertools import groupby, pairwise, product

import numpy as np
import pytest
import torch

from course_lib.exercises import codec, tensors
from course_lib.exercises.observe import observe
from course_lib.exercises.sft import calls, library, pack_examples_checks
from course_lib.exercises.sft.pack_departure import departure
from course_lib.exercises.sft.pack_examples_checks import EXAMPLE
from course_lib.exercises.sft.pack_examples_mistakes import MISTAKES
from course_lib.exercises.sft.pack_rows import Packing, packing_of, truth
from course_lib.llm.batches import fill_rows
from tests.answers.sft import pack_examples as answers

RAISES = pack_examples_checks.EXERCISE.raises
CHOICES = (
    answers.next_fit,
    answers.first_fit,
    answers.best_fit,
    answers.worst_fit,
    answers.longest_first,
    answers.shortest_first,
    answers.long_with_short,
    answers.row_by_row,
)


def drawn(seed=4):
    return list(pack_examples_checks.cases(np.random.default_rng(seed), True))


def allowed(seed=4):
    return [inputs for inputs in drawn(seed) if not RAISES(inputs)]


def different(rng, n, row_length):
    """Return n examples in which no id comes twice."""
    lengths = rng.integers(1, row_length + 1, size=n).tolist()
    ids = iter(range(100, 100 + sum(lengths)))
    return [[next(ids) for _ in range(length)] for length in lengths]


def admits(packing, rows):
    return packing.admit(answers.written(rows, packing.row_length, packing.pad_id))


def pair(ids, segments):
    return torch.tensor(ids), torch.tensor(segments)


def test_rows_by_hand():
    packing = Packing(((11, 12), (21, 22, 23), (31,)), row_length=4, pad_id=0)
    next_fit = [[11, 12, 0, 0], [21, 22, 23, 31]], [[1, 1, 0, 0], [1, 1, 1, 2]]
    first_fit = [[11, 12, 31, 0], [21, 22, 23, 0]], [[1, 1, 2, 0], [1, 1, 1, 0]]
    turned = [[21, 22, 23, 0], [31, 11, 12, 0]], [[1, 1, 1, 0], [1, 2, 2, 0]]
    for right in (next_fit, first_fit, turned):
        assert packing.admit(pair(*right))
    for ids, segments in [
        ([[11, 12, 0, 0], [21, 22, 23, 0]], [[1, 1, 0, 0], [1, 1, 1, 0]]),  # one is lost
        ([[11, 12, 31, 31], [21, 22, 23, 0]], [[1, 1, 2, 3], [1, 1, 1, 0]]),  # one is there twice
        ([[11, 12, 21, 22], [23, 31, 0, 0]], [[1, 1, 2, 2], [1, 2, 0, 0]]),  # one is split
        ([[11, 12, 31, 5], [21, 22, 23, 5]], [[1, 1, 2, 0], [1, 1, 1, 0]]),  # other padding
        ([[11, 12, 0, 31], [21, 22, 23, 0]], [[1, 1, 0, 2], [1, 1, 1, 0]]),  # padding inside
        ([[0, 0, 0, 0], *next_fit[0]], [[0, 0, 0, 0], *next_fit[1]]),  # an empty row
        (
            [[11, 12, 0, 0], [31, 0, 0, 0], [21, 22, 23, 0]],
            [[1, 1, 0, 0], [1, 0, 0, 0], [1] * 3 + [0]],
        ),
        (first_fit[0], [[1, 1, 1, 0], [1, 1, 1, 0]]),
        (first_fit[0], [[2, 2, 1, 0], [1, 1, 1, 0]]),
        (first_fit[0], [[1, 1, 3, 0], [1, 1, 1, 0]]),
    ]:
        assert not packing.admit(pair(ids, segments))


@pytest.mark.parametrize("choose", CHOICES, ids=lambda choose: choose.__name__)
def test_what_a_learner_may_choose_is_right(choose):
    """None of them begins a row where the one before has room."""
    rng = np.random.default_rng(0)
    for _ in range(150):
        row_length = int(rng.integers(1, 15))
        examples = different(rng, int(rng.integers(0, 14)), row_length)
        packing = packing_of({"examples": examples, "row_length": row_length, "pad_id": 7})
        rows = choose(examples, row_length)
        assert admits(packing, rows)
        total = sum(map(len, examples))
        assert len(rows) <= 2 * total / row_length + 1  # two neighbors are more than one row


def test_the_fewest_rows_are_right_in_any_order():
    """If two of them fitted into one, there would be fewer."""
    rng = np.random.default_rng(1)
    for _ in range(25):
        examples = different(rng, int(rng.integers(1, 6)), 6)
        packing = packing_of({"examples": examples, "row_length": 6, "pad_id": 0})
        best = fewest_rows(examples, 6)
        for order in (best, best[::-1], sorted(best, key=len)):
            assert admits(packing, order)


def fewest_rows(examples, row_length):
    found = []
    for places in product(range(len(examples)), repeat=len(examples)):
        order = sorted(zip(places, examples, strict=True), key=lambda pair: pair[0])
        rows = [[e for _, e in group] for _, group in groupby(order, key=lambda pair: pair[0])]
        if max(map(answers.used, rows)) <= row_length:
            found.append(rows)
    return min(found, key=len)


def test_the_rows_of_the_course_follow_the_same_rule():
    rng = np.random.default_rng(2)
    for _ in range(100):
        rows = fill_rows([[1] * length for length in rng.integers(1, 9, size=12)], 8)
        sums = [sum(map(len, row)) for row in rows]
        assert max(sums) <= 8 < min(a + b for a, b in pairwise(sums))


def test_any_single_change_is_refused():
    rng = np.random.default_rng(3)
    for _ in range(30):
        examples = different(rng, 6, 7)
        packing = packing_of({"examples": examples, "row_length": 7, "pad_id": 0})
        right = answers.packed(answers.first_fit)(examples, 7, 0)
        assert packing.admit(right)
        for part, place in product((0, 1), range(right[0].numel())):
            changed = [tensor.clone() for tensor in right]
            changed[part].view(-1)[place] += int(rng.choice([-1, 1, 2]))
            assert not packing.admit(tuple(changed))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_wrong_has_a_name(seed):
    """Also what nobody has thought of: noise, and right rows with noise in them."""
    rng = np.random.default_rng(seed)
    names = {mistake.name for mistake in MISTAKES} | {"wrong_dtype", "wrong_shape"}
    for inputs in allowed(seed):
        packing = truth(inputs)
        right = library.pack_examples(*inputs.values())
        for _ in range(15):
            value = tuple(_noisy(rng, tensor) for tensor in right)
            if rng.random() < 0.3:
                shape = rng.integers(0, 4, size=int(rng.integers(0, 4))).tolist()
                value = (torch.zeros(shape).long(), value[1])
            if not packing.admit(value):
                found = departure(packing, value)
                assert found.mistake.name in names
                assert found.expected != found.got


def _noisy(rng, tensor):
    noise = torch.tensor(rng.integers(-2, 4, size=tuple(tensor.shape)))
    where = torch.tensor(rng.random(tuple(tensor.shape)) < rng.choice([0.0, 0.1, 1.0]))
    return torch.where(where, tensor + noise, tensor)


def test_the_library_packs_rightly():
    for seed in range(5):
        for inputs in drawn(seed):
            outcome = observe(calls.pack_examples, library.pack_examples, inputs)
            if RAISES(inputs):
                assert outcome.raised[0] == "ValueError"
            else:
                assert truth(inputs).admit(outcome.value)


def test_two_ways_to_read_the_same_ids():
    """Where an example is a part of another, the segments decide alone."""
    inputs = {"examples": [[0], [0, 0], [5, 0]], "row_length": 4, "pad_id": 0}
    ids = [[0, 0, 0, 0], [5, 0, 0, 0]]
    for segments in ([[1, 2, 2, 0], [1, 1, 0, 0]], [[1, 1, 2, 0], [1, 1, 0, 0]]):
        assert truth(inputs).admit(pair(ids, segments))
    assert not truth(inputs).admit(pair(ids, [[1, 1, 1, 0], [1, 1, 0, 0]]))


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_try_each_property(seed):
    cases = drawn(seed)
    fitting = allowed(seed)
    lengths = [list(map(len, inputs["examples"])) for inputs in fitting]
    rooms = [inputs["row_length"] for inputs in fitting]
    assert sum(RAISES(inputs) == "ValueError" for inputs in cases) >= 2
    assert any(not inputs["examples"] for inputs in fitting)
    assert sum(max(n, default=0) == room for n, room in zip(lengths, rooms, strict=True)) >= 3
    inside = [i["pad_id"] in sum(i["examples"], []) for i in fitting]
    assert sum(inside) >= 3
    assert any(0 in sum(i["examples"], []) and i["pad_id"] for i in fitting)
    doubles = [len(i["examples"]) - len(set(map(tuple, i["examples"]))) for i in fitting]
    assert max(doubles) >= 2
    free = [answers.next_fit(i["examples"], i["row_length"]) for i in fitting]
    assert sum(len(rows) < len(n) for rows, n in zip(free, lengths, strict=True)) >= 6
    assert max(len(row) for rows in free for row in rows) >= 12
    other = [answers.first_fit(i["examples"], i["row_length"]) for i in fitting]
    assert sum(a != b for a, b in zip(free, other, strict=True)) >= 3


def test_every_case_can_be_sent_and_typed():
    for inputs in drawn():
        assert len(codec.encode(inputs)) < 5_000
        assert tensors.call_text("pack_examples", inputs).startswith("pack_examples(examples=[")
    assert packing_of(EXAMPLE).admit(library.pack_examples(*EXAMPLE.values()))
