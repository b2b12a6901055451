"""The widget of the frontier: its runs, its sentences, its picture, its controls."""

import html
import re
from itertools import pairwise
from math import nan
from statistics import fmean

import pytest

from course_lib.study.frontier import BETAS, NS, Point, results
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.frontier_drawing import (
    BOTTOM,
    FARTHEST,
    LEFT,
    MOST,
    RIGHT,
    TOP,
    draw_scene,
    place,
)
from course_lib.study.widgets.frontier_scenes import (
    BEST_OF_N,
    METHODS,
    Scene,
    components,
    course,
    direction,
    headline,
    on_the_way,
    settings,
    signed,
)
from course_lib.study.widgets.frontier_view import frontier_view

FOUND = results()
EVERY = [(method, setting) for method in METHODS for setting in settings(FOUND, method)]


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(widget):
    """Return the sentences of the live region."""
    return text_of(re.search(r'<div aria-live="polite">(.*?)</div>', widget.picture.value)[1])


def point(method, setting, seed, step, reward, kl, proxy=0.0, right=0.5):
    return Point(
        method, setting, seed, step, reward, right, 1.0, 0.25, 2.0, 9.0, kl, proxy, 0.0, 0.0, 0
    )


def tiny(rewards=(1.0, 2.0, 1.5), proxies=(-4.0, 1.0, 3.5), beta=0.1):
    """Return two runs that begin at 0.5 and -0.5, with a best-of-2 each."""
    points = []
    for seed, shift in enumerate((0.5, -0.5)):
        points += [
            point(BEST_OF_N, 2, seed, 0, 1.5 + shift, 0.19, 2.0, nan),
            point(BEST_OF_N, 1, seed, 0, shift, 0.0, -4.0, nan),
        ]
        for step, (reward, proxy) in enumerate(zip(rewards, proxies, strict=True), 1):
            kl = step + 2 * shift
            points.append(point("PPO", beta, seed, 10 * step, reward + shift, kl, proxy))
    return points


def test_the_choices_are_what_was_run():
    assert {method: tuple(settings(FOUND, method)) for method in METHODS} == {
        **BETAS,
        BEST_OF_N: NS,
    }


@pytest.mark.parametrize(("method", "setting"), EVERY)
def test_a_way_leads_from_the_start_to_the_last_look(method, setting):
    scene = Scene(FOUND, method, setting)
    assert [way[0][:3] for way in scene.ways] == [(BEST_OF_N, 1, seed) for seed in range(3)]
    for seed, way in enumerate(scene.ways):
        assert way[0].kl == 0
        assert all((p.method, p.seed) == (method, seed) for p in way[1:])
        if method == BEST_OF_N:
            assert [p.setting for p in way] == [n for n in (1, *NS) if n <= setting]
        else:
            assert len(way) == 5 and {p.setting for p in way[1:]} == {setting}
            assert all(a.step < b.step for a, b in pairwise(way))


def test_means_are_over_runs_of_that_beta_alone():
    others = [p for p in tiny(rewards=(9, 9, 9), beta=0.2) if p.method == "PPO"]
    scene = Scene([*others, *tiny()], "PPO", 0.1)
    assert scene.rewards == [0.0, 1.0, 2.0, 1.5]
    assert scene.passed == [0, 10, 20, 30]
    assert scene.mean("kl") == 3.0 and scene.gain() == 7.5


def test_it_says_where_the_runs_end():
    scene = Scene(tiny(), "PPO", 0.1)
    assert headline(scene) == (
        "PPO with beta 0.1, after 30 steps: true reward 1.50, 3.00 nats an answer from the "
        "reference."
    )
    assert components(scene) == (
        "50% of its answers are right, 100% polite; an answer has 0.25 false and 2.00 needless "
        "sentences."
    )
    best = Scene(tiny(), BEST_OF_N, 2)
    assert headline(best) == (
        "best-of-n with n = 2: true reward 1.50, at most 0.19 nats an answer from the reference."
    )
    assert "not counted" in components(best)


