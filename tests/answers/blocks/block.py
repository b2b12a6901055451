"""Answers to `block`."""

import torch

from tests.answers.book import right, wrong


@right("block")
def block_in_two_lines(x, norm_1, attention, norm_2, feed_forward):
    x = x + attention(norm_1(x))
    return x + feed_forward(norm_2(x))


@right("block")
def block_with_names(x, norm_1, attention, norm_2, feed_forward):
    read = norm_1(x)
    gathered = attention(read)
    after_attention = torch.add(x, gathered)
    return after_attention.add(feed_forward(norm_2(after_attention)))


@right("block")
def block_in_a_loop(x, norm_1, attention, norm_2, feed_forward):
    for norm, work in ((norm_1, attention), (norm_2, feed_forward)):
        x = x + work(norm(x))
    return x


@right("block")
def block_row_by_row(x, norm_1, attention, norm_2, feed_forward):
    """Work alone on each position where the halves do, and on each row where they do not."""
    rows = []
    for row in x.split(1):  # (1, T, C)
        stream = row + attention(norm_1(row))
        alone = [p + feed_forward(norm_2(p)) for p in stream.split(1, dim=1)]
        rows.append(torch.cat(alone, dim=1))
    return torch.cat(rows)


@right("block")
def block_on_a_copy(x, norm_1, attention, norm_2, feed_forward):
    x = x.clone()
    x += attention(norm_1(x))
    x += feed_forward(norm_2(x))
    return x


def halves(first, second):
    return lambda x, n_1, att, n_2, ff: second(first(x, n_1, att), n_2, ff)


def pre(x, norm, work):
    return x + work(norm(x))


def post(x, norm, work):
    return norm(x + work(x))


def lost(x, norm, work):
    return work(norm(x))


def from_norm(x, norm, work):
    x = norm(x)
    return x + work(x)


def bare(x, norm, work):
    return x + work(x)


def behind(x, norm, work):
    return x + norm(work(x))


def wrong_halves(misconception, name, first, second):
    wrong("block", misconception, name)(halves(first, second))


wrong_halves("post_norm", "block_of_2017", post, post)
wrong_halves("post_norm", "block_of_2017_in_the_first_half", post, pre)
wrong_halves("post_norm", "block_of_2017_in_the_second_half", pre, post)
wrong_halves("no_residual_at_all", "block_without_residual", lost, lost)
wrong_halves("no_residual_around_attention", "block_without_first_residual", lost, pre)
wrong_halves("no_residual_around_feed_forward", "block_without_second_residual", pre, lost)
wrong_halves("adds_to_the_norm", "block_that_names_the_norm_x", from_norm, from_norm)
wrong_halves("adds_to_the_norm", "block_that_names_the_first_norm_x", from_norm, pre)
wrong_halves("adds_to_the_norm", "block_that_names_the_second_norm_x", pre, from_norm)
wrong_halves("no_norm", "block_without_norms", bare, bare)
wrong_halves("no_norm", "block_without_first_norm", bare, pre)
wrong_halves("no_norm", "block_without_second_norm", pre, bare)
wrong_halves("norm_behind_its_half", "block_with_norms_behind", behind, behind)
wrong_halves("norm_behind_its_half", "block_with_first_norm_behind", behind, pre)
wrong_halves("norm_behind_its_half", "block_with_second_norm_behind", pre, behind)
wrong_halves(
    "norms_the_sum_again",
    "block_with_norms_on_both_sides",
    lambda x, norm, work: norm(pre(x, norm, work)),
    lambda x, norm, work: norm(pre(x, norm, work)),
)
wrong_halves(
    "takes_off",
    "block_that_takes_off",
    lambda x, norm, work: x - work(norm(x)),
    lambda x, norm, work: x - work(norm(x)),
)
wrong_halves(
    "multiplies",
    "block_that_multiplies",
    lambda x, norm, work: x * work(norm(x)),
    lambda x, norm, work: x * work(norm(x)),
)
wrong_halves("adds_x_twice", "block_with_x_twice", lambda x, n, work: 2 * x + work(n(x)), pre)


@wrong("block", "adds_to_the_first_x")
def block_that_adds_to_the_first_x(x, norm_1, attention, norm_2, feed_forward):
    h = x + attention(norm_1(x))
    return x + feed_forward(norm_2(h))


@wrong("block", "parallel")
def block_in_parallel(x, norm_1, attention, norm_2, feed_forward):
    return x + attention(norm_1(x)) + feed_forward(norm_2(x))


@wrong("block", "parallel")
def block_of_gpt_j(x, norm_1, attention, norm_2, feed_forward):
    read = norm_1(x)
    return x + attention(read) + feed_forward(read)


@wrong("block", "second_half_reads_the_first_x")
def block_that_forgets_its_sum(x, norm_1, attention, norm_2, feed_forward):
    _ = x + attention(norm_1(x))
    return x + feed_forward(norm_2(x))


@wrong("block", "parallel")
def block_that_reads_the_first_x(x, norm_1, attention, norm_2, feed_forward):
    h = x + attention(norm_1(x))
    return h + feed_forward(norm_2(x))


