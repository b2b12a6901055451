"""Measures of repetition: counted by hand, and against slower counts."""

import random

import pytest

from course_lib.study.repetition import distinct, repeated

CAT = [1, 2, 3, 1, 2, 3, 1, 2]  # the cat sat the cat sat the cat


@pytest.mark.parametrize(
    ("n", "different", "of"),
    [(1, 3, 8), (2, 3, 7), (3, 3, 6), (4, 3, 5), (5, 3, 4), (6, 3, 3), (8, 1, 1)],
)
def test_a_row_that_comes_back_by_hand(n, different, of):
    assert distinct(CAT, n) == different / of
    assert repeated(CAT, n) == (of - different) / of


def test_a_loop_and_a_row_without_any_repeat():
    assert distinct([7] * 101, 2) == 0.01 and repeated([7] * 101, 2) == 0.99
    assert distinct(range(9), 4) == 1 and repeated(range(9), 4) == 0


def test_order_within_an_n_gram_counts_and_n_grams_may_overlap():
    assert distinct([1, 2, 1], 2) == 1
    assert repeated([1, 1, 1], 2) == 0.5


@pytest.mark.parametrize("n", [1, 2, 4])
def test_it_agrees_with_looking_back_at_every_place(n):
    draw = random.Random(n)
    for _ in range(20):
        ids = [draw.randrange(4) for _ in range(draw.randrange(n, 30))]
        grams = [ids[i : i + n] for i in range(len(ids) - n + 1)]
        old = sum(gram in grams[:i] for i, gram in enumerate(grams))
        assert repeated(ids, n) == pytest.approx(old / len(grams))
        assert distinct(ids, n) == pytest.approx(1 - old / len(grams))


def test_ids_stay_as_they_are():
    ids = [3, 1, 3]
    distinct(ids, 1)
    repeated(ids, 2)
    assert ids == [3, 1, 3]


@pytest.mark.parametrize("measure", [distinct, repeated])
def test_what_has_no_n_gram_is_refused(measure):
    with pytest.raises(ValueError, match="at least 3 tokens, got 2"):
        measure([1, 2], 3)
    with pytest.raises(ValueError, match="at least 1 tokens, got 0"):
        measure([], 1)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        measure([1, 2], 0)
