"""What to say about a clipped loss that is not right."""

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.pretraining.gradient_errors import CUT_OFF
from course_lib.exercises.rlhf import ppo_ways as ways
from course_lib.exercises.rlhf.losses import each, in_float64

NAMES = ("logprobs", "old_logprobs", "advantages")


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name what is no number for want of one outside the mask, and several losses."""
    if not isinstance(value, Tensor):
        return None
    mask = inputs["mask"]
    if inputs["wanted"] == "loss" and value.ndim and value.numel() in (mask.numel(), mask.sum()):
        return ONE_LOSS_EACH
    finite = all(inputs[name][~mask].isfinite().all() for name in NAMES)
    if finite or value.shape != right.shape or value.isfinite().all():
        return None
    return NAN_FROM_OUTSIDE if inputs["wanted"] == "loss" else NAN_IN_THE_GRADIENT


ONE_LOSS_EACH = Mistake(
    "loss_of_each_token",
    known_by_property,
    "This is one number for each token. Take the mean over the tokens in the mask.",
)
NAN_FROM_OUTSIDE = Mistake(
    "nan_from_outside",
    known_by_property,
    "nan or inf from outside the mask got in: 0 times nan is nan. Multiplying by the mask is not "
    "enough. Choose: `x[mask]` holds the numbers inside alone.",
)
NAN_IN_THE_GRADIENT = Mistake(
    "nan_in_the_gradient",
    known_by_property,
    "The loss is right, its gradient is not: what was computed from nan and thrown away afterwards "
    "still sends nan back, as 0 times nan. Choose by the mask first, then compute.",
)


MISTAKES = (
    ONE_LOSS_EACH,
    *each(
        "wrong_sign",
        "The sign is wrong. What is minimized is minus the gain, or good tokens would become less "
        "likely.",
        in_float64(lambda i: -ways.loss_by(ways.ratio_of)(i)),
    ),
    *each(
        "gradient_is_lost",
        CUT_OFF,
        ways.cut(ways.loss_by(ways.ratio_of, ways.half_detached)),
    ),
    *each(
        "maximum_for_minimum",
        "The greater of the two gains was taken. The lesser one is: so nobody gains by going far, "
        "and whoever goes the wrong way feels it.",
        ways.by_gain(
            lambda r, a, clip: torch.maximum(r * a, r.clamp(1 - clip, 1 + clip) * a),
        ),
    ),
    *each(
        "maximum_for_minimum",
        "The greater of two losses is the lesser of two gains. Minus was put before both, and then "
        "again, or in the wrong place: begin with the gains.",
        ways.by_gain(lambda r, a, clip: -torch.maximum(-r * a, r.clamp(1 - clip, 1 + clip) * a)),
        ways.by_gain(lambda r, a, clip: torch.minimum(-r * a, -r.clamp(1 - clip, 1 + clip) * a)),
    ),
    *each(
        "not_clipped",
        "Nothing was clipped. Take the gain with the ratio kept within 1 − clip and 1 + clip as "
        "well, and of both the lesser.",
        ways.by_gain(lambda r, a, clip: r * a),
    ),
    *each(
        "clipped_alone",
        "Only the clipped gain was used. Then a good token that has become unlikely pulls no "
        "longer. Of both gains the lesser counts.",
        ways.by_gain(lambda r, a, clip: r.clamp(1 - clip, 1 + clip) * a),
    ),
    *each(
        "clips_one_side",
        "The ratio was kept within one end only. Good tokens need the upper, bad ones the lower: "
        "`clamp(1 - clip, 1 + clip)` does both.",
        ways.by_gain(lambda r, a, clip: torch.minimum(r * a, r.clamp(max=1 + clip) * a)),
        ways.by_gain(lambda r, a, clip: torch.minimum(r * a, r.clamp(min=1 - clip) * a)),
    ),
    *each(
        "clips_the_gain",
        "The product with the advantage was clipped. The ratio is what stays within 1 − clip and "
        "1 + clip; then it is multiplied.",
        ways.by_gain(lambda r, a, clip: torch.minimum(r * a, (r * a).clamp(1 - clip, 1 + clip))),
        ways.by_gain(lambda r, a, clip: (r * a).clamp(1 - clip, 1 + clip)),
    ),
    *each(
        "clips_around_zero",
        "The ratio was kept near 0, within −clip and clip, or its logarithm was. A policy that has "
        "not moved has the ratio 1: within 1 − clip and 1 + clip.",
        ways.by_gain(lambda r, a, clip: torch.minimum(r * a, r.clamp(-clip, clip) * a)),
        ways.by_gain(lambda r, a, clip: torch.minimum(r * a, r.log().clamp(-clip, clip).exp() * a)),
    ),
    *each(
        "divides_for_the_lower_end",
        "The lower end is 1 / (1 + clip) here. It is 1 − clip.",
        ways.by_gain(
            lambda r, a, clip: torch.minimum(r * a, r.clamp(1 / (1 + clip), 1 + clip) * a)
        ),
    ),
    *each(
        "ratio_upside_down",
        "The ratio is upside down: new over old, so `logprobs - old_logprobs`.",
        ways.by_ratio(lambda i: (-ways.log_ratio_of(i)).exp()),
    ),
    *each(
        "no_exponential",
        "The difference of log-probabilities was taken for the ratio. It is its logarithm: where "
        "nothing has moved, the ratio is 1.",
        ways.by_ratio(ways.log_ratio_of),
        ways.by_ratio(lambda i: ways.log_ratio_of(i) + 1),
    ),
    *each(
        "forgets_the_old",
        "The new probability stands where the ratio should. What matters is how often more likely "
        "a token is now than when it was drawn.",
        ways.by_ratio(lambda i: i["logprobs"].where(i["mask"], 0.0).exp()),
    ),
    *each(
        "ratio_of_logprobs",
        "Log-probabilities were divided. Probabilities are, and that is e to the difference of "
        "their logarithms.",
        ways.by_ratio(lambda i: i["logprobs"] / i["old_logprobs"]),
    ),
    *each(
        "ratio_is_always_one",
        "The ratio is 1 everywhere, as if the policy had not moved: `logprobs` were compared with "
        "themselves. The policy that drew the tokens is in `old_logprobs`.",
        ways.by_ratio(ways.against_itself),
    ),
    *each(
        "no_ratio",
        "This is the loss of a plain policy gradient: advantages times log-probabilities. Here the "
        "advantage is multiplied by the ratio of probabilities.",
        in_float64(
            lambda i: (
                -ways.mean_of(
                    i["logprobs"].where(i["mask"], 0.0) * ways.advantages_of(i), i["mask"]
                )
            )
        ),
    ),
    *each(
        "ratio_of_whole_answers",
        "One ratio was taken for each row. Each token has its own.",
        ways.by_ratio(ways.whole_answers),
    ),
    *each(
        "normalizes_the_advantages",
        "The advantages were normalized. That is done before, or not at all: use them as they "
        "come.",
        *(ways.normalized(correction) for correction in (None, 0, 1)),
    ),
    *each(
        "sums_the_loss",
        "This is the sum. Divide it by the number of tokens in the mask.",
        ways.by_mean(lambda gain, mask: gain.sum()),
    ),
    *each(
        "divides_by_all",
        "The sum was divided by B · T, as `mean` does. The more padding a batch has, the smaller "
        "its steps would be: divide by the tokens in the mask.",
        ways.by_mean(lambda gain, mask: gain.mean()),
    ),
    *each(
        "divides_by_the_batch",
        "The sum was divided by the number of rows. Divide by the tokens in the mask.",
        ways.by_mean(lambda gain, mask: gain.sum() / len(gain)),
    ),
    *each(
        "divides_by_the_length",
        "The sum was divided by the length of a row, T. Divide by the tokens in the mask.",
        ways.by_mean(lambda gain, mask: gain.sum() / gain.size(1)),
    ),
    *each(
        "mean_of_means",
        "Each row was averaged by itself, and then the averages, so that a token of a long answer "
        "counts less. Some methods do that; here it is one sum over one count.",
        ways.by_mean(lambda gain, mask: (gain.sum(1) / mask.sum(1).clamp(min=1)).mean()),
        ways.by_mean(lambda gain, mask: (gain.sum(1) / mask.sum(1)).mean()),
        ways.by_mean(lambda gain, mask: (gain.sum(1) / mask.sum(1)).nanmean()),
    ),
    *each(
        "ignores_the_mask",
        "Tokens outside the mask were counted. They are prompt or padding, and nobody drew them.",
        ways.everything(lambda gain, mask: gain.mean()),
        ways.everything(lambda gain, mask: gain.sum() / mask.sum().clamp(min=1)),
        ways.everything(lambda gain, mask: (gain.sum(1) / mask.sum(1).clamp(min=1)).mean()),
    ),
    *each(
        "mask_turned",
        "The mask is the wrong way round: it is True where a token counts.",
        ways.everything(lambda gain, mask: ways.mean_of(gain, ~mask)),
    ),
    *each(
        "something_of_the_rest",
        "Where the difference of log-probabilities is set to 0, the ratio is 1, and the advantage "
        "outside the mask is left in the sum. What is outside has to go altogether.",
        in_float64(lambda i: -ways.of_the_rest(i).sum() / i["mask"].sum().clamp(min=1)),
        in_float64(lambda i: -ways.of_the_rest(i).mean()),
    ),
    *each(
        "first_row_only",
        "Only the first row counts. All rows do.",
        ways.by_mean(lambda gain, mask: ways.mean_of(gain[:1], mask[:1])),
    ),
    *each(
        "divides_by_one_more",
        "The count is one too large. That helps where the mask is empty, and is wrong elsewhere.",
        ways.by_mean(lambda gain, mask: gain.sum() / (mask.sum() + 1)),
    ),
    *each(
        "nan_of_nothing",
        "Where the mask is empty, this divided by 0, as `mean` of no numbers does. What should the "
        "count be at least?",
        ways.by_mean(lambda gain, mask: gain.sum() / mask.sum()),
    ),
    *each(
        "divides_probabilities",
        "e to the −200 is less than a float holds, so that 0 is divided by 0. Take the difference "
        "of the logarithms first, then the exponential: one number near 1 comes out.",
        *(ways.quotient(eps) for eps in (0.0, 1e-10, 1e-8, 1e-6)),
    ),
)
