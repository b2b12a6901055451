"""Answers to `pack_examples`: ways to choose rows, and ways to write them."""

import torch
from torch.nn.utils.rnn import pad_sequence

from tests.answers.book import right, wrong


def refuse_long(examples, row_length):
    for example in examples:
        if len(example) > row_length:
            raise ValueError(f"an example of {len(example)} ids does not fit {row_length}")


def used(row):
    return sum(len(example) for example in row)


def next_fit(examples, row_length):
    rows = []
    for example in examples:
        if not rows or used(rows[-1]) + len(example) > row_length:
            rows.append([])
        rows[-1].append(example)
    return rows


def first_fit(examples, row_length):
    rows = []
    for example in examples:
        for row in rows:
            if used(row) + len(example) <= row_length:
                row.append(example)
                break
        else:
            rows.append([example])
    return rows


def best_fit(examples, row_length, choose=max):
    rows = []
    for example in examples:
        fitting = [row for row in rows if used(row) + len(example) <= row_length]
        if not fitting:
            rows.append([])
            fitting = rows[-1:]
        choose(fitting, key=used).append(example)
    return rows


def worst_fit(examples, row_length):
    return best_fit(examples, row_length, choose=min)


def longest_first(examples, row_length):
    return first_fit(sorted(examples, key=len, reverse=True), row_length)


def shortest_first(examples, row_length):
    return next_fit(sorted(examples, key=len), row_length)


def long_with_short(examples, row_length):
    """Begin each row with the longest that is left, and add the shortest while they fit."""
    left, rows = sorted(examples, key=len), []
    while left:
        row = [left.pop()]
        while left and used(row) + len(left[0]) <= row_length:
            row.append(left.pop(0))
        rows.append(row)
    return rows


def row_by_row(examples, row_length):
    """Fill one row with all that fits before the next begins."""
    left, rows = list(examples), []
    while left:
        row, later = [], []
        for example in left:
            (row if used(row) + len(example) <= row_length else later).append(example)
        rows.append(row)
        left = later
    return rows


def written(rows, row_length, pad_id):
    """Write rows of examples into two full tensors."""
    ids = torch.full((len(rows), row_length), pad_id)
    segments = torch.zeros_like(ids)
    for r, row in enumerate(rows):
        start = 0
        for number, example in enumerate(row, start=1):
            end = start + len(example)
            ids[r, start:end] = torch.tensor(example)
            segments[r, start:end] = number
            start = end
    return ids, segments


def written_as_lists(rows, row_length, pad_id):
    ids, segments = [], []
    for row in rows:
        line = [i for example in row for i in example]
        numbers = [n + 1 for n, example in enumerate(row) for _ in example]
        ids.append(line + [pad_id] * (row_length - len(line)))
        segments.append(numbers + [0] * (row_length - len(line)))
    shape = (-1, row_length) if rows else (0, row_length)
    as_ids = dict(dtype=torch.int64)
    return torch.tensor(ids, **as_ids).reshape(shape), torch.tensor(segments, **as_ids).view(shape)


def written_by_pad_sequence(rows, row_length, pad_id):
    if not rows:
        empty = torch.empty(0, row_length, dtype=torch.long)
        return empty, empty.clone()
    whole = torch.zeros(row_length)  # makes every row as long as this one
    lines = [torch.cat([torch.tensor(e) for e in row]) for row in rows]
    counts = [torch.tensor([len(e) for e in row]) for row in rows]
    numbers = [torch.arange(1, len(n) + 1).repeat_interleave(n) for n in counts]
    ids = pad_sequence([*lines, whole], batch_first=True, padding_value=pad_id)[:-1].long()
    return ids, pad_sequence([*numbers, whole], batch_first=True)[:-1].long()


def packed(choose, write=written):
    def answer(examples, row_length, pad_id):
        refuse_long(examples, row_length)
        return write(choose(examples, row_length), row_length, pad_id)

    return answer


for choose, write in [
    (next_fit, written),
    (first_fit, written_as_lists),
    (best_fit, written_by_pad_sequence),
    (worst_fit, written),
    (longest_first, written_as_lists),
    (shortest_first, written_by_pad_sequence),
    (long_with_short, written),
    (row_by_row, written_as_lists),
]:
    right("pack_examples", choose.__name__)(packed(choose, write))


