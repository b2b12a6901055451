"""The picture of what halves cost: every bar as high as its cost, or named as outside."""

import pytest
import torch
from matplotlib.colors import to_hex

from course_lib.study import figures, who_drawing
from course_lib.study.who_does_what import Costs

pytestmark = pytest.mark.usefixtures("course_style")

WAY = "mean, first kept"
TWO = ("capitals", "repeats")
SOME = {"attention": {23: 2.7, 16: 0.4}, "feed_forward": {0: 12.6, 29: 2.65}}
COPY = {"attention": {16: 5.7, 17: 1.5, 18: 3.5}, "feed_forward": {0: 11.6, 11: -0.3}}


def costs(capitals=None, repeats=None) -> Costs:
    """Return costs of 30 layers, 0 but for those that are given by part and layer."""
    by = {}
    for task, chosen in (("capitals", capitals or {}), ("repeats", repeats or {})):
        for part in who_drawing.PARTS:
            row = torch.zeros(30)
            for layer, cost in chosen.get(part, {}).items():
                row[layer] = cost
            by[task, WAY, part] = row
    return Costs({}, by)


def labels(ax) -> dict[str, float]:
    return {text.get_text(): text.get_position()[1] for text in ax.texts}


def test_each_bar_is_as_high_as_its_cost_and_stands_at_its_layer():
    given = costs(SOME, COPY)
    fig = who_drawing.draw(given, WAY, TWO, "What is to be seen")
    assert fig.get_size_inches()[0] == 8.8
    assert fig.get_suptitle() == "What is to be seen"
    for ax, task in zip(fig.axes, TWO, strict=True):
        assert ax.get_title(loc="left") == who_drawing.TASKS[task]
        for bars, part, fill in zip(
            ax.containers, who_drawing.PARTS, (figures.BLUE, "#ffffff"), strict=True
        ):
            expected = given.by[task, WAY, part].tolist()
            for layer, (bar, cost) in enumerate(zip(bars, expected, strict=True)):
                assert round(bar.get_x() + bar.get_width() / 2) == layer
                assert to_hex(bar.get_facecolor()) == fill
                assert bar.get_height() == pytest.approx(cost)
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["attention", "feed-forward"]


def test_what_leaves_the_picture_is_named_with_its_cost():
    above, below = who_drawing.draw(costs(SOME, COPY), WAY, TWO).axes
    assert above.get_title(loc="right") == "outside:  feed-forward 0: 12.6"
    assert below.get_title(loc="right") == "outside:  feed-forward 0: 11.6"


def test_the_layers_that_cost_much_are_numbered_above_their_bars():
    above, below = who_drawing.draw(costs(SOME, COPY), WAY, TWO).axes
    assert [*labels(above)] == ["0", "23", "29"]
    assert [*labels(below)] == ["0", "16", "17", "18"]
    assert labels(below)["18"] == pytest.approx(3.5, abs=0.2)
    assert labels(below)["0"] == pytest.approx(who_drawing.EDGE, abs=0.2)


def test_nothing_costs_anything():
    fig = who_drawing.draw(costs(), WAY, TWO)
    for ax in fig.axes:
        assert not ax.texts and not ax.get_title(loc="right")
        assert ax.get_ylim() == (-0.25, who_drawing.EDGE)


@pytest.mark.parametrize(("cost", "bottom"), [(-1.0, -1.25), (-40.0, -who_drawing.EDGE)])
def test_a_model_that_is_better_without(cost, bottom):
    fig = who_drawing.draw(costs(SOME, {"attention": {3: cost}}), WAY, TWO)
    assert {ax.get_ylim() for ax in fig.axes} == {(bottom, who_drawing.EDGE)}
    (bar,) = [bar for bar in fig.axes[1].patches if bar.get_height() < 0]
    assert bar.get_height() == cost
    left = "outside:  attention 3: -40.0" if cost < bottom else ""
    assert fig.axes[1].get_title(loc="right") == left


EVERYTHING = {part: dict.fromkeys(range(30), 12.3) for part in who_drawing.PARTS}


def test_of_many_that_leave_it_the_worst_are_named():
    rows = {"attention": [11.0, 12.0, 1.0, 20.0], "feed_forward": [11.5, -30.0]}
    worst = "outside:  attention 3: 20.0,  attention 1: 12.0,  3 more"
    assert who_drawing.outside(rows) == worst


@pytest.mark.parametrize("task", [SOME, EVERYTHING])
def test_nothing_of_the_figure_overlaps(task):
    fig = who_drawing.draw(costs(task, task), WAY, TWO)
    fig.draw_without_rendering()
    for ax in fig.axes:
        titles = [
            title for title in (ax.title, ax._left_title, ax._right_title) if title.get_text()
        ]
        boxes = [text.get_window_extent() for text in (*ax.texts, *titles)]
        for place, box in enumerate(boxes):
            assert box.x0 >= 0 and box.x1 <= fig.bbox.x1
            for other in boxes[place + 1 :]:
                across = min(box.x1, other.x1) - max(box.x0, other.x0)
                down = min(box.y1, other.y1) - max(box.y0, other.y0)
                assert min(across, down) <= 1  # pixels
    assert fig.axes[1].get_tightbbox().y1 <= fig.axes[0].get_tightbbox().y0 + 1


def test_the_words_name_the_largest_costs():
    said = who_drawing.alt(costs(SOME, COPY), WAY, TWO)
    assert "but its own at the first token" in said
    assert "say the right one, attention: 2.70 in layer 23, 0.40 in layer 16," in said
    assert "say the right one, feed-forward: 12.60 in layer 0, 2.65 in layer 29," in said
    assert "in the text, attention: 5.70 in layer 16, 3.50 in layer 18, 1.50 in" in said
    assert who_drawing.alt(costs(), WAY, TWO)


def test_there_is_a_panel_for_each_task_that_is_asked_for():
    three = costs(SOME, COPY)
    for part in who_drawing.PARTS:
        three.by["which capital", WAY, part] = three.by["capitals", WAY, part] / 2
    titles = [ax.get_title(loc="left") for ax in who_drawing.draw(three, WAY).axes]
    assert titles == [*who_drawing.TASKS.values()]
    assert "eight others, attention: 1.35 in layer 23" in who_drawing.alt(three, WAY)
