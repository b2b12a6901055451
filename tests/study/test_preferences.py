"""Where the methods begin, how policies are measured, and what raters' choices teach."""

from copy import deepcopy
from itertools import islice
from math import isnan
from random import Random

import pytest
import torch

from course_lib.llm.model import GPT
from course_lib.llm.rewards import bradley_terry_loss, plackett_luce_loss, reward_model
from course_lib.study import raters
from course_lib.study.best_of_n import best_of_n, drawn_and_judged, kl_bound
from course_lib.study.policy_losses import dpo_losses, grpo_losses, ppo_losses, standardized
from course_lib.study.preferences import (
    COMPARED,
    LONGEST_ANSWER,
    OTHERS,
    VILLAGE,
    counted,
    draw,
    given,
    kl_by_estimate,
    logprobs_of,
    measure,
    mixed_lessons,
    proxy_rewards,
    starting_policy,
    texts,
    token_kl,
    true_rewards,
    watch,
)
from course_lib.study.raters import (
    PARTS,
    compared,
    compared_pairs,
    counts_of,
    every_pair,
    fitted_worths,
    pair_rewards,
    short_first,
    trained_reward_model,
)
from course_lib.study.weight_steps import follow
from course_lib.tinyville.preferences import Rater, features, make_answer


@pytest.fixture(scope="module")
def reference():
    return starting_policy(seed=0)