@right("pack_examples")
def in_one_loop(examples, row_length, pad_id):
    ids, segments, room = [], [], 0
    for example in examples:
        if len(example) > row_length:
            raise ValueError("too long")
        if len(example) > room:
            ids.append(torch.full((row_length,), pad_id))
            segments.append(torch.zeros(row_length, dtype=torch.long))
            room = row_length
        start = row_length - room
        ids[-1][start : start + len(example)] = torch.tensor(example)
        segments[-1][start : start + len(example)] = segments[-1].max() + 1
        room -= len(example)
    if not ids:
        return torch.zeros(2, 0, row_length, dtype=torch.long).unbind()
    return torch.stack(ids), torch.stack(segments)


def wrong_rows(misconception, choose, name=""):
    """Keep a wrong choice of rows, `choose(examples, row_length)`, written rightly."""
    wrong("pack_examples", misconception, name or choose.__name__)(packed(choose))


def one_each(examples, row_length):
    return [[example] for example in examples]


def two_each(examples, row_length):
    rows, left = [], list(examples)
    while left:
        n = 2 if used(left[:2]) <= row_length else 1
        rows.append(left[:n])
        left = left[n:]
    return rows


def never_exactly_full(examples, row_length):
    rows = []
    for example in examples:
        if not rows or used(rows[-1]) + len(example) >= row_length:
            rows.append([])
        rows[-1].append(example)
    return rows


def with_room_for_an_end(examples, row_length):
    rows = []
    for example in examples:
        if not rows or sum(len(e) + 1 for e in rows[-1]) + len(example) > row_length:
            rows.append([])
        rows[-1].append(example)
    return rows


def at_most(n):
    def choose(examples, row_length):
        rows = []
        for example in examples:
            if not rows or len(rows[-1]) == n or used(rows[-1]) + len(example) > row_length:
                rows.append([])
            rows[-1].append(example)
        return rows

    return choose


def eight_each(examples, row_length):
    return at_most(8)(examples, row_length)


def eleven_each(examples, row_length):
    return at_most(11)(examples, row_length)


def without_last_row(examples, row_length):
    rows, row = [], []
    for example in examples:
        if row and used(row) + len(example) > row_length:
            rows.append(row)
            row = []
        row.append(example)
    return rows


def without_what_begins_a_row(examples, row_length):
    rows = [[]] if examples else []
    for example in examples:
        if used(rows[-1]) + len(example) <= row_length:
            rows[-1].append(example)
        else:
            rows.append([])
    return [row for row in rows if row]


def carried_over(examples, row_length):
    """A full row is kept, and the next one begins as a copy of its last example."""
    rows = []
    for example in examples:
        if not rows:
            rows.append([example])
        elif used(rows[-1]) + len(example) <= row_length:
            rows[-1].append(example)
        elif len(rows[-1][-1]) + len(example) <= row_length:
            rows.append([rows[-1][-1], example])
        else:
            rows.append([example])
    return rows


def of_different_ones(examples, row_length):
    return next_fit([list(e) for e in dict.fromkeys(map(tuple, examples))], row_length)


def with_sorted_ids(examples, row_length):
    return next_fit([sorted(example) for example in examples], row_length)


def reversed_ids(examples, row_length):
    return next_fit([example[::-1] for example in examples], row_length)


def with_an_empty_row(examples, row_length):
    return [*next_fit(examples, row_length), []] if examples else []


def a_row_before_the_first(examples, row_length):
    rows, room = [[]], 0
    for example in examples:
        if len(example) > room:
            rows.append([])
            room = row_length
        rows[-1].append(example)
        room -= len(example)
    return rows if examples else []


for misconception, choose in [
    ("packs_nothing", one_each),
    ("leaves_room", two_each),
    ("limits_a_row", eight_each),
    ("limits_a_row", eleven_each),
    ("never_fills_a_row", never_exactly_full),
    ("never_fills_a_row", with_room_for_an_end),
    ("loses_the_last_row", without_last_row),
    ("loses_examples", without_what_begins_a_row),
    ("drops_doubles", of_different_ones),
    ("repeats_examples", carried_over),
    ("changes_examples", with_sorted_ids),
    ("changes_examples", reversed_ids),
    ("row_of_padding", with_an_empty_row),
    ("row_of_padding", a_row_before_the_first),
]:
    wrong_rows(misconception, choose)
