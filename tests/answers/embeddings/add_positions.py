"""Answers to `add_positions`, the bug hunt; `faulty` is the program that the lesson hands out."""

import torch

from tests.answers.book import right, wrong


@wrong("add_positions", "positions_by_batch_row")
def faulty(x, table):
    positions = table[: x.size(0)]
    return x + positions.unsqueeze(1)


@wrong("add_positions", "positions_by_batch_row")
def faulty_with_a_check(x, table):
    if x.size(1) > table.size(0):
        raise ValueError("too long")
    return x + table[torch.arange(x.size(0))][:, None, :]


@right("add_positions")
def mended(x, table):
    if x.size(1) > table.size(0):
        raise ValueError(f"at most {table.size(0)} positions, got {x.size(1)}")
    return x + table[: x.size(1)]


@right("add_positions")
def mended_with_the_axis_in_front(x, table):
    B, T, C = x.shape
    if len(table) < T:
        raise ValueError("too long")
    return x + table[:T].unsqueeze(0).expand(B, T, C)


@right("add_positions")
def mended_with_loops(x, table):
    result = x.clone()
    if not x.shape[1] <= table.shape[0]:
        raise ValueError("too long")
    for b in range(x.shape[0]):
        for t in range(x.shape[1]):
            result[b, t] += table[t]
    return result


@right("add_positions")
def mended_with_an_embedding(x, table):
    try:
        positions = torch.stack([table[t] for t in range(x.size(1))])
    except IndexError:
        raise ValueError("too long") from None
    return x + positions


@wrong("add_positions", "no_error")
def mended_without_the_check(x, table):
    T = x.size(1)
    if len(table) not in (1, T) and len(table) < T:
        raise ValueError("too long")
    return x + table[:T]


@wrong("add_positions", "raised_the_wrong_error")
def mended_on_one_axis_only(x, table):
    return x + table[: x.size(1)]


@wrong("add_positions", "raised_the_wrong_error")
def mended_with_an_assert(x, table):
    assert x.size(1) <= table.size(0)
    return x + table[: x.size(1)]


@wrong("add_positions", "raised_the_wrong_error")
def mended_with_an_index_error(x, table):
    return x + table[torch.arange(x.size(1))]


@wrong("add_positions", "one_vector_for_all")
def mended_with_one_row(x, table):
    if x.size(1) > table.size(0):
        raise ValueError("too long")
    return x + table[0]


@wrong("add_positions", "starts_at_one")
def mended_from_one(x, table):
    return x + table[1 : x.size(1) + 1]


@wrong("add_positions", "from_the_end_of_the_table")
def mended_from_the_end(x, table):
    if x.size(1) > table.size(0):
        raise ValueError("too long")
    return x + table[-x.size(1) :]


@wrong("add_positions", "backwards")
def mended_backwards(x, table):
    if x.size(1) > table.size(0):
        raise ValueError("too long")
    return x + table[: x.size(1)].flip(0)


@wrong("add_positions", "needs_the_whole_table")
def mended_with_the_whole_table(x, table):
    return x + table


@wrong("add_positions", "forgets_x")
def mended_without_x(x, table):
    if x.size(1) > table.size(0):
        raise ValueError("too long")
    return table[: x.size(1)].expand(x.size(0), -1, -1)


@wrong("add_positions", "multiplies")
def mended_with_times(x, table):
    if x.size(1) > table.size(0):
        raise ValueError("too long")
    return x * table[: x.size(1)]


@wrong("add_positions", "refuses_the_full_length")
def mended_one_too_strict(x, table):
    if x.size(1) >= table.size(0):
        raise ValueError("too long")
    return x + table[: x.size(1)]


@wrong("add_positions", "refuses_shorter_texts")
def mended_for_full_texts(x, table):
    if x.size(1) != table.size(0):
        raise ValueError("the table does not fit")
    return x + table


@wrong("add_positions", "compares_with_the_batch")
def mended_with_a_check_of_the_batch(x, table):
    if x.size(0) > table.size(0):
        raise ValueError("too long")
    return x + table[: x.size(1)]


@wrong("add_positions", "repeats_the_last_row")
def mended_by_clamping(x, table):
    return x + table[torch.arange(x.size(1)).clamp(max=len(table) - 1)]


@wrong("add_positions", "begins_again")
def mended_by_beginning_again(x, table):
    return x + table[torch.arange(x.size(1)) % len(table)]


@wrong("add_positions", "cuts_the_text")
def mended_by_cutting(x, table):
    x = x[:, : len(table)]
    return x + table[: x.size(1)]


@wrong("add_positions", "changed_inputs")
def mended_in_place(x, table):
    if x.size(1) > table.size(0):
        raise ValueError("too long")
    x += table[: x.size(1)]
    return x


@wrong("add_positions", "ignores_input")
def mended_for_the_example(x, table):
    row = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    return torch.stack((row, row))
