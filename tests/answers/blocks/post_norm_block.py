"""Answers to `post_norm_block`; `faulty` is the program that the lesson hands out."""

import torch

from tests.answers.book import right, wrong


@wrong("post_norm_block", "no_residual")
def faulty(x, attention, norm_1, feed_forward, norm_2):
    x = norm_1(attention(x))
    return norm_2(feed_forward(x))


@right("post_norm_block")
def post_norm_in_two_lines(x, attention, norm_1, feed_forward, norm_2):
    x = norm_1(x + attention(x))
    return norm_2(x + feed_forward(x))


@right("post_norm_block")
def post_norm_with_names(x, attention, norm_1, feed_forward, norm_2):
    gathered = attention(x)
    middle = norm_1(torch.add(gathered, x))
    worked_out = feed_forward(middle)
    return norm_2(worked_out.add(middle))


@right("post_norm_block")
def post_norm_in_a_loop(x, attention, norm_1, feed_forward, norm_2):
    for work, norm in ((attention, norm_1), (feed_forward, norm_2)):
        x = norm(x + work(x))
    return x


@right("post_norm_block")
def post_norm_row_by_row(x, attention, norm_1, feed_forward, norm_2):
    """Work alone on each position where the halves do, and on each row where they do not."""
    rows = []
    for row in x.split(1):  # (1, T, C)
        middle = norm_1(row + attention(row))
        alone = [norm_2(p + feed_forward(p)) for p in middle.split(1, dim=1)]
        rows.append(torch.cat(alone, dim=1))
    return torch.cat(rows)


@right("post_norm_block")
def post_norm_on_a_copy(x, attention, norm_1, feed_forward, norm_2):
    x = x.clone()
    x += attention(x)
    x = norm_1(x)
    x += feed_forward(x)
    return norm_2(x)


def halves(first, second):
    return lambda x, att, n_1, ff, n_2: second(first(x, n_1, att), n_2, ff)


def post(x, norm, work):
    return norm(x + work(x))


def lost(x, norm, work):
    return norm(work(x))


SLIPS = {
    "pre_norm": lambda x, norm, work: x + work(norm(x)),
    "norm_inside_the_sum": lambda x, norm, work: x + norm(work(x)),
    "norm_of_x_alone": lambda x, norm, work: norm(x) + work(x),
    "sum_of_two_norms": lambda x, norm, work: norm(x) + norm(work(x)),
    "norm_before_and_after": lambda x, norm, work: norm(x + work(norm(x))),
    "no_norm": lambda x, norm, work: x + work(x),
    "adds_x_twice": lambda x, norm, work: norm(2 * x + work(x)),
    "halves_the_sum": lambda x, norm, work: norm((x + work(x)) / 2),
    "takes_off": lambda x, norm, work: norm(x - work(x)),
}
for misconception, slip in SLIPS.items():
    for place, wiring in {
        "twice": halves(slip, slip),
        "at_first": halves(slip, post),
        "at_last": halves(post, slip),
    }.items():
        wrong("post_norm_block", misconception, f"post_norm_{misconception}_{place}")(wiring)


wrong("post_norm_block", "no_residual_around_attention", "post_norm_mended_at_last")(
    halves(lost, post)
)
wrong("post_norm_block", "no_residual_around_feed_forward", "post_norm_mended_at_first")(
    halves(post, lost)
)


@wrong("post_norm_block", "no_residual")
def post_norm_with_norms_in_front(x, attention, norm_1, feed_forward, norm_2):
    return feed_forward(norm_2(attention(norm_1(x))))


@wrong("post_norm_block", "one_residual_for_both")
def post_norm_with_one_short_cut(x, attention, norm_1, feed_forward, norm_2):
    return norm_2(x + feed_forward(norm_1(attention(x))))


@wrong("post_norm_block", "adds_to_the_first_x")
def post_norm_that_adds_to_the_first_x(x, attention, norm_1, feed_forward, norm_2):
    y = norm_1(x + attention(x))
    return norm_2(x + feed_forward(y))


@wrong("post_norm_block", "adds_to_the_first_x")
def post_norm_that_adds_the_first_x_behind(x, attention, norm_1, feed_forward, norm_2):
    y = norm_1(x + attention(x))
    return x + norm_2(feed_forward(y))


@wrong("post_norm_block", "adds_the_sum_before_its_norm")
def post_norm_with_the_stream_beside(x, attention, norm_1, feed_forward, norm_2):
    x = x + attention(x)
    return norm_2(x + feed_forward(norm_1(x)))


@wrong("post_norm_block", "second_half_reads_the_first_x")
def post_norm_that_reads_the_first_x(x, attention, norm_1, feed_forward, norm_2):
    y = norm_1(x + attention(x))
    return norm_2(y + feed_forward(x))


@wrong("post_norm_block", "second_half_reads_the_first_x")
def post_norm_in_parallel(x, attention, norm_1, feed_forward, norm_2):
    return norm_2(norm_1(x + attention(x) + feed_forward(x)))


