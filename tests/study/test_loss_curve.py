"""The picture of a run's loss: nothing clipped, nothing crowded, whatever the run."""

import math
from itertools import pairwise

import matplotlib
import pytest
from PIL import Image

from course_lib.study import loss_curve

pytestmark = pytest.mark.usefixtures("course_style")


def falling(n: int, first: float, last: float) -> list[tuple[int, float]]:
    """Return a loss that goes up and down by a tenth while it falls."""
    pace = n / 6
    return [
        (step, (last + (first - last) * math.exp(-step / pace)) * (1 + 0.1 * math.sin(7 * step)))
        for step in range(1, n + 1)
    ]


RUNS = {
    "one step": (falling(1, 6.1, 6.0), 0.446),
    "one step of one's own text": (falling(1, 6.1, 6.0), None),
    "five steps": (falling(5, 6.1, 6.0), 0.446),
    "tiny": (falling(1000, 6.1, 0.49), 0.457),
    "base": (falling(5000, 7.4, 0.68), 0.644),
    "one's own text": (falling(1000, 6.9, 3.2), None),
    "one's own text by heart": ([(n, max(x, 0.0)) for n, x in falling(1000, 6.9, -0.1)], None),
    "nothing is learned": (falling(60, 10.8, 10.5), None),
    "below every tick": (falling(60, 0.2, 0.1), None),
}


def held_out(losses):
    return [point for point in losses if point[0] % 50 == 0 or point is losses[-1]]


@pytest.fixture(params=RUNS, ids=str)
def drawn(request):
    """The axes of a picture, drawn."""
    losses, floor = RUNS[request.param]
    fig = loss_curve.loss_figure(losses, held_out(losses), floor)
    fig.axes[0].set_title("Step 1,000: loss 0.485 = 1.061 x floor")
    fig.draw_without_rendering()
    return fig.axes[0]


def test_every_word_is_on_the_page(drawn):
    page = drawn.figure.bbox
    texts = [drawn.title, drawn.xaxis.label, drawn.yaxis.label, *drawn.get_legend().get_texts()]
    for text in (*texts, *shown(drawn, "x"), *shown(drawn, "y")):
        box = text.get_window_extent()
        assert page.x0 <= box.x0 and box.x1 <= page.x1, text
        assert page.y0 <= box.y0 and box.y1 <= page.y1, text


def shown(ax, name: str):
    """Return the labels of an axis that are seen."""
    axis = getattr(ax, f"{name}axis")
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in ticks if tick.label1.get_text()]


def test_numbers_beside_the_axes_do_not_touch(drawn):
    across = [label.get_window_extent() for label in shown(drawn, "x")]
    upward = [label.get_window_extent() for label in shown(drawn, "y")]
    assert len(across) >= 2 and len(upward) >= 2
    assert all(left.x1 + 4 < right.x0 for left, right in pairwise(across))
    assert all(lower.y1 < upper.y0 for lower, upper in pairwise(upward))


def test_steps_are_whole(drawn):
    assert all(float(label.get_text()).is_integer() for label in shown(drawn, "x"))


def test_every_point_is_inside_and_seen(drawn):
    low, high = drawn.get_ylim()
    for line in drawn.get_lines():
        assert all(low < loss < high for loss in line.get_ydata())
        if len(line.get_ydata()) == 1:
            assert line.get_marker() == "o", "a line through one point is nothing"


def test_the_floor_is_a_line_where_it_is_known():
    losses, floor = RUNS["tiny"]
    for known in (floor, None):
        ax = loss_curve.loss_figure(losses, held_out(losses), known).axes[0]
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels[:2] == ["each step", "text it does not train on"]
        assert labels[2:] == (["the least possible: 0.457"] if known else [])


def test_it_is_a_png_and_the_style_of_others_stays(tmp_path):
    matplotlib.rcParams["font.size"] = 7
    losses, floor = RUNS["five steps"]
    loss_curve.save_loss_curve(tmp_path / "loss.png", losses, held_out(losses), floor, "Title")
    with Image.open(tmp_path / "loss.png") as picture:
        assert picture.format == "PNG" and picture.width > 1000
        corners = [(0, 0), (picture.width - 1, 0), (0, picture.height - 1)]
        assert {picture.convert("RGB").getpixel(corner) for corner in corners} == {(255,) * 3}
    assert matplotlib.rcParams["font.size"] == 7
