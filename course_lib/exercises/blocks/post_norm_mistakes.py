"""Ways to wire a post-norm block that are not right, and what to say to whoever wired it so."""

import torch
from torch import Tensor

from course_lib.exercises.blocks.block_mistakes import (
    Half,
    half,
    half_of_two_norms,
    half_with_the_norm_behind,
    half_without_norm,
    half_without_residual,
    halves,
    post_half,
    wired,
)
from course_lib.exercises.blocks.handed_in import Part
from course_lib.exercises.mistakes import Mistake


def half_that_is_lost(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(work(x))


def half_of_x_alone(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(x) + work(x)


def half_that_adds_two_norms(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(x) + norm(work(x))


def half_twice_x(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(x + x + work(x))


def half_mean(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm((x + work(x)) / 2)


def half_that_takes_off(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(x - work(x))


def _three(name: str, slip: Half, cause: str) -> tuple[Mistake, ...]:
    """Return the mistake of making this slip in both halves, in the first, in the second."""
    return (
        Mistake(name, halves(slip, slip), cause),
        Mistake(name, halves(slip, post_half), f"In the first half: {cause}"),
        Mistake(name, halves(post_half, slip), f"In the second half: {cause}"),
    )


def _one_residual(x, norm_1, attention, norm_2, feed_forward):
    return norm_2(x + feed_forward(norm_1(attention(x))))


def _adds_the_sum_before_its_norm(x, norm_1, attention, norm_2, feed_forward):
    x = x + attention(x)
    return norm_2(x + feed_forward(norm_1(x)))


def _parallel(x, norm_1, attention, norm_2, feed_forward):
    return norm_2(x + attention(x) + feed_forward(x))


def _parallel_in_norms(x, norm_1, attention, norm_2, feed_forward):
    return norm_2(norm_1(x + attention(x)) + feed_forward(x))


def _long_residual(x, norm_1, attention, norm_2, feed_forward):
    middle = norm_1(x + attention(x))
    return norm_2(x + middle + feed_forward(middle))


def _long_residual_behind(x, norm_1, attention, norm_2, feed_forward):
    return x + post_half(post_half(x, norm_1, attention), norm_2, feed_forward)


def _reads_attention_alone(x, norm_1, attention, norm_2, feed_forward):
    gathered = attention(x)
    return norm_2(norm_1(x + gathered) + feed_forward(gathered))


def _one_position_at_a_time(x, norm_1, attention, norm_2, feed_forward):
    alone = [post_half(one, norm_1, attention) for one in x.split(1, dim=1)]
    return post_half(torch.cat(alone, dim=1), norm_2, feed_forward)


LOST = (
    "what came in is lost: only what the half has worked out goes on. Which way did `x` have "
    "around the work?"
)
SAME_NORM = (
    "One norm was used for both halves. `norm_1` is attention's, `norm_2` is feed_forward's."
)
PARALLEL = (
    "The second half read the `x` that came in. It reads what the first half gave: give `x` its "
    "new value first."
)
LONG = (
    "The `x` that came in was added once more in the second half. Each half adds what it read "
    "itself, and no more."
)
FIRST_X = (
    "The second half added the `x` that came in. It adds what the first half gave, which it reads."
)
MISTAKES = (
    Mistake(
        "no_residual",
        halves(half_that_is_lost, half_that_is_lost),
        "In both halves " + LOST,
    ),
    Mistake(
        "no_residual_around_attention",
        halves(half_that_is_lost, post_half),
        "One half is mended. In the first " + LOST,
    ),
    Mistake(
        "no_residual_around_feed_forward",
        halves(post_half, half_that_is_lost),
        "One half is mended. In the second " + LOST,
    ),
    Mistake(
        "no_residual",
        halves(half_without_residual, half_without_residual),
        "The norms went to the front, which is pre-norm, and in both halves " + LOST,
    ),
    *_three(
        "pre_norm",
        half,
        "The norm stands before the work: `x + work(norm(x))`. That is pre-norm, the order since "
        "GPT-2. It trains well, and is another block: here the norm follows the sum.",
    ),
    *_three(
        "norm_inside_the_sum",
        half_with_the_norm_behind,
        "The norm was taken of the work alone, and `x` added behind it. Add first: the norm goes "
        "around the whole sum, `norm(x + work(x))`.",
    ),
    *_three(
        "norm_of_x_alone",
        half_of_x_alone,
        "The norm was taken of `x` alone. It goes around the whole sum, `norm(x + work(x))`.",
    ),
    *_three(
        "sum_of_two_norms",
        half_that_adds_two_norms,
        "Both terms got a norm, and were added behind it. Add first: one norm of the sum.",
    ),
    *_three(
        "norm_before_and_after",
        half_of_two_norms,
        "The norm was taken twice, before the work and of the sum. The work gets `x` as it is.",
    ),
    *_three("no_norm", half_without_norm, "The sum is right; the norm of it is missing."),
    *_three("adds_x_twice", half_twice_x, "Here `x` counts twice in the sum. It is added once."),
    *_three("halves_the_sum", half_mean, "This is the mean of the two. Add them."),
    *_three("takes_off", half_that_takes_off, "What the half says was taken off. Add it."),
    Mistake(
        "one_residual_for_both",
        wired(_one_residual),
        "One short cut goes around both halves. Each half has its own, and the second half adds "
        "what the first one gave.",
    ),
    *(
        Mistake("adds_to_the_first_x", wired(wiring), FIRST_X)
        for wiring in (
            lambda x, n_1, att, n_2, ff: n_2(x + ff(n_1(x + att(x)))),
            lambda x, n_1, att, n_2, ff: x + n_2(ff(n_1(x + att(x)))),
        )
    ),
    Mistake(
        "adds_the_sum_before_its_norm",
        wired(_adds_the_sum_before_its_norm),
        "The second half reads the norm and adds to the sum before it. In post-norm the stream "
        "itself goes through the norm: `x = norm_1(...)`.",
    ),
    *(
        Mistake("second_half_reads_the_first_x", wired(wiring), PARALLEL)
        for wiring in (
            _parallel_in_norms,
            _parallel,
            lambda x, n_1, att, n_2, ff: n_2(n_1(x + att(x) + ff(x))),
            lambda x, n_1, att, n_2, ff: n_2(x + ff(x)),
        )
    ),
    Mistake(
        "feed_forward_reads_attention_alone",
        wired(_reads_attention_alone),
        "The second half read only what attention gathered. It reads the norm of the sum.",
    ),
    *(
        Mistake("adds_the_first_x_again", wired(wiring), LONG)
        for wiring in (_long_residual, _long_residual_behind)
    ),
    *(
        Mistake("same_norm_twice", wired(wiring), SAME_NORM)
        for wiring in (
            lambda x, n_1, att, n_2, ff: post_half(post_half(x, n_1, att), n_1, ff),
            lambda x, n_1, att, n_2, ff: post_half(post_half(x, n_2, att), n_2, ff),
        )
    ),
    Mistake(
        "norms_swapped",
        wired(lambda x, n_1, att, n_2, ff: post_half(post_half(x, n_2, att), n_1, ff)),
        "The norms have changed places: `norm_1` is attention's, `norm_2` is feed_forward's.",
    ),
    *(
        Mistake("feed_forward_first", wired(wiring), "Attention comes first, then feed_forward.")
        for wiring in (
            lambda x, n_1, att, n_2, ff: post_half(post_half(x, n_2, ff), n_1, att),
            lambda x, n_1, att, n_2, ff: post_half(post_half(x, n_1, ff), n_2, att),
        )
    ),
    Mistake(
        "no_feed_forward",
        wired(lambda x, n_1, att, n_2, ff: post_half(x, n_1, att)),
        "This is the first half. The second is missing.",
    ),
    Mistake(
        "positions_do_not_meet",
        wired(_one_position_at_a_time),
        "Attention saw one position at a time, so there was nothing to gather. Was it called in a "
        "loop, or with the first two axes swapped? Hand it all positions, as (B, T, C).",
    ),
    Mistake(
        "what_the_parts_refuse",
        wired(lambda x, n_1, att, n_2, ff: att(n_1)),
        "Read what the part says it got. Each of the four takes and returns one tensor (B, T, C): "
        "`norm_1` is a function, `norm_1(x)` a tensor.",
    ),
)
