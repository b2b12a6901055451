"""One function writes, reads and counts."""

from collections import Counter
from math import exp, log
from random import Random

import pytest

from course_lib.tinyville.writing import Follower, Impossible, Reader, Writer, read, write_all

TEAS = ("green tea", "black tea", "milk")


def order(text) -> None:
    first = text.choose(TEAS)
    text.say("and")
    second = text.choose(TEAS, first)
    if second == "milk":
        text.say("please")


def test_a_writer_takes_each_free_option_equally_often():
    random, counts = Random(0), Counter()
    for _ in range(6000):
        writer = Writer(random)
        order(writer)
        counts[writer.text()] += 1
    assert len(counts) == 6
    assert all(abs(count - 1000) < 120 for count in counts.values())  # four standard errors


def test_all_texts_are_written_and_each_once():
    texts = dict(write_all(order))
    assert texts == {
        text: pytest.approx(1 / 6)
        for text in (
            "green tea and black tea",
            "green tea and milk please",
            "black tea and green tea",
            "black tea and milk please",
            "milk and green tea",
            "milk and black tea",
        )
    }


def test_a_reader_finds_the_probability_of_each():
    for text, prob in write_all(order):
        assert exp(read(text, order)) == pytest.approx(prob)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "milk",
        "milk and",
        "milk and milk please",
        "milk and tea",
        "milk and green",
        "milk and green teas",
        "milk and green tea please",
        "milk  and green tea",
        " milk and green tea",
        "milk and green tea ",
        "milk and green tea\n",
        "Milk and green tea",
        "green tea and milk",
    ],
)
def test_any_other_text_is_impossible(text: str):
    with pytest.raises(Impossible):
        read(text, order)


def test_an_impossible_text_is_explained():
    with pytest.raises(Impossible, match="expected one of 2 options after 'milk and ', got 'tea '"):
        read("milk and tea", order)
    with pytest.raises(Impossible, match="expected 'and' after 'milk ', got 'or milk '"):
        read("milk or milk", order)
    with pytest.raises(Impossible, match="expected the end after 'milk and green tea '"):
        read("milk and green tea now", order)


def test_an_ambiguous_choice_is_a_mistake_of_ours():
    with pytest.raises(AssertionError, match="two options fit"):
        read("tea with milk", lambda text: text.choose(["tea", "tea with milk"]))


def test_a_reader_says_how_likely_each_choice_was():
    reader = Reader("milk and green tea")
    reader.choose(TEAS)
    assert reader.logprob == pytest.approx(-log(3))
    reader.say("and")
    assert reader.logprob == pytest.approx(-log(3))
    reader.choose(TEAS, "milk")
    assert reader.logprob == pytest.approx(-log(6))


def test_a_choice_keeps_what_its_option_knows():
    class Tea(str):
        hot = True

    for text in (Writer(Random(0)), Reader("chai"), Follower([])):
        assert text.choose((Tea("chai"),)).hot
