"""The widget over the measured learning rates: its words and curves, and its controls."""

import html
import math
import re

import pytest

from course_lib.study.learning_rates import RATES, STEPS, WARMUP, Curve, Sweep, rate_at, sweep
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.rate_drawing import (
    EVEN,
    FLOOR,
    HIGHEST,
    LOSS,
    SCHEDULE,
    TOP,
    draw_scene,
    height,
    path,
)
from course_lib.study.widgets.rate_explorer import rate_explorer
from course_lib.study.widgets.rate_words import (
    Scene,
    headline,
    loss_text,
    remarks,
    schedule_in_words,
    verdict,
)

NOTHING = math.log(100)  # 4.61


def a_curve(lr, end, warmup=0, highest=4.6):
    return Curve(lr, warmup, (4.6, highest, end), (end - 0.01, end, end + 0.01))


def a_sweep(*curves):
    """Return a sweep in which 0.01 without warm-up is best, at 1, and frequencies give 4."""
    best, twin = a_curve(0.01, 1.0), a_curve(0.01, 1.05, WARMUP)
    return Sweep({(c.lr, c.warmup): c for c in (best, twin, *curves)}, 100, 4.0)


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(widget):
    return text_of(re.search(r'<div aria-live="polite">(.*?)</div>', widget.picture.value)[1])


def paths(drawing, kind):
    """Return the points of each line of a kind, in pixels."""
    found = re.findall(rf'<path class="ttt-{kind}" d="([^"]*)"', drawing)
    return [[tuple(map(float, p.split())) for p in re.findall(r"[\d.]+ [\d.]+", d)] for d in found]


@pytest.mark.parametrize(
    ("lr", "end", "words"),
    [
        (0.001, 2.0, "learned slowly"),
        (0.001, 4.2, "learned slowly"),
        (0.001, 1.1, "learned nearly as well as the best"),
        (0.1, 1.1, "learned nearly as well as the best"),
        (0.1, 2.0, "learned less, with steps too large"),
        (0.1, 4.2, "got stuck"),
        (0.1, NOTHING + 0.01, "diverged"),
        (0.001, NOTHING + 0.01, "diverged"),
        (0.1, math.inf, "diverged"),
        (0.1, math.nan, "diverged"),
    ],
)
def test_what_became_of_a_rate_follows_from_its_end(lr, end, words):
    curve = a_curve(lr, end)
    found = a_sweep(curve, a_curve(lr, end, WARMUP))
    assert verdict(curve, found) == words
    assert verdict(found.best(), found) == "learned best"
    assert headline(curve, found).startswith(f"Rate {lr:g} without warm-up: {words}. After 300")


def test_the_remarks_say_what_stands_in_the_curve():
    stuck, twin = a_curve(0.5, 4.2, WARMUP, highest=77.7), a_curve(0.5, 3.0)
    found = a_sweep(stuck, twin)
    assert remarks(Scene(found, stuck)) == [
        "The three seeds end at 4.19, 4.20 and 4.21.",
        "On the way the loss rose to 77.7.",
        "Who knows how often each token occurs, and no more, has 4.00.",
        "The best is 0.01 without warm-up, with 1.00.",
        "Without warm-up this rate ends at 3.00.",
    ]
    diverged = a_curve(0.5, 9.0)
    lines = remarks(Scene(a_sweep(diverged, stuck), diverged))
    assert {"Who knows nothing has 4.61.", "On the way the loss rose to 9.00."} < {*lines}
    assert not any("how often" in line for line in lines)
    assert remarks(Scene(found, found.best())) == [
        "The three seeds end at 0.99, 1.00 and 1.01.",
        "With 30 steps of warm-up this rate ends at 1.05.",
    ]


def test_the_schedule_in_words():
    assert schedule_in_words(a_curve(0.01, 1)) == "from 0.01 down to 0.001 along a cosine"
    warmed = schedule_in_words(a_curve(0.01, 1, WARMUP))
    assert warmed == "up to 0.01 in 30 steps, then down to 0.001 along a cosine"


@pytest.mark.parametrize(
    ("loss", "text"),
    [(0.734, "0.73"), (9.99, "9.99"), (31.64, "31.6"), (1430.2, "1,430"), (math.inf, "infinity")],
)
def test_a_loss_takes_a_few_characters(loss, text):
    assert loss_text(loss) == text


def test_losses_stand_evenly_and_above_eight_by_powers():
    assert height(0) == FLOOR and height(HIGHEST) == TOP
    assert height(0) - height(2) == pytest.approx(height(4) - height(6))
    assert height(10) - height(100) == pytest.approx(height(100) - height(1000))
    assert height(EVEN) == pytest.approx(height(EVEN + 1e-9))
    assert height(10**9) == TOP
    assert all(loss < HIGHEST for curve in sweep().curves.values() for loss in curve.losses)


