"""The ground truth of lesson 06: which batches may be drawn from a text, and how often."""

import math

import numpy as np
import pytest
import torch

from course_lib.exercises import codec
from course_lib.exercises.observe import observe
from course_lib.exercises.pretraining import get_batch_checks, library
from course_lib.exercises.pretraining.batch_call import get_batch
from course_lib.exercises.pretraining.batch_windows import HARDLY_EVER, MANY, Windows, truth
from course_lib.exercises.sampling import counts
from course_lib.llm.batches import text_batches

RAISES = get_batch_checks.EXERCISE.raises


def drawn(seed=4):
    return list(get_batch_checks.cases(np.random.default_rng(seed), True))


def allowed(seed=4):
    return [inputs for inputs in drawn(seed) if not RAISES(inputs)]


def rows_at(windows, starts):
    """Return (x, y) of rows that begin at these starts."""
    rows = torch.tensor([windows.of_start[start] for start in starts])
    return rows[:, :-1], rows[:, 1:]


def test_the_starts_by_hand():
    windows = truth(get_batch_checks.EXAMPLE)
    assert windows.of_start == [(7, 2, 9, 4), (2, 9, 4, 5)]
    assert windows.odds.of == {(7, 2, 9, 4): 0.5, (2, 9, 4, 5): 0.5}
    assert windows.starts(torch.tensor([[2, 9, 4], [9, 4, 5], [7, 2, 9]])) == [1, None, 0]


def test_a_window_that_comes_twice_is_twice_as_likely():
    assert Windows((1, 2, 1, 2, 2), B=4, T=1).odds.of == {(1, 2): 0.5, (2, 1): 0.25, (2, 2): 0.25}


def test_windows_are_those_of_torch():
    for inputs in allowed():
        windows = truth(inputs)
        unfolded = inputs["ids"].unfold(0, inputs["T"] + 1, 1)
        assert windows.of_start == [tuple(row) for row in unfolded.tolist()]
        assert math.fsum(windows.odds.of.values()) == pytest.approx(1)
        assert math.fsum(windows.pairs.of.values()) == pytest.approx(1)


def test_a_text_is_too_short_where_torch_finds_no_window():
    for inputs in drawn():
        fits = len(inputs["ids"]) >= inputs["T"] + 1
        assert fits == (RAISES(inputs) == "")
        if not fits:
            with pytest.raises(ValueError):
                truth(inputs)
            with pytest.raises((ValueError, RuntimeError)):
                inputs["ids"].unfold(0, inputs["T"] + 1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_batches_of_the_course_may_be_drawn(seed):
    for inputs in allowed(seed):
        batches = text_batches(inputs["ids"], inputs["B"], inputs["T"], inputs["seed"])
        for step in range(3):
            batch = batches(step)
            assert truth(inputs).admit((batch.ids, batch.targets))


def test_a_right_answer_is_hardly_ever_refused():
    """Add up what chance allows: each set of counts, and rows at even distances."""
    for seed in range(5):
        alarms = 0.0
        for inputs in allowed(seed):
            n, B = len(truth(inputs).of_start), inputs["B"]
            alarms += counts.FALSE_ALARM * (2 if B >= MANY else 1)
            if n ** max(B - 2, 0) >= HARDLY_EVER:
                alarms += n ** (2.0 - B) if B < MANY else 0.0
            if inputs["repeat"]:
                alarms += 2 * float(n) ** -B  # another seed, or the next draw, gives the same
        assert 0 < alarms < 1e-9


def test_rows_that_are_odd_are_refused():
    windows = Windows(tuple(range(50, 61)), B=2_000, T=3)
    starts = torch.randint(8, (2_000,), generator=torch.Generator().manual_seed(1))
    assert windows.admit(rows_at(windows, starts.tolist()))
    assert not windows.admit(rows_at(windows, (starts % 7).tolist()))
    assert not windows.admit(rows_at(windows, sorted(starts.tolist())))
    assert not windows.admit(rows_at(windows, [s for s in starts.tolist()[:1_000] for _ in "12"]))
    x, y = rows_at(windows, starts.tolist())
    assert not windows.admit((x, x))
    assert not windows.admit((x, y.int()))
    assert not windows.admit((x[:-1], y[:-1]))
    assert not windows.admit([x, y])


def test_even_distances_are_no_chance_only_where_there_are_many_starts():
    many, few = Windows(tuple(range(60)), B=9, T=4), Windows(tuple(range(9)), B=3, T=4)
    assert many.are_evenly_spaced(rows_at(many, range(0, 45, 5))[0])
    assert many.are_evenly_spaced(rows_at(many, [7] * 9)[0])
    assert not many.are_evenly_spaced(rows_at(many, [*range(8), 9])[0])
    assert not few.are_evenly_spaced(rows_at(few, [0, 1, 2])[0])


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_try_each_property(seed):
    cases, fitting = drawn(seed), allowed(seed)
    room = [len(inputs["ids"]) - inputs["T"] for inputs in cases]
    assert {0, 1, 2} <= set(room)  # too short by one, one start, two starts
    assert min(room) < -1 and any(len(inputs["ids"]) == 0 for inputs in cases)
    assert any(inputs["T"] == 1 for inputs in fitting)
    assert any(inputs["B"] == 1 for inputs in fitting)
    assert any(inputs["repeat"] for inputs in fitting)
    many = [truth(inputs) for inputs in fitting if inputs["B"] >= MANY]
    assert sum(len(windows.of_start) > 2 for windows in many) >= 2
    assert any(not windows.has_no_double for windows in many)
    assert all(inputs["B"] != inputs["T"] for inputs in cases)


def test_torchs_own_generator_is_left_as_it_was():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    (inputs,) = [inputs for inputs in drawn() if inputs["repeat"]]

    def answer(ids, B, T, generator):
        starts = torch.randint(len(ids) - T, (B,)).tolist()
        return rows_at(Windows(tuple(ids.tolist()), B, T), starts)

    assert observe(get_batch, answer, inputs).raised[0] == "DrewElsewhere"
    assert torch.equal(torch.get_rng_state(), before)


def test_the_library_gives_such_batches():
    for inputs in drawn():
        outcome = observe(get_batch, library.get_batch, inputs)
        if RAISES(inputs):
            assert outcome.raised[0] == "ValueError"
        else:
            assert truth(inputs).admit(outcome.value)


def test_every_case_can_be_sent():
    assert max(len(codec.encode(inputs)) for inputs in drawn()) < 20_000