@wrong("post_norm_block", "second_half_reads_the_first_x")
def post_norm_in_parallel_with_one_norm(x, attention, norm_1, feed_forward, norm_2):
    return norm_2(x + attention(x) + feed_forward(x))


@wrong("post_norm_block", "second_half_reads_the_first_x")
def post_norm_that_forgets_its_sum(x, attention, norm_1, feed_forward, norm_2):
    _ = norm_1(x + attention(x))
    return norm_2(x + feed_forward(x))


@wrong("post_norm_block", "feed_forward_reads_attention_alone")
def post_norm_that_thinks_about_attention_alone(x, attention, norm_1, feed_forward, norm_2):
    gathered = attention(x)
    x = norm_1(x + gathered)
    return norm_2(x + feed_forward(gathered))


@wrong("post_norm_block", "adds_the_first_x_again")
def post_norm_with_a_long_short_cut(x, attention, norm_1, feed_forward, norm_2):
    y = norm_1(x + attention(x))
    return norm_2(x + y + feed_forward(y))


@wrong("post_norm_block", "adds_the_first_x_again")
def post_norm_with_x_at_the_end(x, attention, norm_1, feed_forward, norm_2):
    return x + post_norm_in_two_lines(x, attention, norm_1, feed_forward, norm_2)


@wrong("post_norm_block", "same_norm_twice")
def post_norm_with_the_first_norm_twice(x, attention, norm_1, feed_forward, norm_2):
    return post_norm_in_two_lines(x, attention, norm_1, feed_forward, norm_1)


@wrong("post_norm_block", "same_norm_twice")
def post_norm_with_the_second_norm_twice(x, attention, norm_1, feed_forward, norm_2):
    return post_norm_in_two_lines(x, attention, norm_2, feed_forward, norm_2)


@wrong("post_norm_block", "norms_swapped")
def post_norm_with_norms_swapped(x, attention, norm_1, feed_forward, norm_2):
    return post_norm_in_two_lines(x, attention, norm_2, feed_forward, norm_1)


@wrong("post_norm_block", "feed_forward_first")
def post_norm_with_halves_swapped(x, attention, norm_1, feed_forward, norm_2):
    return post_norm_in_two_lines(x, feed_forward, norm_2, attention, norm_1)


@wrong("post_norm_block", "no_feed_forward")
def post_norm_of_attention_alone(x, attention, norm_1, feed_forward, norm_2):
    return norm_1(x + attention(x))


@wrong("post_norm_block", "positions_do_not_meet")
def post_norm_of_time_first(x, attention, norm_1, feed_forward, norm_2):
    turned = x.transpose(0, 1)
    return post_norm_in_two_lines(turned, attention, norm_1, feed_forward, norm_2).transpose(0, 1)


@wrong("post_norm_block", "what_the_parts_refuse")
def post_norm_of_functions(x, attention, norm_1, feed_forward, norm_2):
    x = x + norm_1(attention)
    return x + norm_2(feed_forward)


@wrong("post_norm_block", "raised")
def post_norm_that_adds_a_function(x, attention, norm_1, feed_forward, norm_2):
    x = norm_1(x + attention)
    return norm_2(x + feed_forward)


@wrong("post_norm_block", "what_the_parts_refuse")
def post_norm_of_two_arguments(x, attention, norm_1, feed_forward, norm_2):
    x = norm_1(x, attention(x))
    return norm_2(x, feed_forward(x))


@wrong("post_norm_block", "what_the_parts_refuse")
def post_norm_of_single_rows(x, attention, norm_1, feed_forward, norm_2):
    return torch.stack(
        [post_norm_in_two_lines(row, attention, norm_1, feed_forward, norm_2) for row in x]
    )


@wrong("post_norm_block", "changed_inputs")
def post_norm_in_place(x, attention, norm_1, feed_forward, norm_2):
    x += attention(x)
    x = norm_1(x)
    return norm_2(x + feed_forward(x))


@wrong("post_norm_block", "returned_nothing")
def post_norm_without_return(x, attention, norm_1, feed_forward, norm_2):
    x = norm_1(x + attention(x))
    x = norm_2(x + feed_forward(x))


@wrong("post_norm_block", "raised")
def post_norm_of_one_norm(x, attention, norm, feed_forward):
    x = norm(x + attention(x))
    return norm(x + feed_forward(x))


@wrong("post_norm_block", "wrong_dtype")
def post_norm_in_float64(x, attention, norm_1, feed_forward, norm_2):
    return post_norm_in_two_lines(x.double(), attention, norm_1, feed_forward, norm_2)


@wrong("post_norm_block", "ignores_input")
def post_norm_of_the_example(x, attention, norm_1, feed_forward, norm_2):
    return torch.tensor([[[6.0, 2.0], [3.0, 6.0]]])


@wrong("post_norm_block", "wrong_value")
def post_norm_with_a_tanh(x, attention, norm_1, feed_forward, norm_2):
    return post_norm_in_two_lines(x, attention, norm_1, feed_forward, norm_2).tanh()