def test_a_line_is_interrupted_where_there_is_no_number():
    assert path([(0, 1), (5, 2)]) == "M0.0 1.0L5.0 2.0"
    assert path([(0, 1), (1, math.inf), (2, 3), (3, 4)]) == "M0.0 1.0M2.0 3.0L3.0 4.0"
    assert path([(0, math.nan)]) == ""
    curve = Curve(0.5, 0, (4.6, math.inf, math.inf), (math.inf,) * 3)
    drawing = draw_scene(Scene(a_sweep(curve, a_curve(0.5, 1, WARMUP)), curve))
    assert "inf " not in drawing and "nan" not in drawing
    assert "is infinity." in drawing


def test_the_panels_draw_the_schedule_and_the_curves():
    found = sweep()
    chosen = found.curves[0.03, WARMUP]
    drawing = draw_scene(Scene(found, chosen))
    schedule, losses = paths(drawing, "chosen")
    others = paths(drawing, "other")
    assert len(schedule) == STEPS + 1 and len(losses) == 60 and len(others) == len(RATES) - 1
    assert schedule[0][0] == SCHEDULE[0] and schedule[-1][0] == SCHEDULE[1]
    part = rate_at(100, 0.03, WARMUP) / 0.03
    assert (FLOOR - schedule[100][1]) / (FLOOR - TOP) == pytest.approx(part, abs=0.01)
    left, right = LOSS
    for points, curve in zip(
        [losses, *others], [chosen, *Scene(found, chosen).others], strict=True
    ):
        assert curve.warmup == WARMUP
        for number, (x, y) in enumerate(points):
            assert x == pytest.approx(left + 5 * number / STEPS * (right - left), abs=0.1)
            assert y == pytest.approx(height(curve.losses[number]), abs=0.1)
    levels = re.findall(r'class="ttt-level"[^>]* y1="([\d.]+)"', drawing)
    assert [float(y) for y in levels] == pytest.approx(
        [height(math.log(found.vocab_size)), height(found.frequencies)], abs=0.1
    )
    assert "knows nothing: ln V = 6.13" in drawing


@pytest.mark.parametrize("warmup", [0, WARMUP])
@pytest.mark.parametrize("lr", RATES)
def test_every_choice_draws_its_curve(lr, warmup):
    widget = rate_explorer()
    widget.controls["rate"].value = lr
    widget.controls["warmup"].value = warmup
    found = sweep()
    scene = Scene(found, found.curves[lr, warmup])
    assert said(widget) == " ".join([headline(scene.chosen, found), *remarks(scene)])
    assert draw_scene(scene) in widget.picture.value
    assert said(widget) == widget.describe().splitlines()[0]


def test_a_control_draws_by_itself():
    widget = rate_explorer()
    seen = [said(widget)]
    widget.controls["warmup"].value = WARMUP
    seen.append(said(widget))
    widget.controls["rate"].value = 10.0
    seen.append(said(widget))
    assert [re.match(r"Rate [\d.]+ with(out)?", words)[0] for words in seen] == [
        "Rate 0.001 without", "Rate 0.001 with", "Rate 10 with"
    ]  # fmt: skip
    assert ": diverged." in seen[-1]
    options = [label for label, _ in widget.controls["rate"].options]
    assert options[0] == "0.0001" and options[-1] == "10"
    assert all(control.description for control in widget.controls.values())


def test_all_four_fates_were_measured():
    found = sweep()
    words = {verdict(curve, found) for curve in found.curves.values()}
    assert {"learned slowly", "learned best", "got stuck", "diverged"} <= words


def test_the_still_page_and_the_text_say_what_the_live_one_says():
    widget = rate_explorer()
    widget.controls["rate"].value = 3.0
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert "aria-live" not in bundle["text/html"]
    assert text_of(widget.picture.value) in text_of(bundle["text/html"])
    lines = bundle["text/plain"].splitlines()
    assert lines[0] == said(widget)
    assert lines[1] == "Its schedule: from 3 down to 0.3 along a cosine."
    assert len(lines) == 3 + 2 * len(RATES)
    for lr in RATES:
        row = re.search(rf'<th scope="row">{lr:g}</th>(.*?)</tr>', bundle["text/html"]).group(1)
        cells = re.findall(r"<td>([^<]+)</td>", row)
        told = [line.partition(": ")[2] for line in lines if line.startswith(f"{lr:g} with")]
        assert cells == told and len(cells) == 2
