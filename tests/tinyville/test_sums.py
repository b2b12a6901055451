"""Sums are right, and those of three numbers use no number that documents lack."""

from math import exp, fsum

import pytest

from course_lib.tinyville.documents import is_possible, vocabulary, write
from course_lib.tinyville.sums import sum_in_steps
from course_lib.tinyville.world import make_world
from course_lib.tinyville.writing import read, write_all

VILLAGE = make_world("village")


def test_every_pair_of_digits_is_added():
    pairs = set()
    for text in write(VILLAGE, 0, 500, ["sums"]):
        for words in map(str.split, text.removesuffix(" .").split(" . ")):
            a, plus, b, equals, total = words
            assert int(a) + int(b) == int(total)
            pairs.add((a, b))
    assert len(pairs) == 100


def test_three_numbers_are_added_in_two_steps():
    texts = dict(write_all(sum_in_steps, VILLAGE))
    assert texts["3 + 4 + 5 = ? 3 + 4 = 7 . 7 + 5 = 12 ."] == pytest.approx(1 / 10 / 10 / 10)
    assert texts["9 + 9 + 0 = ? 9 + 9 = 18 . 18 + 0 = 18 ."] == pytest.approx(1 / 10 / 10)
    assert fsum(texts.values()) == pytest.approx(1)
    known = {word.strip() for word in vocabulary(VILLAGE)}
    for text, prob in texts.items():
        assert set(text.split(" ")) <= known
        question, steps = text.split(" = ? ")
        assert eval(question) == int(steps.split(" ")[-2])
        for step in steps.removesuffix(" .").split(" . "):
            left, right = step.split(" = ")
            assert eval(left) == int(right)
        assert exp(read(text, sum_in_steps, VILLAGE)) == pytest.approx(prob)
        assert not is_possible(VILLAGE, text)
