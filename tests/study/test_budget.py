"""The widget of the parameter budget: its sums and sentences, and its form."""

import re

import pytest

from course_lib.llm.model import GPT, ModelConfig
from course_lib.study.model_shapes import NAMES, SHAPES
from course_lib.study.widgets.budget import SWITCHES, budget
from course_lib.study.widgets.budget_drawing import (
    MOST,
    WIDTH,
    Budget,
    draw_budget,
    new_budget,
    number_of_bytes,
    problem,
    sentences,
)
from course_lib.study.widgets.explorable import VIEW

SMALL = dict(zip(NAMES, (10, 0, 12, 2, 6, 3, 5, True, False), strict=True))


def count(config):
    """Return a model's parameters, matrix by matrix."""
    V, P, C, n_layer, H, H_kv, d_ff, gated, tied = (config[name] for name in NAMES)
    D = C // H
    parts = {
        "attention": n_layer * (2 * C * H * D + 2 * C * H_kv * D),
        "feed_forward": n_layer * (2 + gated) * C * d_ff,
        "embeddings": (V + P + (not tied) * V) * C,
        "norms": (2 * n_layer + 1) * C,
    }
    return {**parts, "total": sum(parts.values())}


def said(widget):
    return re.search(r'aria-live="polite"><p class="ttt-title">(.*?)</p>', widget.picture.value)[1]


def test_this_counter_counts_what_the_library_builds():
    sizes = {name: SMALL[name] for name in NAMES if name not in ("n_positions", "gated")}
    model = GPT(ModelConfig(context_length=4, **sizes))
    assert count(SMALL)["total"] == sum(weight.numel() for weight in model.parameters())


@pytest.mark.parametrize(
    ("name", "total", "of_all", "of_blocks"),
    [
        ("SmolLM2-135M", 134_515_008, 0.592, 0.750),
        ("GPT-2 1.5B", 1_556_764_800, 0.631, 0.667),
        ("GPT-3 175B", 174_591_270_912, 0.664, 0.667),
        ("Llama 3 8B", 8_030_261_248, 0.702, 0.808),
        ("Llama 3.1 405B", 405_853_388_800, 0.813, 0.821),
    ],
)
def test_known_models_have_their_known_shares(name, total, of_all, of_blocks):
    found = new_budget(count(SHAPES[name]))
    assert problem(SHAPES[name]) == ""
    assert found.total == total == sum(found.parts.values())
    assert round(found.share("feed_forward"), 3) == of_all
    assert round(found.feed_forward_without_embeddings, 3) == of_blocks


@pytest.mark.parametrize(
    ("n", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (999_600, "1 MB"), (538_060_032, "538 MB"),
     (1.6234e12, "1.62 TB"), (5e16, "50,000 TB")],
)  # fmt: skip
def test_bytes_come_in_the_largest_unit(n, text):
    assert number_of_bytes(n) == text


def test_it_says_size_share_and_bytes():
    found = Budget({"attention": 20, "feed_forward": 60, "embeddings": 20, "norms": 0}, 100)
    assert sentences(found) == [
        "100 parameters: 400 bytes in fp32, 200 bytes in 16 bits.",
        "Feed-forward is 60.0% of all, 75.0% without embeddings.",
    ]


