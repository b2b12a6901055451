"""Pairs of neighbors are those of a slow loop; kinds are those of the town."""

from collections import Counter

import pytest
import torch

from course_lib.study.word_pairs import kinds, neighbors_of_its_kind, word_pairs
from course_lib.tinyville import documents
from course_lib.tinyville.world import make_world

TEXTS = ["a b c a", "d", "b d a b d c"]


def slow_pairs(texts, window):
    found = Counter()
    for text in texts:
        words = text.split()
        for i, center in enumerate(words):
            for j, context in enumerate(words):
                if i != j and abs(i - j) <= window:
                    found[center, context] += 1
    return found


@pytest.mark.parametrize("window", [1, 2, 3, 9])
def test_pairs_are_all_neighbors_within_the_window_and_within_a_text(window):
    pairs = word_pairs(TEXTS, window)
    words = [pairs.words[i] for i in pairs.center], [pairs.words[i] for i in pairs.context]
    assert Counter(zip(*words, strict=True)) == slow_pairs(TEXTS, window)


def test_frequent_words_come_first_and_are_drawn_more_often():
    pairs = word_pairs(TEXTS, 1)
    assert pairs.words == ["a", "b", "d", "c"]  # 3, 3, 3 and 2 times; equals by the alphabet
    assert pairs.ids == {"a": 0, "b": 1, "d": 2, "c": 3}
    assert pairs.noise.tolist() == pytest.approx([3**0.75] * 3 + [2**0.75])


def test_kinds_hold_words_of_the_town_each_once():
    village = make_world("village")
    groups = kinds(village)
    words = [word for group in groups.values() for word in group]
    assert len(words) == len(set(words)) > 100
    known = {word.strip() for word in documents.vocabulary(village)}
    assert set(words) <= known
    assert groups["capital"][groups["country"].index("france")] == "paris"


def test_a_neighbor_of_its_kind_by_hand():
    table = torch.tensor([[1.0, 0.1], [2.0, 0.1], [0.1, 1.0], [1.0, 1.0], [0.0, 3.0]])
    ids = {"cat": 0, "dog": 1, "red": 2, "the": 3, "blue": 4}
    groups = {"pet": ["cat", "dog", "cow"], "color": ["red", "blue"]}
    assert neighbors_of_its_kind(table, ids, groups) == 1.0
    table[4] = torch.tensor([3.0, 0.2])  # blue now lies beside the pets, red beside "the"
    assert neighbors_of_its_kind(table, ids, groups) == pytest.approx(
        sum([nearest(table, i) in (0, 1) for i in (0, 1)]) / 4
    )


def nearest(table, row):
    """Return the row nearest to a row, by a loop."""
    others = [i for i in range(len(table)) if i != row]
    return max(others, key=lambda i: torch.cosine_similarity(table[i], table[row], dim=0).item())
