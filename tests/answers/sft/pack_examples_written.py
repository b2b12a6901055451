"""Wrong answers to `pack_examples` that choose good rows and write them down wrongly."""

import torch

from tests.answers.book import wrong
from tests.answers.sft.pack_examples import first_fit, next_fit, packed, refuse_long, written


def wrong_writing(misconception, write, name=""):
    """Keep a wrong way to write rows of examples, `write(rows, row_length, pad_id)`."""
    wrong("pack_examples", misconception, name or write.__name__)(packed(next_fit, write))


def with_segments(number):
    """Write segments in another way: `number(counter, row, column, example)` of each id."""

    def write(rows, row_length, pad_id):
        ids, segments = written(rows, row_length, pad_id)
        counter = 0
        for r, row in enumerate(rows):
            start = 0
            for n, example in enumerate(row):
                for place in range(len(example)):
                    segments[r, start + place] = number(counter, r, n, place)
                start, counter = start + len(example), counter + 1
        return ids, segments

    return write


for misconception, name, number in [
    ("segments_from_zero", "segments_from_0", lambda counter, r, n, place: n),
    ("segments_go_on", "segments_of_all_rows", lambda counter, r, n, place: counter + 1),
    ("segments_go_on", "segments_of_all_rows_from_0", lambda counter, r, n, place: counter),
    ("segments_of_ones", "segments_of_ones", lambda counter, r, n, place: 1),
    ("segments_count_places", "positions", lambda counter, r, n, place: place + 1),
    ("segments_count_places", "positions_from_0", lambda counter, r, n, place: place),
    ("segments_count_rows", "numbers_of_rows", lambda counter, r, n, place: r + 1),
    ("segments_count_rows", "numbers_of_rows_from_0", lambda counter, r, n, place: r),
    ("segments_alternate", "one_and_two", lambda counter, r, n, place: 1 + n % 2),
    ("wrong_segments", "segments_from_2", lambda counter, r, n, place: n + 2),
]:
    wrong_writing(misconception, with_segments(number), name)


def first_fit_numbered_by_list(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    rows = first_fit(examples, row_length)
    ids, segments = written(rows, row_length, pad_id)
    for r, row in enumerate(rows):
        start = 0
        for example in row:
            segments[r, start : start + len(example)] = examples.index(example) + 1
            start += len(example)
    return ids, segments


wrong("pack_examples", "segments_go_on")(first_fit_numbered_by_list)


def changed_after(change):
    """Write rightly, then change both tensors: `change(ids, segments, pad_id)`."""
    return lambda rows, row_length, pad_id: change(*written(rows, row_length, pad_id), pad_id)


def padding_in_segments(fill):
    return changed_after(lambda ids, seg, pad: (ids, seg.where(seg > 0, fill(seg))))


for misconception, name, write in [
    ("wrong_padding", "padded_with_0", changed_after(lambda i, s, p: (i.where(s > 0, 0), s))),
    ("wrong_padding", "padded_with_1", changed_after(lambda i, s, p: (i.where(s > 0, 1), s))),
    ("wrong_padding", "padded_with_100", changed_after(lambda i, s, p: (i.where(s > 0, -100), s))),
    ("padding_has_a_segment", "segment_minus_1", padding_in_segments(lambda s: -1)),
    (
        "padding_has_a_segment",
        "segment_goes_on",
        padding_in_segments(lambda s: s.amax(-1, keepdim=True)),
    ),
    (
        "padding_has_a_segment",
        "segment_of_its_own",
        padding_in_segments(lambda s: s.amax(-1, keepdim=True) + 1),
    ),
    (
        "padding_has_a_segment",
        "segment_pad_id",
        changed_after(lambda i, s, p: (i, s.where(s > 0, p))),
    ),
    (
        "tells_padding_by_its_id",
        "by_its_id",
        changed_after(lambda i, s, p: (i, s.masked_fill(i == p, 0))),
    ),
    (
        "tells_padding_by_zero",
        "by_zero",
        changed_after(lambda i, s, p: (i, s.masked_fill(i == 0, 0))),
    ),
    ("pads_in_front", "flipped", changed_after(lambda i, s, p: _rolled_right(i, s))),
    ("swapped", "segments_first", changed_after(lambda i, s, p: (s, i))),
    ("segments_are_a_mask", "bools", changed_after(lambda i, s, p: (i, s > 0))),
    ("wrong_dtype", "int32", changed_after(lambda i, s, p: (i.int(), s.int()))),
    ("wrong_dtype", "floats", changed_after(lambda i, s, p: (i, s.float()))),
    ("wrong_width", "trimmed", changed_after(lambda i, s, p: _trimmed(i, s))),
    ("wrong_width", "one_wider", changed_after(lambda i, s, p: _wider(i, s, p))),
    ("wrong_shape", "flat", changed_after(lambda i, s, p: (i.flatten(), s.flatten()))),
    ("wrong_shape", "turned", changed_after(lambda i, s, p: (i.T, s.T))),
    ("wrong_inner_type", "lists", changed_after(lambda i, s, p: (i.tolist(), s.tolist()))),
    ("returns_no_pair", "ids_alone", changed_after(lambda i, s, p: i)),
    ("returns_no_pair", "with_lengths", changed_after(lambda i, s, p: (i, s, (s > 0).sum(-1)))),
    ("returns_no_pair", "in_a_list", changed_after(lambda i, s, p: [i, s])),
    ("returned_nothing", "nothing", changed_after(lambda i, s, p: None)),
]:
    wrong_writing(misconception, write, name)


def _rolled_right(ids, segments):
    free = (segments == 0).sum(dim=1).tolist()
    for r, n in enumerate(free):
        ids[r], segments[r] = ids[r].roll(n), segments[r].roll(n)
    return ids, segments


def _trimmed(ids, segments):
    width = int((segments > 0).sum(dim=1).max()) if len(ids) else 0
    return ids[:, :width], segments[:, :width]


def _wider(ids, segments, pad_id):
    column = torch.zeros(len(ids), 1, dtype=torch.long)
    return torch.cat((ids, column + pad_id), 1), torch.cat((segments, column), 1)