def test_parts_lie_side_by_side_as_wide_as_their_shares():
    found = Budget({"attention": 25, "feed_forward": 50, "embeddings": 25, "norms": 0}, 100)
    rects = re.findall(r'<rect x="([\d.]+)" width="([\d.]+)"', draw_budget(found))
    lefts, widths = zip(*[(float(x), float(w)) for x, w in rects], strict=True)
    assert lefts == (0, WIDTH / 4, WIDTH * 3 / 4, WIDTH)
    assert widths == (WIDTH / 4 - 2, WIDTH / 2 - 2, WIDTH / 4 - 2, 0.5)
    names = re.findall(r'text-anchor="middle">([^<]*)<', draw_budget(found))
    assert names == ["attention", "feed-forward", "embeddings", ""]  # no name where none fits
    only = Budget({"attention": 1, "feed_forward": 99, "embeddings": 0, "norms": 0}, 100)
    names = re.findall(r'text-anchor="middle">([^<]*)<', draw_budget(only))
    assert names == ["", "feed-forward", "", ""]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"n_head": 5}, "d_model must be a multiple of n_head, and 12 is no multiple of 5."),
        ({"n_kv_head": 4}, "n_head must be a multiple of n_kv_head, and 6 is no multiple of 4."),
        ({"n_layer": 0}, "n_layer must be from 1 to 10,000,000, and it is 0."),
        ({"n_head": 0}, "n_head must be from 1 to 10,000,000, and it is 0."),
        ({"n_kv_head": -3}, "n_kv_head must be from 1 to 10,000,000, and it is -3."),
        ({"n_positions": -1}, "n_positions must be from 0 to 10,000,000, and it is -1."),
        ({"d_ff": MOST + 1}, "d_ff must be from 1 to 10,000,000, and it is 10,000,001."),
        ({"gated": False, "tied_head": True, "n_positions": 0}, ""),
    ],
)
def test_what_cannot_be_built_is_said(changed, sentence):
    assert problem(SMALL | changed) == sentence


def test_a_wrong_size_becomes_a_sentence_and_goes_again():
    asked = []
    widget = budget(lambda config: asked.append(config) or count(config))
    before = widget.picture.value
    widget.controls["n_head"].value = 7
    assert (
        said_problem(widget) == "d_model must be a multiple of n_head, and 576 is no multiple of 7."
    )
    widget.controls["n_head"].value = 0
    assert said_problem(widget) == "n_head must be from 1 to 10,000,000, and it is 0."
    assert len(asked) == 1  # the learner's function was not asked what it need not answer
    widget.controls["n_head"].value = 9
    assert widget.picture.value == before


def said_problem(widget):
    return re.search(r'<p class="ttt-title" aria-live="polite">(.*?)</p>', widget.picture.value)[1]


@pytest.mark.parametrize("name", SHAPES)
def test_a_preset_fills_in_every_field_and_draws_once(name):
    asked = []
    widget = budget(lambda config: asked.append(config) or count(config), preset="Llama 3 8B")
    asked.clear()
    widget.controls[name].click()
    assert asked == [SHAPES[name]]
    assert {field: widget.controls[field].value for field in NAMES} == SHAPES[name]
    assert said(widget) == sentences(new_budget(count(SHAPES[name])))[0]


def test_the_switches_count():
    widget = budget(count)
    one = said(widget)
    widget.controls["tied_head"].value = False
    two = said(widget)
    assert two.startswith(f"{134_515_008 + 49_152 * 576:,} parameters")
    widget.controls["gated"].value = False
    assert len({one, two, said(widget)}) == 3
    assert all(widget.controls[name].description for name in (*NAMES, *SWITCHES, *SHAPES))


def test_the_largest_shape_is_still_drawn():
    huge = {name: MOST for name in NAMES} | {"gated": True, "tied_head": False}
    assert problem(huge) == ""
    assert "nan" not in draw_budget(new_budget(count(huge)))
    least = {name: 1 for name in NAMES} | {"n_positions": 0, "gated": False, "tied_head": True}
    assert "5 parameters" not in draw_budget(new_budget(count(least)))
    assert sentences(new_budget(count(least)))[0].startswith("10 parameters: 40 bytes")


def test_the_counter_gets_a_dict_of_its_own():
    def greedy(config):
        config["n_layer"] = 1
        return count(config)

    widget = budget(greedy)
    assert widget.describe() and widget.still()
    assert widget.controls["n_layer"].value == 30
    assert SHAPES["SmolLM2-135M"]["n_layer"] == 30


def test_the_still_page_and_the_text_hold_every_model():
    bundle = budget(count)._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    for name, config in SHAPES.items():
        (line,) = (x for x in bundle["text/plain"].splitlines() if x.startswith(f"{name}: "))
        row = re.search(rf">{name}</th>(.*?)</tr>", bundle["text/html"]).group(1)
        values = re.findall(r">([^<]+)</td>", row)
        assert values[0] == f"{count(config)['total']:,}" and len(values) == 6
        for value in values:
            assert f" {value}" in line


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="preset must be one of .* got 'GPT-4'"):
        budget(count, preset="GPT-4")
