"""The frontier: one run in small, and what the committed points say."""

from copy import deepcopy
from itertools import pairwise
from math import isnan

import pytest
import torch

from course_lib.llm.rewards import reward_model
from course_lib.study import frontier
from course_lib.study.frontier import (
    BETAS,
    LOOKS,
    NS,
    Begun,
    Point,
    best_of,
    rewards_on_the_way,
    run,
    verdict,
)
from course_lib.study.preferences import COMPARED, OTHERS, starting_policy
from course_lib.study.raters import compared_pairs


@pytest.fixture(autouse=True)
def few_questions(monkeypatch):
    monkeypatch.setattr(frontier, "COMPARED", COMPARED[::15])
    monkeypatch.setattr(frontier, "OTHERS", OTHERS[::15])


@pytest.fixture(scope="module")
def begun():
    reference = starting_policy(0, steps=30)
    return Begun(0, reference, reward_model(reference), compared_pairs(0, n=200), 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("method", BETAS)
def test_a_run_is_looked_at_and_only_some_methods_draw(method, begun):
    before = deepcopy(begun.reference.state_dict())
    seen = run(method, 0.1, begun, steps=LOOKS)
    assert [point.step for point in seen] == [1, 2, 3, 4]
    assert all(point.method == method and point.setting == 0.1 for point in seen)
    assert all(a.seconds < b.seconds for a, b in pairwise(seen))
    tokens = [point.tokens for point in seen]
    assert tokens == [0] * 4 if method == "DPO" else 0 < tokens[0] == tokens[1] < tokens[2]
    now = begun.reference.state_dict()
    assert all(torch.equal(now[name], weight) for name, weight in before.items())


@pytest.mark.slow
def test_the_best_of_more_is_farther_away(begun):
    points = [*best_of(begun)]
    assert [point.setting for point in points] == [1, *NS] and points[0].kl == 0
    assert all(a.kl < b.kl and a.proxy <= b.proxy for a, b in pairwise(points))


def test_a_verdict_is_about_points_of_one_distance():
    def point(seed: int, step: int, reward: float, kl: float) -> Point:
        return Point("DPO", 0.1, seed, step, reward, 0, 0, 0, 0, 0, kl, 0, 1.0, 10.0 * step, step)

    found = [point(0, 1, 2.0, 2.0), point(0, 2, 9.0, 5.0), point(1, 1, 3.0, 2.0)]
    assert verdict(found, "DPO") == (2.5, pytest.approx(0.5**0.5), 1.0, 10.0, 1.0)
    assert rewards_on_the_way(found, "DPO") == {0.1: [2.5, 9.0]}
    with pytest.raises(ValueError, match="points of DPO from 4 to 6"):
        verdict(found, "DPO", 4, 6)


def test_the_committed_points_say_what_the_lesson_says():
    found = frontier.results()
    n_runs = sum(map(len, BETAS.values()))
    assert len(found) == 3 * (1 + len(NS) + LOOKS * n_runs)
    assert {point.seed for point in found} == {0, 1, 2}
    trained = [point for point in found if point.method != "best-of-n"]
    for p in trained:
        worth = 2 * p.right + p.polite - p.false - 0.25 * p.needless
        assert p.reward == pytest.approx(worth, abs=0.01) and p.kl > 0 and not isnan(p.others)
    start = [point.reward for point in found if point.setting == 1 and point.method == "best-of-n"]
    verdicts = {method: verdict(found, method) for method in ("best-of-n", *BETAS)}
    assert all(found.reward > max(start) + 1.5 for found in verdicts.values())
    assert verdicts["best-of-n"].reward == max(found.reward for found in verdicts.values())
    assert verdicts["DPO"].tokens == 0 < verdicts["PPO"].tokens
    assert verdicts["DPO"].seconds < verdicts["PPO"].seconds
    three = [verdicts[method].reward for method in BETAS]
    assert max(three) - min(three) < 0.1
    for method, betas in BETAS.items():
        looks = rewards_on_the_way(found, method)
        assert [*looks] == [*betas] and {len(way) for way in looks.values()} == {LOOKS}
        lost = [max(way) - way[-1] for way in looks.values()]
        assert lost[0] > 0.3, "with a low price longer is worse"
        assert (lost[-1] == 0) == (method != "GRPO")
