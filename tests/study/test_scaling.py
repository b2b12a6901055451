"""The law of size: its fit, its band, and the committed runs."""

import math
from random import Random

import pytest

from course_lib.study import scaling
from course_lib.study.scaling import BEYOND, PREDICTED, SEEDS, WIDTHS, Law, Run, band, fit

LAW = Law(scale=2000.0, alpha=0.8)
SIZES = {8: 10_000, 16: 30_000, 24: 50_000, 32: 80_000}


def a_run(width, seed, error=0.0):
    return Run(width, seed, SIZES[width], LAW(SIZES[width]) * math.exp(error))


def noisy(deviation, seed=0):
    random = Random(seed)
    return [a_run(width, s, random.gauss(0, deviation)) for width in SIZES for s in range(3)]


def test_a_law_is_a_power():
    assert Law(6.0, 0.5)(4) == pytest.approx(3)
    assert Law(6.0, 1.0)(4) == pytest.approx(1.5)


def test_the_fit_finds_an_exact_law_again():
    assert fit(noisy(0)) == pytest.approx(LAW)
    assert fit([a_run(8, 0), a_run(32, 0)]) == pytest.approx(LAW)


def test_the_fit_has_the_least_squares_of_the_logarithms():
    runs = noisy(0.3)

    def squares(law):
        return sum(math.log(run.excess / law(run.n_params)) ** 2 for run in runs)

    best = fit(runs)
    for factor, change in [(1.01, 0), (0.99, 0), (1, 0.003), (1, -0.003)]:
        assert squares(Law(best.scale * factor, best.alpha + change)) > squares(best)


def test_one_size_makes_no_line():
    for runs, n in (([], 0), ([a_run(8, seed) for seed in SEEDS], 1)):
        with pytest.raises(ValueError, match=f"at least two sizes, got {n}"):
            fit(runs)


def test_the_band_holds_the_law_and_widens_with_the_noise_and_outside():
    sizes = [10_000, 50_000, 300_000]
    narrow, wide = band(noisy(0.02), sizes), band(noisy(0.2), sizes)
    for (low, high), size in zip(narrow + wide, sizes * 2, strict=True):
        assert low < LAW(size) < high
    for (low, high), (lower, higher) in zip(narrow, wide, strict=True):
        assert 1.02 < high / low < 1.2 and higher / lower > 1.3
    assert wide[2][1] / wide[2][0] > wide[1][1] / wide[1][0]
    assert band(noisy(0), [40_000])[0] == pytest.approx((LAW(40_000), LAW(40_000)))


def test_the_band_is_the_same_each_time_and_another_for_another_seed():
    runs = noisy(0.1)
    assert band(runs, [50_000]) == band(runs, [50_000]) != band(runs, [50_000], seed=1)


def test_about_nineteen_of_twenty_new_runs_end_in_the_band(monkeypatch):
    monkeypatch.setattr(scaling, "DRAWS", 300)
    random, n = Random(1), 200
    bands = [band(noisy(0.1, seed), [100_000])[0] for seed in range(n)]
    inside = sum(low < LAW(100_000) * math.exp(random.gauss(0, 0.1)) < high for low, high in bands)
    assert 0.88 * n <= inside <= 0.99 * n


def test_the_committed_runs_are_complete():
    runs = scaling.results()
    expected = {(width, seed) for width in (*WIDTHS, PREDICTED, BEYOND) for seed in SEEDS}
    assert {(run.width, run.seed) for run in runs} == expected and len(runs) == len(expected)
    longer = scaling.results(scaling.LONGER)
    assert [(run.width, run.seed) for run in longer] == [(BEYOND, seed) for seed in SEEDS]
    widest = [run for run in runs if run.width == BEYOND]
    assert max(run.excess for run in longer) < min(run.excess for run in widest)
    for run in runs:
        assert run.n_params == scaling.parameters(run.width)
        assert 0 < run.excess < 2
