"""The widget of LoRA's rank: its counts, its drawing to scale, its sentences, its controls."""

import html
import re

import pytest
import torch
from torch import nn

from course_lib import smollm2
from course_lib.llm.lora import LoRALinear, add_lora, count_trainable
from course_lib.llm.model import GPT
from course_lib.llm.optim import AdamW
from course_lib.study.widgets.explorable import VIEW
from course_lib.study.widgets.rank_counts import (
    MATRICES,
    RANKS,
    Adapter,
    file_bytes,
    n_in_pair,
    smollm2_shape,
    too_large_from,
    training_bytes,
)
from course_lib.study.widgets.rank_drawing import (
    LEFT,
    SCALE,
    SIDE,
    THIN,
    WIDTH,
    compare,
    megabytes,
    percent,
    place,
)
from course_lib.study.widgets.rank_slider import rank_slider

FEW, ATTENTION, EVERY = MATRICES


def text_of(drawing):
    drawing = re.sub(r"<style>.*?</style>", "", drawing, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", drawing)).split())


def said(widget):
    """Return the sentences of the live region."""
    return text_of(re.search(r'<div aria-live="polite">(.*?)</div>', widget.picture.value)[1])


def drawn(widget):
    """Return {name: (width, height)} of the matrices and the bars."""
    found = re.findall(
        r'<g class="ttt-\w+"><text[^>]*>(?:<tspan[^>]*>)?([^<:]*)[^>]*>(?:[^<]*</text>)?'
        r'<rect class="ttt-\w+" x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"/></g>',
        widget.picture.value,
    )
    matrices, bars = found[:3], found[3:]
    return (
        {name: (float(width), float(height)) for name, width, height in matrices},
        {name: float(width) for name, width, _ in bars},
    )


@pytest.mark.parametrize("matrices", MATRICES)
@pytest.mark.parametrize("rank", RANKS)
def test_the_count_is_that_of_a_model_with_lora(rank, matrices):
    with torch.device("meta"):
        model = GPT(smollm2.config())
        add_lora(model, MATRICES[matrices], rank, alpha=16)
    assert Adapter(rank, matrices).n_trained == count_trainable(model)


def test_the_shapes_are_smollm2s():
    model = smollm2_shape()
    assert (model.n_params, model.n_layer) == (134_515_008, 30)
    assert model.shapes == {
        "query": (576, 576),
        "key": (192, 576),
        "value": (192, 576),
        "output": (576, 576),
        "gate": (1536, 576),
        "up": (1536, 576),
        "down": (576, 1536),
    }
    assert MATRICES[FEW] == ("query", "value")
    assert MATRICES[ATTENTION] == ("query", "key", "value", "output")
    assert {*MATRICES[EVERY]} == {*model.shapes}


@pytest.mark.parametrize("shape", [(576, 576), (192, 576), (1536, 576), (3, 5)])
def test_a_pair_holds_more_than_its_matrix_from_a_rank_on(shape):
    n_out, n_in = shape
    rank = too_large_from(shape)
    assert n_in_pair(shape, rank) > n_out * n_in >= n_in_pair(shape, rank - 1)
    layer = LoRALinear(nn.Linear(n_in, n_out, bias=False), rank=3, alpha=3)
    assert layer.a.numel() + layer.b.numel() == n_in_pair(shape, 3)


def test_training_keeps_a_gradient_and_two_means_of_each_number():
    weight = nn.Parameter(torch.ones(7, 3))
    optimizer = AdamW([weight], lr=0.1)
    weight.sum().backward()
    optimizer.step()
    kept = [weight.grad, *(x for x in optimizer.state[weight].values() if torch.is_tensor(x))]
    kept = [x for x in kept if x.numel() > 1]
    assert sum(x.numel() * x.element_size() for x in kept) == training_bytes(weight.numel())
    assert weight.numel() * weight.element_size() == file_bytes(weight.numel())


def test_it_says_what_rank_8_takes():
    assert said(rank_slider()) == (
        "Rank 8 in query and value: 460,800 numbers are trained, 0.343% of 134,515,008. Beside W "
        "of 576 × 576, b and a hold 9,216 numbers, 2.78% of the 331,776 in W. From rank 289 on "
        "they would hold more than W. Its file has 1,843,200 bytes in float32: 1.84 MB instead of "
        "538 MB. Gradients and AdamW's two means take 5.53 MB instead of 1,614 MB."
    )


@pytest.mark.parametrize("matrices", MATRICES)
def test_each_control_counts(matrices):
    widget = rank_slider()
    widget.controls["matrices"].value = matrices
    for rank in RANKS:
        widget.controls["rank"].value = rank
        n = Adapter(rank, matrices).n_trained
        start = f"Rank {rank} in {matrices}: {n:,} numbers are trained, {percent(n / 134_515_008)}"
        assert said(widget).startswith(start)


def test_the_table_holds_both_ways_of_training():
    widget = rank_slider(256)
    widget.controls["matrices"].value = EVERY
    table = re.search(r'<table class="ttt-sizes">.*?</table>', widget.picture.value)[0]
    assert ">LoRA, rank 256<" in table
    rows = re.findall(r'<th scope="row">([^<]*)</th>(.*?)</tr>', table)
    assert {name: re.findall(r">([^<]+)</td>", row) for name, row in rows} == {
        "numbers trained": ["78,151,680", "134,515,008"],
        "bytes of the file, in float32": ["312,606,720 (313 MB)", "538,060,032 (538 MB)"],
        "bytes of gradients and AdamW's two means": [
            "937,820,160 (938 MB)",
            "1,614,180,096 (1,614 MB)",
        ],
    }


@pytest.mark.parametrize("rank", RANKS)
def test_matrices_and_bars_are_to_scale(rank):
    matrices, bars = drawn(rank_slider(rank))
    side, thin = SIDE * SCALE, max(rank * SCALE, THIN)
    assert matrices == {
        "W": (pytest.approx(side, abs=0.01),) * 2,
        "b": (pytest.approx(thin, abs=0.01), pytest.approx(side, abs=0.01)),
        "a": (pytest.approx(side, abs=0.01), pytest.approx(thin, abs=0.01)),
    }
    assert bars["b and a"] / bars["W"] == pytest.approx(2 * rank / 576, abs=0.003)
    assert ("too thin to be drawn to scale" in rank_slider(rank).picture.value) == (rank <= 4)


def test_the_rank_that_is_too_large_is_marked_at_the_end_of_ws_bar():
    drawing = rank_slider().picture.value
    (x,) = re.findall(r'<line class="ttt-limit" x1="([\d.]+)"', drawing)
    assert float(x) == pytest.approx(LEFT + drawn(rank_slider())[1]["W"], abs=0.1)
    assert "rank 289 on: more than W" in drawing
    ticks = re.findall(r'<text x="([\d.]+)" y="\d+" text-anchor="middle">(\d+)</text>', drawing)
    assert [tick for _, tick in ticks] == ["32", "64", "128", "256"]
    for where, tick in ticks:
        assert float(where) == pytest.approx(place(1152 * int(tick)), abs=0.1)
    assert place(331_776) < WIDTH


@pytest.mark.parametrize(
    ("rank", "matrices", "words"),
    [(256, FEW, "value (192 × 576)"), (256, ATTENTION, "key and value (192 × 576)"),
     (256, EVERY, "key and value (192 × 576)"), (128, EVERY, "")],
)  # fmt: skip
def test_matrices_that_are_smaller_than_their_pair_are_named(rank, matrices, words):
    told = compare(Adapter(rank, matrices)).partition("more than W.")[2]
    more = f" Beside {words} they do already: there it is so from rank 145 on."
    assert told == (more if words else "")


def test_each_shape_that_is_too_small_gets_a_sentence():
    told = compare(Adapter(500, EVERY)).partition("more than W. ")[2]
    assert re.findall(r"Beside (.*?) \(.*? from rank (\d+) on", told) == [
        ("query and output", "289"), ("key and value", "145"), ("gate and up", "419"),
        ("down", "419"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(230_400, "0.23 MB"), (9_999_000, "10 MB"), (99_400_000, "99.4 MB"), (99_990_000, "100 MB"),
     (100_600_000, "101 MB"), (1_614_180_096, "1,614 MB")],
)  # fmt: skip
def test_bytes_are_told_in_millions(n_bytes, text):
    assert megabytes(n_bytes) == text


def test_the_picture_has_alt_text():
    label = re.search(r'role="img" aria-label="([^"]*)"', rank_slider(16).picture.value)[1]
    for words in ("W, 576 by 576", "b, 576 by 16", "a, 16 by 576", "18,432", "331,776", "rank 289"):
        assert words in label


def test_every_control_has_a_name_and_is_no_slider():
    controls = rank_slider().controls
    assert {name: control.description for name, control in controls.items()} == {
        "rank": "Rank:",
        "matrices": "Matrices:",
    }
    assert {type(control).__name__ for control in controls.values()} == {"ToggleButtons"}
    assert [label for label, _ in controls["rank"].options] == [str(rank) for rank in RANKS]


def test_the_still_page_and_the_text_say_what_the_live_one_says():
    widget = rank_slider(32)
    widget.controls["matrices"].value = ATTENTION
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert "aria-live" not in bundle["text/html"]
    assert text_of(widget.picture.value) in text_of(bundle["text/html"])
    lines = bundle["text/plain"].splitlines()
    assert " ".join(lines[:3]) == said(widget)
    rows = re.findall(
        r'<th scope="row" class="ttt-number">(\d+)</th>(.*?)</tr>', bundle["text/html"]
    )
    assert [int(rank) for rank, _ in rows] == [*RANKS]
    for line, (rank, row) in zip(lines[4:], rows, strict=True):
        values = re.findall(r">([^<]+)</td>", row)
        for value, name in zip(values, MATRICES, strict=True):
            n = Adapter(int(rank), name).n_trained
            assert value == f"{n:,} ({percent(n / 134_515_008)})"
            assert f"{name} {value}" in line
        assert line.startswith(f"rank {rank}: ")
    assert repr(widget) == bundle["text/plain"]


@pytest.mark.parametrize("rank", [0, 3, 512, "8"])
def test_another_rank_is_refused(rank):
    with pytest.raises(ValueError, match="rank must be one of .*256.* got"):
        rank_slider(rank)