def from_seed(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_preferences_are_about_five_people_and_nobody_is_on_both_sides():
    names, others = {chat.name for chat in COMPARED}, {chat.name for chat in OTHERS}
    assert len(names) == 5 and len(COMPARED) == 150
    assert len(others) == 35 and len(OTHERS) == 150 and not names & others
    assert {ranking.chat.name for ranking in compared(100, seed=0)} == names
    assert {pair.chat.name for pair in compared_pairs(0, n=100)} == names
    assert len({chat.fact for chat in OTHERS}) == 5


def test_mixed_answers_are_half_right_and_half_polite():
    lessons = mixed_lessons(1000, seed=1)
    assert lessons == mixed_lessons(1000, seed=1) != mixed_lessons(1000, seed=2)
    found = [features(VILLAGE, chat, chat.answer.strip()) for chat in lessons]
    assert all(chat.answer.startswith(" ") for chat in lessons)
    for part in ("right", "polite"):
        assert sum(getattr(counts, part) for counts in found) / 1000 == pytest.approx(0.5, abs=0.08)


@pytest.mark.slow
def test_an_answer_and_its_rows_of_tokens_are_the_same(reference):
    said = ["hello ! ben works as a farmer .", "mia keeps a goat ."]
    rows = given(COMPARED[:2], said)
    assert texts(rows) == said
    assert texts(given(COMPARED[:1], [""])) == [""]
    made = raters.compared(20, seed=3)
    longest = max(len(ids) for r in made for ids in given([r.chat] * 4, r.answers).responses())
    assert longest <= LONGEST_ANSWER


def test_several_answers_belong_to_one_question():
    asked = COMPARED[::75]
    right = [chat.answer for chat in asked]
    found = counted(asked, [right[0]] * 2 + [right[1], right[0]])
    assert [counts.right for counts in found] == [1, 1, 1, 0]
    assert true_rewards(asked[:1], [right[0], "hello ! no ."]).tolist() == [2.0, 0.0]


@pytest.mark.slow
def test_a_policy_that_is_its_reference_is_at_distance_0(reference):
    found = measure(reference, reference, COMPARED[::10], from_seed(0))
    assert found.kl == found.drawn_kl == 0 and isnan(found.proxy)
    worth = 2 * found.right + found.polite - found.false - 0.25 * found.needless
    assert found.reward == pytest.approx(worth, abs=1e-4)
    assert 0.1 < found.right < 0.9 and 0.1 < found.polite < 0.9 and found.words > 5
    assert measure(reference, reference, COMPARED[::10], from_seed(0))[:6] == found[:6]


@pytest.mark.slow
def test_the_exact_kl_of_tokens_is_that_of_drawn_ones_on_average(reference):
    policy = deepcopy(reference).requires_grad_(True)
    losses = dpo_losses(policy, reference, compared_pairs(0, n=200), 0.1, 0)
    follow(policy.parameters(), islice(losses, 8), lr=3e-4)
    rows = draw(policy, COMPARED[::5], 8, from_seed(1))
    drawn = (logprobs_of(policy, rows) - logprobs_of(reference, rows)).sum(-1).detach()
    exact = token_kl(policy, reference, rows).sum(-1)
    assert exact.min() >= 0 and exact.mean() > 0.05
    assert drawn.mean().item() == pytest.approx(exact.mean().item(), abs=4 * error_of(drawn))
    assert (token_kl(policy, reference, rows)[~rows.response_mask] == 0).all()
    found = kl_by_estimate(policy, reference, rows)
    assert [*found] == ["k1", "k2", "k3", "exact"]
    n_tokens = rows.response_mask.sum().item()
    assert found["exact"] == pytest.approx(exact.sum().item() / n_tokens, rel=1e-5)
    assert found["k1"] == pytest.approx(drawn.sum().item() / n_tokens, rel=1e-4)


def error_of(values: torch.Tensor) -> float:
    """Return the standard error of a mean, in which draws of one question are taken as apart."""
    return (values.std() / len(values) ** 0.5).item()


def test_the_worths_are_recovered_divided_by_the_temperature():
    truth = torch.tensor([*PARTS.values()])
    for temperature in (1.0, 2.0):
        counts = counts_of(compared(1500, seed=0, rater=Rater(temperature)))
        assert (fitted_worths(counts) * temperature - truth).abs().max() < 0.35
    pairs = counts_of(compared(1500, seed=0, rater=Rater(1.0), size=2))
    assert torch.allclose(fitted_worths(pairs, of_every_pair), fitted_worths(pairs), atol=1e-2)
    biased = fitted_worths(counts_of(compared(1500, seed=0, rater=Rater(1.0, word_bonus=0.3))))
    assert biased[2] > 0.8, "what is needless seems to be worth something"


def of_every_pair(rewards: torch.Tensor) -> torch.Tensor:
    return bradley_terry_loss(*every_pair(rewards))


def test_every_pair_of_a_ranking_is_compared_once():
    better, worse = every_pair(torch.tensor([[4.0, 3.0, 2.0, 1.0], [40.0, 30.0, 20.0, 10.0]]))
    assert better.tolist() == [4, 4, 4, 3, 3, 2, 40, 40, 40, 30, 30, 20]
    assert worse.tolist() == [3, 2, 1, 2, 1, 1, 30, 20, 10, 20, 10, 10]


def test_a_ranking_of_four_says_more_than_a_pair():
    right = [*PARTS].index("right")

    def error(size: int) -> float:
        found = [fitted_worths(counts_of(compared(300, s, Rater(1.0), size))) for s in range(8)]
        return (torch.stack(found)[:, right] - PARTS["right"]).square().mean().sqrt().item()

    assert error(4) < 0.7 * error(2)


def test_short_answers_come_first_and_all_once():
    ranked = compared(64, seed=0)
    batches = list(islice(short_first(ranked, seed=0), 6))
    once = [ranking for batch in batches[:4] for ranking in batch]
    sizes = [sum(map(len, ranking.answers)) for ranking in once]
    assert sizes == sorted(sizes) and len(once) == 64
    assert all(ranking in ranked for batch in batches[4:] for ranking in batch)


@pytest.mark.slow
def test_a_reward_model_learns_from_rankings_and_the_policy_stays(reference):
    before = deepcopy(reference.state_dict())
    losses = []
    ranked = compared(16 * 60, seed=0)
    short = [r._replace(answers=sorted(r.answers, key=len)) for r in ranked]  # short is better
    model = trained_reward_model(
        reference, short, seed=0, steps=60, on_step=lambda step, loss: losses.append(loss)
    )
    assert losses[0] == pytest.approx(plackett_luce_loss(torch.zeros(1, 4)).item(), rel=1e-5)
    assert sum(losses[-10:]) / 10 < losses[0] - 0.5
    best, other = pair_rewards(model, compared(50, seed=9, size=2))
    assert best.shape == other.shape == (50,)
    assert all(torch.equal(reference.state_dict()[name], w) for name, w in before.items())


@pytest.mark.slow
def test_the_best_of_n_by_hand_and_drawn(reference):
    proxy = torch.tensor([[1.0, 4.0, 2.0, 3.0], [0.0, 5.0, 9.0, 1.0]])
    rewards = torch.tensor([[10.0, 20.0, 30.0, 40.0], [1.0, 2.0, 3.0, 4.0]])
    assert best_of_n(proxy, rewards, 1)[1:3] == (rewards.mean().item(), proxy.mean().item())
    assert best_of_n(proxy, rewards, 2)[1:3] == ((20 + 40 + 2 + 3) / 4, (4 + 3 + 5 + 9) / 4)
    assert best_of_n(proxy, rewards, 4)[1:3] == ((20 + 3) / 2, (4 + 9) / 2)
    assert kl_bound(1) == 0 and kl_bound(2) < kl_bound(4)
    model = reward_model(reference)
    found = drawn_and_judged(reference, model, COMPARED[:3], 4, from_seed(0))
    assert found[0].shape == found[1].shape == (3, 4)


def test_standardized_advantages_ignore_what_is_not_counted():
    mask = torch.tensor([[True, True, False], [True, False, False]])
    found = standardized(torch.tensor([[1.0, 3.0, 99.0], [5.0, 99.0, 99.0]]), mask)[mask]
    assert found.mean().abs() < 1e-6 and found.square().mean().item() == pytest.approx(1, abs=1e-3)


def greets(rows) -> torch.Tensor:
    """Return 1 for an answer that greets, else 0: a reward that can be learned at once."""
    return torch.tensor([float(text.startswith("hello !")) for text in texts(rows)])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["PPO", "GRPO"])
