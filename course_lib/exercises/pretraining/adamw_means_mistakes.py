"""The mistakes that people make with the two running means of `adamw_step`."""

from types import SimpleNamespace

from torch import Tensor

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.pretraining.adamw_ways import (
    Method,
    adamw,
    corrections,
    direction,
    without,
)

H = SimpleNamespace  # all that one step knows


def _after_the_root(h: H, mean: Tensor, square: Tensor) -> Tensor:
    _, by_square = corrections(h)
    return mean / (h.square.sqrt() / by_square + h.eps)


def _corrected_kept(mean: bool, square: bool) -> Method:
    def keep(h: H, new: dict) -> dict:
        kept = {"mean": h.corrected[0]} if mean else {}
        return new | kept | ({"square": h.corrected[1]} if square else {})

    return adamw(keep=keep)


def _times(h: H) -> tuple[float, float]:
    by_mean, by_square = corrections(h)
    return 1 / by_mean, 1 / by_square


def _old_means(h: H, mean: Tensor, square: Tensor) -> Tensor:
    by_mean, by_square = corrections(h)
    return direction(h, h.old_mean / by_mean, h.old_square / by_square)


def _other_way_round(old: Tensor, new: Tensor, beta: float) -> Tensor:
    return (1 - beta) * old + beta * new


def _summed(old: Tensor, new: Tensor, beta: float) -> Tensor:
    return beta * old + new


