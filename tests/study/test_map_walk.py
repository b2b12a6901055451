"""The map of words and its walking query: places, neighbors, controls, extremes."""

import html
import re

import matplotlib
import pytest
import torch
from matplotlib import pyplot as plt

from course_lib.study import figures, word_map
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.map_drawing import HEIGHT, RING, WIDTH
from course_lib.study.widgets.map_walk import FARTHEST, map_walk

IDS = {"cat": 0, "dog": 1, "red": 2, "blue": 3, "the": 4, "<b>": 5}
GROUPS = {"pet": ["cat", "dog", "cow"], "color": ["red", "blue"], "tag": ["<b>"]}
TABLE = torch.tensor(
    [[4.0, 1, 0], [4, 2, 0], [-3, 1, 1], [-4, 1, 2], [9, 9, 9], [0, -5, 1]]
)  # (V, C)
DIRECTIONS = torch.tensor([[1.0, 0, 0], [0, 1, 0]])


@pytest.fixture
def widget():
    return map_walk("cat", TABLE, DIRECTIONS, IDS, GROUPS)


def said(widget):
    return html.unescape(re.search(r'aria-live="polite">(.*?)</p>', widget.picture.value).group(1))


def test_points_are_the_vectors_seen_along_the_directions():
    words, kinds, places = word_map.points(TABLE, DIRECTIONS, IDS, GROUPS)
    assert words == ["cat", "dog", "red", "blue", "<b>"]  # no cow in the table, no group for "the"
    assert kinds == ["pet", "pet", "color", "color", "tag"]
    assert places.mean(dim=0).tolist() == pytest.approx([0, 0], abs=1e-6)
    assert (places[1] - places[0]).tolist() == pytest.approx([0, 1])


def test_the_map_is_drawn_with_a_mark_a_word_and_the_first_names():
    matplotlib.use("agg")
    with matplotlib.rc_context():
        figures.use_style()
        fig, ax = plt.subplots()
        word_map.draw(ax, TABLE, DIRECTIONS, IDS, GROUPS, named=1)
        assert [len(line.get_xdata()) for line in ax.get_lines()] == [2, 2, 1]
        assert [text.get_text() for text in ax.texts] == ["cat", "red", "<b>"]
        with pytest.raises(ValueError, match="at most 5 groups"):
            word_map.draw(ax, TABLE, DIRECTIONS, IDS, {str(i): ["cat"] for i in range(6)})
        plt.close("all")


def test_on_the_map_both_axes_have_one_scale_and_names_lie_apart():
    matplotlib.use("agg")
    close = {"king": [1.0, 0.0, 0], "black": [1.05, 0.01, 0], "cat": [-3.0, 2.0, 0]}
    ids = {word: i for i, word in enumerate(close)}
    _, ax = plt.subplots()
    word_map.draw(
        ax, torch.tensor(list(close.values())), DIRECTIONS, ids, {word: [word] for word in close}
    )
    assert ax.get_aspect() == 1
    sides = {text.get_text(): (text.get_ha(), text.get_position()[1]) for text in ax.texts}
    assert sides["cat"] == ("left", 3)  # nothing is in its way: right and up
    assert sides["king"] == ("left", -11)  # up is the mark of "black"
    assert sides["black"] != sides["king"]
    plt.close("all")


def test_it_starts_at_its_word_and_names_the_nearest(widget):
    assert said(widget).startswith("The query is cat. Nearest other words: dog 0.98, ")
    assert widget.controls["back"].disabled
    assert widget.picture.value.count("<line ") == 4  # five words, one of them its own
    assert "cat" not in said(widget).split("Nearest")[1]


def test_moves_change_the_query_and_its_neighbors(widget):
    for _ in range(9):
        widget.controls["Left"].click()
    assert said(widget).startswith(
        "The query is cat, moved 9 to the left. Nearest other words: red"
    )
    widget.controls["Up"].click()
    assert "moved 9 to the left and 1 up." in said(widget)
    widget.controls["back"].click()
    assert said(widget).startswith("The query is cat. ")
    widget.controls["Down"].click()
    assert "moved 1 down." in said(widget)
    widget.controls["Right"].click()
    assert "moved 1 to the right and 1 down." in said(widget)


@pytest.mark.parametrize("name", ["Left", "Right", "Up", "Down"])
def test_at_the_farthest_the_drawing_stays_on_its_page(widget, name):
    for _ in range(FARTHEST + 5):
        widget.controls[name].click()
    assert f"moved {FARTHEST} " in said(widget)
    x, y = ring(widget)
    assert 0 < x < WIDTH and 0 < y < HEIGHT


def ring(widget):
    x, y = re.search(r'<circle cx="([\d.-]+)" cy="([\d.-]+)" r="9"', widget.picture.value).groups()
    return float(x), float(y)


def test_a_step_to_the_right_is_as_long_as_a_step_up(widget):
    x, y = ring(widget)
    widget.controls["Right"].click()
    widget.controls["Up"].click()
    new_x, new_y = ring(widget)
    assert new_x - x == pytest.approx(y - new_y, abs=0.2)


