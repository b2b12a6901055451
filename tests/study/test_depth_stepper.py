"""The widget of activation norms by depth: what it draws at the extremes, and its controls."""

import html
import re

import pytest

from course_lib.study import depth
from course_lib.study.depth import Profile
from course_lib.study.widgets.depth_drawing import (
    STILL_DEPTHS,
    Scene,
    describe,
    draw_scene,
    draw_table,
    headline,
    number,
)
from course_lib.study.widgets.depth_stepper import DEEPEST, depth_stepper, scene
from course_lib.study.widgets.explorable import VIEW


def said(widget):
    return re.search(r'aria-live="polite">(.*?)</p>', widget.picture.value).group(1)


def a_scene(*sizes, wiring="pre-norm", norm="RMSNorm"):
    return Scene(wiring, norm, Profile(sizes, tuple(0.25 for _ in sizes)))


def bars(drawing):
    """Return (title, top, bottom) of each bar, in pixels from the top."""
    found = []
    for path, title in re.findall(r'class="ttt-bar" d="([^"]*)".*?<title>(.*?)</title>', drawing):
        ys = [float(y) for y in re.findall(r"[V ](-?[\d.]+)(?=[HVLz])", path)]
        found.append((title, min(ys), max(ys)))
    return found


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.00"), (0.18, "0.18"), (0.0271, "0.027"), (44.7, "44.7"), (640.2, "640"),
     (2e-61, "2e-61"), (8e-6, "8e-6"), (0.0, "0"), (3e7, "3e7"), (1e12, "1e12"), (9.996, "10")],
)  # fmt: skip
def test_a_size_takes_a_few_characters(value, text):
    assert number(value) == text


def test_it_says_what_the_profile_holds():
    assert headline(a_scene(1.0, 2.5)) == (
        "1 layer, pre-norm with RMSNorm: RMS from 1.00 to 2.50; "
        "cosine between positions from 0.25 to 0.25."
    )
    assert headline(a_scene(1.0, 1.0, 3e-9, wiring="plain", norm="")).startswith(
        "2 layers, plain: RMS from 1.00 to 3e-9; "
    )


def test_bars_go_up_and_down_from_one_as_far_as_the_powers_of_ten():
    one, ten, tenth = bars(draw_scene(a_scene(1.0, 10.0, 0.1)))
    assert [title for title, *_ in (one, ten, tenth)] == [
        "before the first layer: 1.00", "after layer 1: 10", "after layer 2: 0.10"
    ]  # fmt: skip
    line = (one[1] + one[2]) / 2
    assert one[2] - one[1] == pytest.approx(3)
    assert ten[2] == tenth[1] == pytest.approx(line, abs=0.1)
    assert ten[2] - ten[1] == pytest.approx(tenth[2] - tenth[1], abs=0.2)
    assert ten[2] - ten[1] == pytest.approx((264 - 10 - 38) / 5, abs=0.2)


@pytest.mark.parametrize("size", [0.0, 1e-300, 2e-61, 1e5, 1e300, float("inf")])
def test_what_leaves_the_axis_ends_in_a_point_inside_the_picture(size):
    drawing = draw_scene(a_scene(1.0, size))
    (_, _, _), (_, top, bottom) = bars(drawing)
    assert 10 <= top < bottom <= 264 - 38
    assert "L" in re.findall(r'class="ttt-bar" d="([^"]*)"', drawing)[1]
    assert "nan" not in drawing


@pytest.mark.parametrize("n_layer", [1, 12, DEEPEST])
def test_each_layer_has_a_bar_inside_the_picture(n_layer):
    drawing = draw_scene(scene("pre-norm", "LayerNorm", n_layer))
    assert len(bars(drawing)) == n_layer + 1
    rights = [float(x) for x in re.findall(r"H([\d.]+)V", drawing)]
    assert rights == sorted(rights) and rights[-1] < 680
    assert f">{n_layer}</text>" in drawing
    assert f'aria-label="{n_layer} layer' in drawing


def test_the_controls_draw_what_they_say():
    widget = depth_stepper("plain", n_layer=12)
    controls = widget.controls
    assert said(widget) == headline(scene("plain", "RMSNorm", 12))
    assert controls["norm"].disabled  # a plain stack has none
    controls["double"].click()
    assert controls["layers"].value == 24 and said(widget).startswith("24 layers, plain:")
    controls["wiring"].value = "pre-norm"
    controls["norm"].value = "LayerNorm"
    assert not controls["norm"].disabled
    assert said(widget) == headline(scene("pre-norm", "LayerNorm", 24))
    controls["half"].click()
    assert draw_scene(scene("pre-norm", "LayerNorm", 12)) in widget.picture.value
    assert all(control.description for control in controls.values())


def test_the_depth_ends_at_1_and_at_48():
    widget = depth_stepper(n_layer=1)
    widget.controls["half"].click()
    assert widget.controls["layers"].value == 1
    for _ in range(7):
        widget.controls["double"].click()
    assert widget.controls["layers"].value == DEEPEST
    widget.controls["layers"].value = 10**6
    assert said(widget).startswith("48 layers")


def test_the_two_norms_are_measured_apart():
    one, other = (scene("norms only", norm, 3).profile for norm in depth.NORMS)
    assert one.sizes[0] == other.sizes[0] and one.sizes[1] != other.sizes[1]
    assert scene("plain", "LayerNorm", 3) == scene("plain", "RMSNorm", 3)


def test_the_still_page_and_the_text_hold_every_wiring():
    widget = depth_stepper("post-norm", 3)
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    for name in depth.WIRINGS:
        profile = scene(name, "RMSNorm", DEEPEST).profile
        (line,) = (x for x in bundle["text/plain"].splitlines() if x.startswith(f"{name}: "))
        row = re.search(rf'<th scope="row">{name}</th>(.*?)</tr>', bundle["text/html"]).group(1)
        values = re.findall(r">([^<]+)</td>", row)
        assert values == [*(number(profile.sizes[n]) for n in STILL_DEPTHS),
                          f"{profile.sameness[DEEPEST]:.2f}"]  # fmt: skip
        assert re.findall(r" (\S+?)(?:,|$)", line) == values
    widget.controls["norm"].value = "LayerNorm"
    assert "(LayerNorm)" in widget._repr_mimebundle_()["text/plain"].splitlines()[0]
    scenes = [scene(name, "LayerNorm", DEEPEST) for name in depth.WIRINGS]
    assert draw_table(scenes) in widget._repr_mimebundle_()["text/html"]
    assert html.escape(describe(scenes)) == describe(scenes)  # nothing to escape in the page


def test_an_unknown_wiring_is_refused():
    with pytest.raises(ValueError, match="wiring must be one of .* got 'pre'"):
        depth_stepper("pre")
