"""Preferences: the true worth is as counted, and raters err as they are said to."""

from collections import Counter
from itertools import pairwise, permutations
from math import exp
from random import Random

import pytest

from course_lib.tinyville.chat import SEEN_STRANGERS, chats, refusals
from course_lib.tinyville.preferences import (
    WORTH,
    Features,
    Rater,
    features,
    make_answer,
    pairs,
    rankings,
    reward,
)
from course_lib.tinyville.world import make_world

VILLAGE = make_world("village")
CHATS = chats(VILLAGE.asked) + refusals(SEEN_STRANGERS)
BEN = CHATS[0]  # what does ben work as ?
VERA = CHATS[-1]
JOB, OTHER = "ben works as a farmer .", "ben works as a baker ."
N = 4000


def counted(answer: str) -> tuple[int, ...]:
    return tuple(features(VILLAGE, BEN, answer))


def test_what_is_counted_in_an_answer():
    food = f"ben dreams of {VILLAGE.people[1].food} ."
    assert BEN.answer == JOB
    assert counted(JOB) == (1, 0, 0, 0)
    assert counted("ben is a farmer .") == (1, 0, 0, 0)
    assert counted(f"hello ! {JOB}") == (1, 1, 0, 0)
    assert counted(OTHER) == (0, 0, 1, 0)
    assert counted(f"{OTHER} {JOB}") == (1, 0, 1, 0)
    assert counted(food) == (0, 0, 0, 1)
    assert counted(f"{JOB} {food} {food}") == (1, 0, 0, 2)
    assert counted(f"{JOB} {JOB}") == (1, 0, 0, 1)
    assert counted("i do not know ben .") == (0, 0, 0, 1)
    assert counted("i do not know tom .") == (0, 0, 1, 0)
    assert counted("ben ben ben .") == (0, 0, 1, 0)
    assert counted("ben works as a farmer") == (0, 0, 1, 0)
    assert counted(f"{JOB} hello !") == (1, 0, 1, 0)
    assert counted("") == (0, 0, 0, 0)
    assert counted("hello !") == (0, 0, 1, 0)


def test_a_stranger_is_best_not_known():
    assert features(VILLAGE, VERA, VERA.answer) == (1, 0, 0, 0)
    assert features(VILLAGE, VERA, f"{VERA.name} works as a baker .") == (0, 0, 1, 0)


def test_the_reward_is_the_sum_of_what_is_counted():
    assert reward(Features(0, 0, 0, 0)) == 0
    for name, worth in WORTH._asdict().items():
        assert reward(Features(0, 0, 0, 0)._replace(**{name: 3})) == pytest.approx(3 * worth)
    assert reward(Features(1, 2, 3, 4)) == pytest.approx(2 + 2 - 3 - 1)


def test_answers_of_every_quality_are_made():
    random, right, polite, long = Random(0), 0, 0, Counter()
    for _ in range(N):
        counts = features(VILLAGE, BEN, make_answer(VILLAGE, BEN, random))
        assert counts.right or counts.false
        right += counts.right
        polite += counts.polite
        long[counts.needless] += 1
    assert abs(right / N - 0.5) < 0.04  # a needless sentence can be the right one by chance
    assert abs(polite / N - 0.5) < 0.032  # four standard errors
    assert abs(long[0] / N - 0.5) < 0.04
    assert all(abs(long[n] / N - 1 / 6) < 0.03 for n in (1, 2, 3))


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_of_two_answers_the_better_one_is_preferred_as_bradley_and_terry_say(temperature: float):
    rater, random = Rater(temperature), Random(1)
    better, worse = f"hello ! {JOB}", JOB  # 1 apart
    wins = sum(rater.rank(VILLAGE, BEN, [worse, better], random)[0] == better for _ in range(N))
    assert abs(wins / N - 1 / (1 + exp(-1 / temperature))) < 4 * 0.5 / N**0.5


def test_of_three_answers_the_best_is_chosen_first_as_plackett_says():
    rater, random = Rater(1.0), Random(2)
    answers = [f"hello ! {JOB}", JOB, OTHER]  # worth 3, 2 and -1
    strength = {answer: exp(rater.worth(VILLAGE, BEN, answer)) for answer in answers}
    counts = Counter(tuple(rater.rank(VILLAGE, BEN, answers, random)) for _ in range(N))
    for order in permutations(answers):
        first, second, third = (strength[answer] for answer in order)
        prob = first / (first + second + third) * second / (second + third)
        assert abs(counts[order] / N - prob) < 4 * 0.5 / N**0.5


def test_a_weakness_for_words_can_turn_a_judgement_around():
    short, long = JOB, f"{JOB} tom is a baker . tom is a baker ."
    fair, biased = Rater(0.01), Rater(0.01, word_bonus=0.2)
    assert fair.rank(VILLAGE, BEN, [long, short], Random(0)) == [short, long]
    assert biased.rank(VILLAGE, BEN, [short, long], Random(0)) == [long, short]
    assert biased.worth(VILLAGE, BEN, long) == pytest.approx(2 - 0.5 + 0.2 * 16)


def test_a_precise_rater_ranks_by_the_true_reward():
    for chat, answers in rankings(VILLAGE, CHATS, 50, 5, Rater(1e-6), Random(3)):
        worths = [reward(features(VILLAGE, chat, answer)) for answer in answers]
        assert all(before >= after for before, after in pairwise(worths))
        assert len(set(answers)) == 5


def test_pairs_are_those_of_the_seed():
    once, again = (pairs(VILLAGE, CHATS, 20, Rater(), Random(4)) for _ in range(2))
    assert once == again != pairs(VILLAGE, CHATS, 20, Rater(), Random(5))
    assert len(once) == 20
    assert all(pair.chosen != pair.rejected and pair.chat in CHATS for pair in once)


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_a_temperature_must_be_above_0(temperature: float):
    with pytest.raises(ValueError, match="temperature must be above 0, got"):
        Rater(temperature)


def test_a_ranking_has_two_answers_or_more():
    with pytest.raises(ValueError, match="size must be at least 2, got 1"):
        rankings(VILLAGE, CHATS, 1, 1, Rater(), Random(0))