def test_a_fall_is_told_with_what_the_reward_model_says():
    assert on_the_way(Scene(tiny(), "PPO", 0.1)) == (
        "On the way true reward rises, then falls: 0.00 at the start, 2.00 at best (step 20), "
        "1.50 at the end. From the best on, what the reward model says changes by +2.50."
    )


@pytest.mark.parametrize(
    ("rewards", "words"),
    [((1, 2, 1.5), "rises, then falls"), ((1, 2, 1.9), "rises"), ((1, 2, 3), "rises"),
     ((-1, -1, -1), "falls"), ((0.1, -0.1, 0), "stays"), ((0, 1, -1), "rises, then falls")],
)  # fmt: skip
def test_what_happens_on_the_way_is_told_from_the_data(rewards, words):
    scene = Scene(tiny(rewards), "PPO", 0.1)
    assert course(scene) == words
    assert on_the_way(scene).startswith(f"On the way true reward {words}: 0.00 at the start, ")
    assert ("no clear fall" in on_the_way(scene)) == (not words.endswith("falls"))


def test_the_direction_of_beta_is_told_from_the_data():
    near = [p._replace(kl=p.kl / 2) for p in tiny(beta=0.4) if p.method == "PPO"]
    far = [p._replace(kl=p.kl * 2) for p in tiny(beta=0.4) if p.method == "PPO"]
    assert direction([*tiny(), *near], "PPO").startswith(
        "The larger beta, the nearer to the reference: nats at the end (beta) are 3.00 (0.1), "
        "1.50 (0.4). "
    )
    assert "not always the nearer" in direction([*tiny(), *far], "PPO")
    for method in BETAS:
        assert direction(FOUND, method).startswith("The larger beta, the nearer to the reference")
    assert direction(FOUND, BEST_OF_N) == (
        "The larger n, the farther from the reference: nats at most (n) are 0.19 (2), 0.64 (4), "
        "1.20 (8), 1.83 (16), 2.50 (32), 3.17 (64)."
    )


def test_every_method_falls_where_beta_is_small_and_not_where_it_is_large():
    for method in ("PPO", "DPO", "GRPO"):
        assert course(Scene(FOUND, method, BETAS[method][0])) == "rises, then falls"
    for method in ("PPO", "DPO"):
        assert course(Scene(FOUND, method, 1.0)) == "rises"
    for n in NS:
        falls = course(Scene(FOUND, BEST_OF_N, n)) == "rises, then falls"
        assert falls == (n == 64)


def test_each_control_chooses():
    widget = frontier_view()
    for method, setting in EVERY:
        widget.controls["method"].value = method
        widget.controls[method].value = setting
        reward = fmean(p[-1].reward for p in Scene(FOUND, method, setting).ways)
        assert said(widget).startswith(headline(Scene(FOUND, method, setting)))
        assert f"true reward {reward:.2f}" in said(widget)


def test_one_row_of_settings_is_shown_and_each_method_keeps_its_own():
    widget = frontier_view("DPO")
    rows = dict(zip(METHODS, widget.box.children[1:-1], strict=True))

    def shown():
        return [name for name, row in rows.items() if row.layout.display != "none"]

    assert shown() == ["DPO"] and rows["DPO"].children == (widget.controls["DPO"],)
    widget.controls["DPO"].value = 1.0
    widget.controls["method"].value = BEST_OF_N
    assert shown() == [BEST_OF_N]
    widget.controls["method"].value = "DPO"
    assert shown() == ["DPO"] and said(widget).startswith("DPO with beta 1,")


def test_all_points_are_pale_and_the_chosen_runs_strong():
    drawing = frontier_view().picture.value
    assert drawing.count('class="ttt-point ttt-pale"') == len(FOUND)
    assert drawing.count("<polyline") == 3 and drawing.count('class="ttt-point ttt-end"') == 3
    lines = re.findall(r'<polyline class="ttt-way" points="([^"]*)"', drawing)
    ways = Scene(FOUND, "PPO", 0.3).ways
    for line, way in zip(lines, ways, strict=True):
        places = [tuple(map(float, pair.split(","))) for pair in line.split()]
        for found, passed in zip(places, way, strict=True):
            assert found == pytest.approx(place(passed), abs=0.06)


