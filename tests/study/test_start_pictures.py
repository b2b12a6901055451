"""The two large pictures of lesson 00: what they draw, and what they refuse."""

import re

import pytest
import torch

from course_lib.study import field_map, figures, journey_map
from course_lib.study.next_token import Journey

pytestmark = pytest.mark.usefixtures("course_style")


@pytest.fixture
def journey(monkeypatch):
    """A journey of three tokens through 4 layers of width 40, with a vocabulary of 8."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.tensor([[0.0] * 8, [0.0] * 8, [5.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.0, -9.0]])
    layers = [torch.randn(3, 40, generator=generator) * scale for scale in (0.1, 1, 50, 2e4, 1)]
    pieces = [f" t{i}" for i in range(8)]
    monkeypatch.setattr("course_lib.study.next_token.piece", pieces.__getitem__)
    return Journey(["A", "<b>", "\n"], [7, 0, 123456], layers, logits, logits[-1].softmax(-1))


def texts(fig):
    fig.draw_without_rendering()
    return [text.get_text() for text in fig.axes[0].texts if text.get_text()]


def test_the_map_says_what_the_journey_holds(journey):
    written = texts(journey_map.draw(journey, " t1"))
    for expected in ("3 ids", "3 × 40", "4 times 3 × 40", "3 × 8", "A", "<b>", "⏎", "123456"):
        assert expected in written
    scores = [text for text in written if re.fullmatch(r"\d\.\d", text)]
    assert scores == ["5.0", "4.0", "3.0", "2.0", "1.0"]
    percentages = [float(text[:-1]) for text in written if text.endswith("%")]
    assert percentages == pytest.approx((100 * journey.probs[:5]).tolist(), abs=0.05)
    assert "and 3 more" in written
    assert written.count("·t1") == 2  # among the guesses, and as the choice


def test_the_map_stays_inside_its_page(journey):
    fig = journey_map.draw(journey, " t0")
    fig.draw_without_rendering()
    page = fig.axes[0].get_window_extent()
    for text in fig.axes[0].texts:
        box = text.get_window_extent()
        assert page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1, text.get_text()


def test_the_map_draws_vectors_whose_numbers_differ_a_thousandfold(journey):
    for layer in journey.layers:
        drawn = journey_map.colors(layer)
        assert drawn.shape == (3, journey_map.NUMBERS)
        assert drawn.abs().max() <= 1
        assert 0.1 < drawn.abs().median() < 0.9  # neither all white nor all full


def test_a_color_says_how_large_a_number_is_beside_its_own_vector():
    vector = torch.ones(1, 40)
    vector[0, :4] = torch.tensor([3.0, -3.0, 0.0, 900.0])
    assert journey_map.colors(vector)[0, :5].tolist() == pytest.approx([1, -1, 0, 1, 1 / 3])


def test_the_map_needs_three_tokens_and_a_choice_among_the_best(journey):
    with pytest.raises(ValueError, match="one of the five best"):
        journey_map.draw(journey, " mat")
    short = Journey(["A"], [7], journey.layers, journey.logits, journey.probs)
    with pytest.raises(ValueError, match="a text of 3 tokens, got 1"):
        journey_map.draw(short, " t0")


def test_the_fields_lie_in_each_other_and_language_models_across_them():
    fig = field_map.draw()
    *fields, models = [patch.get_path().get_extents() for patch in fig.axes[0].patches[:5]]
    for outer, inner in zip(fields, fields[1:], strict=False):
        assert outer.x0 < inner.x0 and inner.x1 < outer.x1
        assert outer.y0 < inner.y0 and inner.y1 < outer.y1
    assert fields[0].x0 < fields[1].x0 < models.x0 < fields[2].x0  # it begins in the second
    assert fields[3].x0 < models.x1 < fields[3].x1  # and ends in the last


def test_text_in_the_pictures_is_large_enough_to_read(journey):
    for fig in (journey_map.draw(journey, " t0"), field_map.draw()):
        sizes = [text.get_fontsize() for text in fig.axes[0].texts]
        assert min(sizes) * figures.DPI / 72 >= 14  # CSS pixels
