"""Three kinds of masks: who may look at whom, and the picture of it."""

import pytest
import torch
from matplotlib.colors import to_hex

from course_lib.study import figures, mask_kinds

pytestmark = pytest.mark.usefixtures("course_style")

SOURCE, TARGET = ("The", "cat", "is", "asleep"), ("El", "gato", "duerme")


def three():
    return mask_kinds.kinds(SOURCE, TARGET)


def test_every_pair_by_name():
    encoder, decoder, both = three()
    assert encoder.allowed.tolist() == [[True] * 4] * 4
    assert decoder.allowed.int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1] * 4]
    for row, who in enumerate(both.tokens):
        for column, whom in enumerate(both.tokens):
            expected = whom in SOURCE or (who in TARGET and column <= row)
            assert both.allowed[row, column] == expected, (who, whom)
            assert both.crossed[row, column] == (who in TARGET and whom in SOURCE), (who, whom)


def test_masks_are_boolean_and_as_large_as_the_tokens():
    for kind in three():
        n = len(kind.tokens)
        assert kind.allowed.shape == kind.crossed.shape == (n, n)
        assert kind.allowed.dtype == kind.crossed.dtype == torch.bool
        assert not (kind.crossed & ~kind.allowed).any()
        assert kind.allowed.diagonal().all()  # nobody is hidden from itself


def test_the_smallest_texts():
    encoder, decoder, both = mask_kinds.kinds(["a"], ["b"])
    assert encoder.allowed.tolist() == decoder.allowed.tolist() == [[True]]
    assert both.allowed.int().tolist() == [[1, 0], [1, 1]]


def test_each_square_says_by_fill_or_stripes_what_the_mask_says():
    kinds = three()
    fig = mask_kinds.draw(kinds)
    for ax, kind in zip(fig.axes, kinds, strict=True):
        assert len(ax.patches) == kind.allowed.numel()
        for square in ax.patches:
            x, y = square.get_xy()
            row, column = int(y), int(x)
            full = to_hex(square.get_facecolor()) == figures.BLUE
            striped = bool(square.get_hatch())
            assert striped == kind.crossed[row, column]
            assert full == (kind.allowed[row, column] and not striped)
        for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
            assert [label.get_text() for label in labels] == list(kind.tokens)
        assert ax.get_title(loc="left").split("\n") == [kind.name, kind.purpose, kind.models]
        top, bottom = ax.get_ylim()[1], ax.get_ylim()[0]
        assert (top, bottom) == (0, len(kind.tokens))  # the first row is above
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == list(mask_kinds.SEES)


def test_nothing_of_the_figure_overlaps():
    fig = mask_kinds.draw(three())
    fig.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in fig.axes] + [fig.legends[0].get_window_extent()]
    for place, box in enumerate(boxes):
        for other in boxes[place + 1 :]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            down = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(across, down) <= 1  # pixels
        assert box.x0 >= 0 and box.x1 <= fig.bbox.x1


def test_the_words_count_the_pairs():
    said = mask_kinds.alt(three())
    assert "Encoder, to read (BERT): 16 of 16 pairs" in said
    assert "Decoder, to write (GPT, Llama, SmolLM2): 10 of 16 pairs" in said
    assert "(T5, BART): 22 of 49 pairs by self-attention, 12 more by cross-attention." in said
