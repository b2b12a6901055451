"""The sweep of learning rates: fair, repeatable, and its committed curves complete."""

import math
from importlib.resources import files
from itertools import pairwise, product

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR

from course_lib.llm.batches import Batch
from course_lib.llm.loss import IGNORED
from course_lib.study import learning_rates
from course_lib.study.learning_rates import RATES, STEPS, WARMUP, rate_at, sweep
from course_lib.study.town_training import town


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(learning_rates, "STEPS", 6)
    monkeypatch.setattr(learning_rates, "N_DOCUMENTS", 300)
    monkeypatch.setattr(learning_rates, "N_HELD_OUT", 20)


def test_the_rate_rises_in_a_line_and_falls_along_a_cosine():
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.5)
    falling = CosineAnnealingLR(optimizer, T_max=STEPS - 30, eta_min=0.05)
    for step in range(30, STEPS, 45):
        assert rate_at(step, 0.5, 30) == pytest.approx(optimizer.param_groups[0]["lr"])
        for _ in range(45):
            optimizer.step()
            falling.step()
    rates = [rate_at(step, 0.5, 30) for step in range(31)]
    assert rates[0] == pytest.approx(0.5 / 30) and rates[29] == rates[30] == 0.5
    assert all(b - a == pytest.approx(0.5 / 30) for a, b in pairwise(rates[:30]))
    assert rate_at(0, 0.5, 0) == 0.5 and rate_at(STEPS, 0.5, 0) == pytest.approx(0.05)


def test_a_run_is_the_same_each_time_and_leaves_torchs_chance_alone(short):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = learning_rates.train(0.01, 0, seed=0)
    assert torch.equal(torch.rand(3), expected)
    assert one == learning_rates.train(0.01, 0, seed=0)
    losses, held_out = one
    assert len(losses) == 6 and losses[-1] < losses[0] - 0.3 and held_out < losses[0] - 0.3
    assert losses[0] == pytest.approx(math.log(town("village").vocab_size), abs=0.1)
    assert learning_rates.train(0.01, 0, seed=1)[0] != losses
    assert learning_rates.train(0.1, 0, seed=0)[0][0] == losses[0]  # same weights, same batch
    assert learning_rates.train(0.01, 30, seed=0)[0][2] > losses[2] + 0.1  # small first steps


def test_seeds_differ_in_weights_too(short, monkeypatch):
    batches = learning_rates.row_batches
    monkeypatch.setattr(learning_rates, "row_batches", lambda rows, B, seed: batches(rows, B, 0))
    assert (
        learning_rates.train(0.01, 0, seed=0)[0][0] != learning_rates.train(0.01, 0, seed=1)[0][0]
    )


def test_what_is_no_number_any_more_is_infinite(short):
    losses, held_out = learning_rates.train(1e36, 0, seed=0)
    assert len(losses) == 6 and losses[0] < 7
    assert losses[-1] == held_out == math.inf


def test_the_loss_of_frequencies_is_their_entropy(monkeypatch):
    targets = torch.tensor([[3, 3, 5, IGNORED], [3, 5, 3, 9]])
    monkeypatch.setattr(learning_rates, "training_rows", lambda: Batch(targets, targets))
    shares = (4 / 7, 2 / 7, 1 / 7)
    expected = -sum(share * math.log(share) for share in shares)
    assert learning_rates.frequencies_loss() == pytest.approx(expected)


def test_a_sweep_is_written_and_read(short, monkeypatch, tmp_path):
    runs = {0: ([5.0, 9, 9, 9, 9, 3.0], 2.0), 1: ([7.0, 9, 9, 9, 9, math.inf], math.inf)}
    monkeypatch.setattr(learning_rates, "train", lambda lr, warmup, seed: runs[seed])
    learning_rates.write_sweep(tmp_path / "x.csv", rates=[0.5], seeds=[0, 1])
    monkeypatch.setattr(learning_rates, "files", lambda _: tmp_path)
    monkeypatch.setattr(learning_rates, "RATES_CSV", "x.csv")
    read = sweep.__wrapped__()
    assert [*read.curves] == [(0.5, 0), (0.5, WARMUP)]
    curve = read.curves[0.5, 0]
    assert curve.losses == (6.0, math.inf) and curve.held_out == (2.0, math.inf)
    assert curve.end == math.inf
    assert read.vocab_size == town("village").vocab_size


def test_the_committed_sweep_is_complete():
    found = sweep()
    assert [*found.curves] == [*product(RATES, (0, WARMUP))]
    for (lr, warmup), curve in found.curves.items():
        assert (curve.lr, curve.warmup) == (lr, warmup)
        assert len(curve.losses) == 60 and len(curve.held_out) == 3
        assert curve.losses[0] == pytest.approx(found.knows_nothing, abs=0.02)
    assert found.vocab_size == town("village").vocab_size
    assert (files("course_lib.study") / learning_rates.RATES_CSV).stat().st_size < 60_000


def test_the_committed_sweep_shows_what_it_is_for():
    curves, found = sweep().curves, sweep()
    best = found.best()
    assert best.lr not in (RATES[0], RATES[-1])
    assert curves[RATES[0], 0].end > found.frequencies
    assert curves[RATES[-1], 0].end > found.knows_nothing
    assert curves[0.1, 0].end > curves[0.1, WARMUP].end + 0.5  # where a warm-up matters
    assert abs(curves[1e-3, 0].end - curves[1e-3, WARMUP].end) < 0.05  # where it does not


@pytest.mark.slow
def test_the_committed_sweep_is_what_the_program_finds():
    losses, held_out = learning_rates.train(3e-3, WARMUP, seed=0)
    curve = sweep().curves[3e-3, WARMUP]
    assert held_out == pytest.approx(curve.held_out[0], abs=0.05)
    assert losses[100] == pytest.approx(curve.losses[20], abs=0.2)
    assert learning_rates.frequencies_loss() == pytest.approx(sweep().frequencies, abs=0.001)
