"""The best size for a budget: what a budget pays for, and the committed runs."""

import pytest

from course_lib.llm.loss import IGNORED
from course_lib.study import same_budget
from course_lib.study.same_budget import BUDGETS, SEEDS, WIDTHS, Run, steps_for, tokens_a_step
from course_lib.study.scaling import parameters
from course_lib.study.town_training import rows


def test_a_step_reads_sixteen_rows_without_their_padding():
    packed = rows(same_budget.PLACE, 2000)
    n_tokens = sum((row != IGNORED).sum().item() for row in packed.targets)
    assert tokens_a_step() == pytest.approx(16 * n_tokens / len(packed.ids), abs=0.5)
    assert 0.95 < tokens_a_step() / packed.ids[:16].numel() < 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("budget", BUDGETS)
def test_the_steps_cost_the_budget_as_nearly_as_whole_steps_can(budget, width):
    a_step = 6 * parameters(width) * tokens_a_step()
    assert abs(steps_for(budget, width) * a_step - budget) <= a_step / 2


def test_the_smallest_budget_pays_for_a_step():
    assert steps_for(1.0, 64) == 1


def test_the_mean_is_over_the_seeds():
    runs = [Run(1e11, 8, seed, 100, 1000, excess) for seed, excess in enumerate((0.1, 0.2, 0.6))]
    assert same_budget.mean_excess(runs) == pytest.approx(0.3)


def test_the_committed_runs_are_complete_and_cost_the_same():
    results = same_budget.results()
    assert (*results,) == BUDGETS
    for budget, by_width in results.items():
        assert (*by_width,) == WIDTHS
        for width, runs in by_width.items():
            assert tuple(run.seed for run in runs) == SEEDS
            for run in runs:
                assert (run.budget, run.width) == (budget, width)
                assert run.n_params == parameters(width)
                assert run.n_tokens == steps_for(budget, width) * tokens_a_step()
                assert 6 * run.n_params * run.n_tokens == pytest.approx(budget, rel=0.03)
                assert 0 < run.excess < 2
