"""The widget of all heads: what it draws at the extremes, and its controls."""

import html
import re

import pytest
import torch

from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.heads_drawing import Scene, describe_scene, draw_scene, headline
from course_lib.study.widgets.heads_grid import MOST_TOKENS, heads_grid

PIECES = ["The", " cat", " <b>", " it"]


def weights():
    """Return (3, 2, 4, 4): even attention, but in head (2, 1) "it" takes .75 from "cat"."""
    even = torch.ones(4, 4).tril()
    even = (even / even.sum(-1, keepdim=True)).expand(3, 2, 4, 4).clone()
    even[2, 1, 3] = torch.tensor([0.05, 0.75, 0.0, 0.2])
    return even


def grid(**begin):
    return heads_grid(PIECES, weights(), **{"query": 3, "key": 1, "head": (0, 0)} | begin)


def said(widget):
    return html.unescape(re.search(r'aria-live="polite">(.*?)</p>', widget.picture.value).group(1))


def test_it_says_what_the_chosen_head_takes_and_which_takes_most():
    widget = grid()
    assert said(widget) == (
        "Layer 0, head 0: “·it” takes 0.25 from “·cat”. The most of all 6 heads: 0.75, "
        "layer 2, head 1."
    )
    widget.controls["layer"].value, widget.controls["head"].value = 2, 1
    assert said(widget).startswith("Layer 2, head 1: “·it” takes 0.75")
    widget.controls["key"].value = 3
    assert said(widget).startswith(
        "Layer 2, head 1: “·it” takes 0.20 from “·it”. The most of all 6"
    )


def test_the_button_goes_to_the_head_that_takes_most():
    widget = grid()
    widget.controls["most"].click()
    assert (widget.controls["layer"].value, widget.controls["head"].value) == (2, 1)


def test_a_later_token_gives_nothing():
    widget = grid()
    widget.controls["query"].value = 0
    assert said(widget) == (
        "“·cat” comes after “The”: no head can take anything from a later token."
    )


def test_every_head_has_a_square_with_its_number():
    drawing = draw_scene(Scene(PIECES, weights(), 3, 1, (2, 1)))
    titles = re.findall(r'<i[^>]*title="layer (\d), head (\d): ([\d.]+)"[^>]*--w:(\d+)%', drawing)
    assert len(titles) == 6
    for layer, head, weight, share in titles:
        expected = weights()[int(layer), int(head), 3, 1].item()
        assert float(weight) == pytest.approx(expected, abs=0.005)
        assert int(share) == pytest.approx(100 * expected, abs=0.5)
    assert re.findall(r'ttt-chosen" title="layer (\d), head (\d)', drawing) == [("2", "1")]


def test_the_row_holds_the_tokens_that_the_query_may_see():
    drawing = draw_scene(Scene(PIECES, weights(), 1, 0, (2, 1)))
    rows = re.findall(r'<td class="ttt-number">([\d.]+)</td>', drawing)
    assert rows == ["0.50", "0.50"]
    assert drawing.count("width:4.50em") == 2


def test_tokens_cannot_become_html():
    scene = Scene(PIECES, weights(), 3, 2, (0, 0))
    assert "<b>" not in draw_scene(scene).replace("<b>head", "").replace("<b>layer", "").replace(
        "<b>0</b>", ""
    ).replace("<b></b>", "")
    assert "&lt;b&gt;" in draw_scene(scene)
    assert "“·<b>”" in headline(scene)


def test_the_still_page_and_the_text_say_the_same():
    bundle = grid(head=(2, 1))._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    text = bundle["text/plain"].splitlines()
    assert text[0].startswith("Layer 2, head 1: “·it” takes 0.75 from “·cat”.")
    assert text[1].startswith("The 5 heads (layer, head) that take most: (2, 1) 0.75, (")
    assert text[2] == "Head (2, 1): The 0.05, ·cat 0.75, ·<b> 0.00, ·it 0.20"
    assert html.escape(text[0]) in bundle["text/html"]
    assert "aria-live" not in bundle["text/html"]


def test_full_and_empty_attention_are_drawn():
    for value in (0.0, 1.0):
        scene = Scene(["a"], torch.full((30, 9, 1, 1), value), 0, 0, (29, 8))
        assert f"layer 29, head 8: {value:.2f}" in draw_scene(scene)
        assert f"--w:{100 * value:.0f}%" in draw_scene(scene)
        assert "The 5 heads" in describe_scene(scene)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at most 16 tokens"):
        heads_grid(PIECES, weights()[..., :3], 0, 0, (0, 0))
    n = MOST_TOKENS + 1
    with pytest.raises(ValueError, match="got 17 tokens"):
        heads_grid(["a"] * n, torch.zeros(1, 1, n, n), 0, 0, (0, 0))