NO_CORRECTION = (
    "Both means begin at 0, so that they are too small at first. Divide {} by what it has seen so "
    "far, with its own beta and the number of the step."
)
NOT_KEPT = (
    "Each step is as if it were the first{}. What comes back as `state` is what comes in at the "
    "next step: put all that it needs into it, and read it from there."
)
KEPT_CORRECTED = (
    "What is kept was corrected already, and at the next step it is corrected once more. Keep the "
    "running means as they are, and correct them for the step only."
)
T_FROM_0 = (
    "From the first step on, all is nan. Is t 0 there? `1 - beta ** 0` is 0, and cannot be divided "
    "by. Count first, then use t. Or is a root taken of a negative number?"
)
TURNED = (
    "In {}, the two weights changed places: beta belongs to what is kept, `1 - beta` to what comes "
    "in."
)
NO_SHARE = "{} a sum and no mean: what comes in anew has to be multiplied by `1 - beta`."
MEANS_MISTAKES = (
    Mistake(
        "no_correction",
        adamw(correct=lambda h: (1, 1)),
        NO_CORRECTION.format("each"),
    ),
    Mistake(
        "corrects_only_the_mean",
        adamw(correct=lambda h: (corrections(h)[0], 1)),
        NO_CORRECTION.format("the mean square, too,"),
    ),
    Mistake(
        "corrects_only_the_square",
        adamw(correct=lambda h: (1, corrections(h)[1])),
        NO_CORRECTION.format("the mean of the gradients, too,"),
    ),
    Mistake("t_from_0", adamw(begin=-1), T_FROM_0),
    Mistake(
        "t_from_2",
        adamw(begin=1),
        "The corrections are one step ahead. t is 1 at the first step: does it begin at 1 and grow "
        "before it is used?",
    ),
    Mistake(
        "t_stays_1",
        adamw(keep=without("t")),
        "It comes out as if both means were divided by the same `1 - beta` at every step. Does t "
        "grow: is it in the state that you return, one more each time? Is there `beta ** t`? And "
        "does a new gradient enter its mean with `1 - beta`?",
    ),
    Mistake("starts_anew", adamw(keep=lambda h, new: {}), NOT_KEPT.format("")),
    Mistake(
        "starts_anew",
        adamw(keep=without("mean", "square")),
        NOT_KEPT.format(" for the two means, while t goes on"),
    ),
    Mistake(
        "forgets_a_mean",
        adamw(keep=without("mean")),
        "The mean of the gradients begins anew at each step. Is it in the state that you return, "
        "and do you read it there?",
    ),
    Mistake(
        "forgets_a_mean",
        adamw(keep=without("square")),
        "The mean square begins anew at each step. Is it in the state that you return, and do you "
        "read it there?",
    ),
    Mistake(
        "betas_swapped",
        adamw(betas=lambda betas: betas[::-1]),
        "The two betas changed places. The first belongs to the gradients, the second to their "
        "squares.",
    ),
    Mistake(
        "corrections_swapped",
        adamw(correct=lambda h: corrections(h)[::-1]),
        "Each mean was corrected with the beta of the other.",
    ),
    Mistake(
        "betas_mixed",
        adamw(squared=lambda h, grad: grad**2 * (1 - h.beta_1) / (1 - h.beta_2)),
        "In the mean square, what comes in anew has the share `1 - beta_1`. All in it belongs to "
        "`beta_2`.",
    ),
    Mistake(
        "betas_mixed",
        adamw(
            gradient=lambda h: h.grad * (1 - h.beta_2) / (1 - h.beta_1),
            squared=lambda h, _: h.grad**2,
        ),
        "In the mean of the gradients, what comes in anew has the share `1 - beta_2`. All in it "
        "belongs to `beta_1`.",
    ),
    Mistake(
        "one_beta_for_both",
        adamw(betas=lambda betas: (betas[0], betas[0])),
        "`beta_1` was used for both means.",
    ),
    Mistake(
        "one_beta_for_both",
        adamw(betas=lambda betas: (betas[1], betas[1])),
        "`beta_2` was used for both means.",
    ),
    Mistake(
        "one_correction_for_both",
        adamw(correct=lambda h: (corrections(h)[0],) * 2),
        "The mean square was corrected with `beta_1`. Its own is `beta_2`.",
    ),
    Mistake(
        "one_correction_for_both",
        adamw(correct=lambda h: (corrections(h)[1],) * 2),
        "The mean of the gradients was corrected with `beta_2`. Its own is `beta_1`.",
    ),
    Mistake(
        "square_of_the_mean",
        adamw(toward=lambda h, mean, square: mean / (mean.abs() + h.eps)),
        "The mean was squared. Square each gradient first, and keep a mean of these squares.",
    ),
    Mistake(
        "square_of_the_mean",
        adamw(squared=lambda h, grad: h.mean**2),
        "The new mean was squared and averaged. Square each gradient itself.",
    ),
    Mistake(
        "forgets_the_squares",
        adamw(squared=lambda h, grad: grad),
        "The second mean is one of the gradients themselves: square them first.",
    ),
    Mistake(
        "uses_the_old_means",
        adamw(toward=_old_means),
        "The step was made with the means as they came in. First they get the new gradient.",
    ),
    Mistake("betas_turned_around", adamw(mean=_other_way_round), TURNED.format("the mean")),
    Mistake(
        "betas_turned_around", adamw(square=_other_way_round), TURNED.format("the mean square")
    ),
    Mistake(
        "betas_turned_around",
        adamw(mean=_other_way_round, square=_other_way_round),
        TURNED.format("both means"),
    ),
    Mistake(
        "sums_for_means", adamw(mean=_summed, square=_summed), NO_SHARE.format("Each of the two is")
    ),
    Mistake("sums_for_means", adamw(mean=_summed), NO_SHARE.format("The mean of the gradients is")),
    Mistake("sums_for_means", adamw(square=_summed), NO_SHARE.format("The mean square is")),
    Mistake("keeps_the_corrected", _corrected_kept(mean=True, square=True), KEPT_CORRECTED),
    Mistake("keeps_the_corrected", _corrected_kept(mean=True, square=False), KEPT_CORRECTED),
    Mistake("keeps_the_corrected", _corrected_kept(mean=False, square=True), KEPT_CORRECTED),
    Mistake(
        "corrects_after_the_root",
        adamw(toward=_after_the_root),
        "The mean square was corrected after its root was taken. Correct it first.",
    ),
    Mistake(
        "multiplies_by_the_correction",
        adamw(correct=_times),
        "The corrections were multiplied in. Both means are too small at first: divide.",
    ),
    Mistake(
        "correction_is_no_power",
        adamw(correct=lambda h: ((1 - h.beta_1) ** h.t, (1 - h.beta_2) ** h.t)),
        "Is it `(1 - beta) ** t`? It is `1 - beta ** t`: the power belongs to beta alone.",
    ),
    Mistake(
        "correction_is_no_power",
        adamw(correct=lambda h: (1 - h.beta_1 * h.t, 1 - h.beta_2 * h.t)),
        "Is it `beta * t`? The correction has `beta ** t`, beta to the power of t.",
    ),
)