def test_the_fifth_kind_is_hollow_and_not_gray_like_the_lines():
    groups = {word: [word] for word in ("cat", "dog", "red", "blue", "<b>")}
    html_of = map_walk("cat", TABLE, DIRECTIONS, IDS, groups).picture.value
    assert html_of.count('class="ttt-hollow"') == 2  # its mark and its place in the legend
    assert 'class="ttt-gray"' not in html_of


def test_up_is_up_and_right_is_right(widget):
    x, y = ring(widget)
    widget.controls["Up"].click()
    assert ring(widget)[1] < y - 1  # pixels count from the top
    widget.controls["Right"].click()
    assert ring(widget)[0] > x + 1


def test_a_typed_word_moves_the_query_and_an_unknown_one_does_not(widget):
    widget.controls["Up"].click()
    widget.controls["word"].value = " Blue "
    assert said(widget).startswith("The query is blue. Nearest other words: red")
    for text in ("bluer", "", "   "):
        widget.controls["word"].value = text
        assert said(widget).startswith("The query is blue. ")
    note = widget.box.children[1].value
    assert "No such word" not in note  # an empty field is no mistake
    widget.controls["word"].value = "zebra"
    assert "No such word on the map" in widget.box.children[1].value


def test_labels_do_not_cover_each_other():
    table = torch.tensor([[4.0, 1, 0], [4, 1.1, 0], [4.1, 1, 0], [4, 1, 0.1], [-3, 1, 1]])
    ids = {word: i for i, word in enumerate(["a", "b", "c", "d", "e"])}
    crowd = map_walk("a", table, DIRECTIONS, ids, {"letter": list(ids)})
    labels = re.findall(r'<text x="([\d.-]+)" y="([\d.-]+)"', crowd.picture.value)
    places = [(float(x), float(y)) for x, y in labels]
    assert len(places) == 4
    for i, (x, y) in enumerate(places):
        for other_x, other_y in places[:i]:
            assert abs(x - other_x) >= 80 or abs(y - other_y) >= 14.9


def test_no_name_lies_under_the_ring_around_the_query():
    table = torch.tensor([[4.0, 1, 0], [3.9, 1, 0], [4.1, 1.02, 0], [-3, 1, 1], [2, 5, 0]])
    ids = {word: i for i, word in enumerate(["a", "b", "c", "d", "e"])}
    near = map_walk("a", table, DIRECTIONS, ids, {"letter": list(ids)})
    x, y = ring(near)
    labels = re.findall(
        r'<text x="([\d.-]+)" y="([\d.-]+)" text-anchor="(\w+)">', near.picture.value
    )
    assert len(labels) == 4
    for left, top, anchor in labels:
        first, last = sorted((float(left), float(left) + (80 if anchor == "start" else -80)))
        assert first >= x + RING or last <= x - RING or abs(float(top) - 5 - y) >= RING


@pytest.mark.parametrize("name", ["Left", "Right"])
def test_names_stay_on_the_page_wherever_the_ring_is(name):
    table = torch.tensor([[x, 0.1 * x, 0] for x in range(1, 10)])  # one line across the map
    ids = {letter: i for i, letter in enumerate("abcdefghi")}
    row = map_walk("e", table, DIRECTIONS, ids, {"letter": list(ids)})
    for _ in range(FARTHEST):
        row.controls[name].click()
        for left, anchor in re.findall(
            r'<text x="([\d.-]+)" y="[\d.-]+" text-anchor="(\w+)">', row.picture.value
        ):
            far = float(left) + (80 if anchor == "start" else -80)
            assert min(float(left), far) >= 0 and max(float(left), far) <= WIDTH


def test_words_are_escaped(widget):
    widget.controls["word"].value = "<b>"
    assert "<b>" not in widget.picture.value
    assert said(widget).startswith("The query is <b>. ")


def test_one_word_alone_can_be_drawn():
    lonely = map_walk("cat", TABLE, DIRECTIONS, IDS, {"pet": ["cat"]})
    lonely.controls["Left"].click()
    assert "nan" not in lonely.picture.value
    assert said(lonely).startswith(
        "The query is cat, moved 1 to the left. Nearest other words: none."
    )


def test_what_stays_where_widgets_do_not_run(widget):
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert bundle["text/plain"].splitlines()[1] == "cat: dog, <b>, blue, red"
    assert "<td>dog</td>" in bundle["text/html"] and "&lt;b&gt;" in bundle["text/html"]


def test_what_it_refuses():
    with pytest.raises(ValueError, match="a word of the map, got 'the'"):
        map_walk("the", TABLE, DIRECTIONS, IDS, GROUPS)
    with pytest.raises(ValueError, match="at most 5 groups, got 6"):
        map_walk("cat", TABLE, DIRECTIONS, IDS, {str(i): ["cat"] for i in range(6)})