@wrong("block", "feed_forward_reads_attention_alone")
def block_that_thinks_about_attention_alone(x, norm_1, attention, norm_2, feed_forward):
    gathered = attention(norm_1(x))
    return x + gathered + feed_forward(norm_2(gathered))


@wrong("block", "one_residual_for_both")
def block_with_one_residual(x, norm_1, attention, norm_2, feed_forward):
    return x + feed_forward(norm_2(attention(norm_1(x))))


@wrong("block", "adds_the_first_x_again")
def block_with_a_long_residual(x, norm_1, attention, norm_2, feed_forward):
    residual = x
    x = x + attention(norm_1(x))
    return residual + x + feed_forward(norm_2(x))


@wrong("block", "same_norm_twice")
def block_with_the_first_norm_twice(x, norm_1, attention, norm_2, feed_forward):
    return block_in_two_lines(x, norm_1, attention, norm_1, feed_forward)


@wrong("block", "same_norm_twice")
def block_with_the_second_norm_twice(x, norm_1, attention, norm_2, feed_forward):
    return block_in_two_lines(x, norm_2, attention, norm_2, feed_forward)


@wrong("block", "norms_swapped")
def block_with_norms_swapped(x, norm_1, attention, norm_2, feed_forward):
    return block_in_two_lines(x, norm_2, attention, norm_1, feed_forward)


@wrong("block", "feed_forward_first")
def block_with_halves_swapped(x, norm_1, attention, norm_2, feed_forward):
    return block_in_two_lines(x, norm_2, feed_forward, norm_1, attention)


@wrong("block", "feed_forward_first")
def block_with_works_swapped(x, norm_1, attention, norm_2, feed_forward):
    return block_in_two_lines(x, norm_1, feed_forward, norm_2, attention)


@wrong("block", "norms_the_sum_again")
def block_with_a_norm_at_the_end(x, norm_1, attention, norm_2, feed_forward):
    return norm_2(block_in_two_lines(x, norm_1, attention, norm_2, feed_forward))


@wrong("block", "no_feed_forward")
def block_of_attention_alone(x, norm_1, attention, norm_2, feed_forward):
    return x + attention(norm_1(x))


@wrong("block", "positions_do_not_meet")
def block_position_by_position(x, norm_1, attention, norm_2, feed_forward):
    done = [
        block_in_two_lines(one, norm_1, attention, norm_2, feed_forward)
        for one in x.split(1, dim=1)
    ]
    return torch.cat(done, dim=1)


@wrong("block", "positions_do_not_meet")
def block_of_time_first(x, norm_1, attention, norm_2, feed_forward):
    turned = x.transpose(0, 1)
    return block_in_two_lines(turned, norm_1, attention, norm_2, feed_forward).transpose(0, 1)


@wrong("block", "what_the_parts_refuse")
def block_of_functions(x, norm_1, attention, norm_2, feed_forward):
    x = x + attention(norm_1)
    return x + feed_forward(norm_2)


@wrong("block", "what_the_parts_refuse")
def block_of_single_rows(x, norm_1, attention, norm_2, feed_forward):
    return torch.stack(
        [block_in_two_lines(row, norm_1, attention, norm_2, feed_forward) for row in x]
    )


@wrong("block", "what_the_parts_refuse")
def block_that_joins(x, norm_1, attention, norm_2, feed_forward):
    x = torch.cat([x, attention(norm_1(x))], dim=-1)
    return torch.cat([x, feed_forward(norm_2(x))], dim=-1)


@wrong("block", "changed_inputs")
def block_in_place(x, norm_1, attention, norm_2, feed_forward):
    x += attention(norm_1(x))
    x += feed_forward(norm_2(x))
    return x


@wrong("block", "changed_inputs")
def block_in_place_at_first(x, norm_1, attention, norm_2, feed_forward):
    x.add_(attention(norm_1(x)))
    return x + feed_forward(norm_2(x))


@wrong("block", "what_the_parts_refuse")
def block_with_a_mask(x, norm_1, attention, norm_2, feed_forward):
    x = x + attention(norm_1(x), None)
    return x + feed_forward(norm_2(x))


@wrong("block", "raised")
def block_of_one_norm(x, norm, attention, feed_forward):
    x = x + attention(norm(x))
    return x + feed_forward(norm(x))


@wrong("block", "returned_nothing")
def block_without_return(x, norm_1, attention, norm_2, feed_forward):
    x = x + attention(norm_1(x))
    x = x + feed_forward(norm_2(x))


@wrong("block", "wrong_dtype")
def block_in_float64(x, norm_1, attention, norm_2, feed_forward):
    return block_in_two_lines(x.double(), norm_1, attention, norm_2, feed_forward)


@wrong("block", "ignores_input")
def block_of_the_example(x, norm_1, attention, norm_2, feed_forward):
    return torch.tensor([[[5.0, 12.0], [8.0, 3.0]]])


@wrong("block", "wrong_value")
def block_that_halves_its_sums(x, norm_1, attention, norm_2, feed_forward):
    x = (x + attention(norm_1(x))) / 2
    return (x + feed_forward(norm_2(x))) / 2
