"""Ways to wire a block that are not right, and what to say to whoever wired it so."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.blocks.handed_in import Part, parts
from course_lib.exercises.mistakes import Mistake

Wiring = Callable[[Tensor, Part, Part, Part, Part], Tensor]


def wired(wiring: Wiring) -> Callable[[dict], Tensor]:
    """Return a method that calls the wiring with x, norm_1, attention, norm_2, feed_forward."""
    return lambda inputs: wiring(inputs["x"].double(), *parts(inputs)).float()


def half(x: Tensor, norm: Part, work: Part) -> Tensor:
    return x + work(norm(x))


def post_half(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(x + work(x))


def half_from_the_norm(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(x) + work(norm(x))


def half_without_norm(x: Tensor, norm: Part, work: Part) -> Tensor:
    return x + work(x)


def half_without_residual(x: Tensor, norm: Part, work: Part) -> Tensor:
    return work(norm(x))


def half_with_the_norm_behind(x: Tensor, norm: Part, work: Part) -> Tensor:
    return x + norm(work(x))


def half_of_two_norms(x: Tensor, norm: Part, work: Part) -> Tensor:
    return norm(x + work(norm(x)))


def half_that_takes_off(x: Tensor, norm: Part, work: Part) -> Tensor:
    return x - work(norm(x))


def half_twice_x(x: Tensor, norm: Part, work: Part) -> Tensor:
    return x + x + work(norm(x))


def half_multiplied(x: Tensor, norm: Part, work: Part) -> Tensor:
    return x * work(norm(x))


Half = Callable[[Tensor, Part, Part], Tensor]


def halves(first: Half, second: Half) -> Callable[[dict], Tensor]:
    """Return a method that wires attention by `first` and feed_forward by `second`."""
    return wired(lambda x, n_1, att, n_2, ff: second(first(x, n_1, att), n_2, ff))


def _adds_to_the_first_x(x, norm_1, attention, norm_2, feed_forward):
    return x + feed_forward(norm_2(x + attention(norm_1(x))))


def _parallel(x, norm_1, attention, norm_2, feed_forward):
    return x + attention(norm_1(x)) + feed_forward(norm_2(x))


def _parallel_with_one_norm(x, norm_1, attention, norm_2, feed_forward):
    return x + attention(norm_1(x)) + feed_forward(norm_1(x))


def _reads_the_first_x(x, norm_1, attention, norm_2, feed_forward):
    return x + feed_forward(norm_2(x))


def _reads_attention_alone(x, norm_1, attention, norm_2, feed_forward):
    gathered = attention(norm_1(x))
    return x + gathered + feed_forward(norm_2(gathered))


def _forgets_the_stream_between(x, norm_1, attention, norm_2, feed_forward):
    return x + feed_forward(norm_2(attention(norm_1(x))))


def _adds_the_first_x_again(x, norm_1, attention, norm_2, feed_forward):
    return x + half(half(x, norm_1, attention), norm_2, feed_forward)


def _norms_the_end(x, norm_1, attention, norm_2, feed_forward):
    return norm_2(half(half(x, norm_1, attention), norm_2, feed_forward))


def _one_position_at_a_time(x, norm_1, attention, norm_2, feed_forward):
    alone = [half(one, norm_1, attention) for one in x.split(1, dim=1)]
    return half(torch.cat(alone, dim=1), norm_2, feed_forward)


def _hands_in_no_tensor(x, norm_1, attention, norm_2, feed_forward):
    return x + attention(norm_1)


FORGOTTEN = (
    "That half replaces the stream in place of adding to it, and what came in is lost: `x + ...`."
)
FROM_THE_NORM = (
    "What is added to should be `x` as it came, not its norm. The norm stands inside the branch, "
    "and the stream itself is never rescaled."
)
SAME_NORM = (
    "One norm was used for both halves. `norm_1` is attention's, `norm_2` is feed_forward's."
)
POST_NORM = (
    "The norm came after the addition. That is post-norm, the order of 2017, and it rescales the "
    "stream. Here each half reads a norm of `x`, and the sum stays as it is."
)
NO_NORM = "A half got `x` as it is. Each reads its norm: `attention(norm_1(x))`, and so on."
BEHIND = "The norm stands behind its half, around what is added. It comes before: `work(norm(x))`."
PARALLEL = (
    "Both halves read the same `x`, side by side, as in GPT-J. Here the second one works on what "
    "the first has added: give `x` its new value first."
)
MISTAKES = (
    Mistake("post_norm", halves(post_half, post_half), POST_NORM),
    Mistake("post_norm", halves(post_half, half), f"In the first half: {POST_NORM}"),
    Mistake("post_norm", halves(half, post_half), f"In the second half: {POST_NORM}"),
    Mistake(
        "no_residual_at_all",
        halves(half_without_residual, half_without_residual),
        "Neither half adds to the stream: what came in is lost twice. Each is `x + ...`.",
    ),
    Mistake(
        "no_residual_around_attention",
        halves(half_without_residual, half),
        f"The first half: {FORGOTTEN}",
    ),
    Mistake(
        "no_residual_around_feed_forward",
        halves(half, half_without_residual),
        f"The second half: {FORGOTTEN}",
    ),
    Mistake("adds_to_the_norm", halves(half_from_the_norm, half_from_the_norm), FROM_THE_NORM),
    Mistake(
        "adds_to_the_norm",
        halves(half_from_the_norm, half),
        f"In the first half: {FROM_THE_NORM}",
    ),
    Mistake(
        "adds_to_the_norm",
        halves(half, half_from_the_norm),
        f"In the second half: {FROM_THE_NORM}",
    ),
    Mistake(
        "adds_to_the_first_x",
        wired(_adds_to_the_first_x),
        "The second half added to the `x` that came in, so what attention had added is lost. Add "
        "to the stream after the first half.",
    ),
    Mistake("parallel", wired(_parallel), PARALLEL),
    Mistake("parallel", wired(_parallel_with_one_norm), f"{PARALLEL} {SAME_NORM}"),
    Mistake(
        "second_half_reads_the_first_x",
        wired(_reads_the_first_x),
        "Nothing of attention is in the result. Did you give its sum a name and then go on with "
        "the `x` that came in?",
    ),
    Mistake(
        "feed_forward_reads_attention_alone",
        wired(_reads_attention_alone),
        "The second half read only what attention gathered. It reads the norm of the whole stream, "
        "the sum.",
    ),
    Mistake(
        "one_residual_for_both",
        wired(_forgets_the_stream_between),
        "One residual goes around both halves. Each half has its own, and the second half reads "
        "the sum after the first.",
    ),
    Mistake(
        "adds_the_first_x_again",
        wired(_adds_the_first_x_again),
        "The `x` that came in was added once more at the end. It is in the sum already.",
    ),
    Mistake(
        "adds_x_twice",
        halves(half_twice_x, half),
        "Here `x` counts twice. Each half adds to it once.",
    ),
    Mistake(
        "adds_x_twice",
        halves(half_twice_x, half_twice_x),
        "Here `x` counts twice, in both halves. Each half adds to it once.",
    ),
    *(
        Mistake("same_norm_twice", wired(wiring), SAME_NORM)
        for wiring in (
            lambda x, n_1, att, n_2, ff: half(half(x, n_1, att), n_1, ff),
            lambda x, n_1, att, n_2, ff: half(half(x, n_2, att), n_2, ff),
        )
    ),
    Mistake(
        "norms_swapped",
        wired(lambda x, n_1, att, n_2, ff: half(half(x, n_2, att), n_1, ff)),
        "The norms have changed places: `norm_1` is attention's, `norm_2` is feed_forward's.",
    ),
    *(
        Mistake("feed_forward_first", wired(wiring), "Attention comes first, then feed_forward.")
        for wiring in (
            lambda x, n_1, att, n_2, ff: half(half(x, n_2, ff), n_1, att),
            lambda x, n_1, att, n_2, ff: half(half(x, n_1, ff), n_2, att),
        )
    ),
    *(
        Mistake("no_norm", halves(*both), NO_NORM)
        for both in (
            (half_without_norm, half_without_norm),
            (half_without_norm, half),
            (half, half_without_norm),
        )
    ),
    *(
        Mistake("norm_behind_its_half", halves(*both), BEHIND)
        for both in (
            (half_with_the_norm_behind, half_with_the_norm_behind),
            (half_with_the_norm_behind, half),
            (half, half_with_the_norm_behind),
        )
    ),
    Mistake(
        "norms_the_sum_again",
        halves(half_of_two_norms, half_of_two_norms),
        "After each addition the sum was brought to scale again. The stream is never rescaled.",
    ),
    Mistake(
        "norms_the_sum_again",
        wired(_norms_the_end),
        "At the end the sum was brought to scale once more. The stream is never rescaled; a model "
        "has one more norm after its last block, and that is not the block's.",
    ),
    Mistake(
        "no_feed_forward",
        wired(lambda x, n_1, att, n_2, ff: half(x, n_1, att)),
        "This is the first half. The second is missing.",
    ),
    Mistake(
        "takes_off",
        halves(half_that_takes_off, half_that_takes_off),
        "What a half says was taken off. Add it.",
    ),
    Mistake(
        "multiplies",
        halves(half_multiplied, half_multiplied),
        "The stream was multiplied by what a half says. Add it.",
    ),
    Mistake(
        "positions_do_not_meet",
        wired(_one_position_at_a_time),
        "Attention saw one position at a time, so there was nothing to gather. Was it called in a "
        "loop, or with the first two axes swapped? Hand it all positions, as (B, T, C).",
    ),
    Mistake(
        "what_the_parts_refuse",
        wired(_hands_in_no_tensor),
        "Read what the part says it got. Each of the four takes and returns one tensor (B, T, C): "
        "`norm_1` is a function, `norm_1(x)` a tensor.",
    ),
)