def test_a_few_steps_raise_what_is_rewarded_and_leave_the_reference(method, reference):
    before = deepcopy(reference.state_dict())

    def learned(steps: int) -> GPT:
        policy = deepcopy(reference).requires_grad_(True)
        weights = [*policy.parameters()]
        if method == "PPO":
            value_model = reward_model(reference).requires_grad_(True)
            weights += value_model.parameters()
            losses = ppo_losses(policy, value_model, reference, greets, COMPARED, 0.05, 0)
        else:
            losses = grpo_losses(policy, reference, greets, COMPARED, 0.02, 0)
        follow(weights, islice(losses, steps), lr=5e-4)
        return policy

    old = measure(reference, reference, COMPARED[::5], from_seed(3), n=4)
    new = measure(learned(14), reference, COMPARED[::5], from_seed(3), n=4)
    assert new.polite > old.polite + 0.15 and new.kl > 0.05
    assert all(torch.equal(reference.state_dict()[name], w) for name, w in before.items())
    one, other = learned(2).state_dict(), learned(2).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one), "the seed decides all"


@pytest.mark.slow
def test_dpo_raises_the_true_reward_and_begins_at_log_2(reference):
    seen = []
    policy = deepcopy(reference).requires_grad_(True)
    stream = dpo_losses(
        policy, reference, compared_pairs(0), 0.3, 0, on_batch=lambda *both: seen.append(both)
    )
    watched, looks = watch(policy, reference, reward_model(reference), every=30)
    losses = follow(policy.parameters(), islice(stream, 30), 2e-4, on_step=watched)
    assert losses[0] == pytest.approx(0.6931, abs=1e-4)
    assert torch.equal(*seen[0]) and seen[0][0].shape == (64,)
    assert [step for step, _ in looks] == [0, 30]
    assert looks[1][1].reward > looks[0][1].reward + 0.5 and looks[1][1].kl > 0.1


@pytest.mark.slow
def test_a_reward_model_reads_what_the_policy_wrote(reference):
    model = reward_model(reference)
    torch.nn.init.normal_(model.head.weight, generator=from_seed(0))
    said = [make_answer(VILLAGE, COMPARED[0], Random(i)) for i in range(3)]
    together = proxy_rewards(model, given([COMPARED[0]] * 3, said))
    alone = torch.cat([proxy_rewards(model, given([COMPARED[0]], [text])) for text in said])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)
