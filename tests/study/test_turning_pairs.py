"""The dials of RoPE: what they show is what turning gives, at the extremes too."""

import re

import pytest
import torch

from course_lib.llm.embeddings import apply_rope
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.turning_drawing import Turning, draw_dials, headline
from course_lib.study.widgets.turning_pairs import LAST, turning_pairs

QUERY, KEY, BASE = [1.0, 0.5, -0.3, 2.0, 0.7, -1.1], [0.2, -1.0, 0.9, 0.4, 1.5, 0.3], 100.0


@pytest.fixture
def widget():
    return turning_pairs(QUERY, KEY, BASE)


def said(widget):
    return re.search(r'aria-live="polite">(.*?)</p>', widget.picture.value).group(1)


def by_rope(numbers, position):
    x = torch.tensor(numbers).view(1, 1, 1, -1)
    return apply_rope(x, torch.tensor([position]), BASE)[0, 0, 0]


@pytest.mark.parametrize("places", [(0, 0), (2, 0), (5, 3), (0, 7), (LAST, LAST), (LAST, 0)])
def test_hands_and_score_are_those_of_rope(places):
    state = Turning(QUERY, KEY, BASE, *places)
    query, key = by_rope(QUERY, places[0]), by_rope(KEY, places[1])
    for pair in range(3):
        hands = torch.tensor(state.hands(pair))  # (2, 2)
        expected = torch.stack([x[2 * pair : 2 * pair + 2] for x in (query, key)])
        assert torch.allclose(hands, expected, atol=2e-3)
    assert state.score() == pytest.approx((query @ key).item(), abs=2e-3)


def test_moving_both_keeps_the_score_and_moving_one_changes_it(widget):
    start = said(widget)
    assert start.startswith("Query at 2, key at 0: distance 2, score ")
    score = start.split("score ")[1]
    for _ in range(3):
        widget.controls["forward"].click()
    assert said(widget) == f"Query at 5, key at 3: distance 2, score {score}"
    widget.controls["back"].click()
    assert said(widget) == f"Query at 4, key at 2: distance 2, score {score}"
    widget.controls["key"].value = 4
    assert said(widget).startswith("Query at 4, key at 4: distance 0, score ")
    assert not said(widget).endswith(f"score {score}")


def test_at_the_ends_of_the_text_nobody_moves_further(widget):
    assert widget.controls["back"].disabled and not widget.controls["forward"].disabled
    widget.controls["query"].value = LAST + 50  # a number field holds its bounds
    assert widget.controls["query"].value == LAST
    assert widget.controls["forward"].disabled
    assert said(widget).startswith(f"Query at {LAST}, key at 0")
    widget.controls["key"].value = -3
    assert widget.controls["key"].value == 0


def test_hands_stay_inside_their_dial(widget):
    for position in (0, 1, 17, LAST):
        widget.controls["query"].value = position
        ends = re.findall(r'x2="([\d.-]+)" y2="([\d.-]+)"', widget.picture.value)
        assert len(ends) == 6
        assert max(float(x) ** 2 + float(y) ** 2 for x, y in ends) <= 62.1**2


def test_where_a_hand_began_is_told_by_shape_and_not_by_hue_alone(widget):
    marks = re.findall(r'<circle cx="[^>]*r="3.5" fill="([^"]*)"', widget.picture.value)
    assert [fill == "none" for fill in marks] == [False, True] * 3  # a query's dot, a key's ring


def test_zero_vectors_are_drawn():
    state = Turning([0.0, 0.0], [0.0, 0.0], 10.0, 1, 0)
    assert headline(state) == "Query at 1, key at 0: distance 1, score 0.00"
    assert "nan" not in draw_dials(state)


def test_what_stays_where_widgets_do_not_run(widget):
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    lines = bundle["text/plain"].splitlines()
    scores = [line.split("score ")[1].split(" = ")[0] for line in lines[1:]]
    assert scores[0] == scores[1] == scores[2] != scores[3]
    for line in lines[1:]:
        total, parts = line.split("score ")[1].split(" = ")
        assert float(total) == pytest.approx(sum(map(float, parts.split(", "))), abs=0.02)
    assert "1002 and 1000" in bundle["text/html"]


@pytest.mark.parametrize(("query", "key"), [([1.0], [1.0]), ([1.0, 2.0], [1.0] * 4), ([], [])])
def test_what_it_refuses(query, key):
    with pytest.raises(ValueError, match="same even width"):
        turning_pairs(query, key, 10.0)
