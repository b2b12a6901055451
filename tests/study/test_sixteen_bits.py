"""Mixed precision on this processor: what is timed, and in which form it comes out."""

import pytest
import torch

from course_lib.study import sixteen_bits


@pytest.fixture(autouse=True)
def short(monkeypatch):
    for name, value in {"ROUNDS": 1, "N_DOCUMENTS": 200, "STEPS": 2, "WIDTHS": (16,)}.items():
        monkeypatch.setattr(sixteen_bits, name, value)


def test_a_step_takes_time_in_either_precision():
    found = sixteen_bits.step_seconds(16)
    assert found.width == 16
    assert 0 < found.seconds_32 < 60 and 0 < found.seconds_16 < 60


def test_both_precisions_take_turns_and_the_first_round_does_not_count(monkeypatch):
    taken, ticks = [], iter(range(1000))

    class Watched(sixteen_bits.Trainer):
        def take_step(self, batch):
            taken.append(self.config.bfloat16)
            next(ticks)  # 32 bits take two ticks, 16 bits three, the first steps a hundred more
            for _ in range(self.config.bfloat16 + 100 * (len(taken) < 3)):
                next(ticks)

    monkeypatch.setattr(sixteen_bits, "Trainer", Watched)
    monkeypatch.setattr(sixteen_bits, "ROUNDS", 3)
    monkeypatch.setattr(sixteen_bits.time, "perf_counter", lambda: next(ticks))
    assert sixteen_bits.step_seconds(16) == (16, 2, 3)
    assert taken == [False, True] * 4


def test_a_short_run_has_a_loss_over_the_floor_in_either_precision():
    found = sixteen_bits.losses()
    assert [*found] == [False, True]
    assert all(0 < loss < 8 for loss in found.values())
    assert found[False] != found[True]
    assert found[True] == pytest.approx(found[False], abs=0.1)


def test_products_are_timed_in_either_precision():
    n_threads = torch.get_num_threads()
    found = sixteen_bits.products_seconds(8)
    assert [*found] == [torch.float32, torch.bfloat16]
    assert all(0 < seconds < 1 for seconds in found.values())
    assert torch.get_num_threads() == n_threads
