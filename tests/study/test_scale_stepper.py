"""The widget of saturation: its numbers at the extremes, and its controls."""

import re
from math import log

import pytest
import torch

from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.scale_drawing import NUDGE, Scale, draw_scale, headline, softmax
from course_lib.study.widgets.scale_stepper import STILL_WIDTHS, WIDEST, scale_stepper

NORMAL = (0.5, -1.5, 0.25, 1.0)


def said(widget):
    return re.search(r'aria-live="polite">(.*?)</p>', widget.picture.value).group(1)


@pytest.mark.parametrize("D", [1, 64, WIDEST])
def test_the_numbers_are_torchs(D):
    scale = Scale(NORMAL, D, divided=False)
    scores = torch.tensor(NORMAL, dtype=torch.double) * D**0.5
    weights = scores.softmax(-1)
    assert scale.scores == pytest.approx(scores.tolist())
    assert scale.weights == pytest.approx(weights.tolist())
    entropy = torch.distributions.Categorical(weights).entropy().item()
    assert scale.entropy == pytest.approx(entropy, abs=1e-9)
    scores[3] += NUDGE
    assert scale.response == pytest.approx((scores.softmax(-1) - weights)[3].item(), abs=1e-12)
    assert Scale(NORMAL, D, divided=True).weights == Scale(NORMAL, 1, divided=False).weights


def test_wide_vectors_leave_no_choice_and_no_slope():
    assert Scale(NORMAL, 1, False).entropy > 1
    wide = Scale(NORMAL, WIDEST, False)
    assert wide.entropy < 0.01 and wide.response < 1e-4
    assert softmax([5e3, 0.0, -5e3]) == [1.0, 0.0, 0.0]
    assert Scale((0.0, 0.0), WIDEST, False).entropy == pytest.approx(log(2))


def test_the_controls_draw_what_they_say():
    widget = scale_stepper(NORMAL, D=64)
    width, divided = widget.controls["width"], widget.controls["divided"]
    assert said(widget) == headline(Scale(NORMAL, 64, False))
    widget.controls["double"].click()
    assert width.value == 128 and said(widget).startswith("D = 128, not divided")
    widget.controls["half"].click()
    divided.value = True
    assert said(widget) == headline(Scale(NORMAL, 64, True))
    assert draw_scale(Scale(NORMAL, 64, True)) in widget.picture.value


def test_the_width_ends_at_1_and_at_1024():
    widget = scale_stepper(NORMAL, D=1)
    widget.controls["half"].click()
    assert widget.controls["width"].value == 1
    for _ in range(12):
        widget.controls["double"].click()
    assert widget.controls["width"].value == WIDEST
    widget.controls["width"].value = 10**6
    assert said(widget).startswith("D = 1,024")


def test_bars_are_as_long_as_the_weights():
    drawing = draw_scale(Scale((0.0, 0.0), 4, False))
    assert drawing.count("width:10.00em") == 2
    assert "></th>" not in drawing  # a heading without a text says nothing to a screen reader
    assert "aria-live" not in draw_scale(Scale((0.0, 0.0), 4, False), live=False)


def test_the_still_page_and_the_text_hold_every_width():
    bundle = scale_stepper(NORMAL)._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    for D in STILL_WIDTHS:
        assert f'<th scope="row">{D:,}</th>' in bundle["text/html"]
        assert headline(Scale(NORMAL, D, True)) in bundle["text/plain"].splitlines()


def test_one_key_is_no_choice():
    with pytest.raises(ValueError, match="two keys or more, got 1"):
        scale_stepper([1.0])
