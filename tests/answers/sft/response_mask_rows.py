"""Wrong answers to `response_mask` that mark other tokens of a row."""

import torch

from tests.answers.book import wrong


def openings(row, start):
    """Return where an opening begins, each found anew from left to right, never overlapping."""
    found, i = [], 0
    while i < len(row):
        if row[i : i + len(start)] == start:
            found.append(i)
            i += len(start)
        else:
            i += 1
    return found


def wrong_row(misconception, name, method):
    """Keep a way to mark a row, `method(row, start, end_id)`, lists in and a list out."""

    def answer(ids, assistant_start, end_id):
        marked = method(ids.tolist(), assistant_start.tolist(), end_id)
        return torch.tensor([bool(one) for one in marked], dtype=torch.bool)

    wrong("response_mask", misconception, f"mask_{name}")(answer)


def scanned(
    row,
    start,
    end,
    *,
    found=lambda row, i, start: row[i : i + len(start)] == start,
    width=lambda start: len(start),
    opening=False,
    late=0,
    closing=True,
    beyond=0,
    open_end=True,
    least=0,
    again=False,
):
    """Mark the answers with one part of it done in another way."""
    marks, i = [False] * len(row), 0
    while i < len(row):
        if not found(row, i, start):
            i += 1
            continue
        first = i + width(start)
        if again:
            nested = [p for p in openings(row, start) if p < next_end(row, first, end)]
            first = max([first, *(p + len(start) for p in nested if p >= first)])
        last = next_end(row, first + least, end)
        if last == len(row) and not open_end:
            return marks
        for p in range(i if opening else first + late, last + closing + beyond):
            if 0 <= p < len(row):
                marks[p] = True
        i = last + 1
    return marks


def next_end(row, at, end):
    return next((p for p in range(at, len(row)) if row[p] == end), len(row))


def any_id_of_it(row, start, end):
    return [token not in start for token in row]


def two_of(start):
    return start[: max(len(start) - 1, 1)]


def until_the_next_opening(row, start, end):
    marks = [False] * len(row)
    places = openings(row, start)
    for p, following in zip(places, [*places[1:], len(row)], strict=True):
        for i in range(p + len(start), following):
            marks[i] = True
    return marks


def every_second(row, start, end):
    marks, speaker = [], 0
    for token in row:
        marks.append(speaker % 2 == 1)
        speaker += token == end
    return marks


def naive_automaton(row, start, end):
    """Count how many ids of the opening have come; one that does not fit starts from 0."""
    marks, matched, inside = [], 0, False
    for token in row:
        marks.append(inside)
        if inside:
            inside = token != end
        elif token == start[matched]:
            matched += 1
            if matched == len(start):
                matched, inside = 0, True
        else:
            matched = 0
    return marks


def subsequence(row, start, end):
    """Count how many ids of the opening have come, whatever stands between them."""
    marks, matched, inside = [], 0, False
    for token in row:
        marks.append(inside)
        if inside:
            inside = token != end
        elif token == start[matched]:
            matched += 1
            if matched == len(start):
                matched, inside = 0, True
    return marks


def without(marks, keep):
    return [mark and keep(i) for i, mark in enumerate(marks)]


def first_of(row, start, end):
    marks, seen = scanned(row, start, end), False
    for i, mark in enumerate(marks):
        if mark and seen:
            marks[i] = False
        seen = seen or (mark and row[i] == end)
    return marks


def last_of(row, start, end):
    marks, places = [False] * len(row), openings(row, start)
    if places:
        first = places[-1] + len(start)
        for i in range(first, min(next_end(row, first, end) + 1, len(row))):
            marks[i] = True
    return marks


def by_roll(row, start, end):
    """Compare the row with itself moved along, which goes around at the border."""
    k = len(start)
    opened = [
        all(row[(i - k + 1 + j) % len(row)] == one for j, one in enumerate(start))
        for i in range(len(row))
    ]
    marks, inside = [], False
    for token, last_of_opening in zip(row, opened, strict=True):
        marks.append(inside)
        inside = token != end if inside else last_of_opening
    return marks


def by_the_last_two(row, start, end):
    marks, inside = [], False
    for i, token in enumerate(row):
        marks.append(inside)
        if inside:
            inside = token != end
        else:
            inside = i > 0 and row[i - 1] == start[-2] and token == start[-1]
    return marks


def by_difference(row, start, end):
    """Count up at each opening and down at each end."""
    places = {p + len(start) for p in openings(row, start)}
    marks, level = [], 0
    for i, token in enumerate(row):
        level += i in places
        marks.append(level > 0)
        level -= token == end
    return marks


def of_something(row, start, end):
    marks = scanned(row, start, end)
    empty = {p + len(start) for p in openings(row, start)}
    return without(marks, lambda i: not (row[i] == end and i in empty))