def test_places_are_to_scale_and_every_point_is_inside():
    origin, corner = point("PPO", 1, 0, 0, 0.0, 0.0), point("PPO", 1, 0, 0, MOST, FARTHEST)
    assert place(origin) == (LEFT, BOTTOM) and place(corner) == (RIGHT, TOP)
    assert place(point("PPO", 1, 0, 0, MOST / 3, FARTHEST / 2)) == pytest.approx(
        ((LEFT + RIGHT) / 2, BOTTOM - (BOTTOM - TOP) / 3)
    )
    for found in FOUND:
        x, y = place(found)
        assert LEFT <= x < RIGHT and TOP < y < BOTTOM


def test_arrows_lead_forward():
    drawing = draw_scene(Scene(tiny((1, 1, 1)), "PPO", 0.1))
    arrows = re.findall(r"translate\(([\d.]+) ([\d.]+)\) rotate\((-?\d+)\)\"/", drawing)
    assert [int(angle) for *_, angle in arrows][1:3] == [0, 0], "level steps point to the right"
    assert int(arrows[0][2]) < 0, "a step up points up"


def test_a_row_a_look_holds_the_means():
    drawing = frontier_view("DPO").picture.value
    table = re.search(r'<table class="ttt-stops">.*?</table>', drawing)[0]
    rows = re.findall(r'<th scope="row" class="ttt-number">(\d+)</th>(.*?)</tr>', table)
    values = {step: re.findall(r">([^<]+)</td>", row) for step, row in rows}
    assert [*values] == ["0", "30", "60", "90", "120"]
    assert values["0"] == ["0.37", "0.00", "–", "–", "–", "–", "0.00"]
    scene = Scene(FOUND, "DPO", 0.3)
    names = ("reward", "kl", "right", "polite", "false", "needless")
    assert values["120"] == [*(f"{scene.mean(name):.2f}" for name in names), signed(scene.gain())]
    chosen = frontier_view(BEST_OF_N).picture.value
    heads = re.search(r'<table class="ttt-stops"><thead>.*?</thead>', chosen)[0]
    assert text_of(heads) == "n true reward nats gain of the proxy"


def test_the_picture_has_alt_text():
    label = re.search(r'role="img" aria-label="([^"]*)"', frontier_view().picture.value)[1]
    for words in (*METHODS, "PPO with beta 0.3, 3 runs", "rises, then falls"):
        assert words in html.unescape(label)


def test_every_control_has_a_name():
    controls = frontier_view().controls
    assert {name: control.description for name, control in controls.items()} == {
        "method": "Method:", "PPO": "Beta:", "DPO": "Beta:", "GRPO": "Beta:", BEST_OF_N: "n:"
    }  # fmt: skip
    assert {type(control).__name__ for control in controls.values()} == {"ToggleButtons"}


def test_the_still_page_and_the_text_say_what_the_live_one_says():
    widget = frontier_view("GRPO")
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert "aria-live" not in bundle["text/html"]
    assert text_of(widget.picture.value) in text_of(bundle["text/html"])
    lines = bundle["text/plain"].splitlines()
    assert " ".join(lines[:4]) == said(widget)
    names = re.findall(r'<th scope="row" class="ttt-method">([^<]*)</th>', bundle["text/html"])
    assert names == [Scene(FOUND, *one).name for one in EVERY]
    assert [line.partition(":")[0] for line in lines[5:]] == names
    assert not any("nan" in text for text in (bundle["text/html"], bundle["text/plain"]))
    assert repr(widget) == bundle["text/plain"]


def test_another_method_is_refused():
    with pytest.raises(ValueError, match="method must be one of .*'DPO'.* got 'REINFORCE'"):
        frontier_view("REINFORCE")
