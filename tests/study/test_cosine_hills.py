"""The hill of cosines by chance, and the lines of chosen pairs."""

import matplotlib
import pytest
import torch
from matplotlib import pyplot as plt

from course_lib.study.cosine_hills import draw_hills


@pytest.fixture
def ax():
    matplotlib.use("agg")
    _, ax = plt.subplots()
    yield ax
    plt.close("all")


def test_each_pair_has_a_line_at_its_cosine_and_a_label_above_the_hill(ax):
    by_chance = torch.linspace(-0.2, 0.2, 300)
    chosen = {"cat and dog": 0.7, "king and pizza": 0.03, "cat and car": 0.5}
    draw_hills(ax, by_chance, chosen)
    hill = max(bar.get_height() for bar in ax.patches)
    assert sum(bar.get_height() for bar in ax.patches) == 300
    assert [line.get_xdata()[0] for line in ax.get_lines()] == [0.03, 0.5, 0.7]
    heights = [line.get_ydata()[1] for line in ax.get_lines()]
    assert heights == sorted(heights, reverse=True) and min(heights) > hill
    assert ax.get_ylim()[1] > max(heights)
    assert [text.get_text() for text in ax.texts] == [
        "king and pizza 0.03",
        "cat and car 0.50",
        "cat and dog 0.70",
    ]


def test_one_pair_alone_can_be_drawn(ax):
    draw_hills(ax, torch.zeros(3), {"a": 1.0})
    assert ax.texts[0].get_text() == "a 1.00"
