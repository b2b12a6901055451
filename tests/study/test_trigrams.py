"""The trigram model: by hand, and as lesson 00 writes it."""

import ast
from collections import Counter, defaultdict
from math import log
from pathlib import Path

import pytest

from course_lib.study.trigrams import trigram_loss
from course_lib.tinyville.documents import write
from course_lib.tinyville.world import make_world

LESSON = Path(__file__).resolve().parents[2] / "lessons" / "00_start.py"


def lesson_functions(n_different):
    """Return `count` and `loss` as the lesson has them."""
    source = LESSON.read_text(encoding="utf-8")
    names = {"Counter": Counter, "defaultdict": defaultdict, "log": log, "n_different": n_different}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name in ("count", "loss"):
            exec(ast.get_source_segment(source, node), names)
    return names["count"], names["loss"]


def test_by_hand():
    # Each of "a", "b" and the end: 1/3, after nothing (1 + 1/3) / 4, then twice (1 + prob) / 2.
    assert trigram_loss([["a", "b"]], [["a", "b"]]) == pytest.approx(-log(5 / 6))


def test_by_hand_where_something_was_never_seen():
    # There are two kinds, "a" and the end, three and one times in all.
    first = ((3 + 1 / 2) / 5 + 1) / 2  # "a" after nothing, after one start
    first = (1 + first) / 2  # after two starts
    end = (1 + (1 + 1 / 2) / 5) / 4  # the end after nothing, after "a"
    end = end / 2  # after a start and "a", where only "a" was seen
    at_once = (1 + 1 / 2) / 5 / 2 / 2  # never after one start, never after two
    assert (first, end, at_once) == pytest.approx((0.925, 0.1625, 0.075))
    found = trigram_loss([["a", "a", "a"]], [["a"], []])
    assert found == pytest.approx(-(log(first) + log(end) + log(at_once)) / 3)


def test_a_new_word_is_a_surprise_and_a_texts_characters_are_tokens_too():
    seen = [["a", "b"], ["a", "c"]]
    assert trigram_loss(seen, [["a", "z"]]) > trigram_loss(seen, [["a", "c"]]) + 0.5
    assert trigram_loss(["ab"], ["ab"]) == trigram_loss([["a", "b"]], [["a", "b"]])


def test_it_is_the_model_of_lesson_00():
    village = make_world("village")
    seen, fresh = write(village, 0, 200), write(village, 1, 20)
    count, loss = lesson_functions(len({word for text in seen for word in text.split()}) + 1)
    expected = loss(count(seen, 3), fresh, 3)
    words = [[text.split() for text in texts] for texts in (seen, fresh)]
    assert trigram_loss(*words) == pytest.approx(expected, rel=1e-12)
    assert 0.5 < expected < 4
