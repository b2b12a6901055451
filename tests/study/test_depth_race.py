"""The race of wirings: fair, repeatable, and its committed results complete."""

import math
from collections import Counter

import pytest
import torch

from course_lib import assets
from course_lib.study import demos, depth_race
from course_lib.study.depth import WIRINGS, norms_only, pre_norm

needs_text = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(depth_race, "STEPS", 3)
    monkeypatch.setattr(depth_race, "N_LAYER", 1)


@needs_text
def test_a_race_is_the_same_each_time_and_leaves_torchs_chance_alone(short):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    steps = []
    one = depth_race.race(pre_norm, on_step=lambda: steps.append(1))
    assert torch.equal(torch.rand(3), expected)
    assert one == depth_race.race(pre_norm) and len(one) == len(steps) == 3
    assert one != depth_race.race(pre_norm, seed=1)
    assert one[0] == pytest.approx(math.log(len(depth_race.characters())), abs=0.1)


@needs_text
def test_runs_of_one_seed_see_the_same_batches(short, monkeypatch):
    seen = []

    class Watched(depth_race.Guesser):
        def forward(self, ids):
            seen.append(ids.tolist())
            return super().forward(ids)

    monkeypatch.setattr(depth_race, "Guesser", Watched)
    for wiring, seed in ((pre_norm, 0), (norms_only, 0), (pre_norm, 1)):
        depth_race.race(wiring, seed=seed)
    assert seen[:3] == seen[3:6]
    assert seen[0] != seen[1] and seen[0] != seen[6]


@needs_text
def test_a_warm_up_begins_slowly(short):
    at_once, warmed = (depth_race.race(pre_norm, warmup) for warmup in (0, 1000))
    assert at_once[0] == warmed[0]  # before anything was learned
    assert at_once[2] < at_once[0] - 0.05
    assert warmed[2] == pytest.approx(warmed[0], abs=0.05)


@needs_text
def test_who_knows_no_context_has_the_entropy_of_single_characters():
    counts = Counter(demos.shakespeare())
    shares = [count / counts.total() for count in counts.values()]
    expected = -sum(share * math.log(share) for share in shares)
    assert depth_race.no_context() == pytest.approx(expected)


@needs_text
@pytest.mark.slow
def test_with_both_parts_it_learns_what_norms_alone_do_not():
    no_context = depth_race.no_context()
    assert depth_race.last_loss(depth_race.race(pre_norm)) < no_context - 0.4
    assert depth_race.last_loss(depth_race.race(norms_only)) > no_context - 0.15


def test_the_last_loss_is_a_mean_of_ten():
    assert depth_race.last_loss([9.0] * 5 + [1.0] * 5 + [2.0] * 5) == pytest.approx(1.5)


@needs_text
def test_a_larger_learning_rate_goes_further_at_first(short):
    slow, fast = (depth_race.race(pre_norm, lr=lr) for lr in (3e-4, 3e-3))
    assert slow[0] == fast[0] and fast[2] < slow[2] - 0.05


def test_the_committed_races_are_complete():
    results = depth_race.results()
    assert [*results] == depth_race.RUNS
    assert {name for name, _ in results} == set(WIRINGS)
    for rates in results.values():
        assert (*rates,) == depth_race.RATES
        for losses in rates.values():
            assert len(losses) == 3 and all(1 < loss < 5 for loss in losses)
