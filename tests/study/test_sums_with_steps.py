"""Sums that code checks: the questions, the reward, what a group teaches, the committed runs."""

from copy import deepcopy
from statistics import fmean

import pytest
import torch

from course_lib.llm.grpo import grpo_advantages
from course_lib.study import checked_sums, sums_with_steps
from course_lib.study.checked_sums import (
    HELD_OUT,
    LEARNED,
    STOP,
    TOKENIZER,
    at_once,
    draw,
    flat_share,
    in_steps,
    is_right,
    prompt,
    rewards,
)
from course_lib.study.sums_with_steps import ARMS, GROUP_SIZE, GROUPS, examples_for, learn
from course_lib.tinyville.sums import sum_in_steps
from course_lib.tinyville.world import make_world
from course_lib.tinyville.writing import read


@pytest.fixture(scope="module")
def start():
    return sums_with_steps.starting_policy(ARMS["in steps"], seed=0)


def weights_of(model):
    return torch.cat([weight.detach().flatten() for weight in model.parameters()])


def test_every_question_is_there_once_and_no_example_is_held_out():
    assert len({*HELD_OUT, *LEARNED}) == len(HELD_OUT) + len(LEARNED) == 835
    assert max(map(sum, LEARNED)) == max(map(sum, HELD_OUT)) == 18
    for arm in ARMS.values():
        shown = examples_for(arm, seed=1)
        assert len({*shown}) == arm.n_examples and {*shown} <= {*LEARNED}
        assert shown != examples_for(arm, seed=2)


@pytest.mark.parametrize("question", [(3, 4, 5), (0, 0, 0), (9, 9, 0), (8, 7, 3)])
def test_a_worked_answer_is_as_the_town_writes_it_and_is_right(question):
    a, b, c = question
    text = f"{a} + {b} + {c} = ? {in_steps(question)}"
    read(text, sum_in_steps, make_world("village"))  # raises if the town could not write it
    assert is_right(question, in_steps(question)) and is_right(question, at_once(question))
    assert len(TOKENIZER.encode_ordinary(f" {in_steps(question)}")) < checked_sums.LONGEST_ANSWER
    assert TOKENIZER.decode(prompt(question)[1:]) == f"{a} + {b} + {c} = ?"


@pytest.mark.parametrize(
    ("answer", "right"),
    [("12 .", True), ("1 + 1 = 3 . 12", True), ("12 + 1", False), ("", False), ("112 .", False),
     ("twelve .", False), ("012 .", False)],
)  # fmt: skip
def test_the_last_number_counts_and_nothing_else(answer, right):
    assert is_right((3, 4, 5), answer) == right


def test_rewards_stand_in_the_order_of_the_answers():
    said = ["12 .", "11 .", "12 .", "3 .", "3 .", "12 ."]
    assert rewards([(3, 4, 5), (1, 1, 1)], said).tolist() == [[1, 0, 1], [1, 1, 0]]


def test_a_flat_group_is_one_that_teaches_nothing():
    got = torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 0, 0], [0, 1, 1]])
    assert flat_share(got) == 0.5
    flat = (grpo_advantages(got) == 0).all(dim=1)
    assert flat.tolist() == [True, True, False, False]


def test_answers_end_at_the_end_of_a_document(start):
    drawn, said = draw(start, LEARNED[:3], 2, generator=torch.Generator().manual_seed(0))
    assert len(said) == len(drawn.ids) == 6 and all("<|" not in text for text in said)
    assert all(STOP not in ids[:-1] for ids in drawn.responses())


def test_the_start_knows_its_examples_and_not_all_the_others(start):
    shown = examples_for(ARMS["in steps"], seed=0)
    _, said = draw(start, shown, 1, sums_with_steps.GREEDY)
    assert rewards(shown, said).mean() > 0.95
    found = sums_with_steps.measure(start)
    assert 0.2 < found.right < 0.7 and found.facts > 0.95 and 0 < found.as_worked <= 1


def test_a_few_steps_are_taken_with_answers_of_the_policy_itself(start):
    draws, again = [], []
    for seen in (draws, again):
        policy = deepcopy(start)
        learn(policy, LEARNED, beta=0.02, seed=3, steps=2, on_draw=seen.append)
    assert all(
        torch.equal(a.rewards, b.rewards) and a.kl == b.kl
        for a, b in zip(draws, again, strict=True)
    )
    assert draws[0].rewards.shape == (GROUPS, GROUP_SIZE)
    assert draws[0].kl == 0 != draws[1].kl, "the reference stays where the policy began"
    assert not torch.equal(weights_of(policy), weights_of(start))


def test_without_advantages_and_without_a_price_nothing_is_learned(start):
    policy = deepcopy(start)
    learn(policy, LEARNED, beta=0.0, seed=0, steps=2, advantages=torch.zeros_like)
    assert torch.equal(weights_of(policy), weights_of(start))


@pytest.mark.slow
def test_right_answers_become_more_frequent(start):
    policy, draws = deepcopy(start), []
    learn(policy, LEARNED, beta=0.02, seed=0, steps=60, on_draw=draws.append)
    share = [draw.rewards.mean().item() for draw in draws]
    assert fmean(share[-15:]) > fmean(share[:15]) + 0.1
    assert sums_with_steps.measure(policy).right > sums_with_steps.measure(start).right


def test_the_committed_runs_say_what_the_lesson_says():
    results = sums_with_steps.results()
    assert [*results] == [*ARMS] and all([*runs] == [0, 1, 2] for runs in results.values())
    first = {arm: [rows[0] for rows in runs.values()] for arm, runs in results.items()}
    last = {arm: [rows[-1] for rows in runs.values()] for arm, runs in results.items()}
    for before, after in zip(first["in steps"], last["in steps"], strict=True):
        assert before.right < 0.5 <= after.right and after.right > before.right + 0.2
        assert after.facts > 0.95
    assert all(row.right < 0.3 for row in first["at once"] + last["at once"])
    flat = {arm: fmean(row.flat for rows in runs.values() for row in rows[1:3])
            for arm, runs in results.items()}  # fmt: skip
    assert flat["at once"] > flat["in steps"] + 0.2