def in_steps(row, start, end):
    """Look for the opening at each k-th place only."""
    marks, i = [False] * len(row), 0
    while i < len(row):
        at = row[i : i + len(start)]
        i += len(start)
        while at == start and i < len(row):
            marks[i] = True
            i += 1
            if row[i - 1] == end:
                break
    return marks


def shifted(marks):
    return [*marks[1:], False]


def ends_at(row, start, end, place):
    marks = [False] * len(row)
    for p in openings(row, start)[:1]:
        for i in range(p + len(start), place(row, end) + 1):
            marks[i] = True
    return marks


def first_end(row, end):
    return row.index(end) if end in row else len(row) - 1


def final_end(row, end):
    return len(row) - 1 - row[::-1].index(end) if end in row else len(row) - 1


def as_answer(**options):
    return lambda row, start, end: scanned(row, start, end, **options)


for misconception, name, method in [
    ("marks_everything", "all", lambda r, s, e: [True] * len(r)),
    ("marks_nothing", "none", lambda r, s, e: [False] * len(r)),
    ("marks_the_others", "turned", lambda r, s, e: [not m for m in scanned(r, s, e)]),
    ("marks_the_opening", "with_opening", as_answer(opening=True)),
    ("marks_the_opening", "with_its_last_id", as_answer(late=-1)),
    ("leaves_out_the_end", "without_end", as_answer(closing=False)),
    (
        "leaves_out_the_end",
        "of_no_ends",
        lambda r, s, e: without(scanned(r, s, e), lambda i: r[i] != e),
    ),
    ("marks_the_newline", "with_newline", as_answer(beyond=1)),
    ("starts_too_late", "one_late", as_answer(late=1)),
    ("marks_the_place_before", "one_place_before", lambda r, s, e: shifted(scanned(r, s, e))),
    ("first_answer_only", "first_answer", first_of),
    ("last_answer_only", "last_answer", last_of),
    ("never_ends", "until_next_opening", until_the_next_opening),
    (
        "never_ends",
        "from_the_first_on",
        lambda r, s, e: ends_at(r, s, e, lambda row, end: len(row) - 1),
    ),
    ("never_ends", "to_the_last_end", lambda r, s, e: ends_at(r, s, e, final_end)),
    ("ends_at_another_end", "to_the_first_end", lambda r, s, e: ends_at(r, s, e, first_end)),
    ("ends_at_another_end", "by_difference", by_difference),
    ("drops_an_empty_answer", "of_something", of_something),
    ("misses_an_opening", "in_steps", in_steps),
    ("drops_what_is_cut_off", "closed_only", as_answer(open_end=False)),
    ("runs_over_an_empty_answer", "searching_late", as_answer(least=1)),
    (
        "one_id_is_enough",
        "by_first_id",
        as_answer(found=lambda r, i, s: r[i] == s[0]),
    ),
    (
        "one_id_is_enough",
        "by_last_id",
        as_answer(found=lambda r, i, s: r[i] == s[-1], width=lambda s: 1),
    ),
    (
        "one_id_is_enough",
        "by_any_id",
        as_answer(found=lambda r, i, s: r[i] in s, width=lambda s: 1),
    ),
    (
        "part_of_the_opening_is_enough",
        "by_all_but_last",
        as_answer(found=lambda r, i, s: r[i : i + len(two_of(s))] == two_of(s)),
    ),
    ("part_of_the_opening_is_enough", "by_last_two", by_the_last_two),
    (
        "part_of_the_opening_is_enough",
        "by_all_but_first",
        lambda r, s, e: scanned(r, s[1:] or s, e),
    ),
    (
        "part_of_the_opening_is_enough",
        "in_any_order",
        as_answer(found=lambda r, i, s: sorted(r[i : i + len(s)]) == sorted(s)),
    ),
    ("part_of_the_opening_is_enough", "with_gaps", subsequence),
    ("misses_an_opening", "by_automaton", naive_automaton),
    ("opens_within_an_answer", "opening_anew", as_answer(again=True)),
    (
        "opens_within_an_answer",
        "less_all_openings",
        lambda r, s, e: without(
            scanned(r, s, e),
            lambda i: not any(p <= i < p + len(s) for p in openings(r, s)),
        ),
    ),
    ("every_second_message", "every_second", every_second),
    ("not_in_the_opening", "other_ids", any_id_of_it),
    (
        "marks_all_ends",
        "with_all_ends",
        lambda r, s, e: [m or token == e for m, token in zip(scanned(r, s, e), r, strict=True)],
    ),
    ("goes_around", "by_roll", by_roll),
    ("assumes_a_length", "of_three", as_answer(width=lambda s: 3)),
    (
        "ids_written_in",
        "of_the_example",
        lambda r, s, e: scanned(r, [7, 5, 1], 8),
    ),
    ("wrong_value", "of_odd_ids", lambda r, s, e: [token % 2 for token in r]),
]:
    wrong_row(misconception, name, method)
