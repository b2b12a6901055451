"""Raters who like long answers: the arms, the mends, and the committed runs."""

from statistics import fmean

import pytest
import torch

from course_lib.llm.rewards import reward_model
from course_lib.study import hacking
from course_lib.study.hacking import (
    ARMS,
    BIASED,
    EVERY,
    STEPS,
    n_words,
    of_one_length,
    optimized,
    price_of_a_token,
    without_length,
)
from course_lib.study.preferences import COMPARED, given, proxy_rewards, starting_policy
from course_lib.study.raters import FAIR, counts_of, fitted_worths


def test_ranked_answers_are_of_one_length():
    ranked = of_one_length(100, seed=0, rater=BIASED)
    assert ranked == of_one_length(100, seed=0, rater=BIASED)
    for ranking in ranked:
        lengths = [n_words(answer) for answer in ranking.answers]
        assert max(lengths) - min(lengths) <= 2 and len({*ranking.answers}) == 4
    assert max(n_words(ranking.answers[0]) for ranking in ranked) > 15, "long ones are there too"
    best = sum("hello" in ranking.answers[0] for ranking in ranked)
    worst = sum("hello" in ranking.answers[-1] for ranking in ranked)
    assert best > worst, "the preferred ones come first"


def test_biased_raters_pay_for_what_is_needless_unless_lengths_are_alike():
    needless = 2
    usual = hacking.compared(1000, 0, BIASED)
    assert fitted_worths(counts_of(usual))[needless] > 2 > 0
    assert fitted_worths(counts_of(hacking.compared(1000, 0, FAIR)))[needless] < -0.2


class ByLength(torch.nn.Module):
    """A reward model that says at each token how many came before it, times 0.3."""

    def forward(self, ids):
        return 0.3 * torch.arange(ids.size(1)).expand(ids.shape)[..., None].float()


@pytest.mark.slow
def test_the_price_of_a_token_is_found_and_taken_off():
    policy = starting_policy(0, steps=30)
    price = price_of_a_token(ByLength(), policy, seed=0)
    assert price == pytest.approx(0.3, abs=1e-4)
    said = ["ben works as a farmer .", "hello ! ben works as a farmer . mia keeps a goat ."]
    rows = given([COMPARED[0]] * 2, said)
    assert proxy_rewards(ByLength(), rows).diff() > 1
    assert without_length(ByLength(), price)(rows).diff().abs() < 1e-3


@pytest.mark.slow
def test_an_arm_begins_at_the_policy_and_is_watched(monkeypatch):
    monkeypatch.setattr(hacking, "STEPS", 2)
    monkeypatch.setattr(hacking, "EVERY", 1)
    policy = starting_policy(0, steps=30)
    before = policy.head.weight.clone()
    model = reward_model(policy)
    seen = optimized(policy, model, lambda rows: rows.response_mask.sum(-1).float(), 0.1, 0)
    assert [step for step, _ in seen] == [0, 1, 2]
    assert seen[0][1].kl == 0 < seen[2][1].kl
    assert torch.equal(policy.head.weight, before)


def test_the_committed_runs_say_what_the_lesson_says():
    found = hacking.results()
    assert [*found] == [*ARMS] and all(len(runs) == 3 for runs in found.values())
    for runs in found.values():
        assert all([step for step, _ in run] == [*range(0, STEPS + 1, EVERY)] for run in runs)
    starts = [run[0][1] for run in found["fair raters"]]
    ends = {arm: [run[-1][1] for run in runs] for arm, runs in found.items()}
    for runs in found.values():
        assert [run[0][1][:6] for run in runs] == [start[:6] for start in starts], "all begin alike"
    biased = ends["biased raters"]
    first_proxy = [run[0][1].proxy for run in found["biased raters"]]
    for seed, start in enumerate(starts):
        assert biased[seed].proxy > first_proxy[seed] + 5
        assert biased[seed].words > 2 * start.words and biased[seed].reward < start.reward - 0.8
        assert biased[seed].reward < ends["fair raters"][seed].reward
        for mend in ("biased, ten times beta", "biased, answers of one length"):
            assert ends[mend][seed].reward > biased[seed].reward + 0.5
    rewards = {arm: fmean(end.reward for end in runs) for arm, runs in ends.items()}
    assert rewards["fair raters"] > rewards["biased raters"] + 0.7
    taken_out = [end.reward for end in ends["biased, length taken out"]]
    assert min(taken_out) < 0.5 and max(taken_out) > 2, "this mend fails for some seeds"
