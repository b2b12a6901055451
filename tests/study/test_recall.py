"""The race of lesson 03: its lists have one right answer, its runners see them, its file holds."""

import pytest
import torch
from torch import Generator

from course_lib.study import recall


def drawn(n_letters=4, T=9, B=200, distance=None):
    return recall.lists(n_letters, T, B, Generator().manual_seed(0), distance)


@pytest.mark.parametrize("distance", [1, 4, 9])
def test_the_asked_letter_stands_once_and_its_digit_is_the_answer(distance):
    letters, digits, answers = drawn(distance=distance)
    assert letters.shape == digits.shape == (200, 10)
    hits = letters[:, :-1] == letters[:, -1:]
    assert (hits.sum(dim=1) == 1).all()
    assert (hits.int().argmax(dim=1) == 9 - distance).all()
    assert torch.equal(digits[:, :-1][hits], answers)
    assert (digits[:, -1] == recall.N_DIGITS).all()  # the question shows no digit


def test_all_letters_digits_and_places_occur():
    letters, digits, _ = drawn()
    assert set(letters.unique().tolist()) == set(range(4))
    assert set(digits[:, :-1].unique().tolist()) == set(range(10))
    places = (letters[:, :-1] == letters[:, -1:]).int().argmax(dim=1)
    assert set(places.tolist()) == set(range(9))


@pytest.mark.parametrize("runner", recall.RUNNERS)
def test_a_runner_answers_with_ten_scores_that_depend_on_the_first_entry(runner):
    model = recall.train(runner, 4, n_steps=1, seed=0)
    letters, digits, _ = drawn(T=5, B=3)
    scores = model(letters, digits)
    assert scores.shape == (3, recall.N_DIGITS)
    other = digits.clone()
    other[:, 0] = (other[:, 0] + 1) % 10
    assert not torch.equal(model(letters, other), scores)


def test_training_is_the_same_each_time_and_leaves_torchs_chance_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, two = (recall.train("attention", 4, 2, seed) for seed in (0, 0))
    assert torch.equal(torch.rand(3), expected)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
    other = recall.train("attention", 4, 2, seed=1)
    assert not torch.equal(other.query.weight, one.query.weight)


def test_attention_learns_in_a_hundred_steps_what_a_guess_cannot():
    model = recall.train("attention", 4, n_steps=100, seed=0)
    right = recall.accuracy(model, 4, n_lists=100)
    assert tuple(right) == recall.DISTANCES
    assert min(right.values()) > 0.5  # a guess is right in 10%, give or take 9 with 100 lists


def test_the_committed_races_are_complete():
    rows = recall.race()
    keys = {(row["runner"], row["letters"], row["seed"], row["distance"]) for row in rows}
    assert len(keys) == len(rows)
    letters, seeds = {row["letters"] for row in rows}, {row["seed"] for row in rows}
    assert {4, 16} <= letters and len(seeds) >= 3
    assert len(rows) == len(recall.RUNNERS) * len(letters) * len(seeds) * len(recall.DISTANCES)
    assert all(0 <= row["accuracy"] <= 1 for row in rows)


def test_a_mean_is_over_the_seeds():
    rows = [
        {"runner": "a", "letters": 4, "distance": 1, "accuracy": accuracy}
        for accuracy in (0.2, 0.4)
    ]
    other = [{"runner": "b", "letters": 4, "distance": 1, "accuracy": 1.0}]
    assert recall.mean_accuracy(rows + other, "a", 4) == {1: pytest.approx(0.3)}
