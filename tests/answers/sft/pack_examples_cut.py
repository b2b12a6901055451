"""Wrong answers to `pack_examples` that do not keep examples whole, fail, or change inputs."""

import torch

from tests.answers.book import wrong
from tests.answers.sft.pack_examples import (
    first_fit,
    next_fit,
    packed,
    refuse_long,
    used,
    with_room_for_an_end,
    written,
)


def joined(examples):
    return [i for example in examples for i in example]


@wrong("pack_examples", "splits_examples")
def cut_into_rows(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    line = joined(examples)
    numbers = [n + 1 for n, example in enumerate(examples) for _ in example]
    free = -len(line) % row_length
    ids = torch.tensor(line + [pad_id] * free).long().view(-1, row_length)
    return ids, torch.tensor(numbers + [0] * free).long().view(-1, row_length)


@wrong("pack_examples", "splits_examples")
def cut_into_rows_and_counted_anew(examples, row_length, pad_id):
    ids, numbers = cut_into_rows(examples, row_length, pad_id)
    starts = numbers[:, :1] - 1
    return ids, (numbers - starts).where(numbers > 0, 0)


@wrong("pack_examples", "splits_examples")
def cut_into_rows_without_the_rest(examples, row_length, pad_id):
    ids, segments = cut_into_rows(examples, row_length, pad_id)
    full = (segments > 0).all(dim=1)
    return ids[full], segments[full]


@wrong("pack_examples", "splits_examples")
def fills_up_with_a_part(examples, row_length, pad_id):
    rows, room = [], 0
    refuse_long(examples, row_length)
    for example in examples:
        if room == 0:
            rows, room = [*rows, []], row_length
        part, rest = example[:room], example[room:]
        rows[-1].append(part)
        room -= len(part)
        if rest:
            rows, room = [*rows, [rest]], row_length - len(rest)
    return written(rows, row_length, pad_id)


@wrong("pack_examples", "cuts_examples")
def cut_at_the_end_of_a_row(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    rows = []
    for example in examples:
        if not rows or used(rows[-1]) == row_length:
            rows.append([])
        rows[-1].append(example[: row_length - used(rows[-1])])
    return written(rows, row_length, pad_id)


@wrong("pack_examples", "padding_inside")
def with_a_gap(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    rows = with_room_for_an_end(examples, row_length)
    ids = torch.full((len(rows), row_length), pad_id)
    segments = torch.zeros_like(ids)
    for r, row in enumerate(rows):
        start = 0
        for number, example in enumerate(row, start=1):
            ids[r, start : start + len(example)] = torch.tensor(example)
            segments[r, start : start + len(example)] = number
            start += len(example) + 1
    return ids, segments


@wrong("pack_examples", "drops_pad_ids")
def without_pad_ids(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    kept = [[i for i in example if i != pad_id] for example in examples]
    return written(next_fit([e for e in kept if e], row_length), row_length, pad_id)


@wrong("pack_examples", "no_error")
def cut_to_length(examples, row_length, pad_id):
    short = [example[:row_length] for example in examples]
    return written(next_fit(short, row_length), row_length, pad_id)


@wrong("pack_examples", "no_error")
def without_long_ones(examples, row_length, pad_id):
    short = [example for example in examples if len(example) <= row_length]
    return written(next_fit(short, row_length), row_length, pad_id)


@wrong("pack_examples", "raised_the_wrong_error")
def asserting(examples, row_length, pad_id):
    assert all(len(example) <= row_length for example in examples)
    return written(next_fit(examples, row_length), row_length, pad_id)


@wrong("pack_examples", "raised_the_wrong_error")
def written_without_a_test(examples, row_length, pad_id):
    return written(next_fit(examples, row_length), row_length, pad_id)


@wrong("pack_examples", "refuses_what_fits")
def refusing_one_too_many(examples, row_length, pad_id):
    if any(len(example) >= row_length for example in examples):
        raise ValueError("too long")
    return written(next_fit(examples, row_length), row_length, pad_id)


@wrong("pack_examples", "ragged_rows")
def without_padding(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    rows = [joined(row) for row in next_fit(examples, row_length)]
    return torch.tensor(rows), torch.tensor(rows)


@wrong("pack_examples", "fails_for_an_empty_list")
def stacked(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    ids, segments = written(next_fit(examples, row_length), row_length, pad_id)
    return torch.stack(list(ids)), torch.stack(list(segments))


@wrong("pack_examples", "fails_for_an_empty_list")
def with_a_longest(examples, row_length, pad_id):
    if max(len(example) for example in examples) > row_length:
        raise ValueError("too long")
    return written(next_fit(examples, row_length), row_length, pad_id)


@wrong("pack_examples", "empty_without_a_width")
def of_lists_alone(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    ids, segments = written(next_fit(examples, row_length), row_length, pad_id)
    return torch.tensor(ids.tolist()).long(), torch.tensor(segments.tolist()).long()


@wrong("pack_examples", "empty_without_a_width")
def of_lists_of_any_type(examples, row_length, pad_id):
    ids, segments = of_lists_alone(examples, row_length, pad_id)
    return torch.tensor(ids.tolist()), torch.tensor(segments.tolist())


@wrong("pack_examples", "row_of_padding")
def one_row_at_least(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    return written(next_fit(examples, row_length) or [[]], row_length, pad_id)


@wrong("pack_examples", "changed_inputs")
def sorted_in_place(examples, row_length, pad_id):
    examples.sort(key=len, reverse=True)
    return packed(first_fit)(examples, row_length, pad_id)


@wrong("pack_examples", "changed_inputs")
def joined_in_place(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    ids, segments = packed(next_fit)(examples, row_length, pad_id)
    rows = []
    for example in examples:
        if rows and len(rows[-1]) + len(example) <= row_length:
            rows[-1] += example
        else:
            rows.append(example)
    return ids, segments


@wrong("pack_examples", "ignores_input")
def of_the_example(examples, row_length, pad_id):
    ids = [[11, 12, 13, 31, 32, 0], [21, 22, 23, 24, 41, 0]]
    return torch.tensor(ids), torch.tensor([[1, 1, 1, 2, 2, 0], [1, 1, 1, 1, 2, 0]])


@wrong("pack_examples", "not_attempted")
def placeholder(examples, row_length, pad_id):
    raise NotImplementedError


@wrong("pack_examples", "wrong_segments")
def segments_of_another_choice(examples, row_length, pad_id):
    refuse_long(examples, row_length)
    ids, _ = written(next_fit(examples, row_length), row_length, pad_id)
    turned = [row[::-1] for row in next_fit(examples, row_length)]
    return ids, written(turned, row_length, pad_id)[1]
