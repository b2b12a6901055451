"""What training costs: by hand, and against what the papers say of known models."""

import pytest

from course_lib.study import training_cost
from course_lib.study.model_shapes import SHAPES
from course_lib.study.training_cost import CHIPS, RUNS, Plan, training_flops


def test_costs_by_hand():
    assert training_flops(10, 200) == 12_000
    assert training_cost.chip_hours(3600 * 50, peak=100, utilization=0.5) == 1
    assert training_cost.days(480, n_chips=4) == 5
    assert training_cost.dollars(480, price=0.25) == 120
    assert training_cost.dollars(480, price=0) == 0


def test_a_plan_is_its_parts():
    plan = Plan(10, 200, "A100", n_chips=3, utilization=0.25, price=7)
    hours = 12_000 / (312e12 * 0.25) / 3600
    assert plan.flops == 12_000 and plan.tokens_per_param == 20
    assert plan.chip_hours == pytest.approx(hours)
    assert plan.days == pytest.approx(hours / 3 / 24)
    assert plan.dollars == pytest.approx(7 * hours)


@pytest.mark.parametrize("name", ["GPT-3 175B", "Chinchilla 70B", "Llama 3.1 405B"])
def test_six_for_each_parameter_and_token_is_what_the_paper_says(name):
    run = RUNS[name]
    assert training_flops(run.n_params, run.n_tokens) == pytest.approx(run.flops, rel=0.03)


def test_known_models_are_as_large_as_their_shapes():
    totals = {"SmolLM2-135M": 134.5e6, "GPT-3 175B": 174.6e9, "Llama 3 8B": 8.03e9}
    assert {*totals} <= {*SHAPES} and {*totals} <= {*RUNS}
    for name, total in totals.items():
        assert RUNS[name].n_params == pytest.approx(total, rel=0.01)


def test_chinchilla_was_fed_as_it_found_best():
    run = RUNS["Chinchilla 70B"]
    assert run.n_tokens / run.n_params == training_cost.CHINCHILLA


def test_newer_chips_do_more_for_a_dollar():
    value = [chip.peak / chip.price for chip in (CHIPS["V100"], CHIPS["A100"], CHIPS["H100"])]
    assert value == sorted(value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: training_flops(0, 5), "n_params must be above 0, got 0"),
        (lambda: training_flops(5, float("nan")), "n_tokens must be above 0, got nan"),
        (lambda: training_cost.chip_hours(1, 1, 1.5), "utilization must be at most 1, got 1.5"),
        (lambda: training_cost.chip_hours(1, 1, 0), "utilization must be above 0, got 0"),
        (lambda: training_cost.days(5, 0), "n_chips must be above 0, got 0"),
        (lambda: training_cost.dollars(5, -1), "price must be at least 0, got -1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
