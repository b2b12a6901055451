"""What to say about a mean cross-entropy that is not right."""

from math import log

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.pretraining import cross_entropy_ways as ways
from course_lib.exercises.pretraining.cross_entropy_ways import (
    by_count,
    by_mean,
    by_scores,
    mean_of,
)
from course_lib.exercises.pretraining.gradient_errors import CUT_OFF

LARGE = 200.0  # a loss that no sum of logarithms of float32 numbers reaches at one position


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a finite loss that is too small where a logit is far off, and one that is not taken."""
    if not isinstance(value, Tensor):
        return None
    if inputs["wanted"] == "loss" and value.ndim in (1, 2) and value.numel() > 1:
        n_counted = int(ways.is_counted(inputs).sum())
        if value.numel() in (n_counted, inputs["targets"].numel()):
            return ONE_LOSS_EACH
    shaped = value.shape == right.shape == ()
    far = shaped and float(right) > LARGE
    return CAPPED if far and 0 < float(value) < float(right) / 2 else None


CAPPED = Mistake(
    "epsilon_caps_the_loss",
    known_by_property,
    "Something small keeps the logarithm finite, but then the loss cannot grow beyond it, and the "
    "worst mistakes teach nothing. Stay with logits: which difference is the loss?",
)
ONE_LOSS_EACH = Mistake(
    "loss_of_each_position",
    known_by_property,
    "This is one loss for each position. Take the mean over those that are counted.",
)
OVERFLOWS = (
    "e to the 10,000 is more than a float holds, and e to the −10,000 is less: so come inf, nan, "
    "or the logarithm of 0. `logsumexp` takes the logarithm of the sum without holding either."
)
ROW_MEANS = (
    "Each row, or each column, was averaged by itself, and then the averages. Where they count "
    "different numbers of positions, that is another mean: one sum, one count."
)
SUMS = (
    "This is a sum over positions, or a mean of sums. Divide the sum of all losses by the number "
    "of all that are counted."
)
ANOTHER_AXIS = (
    "The softmax went along another axis than that of the vocabulary. The V logits of one "
    "position compete with each other: `dim=-1`."
)


def _each(name: str, cause: str, *methods: ways.Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


MISTAKES = (
    CAPPED,
    ONE_LOSS_EACH,
    *_each(
        "gradient_is_lost",
        CUT_OFF,
        ways.cut(ways.detached_sum),
        ways.cut(ways.detached_target),
    ),
    *_each(
        "wrong_sign",
        "The sign is wrong. The logarithm of a probability is negative, the loss is minus that.",
        by_mean(lambda nats, counted: -mean_of(nats, counted)),
    ),
    *_each(
        "sums_the_loss",
        SUMS,
        by_mean(lambda nats, counted: nats.sum()),
        by_mean(lambda nats, counted: nats.sum(dim=1).mean()),
        by_mean(lambda nats, counted: nats.sum(dim=0).mean()),
    ),
    *_each(
        "softmax_over_another_axis",
        ANOTHER_AXIS,
        by_scores(lambda z: z.log_softmax(dim=1)),
        by_scores(lambda z: z.log_softmax(dim=0)),
        by_scores(lambda z: z - z.flatten().logsumexp(dim=0)),
    ),
    *_each(
        "softmax_twice",
        "The softmax was taken twice: `logsumexp` and the like want logits, not probabilities.",
        by_scores(lambda z: z.softmax(dim=-1).log_softmax(dim=-1)),
    ),
    *_each(
        "forgets_the_normalizer",
        "This is minus the logit of the target. Its probability depends on the other logits, too: "
        "what is the logarithm of a softmax?",
        by_scores(lambda z: z),
    ),
    *_each(
        "sum_without_logarithm",
        "The sum of the exponentials is there without its logarithm. log(a / b) is log a − log b.",
        by_scores(lambda z: z - z.exp().sum(dim=-1, keepdim=True)),
    ),
    *_each(
        "compares_with_the_best",
        "This is the distance from the target's logit to the largest. The softmax divides by the "
        "sum of all exponentials, not by the largest.",
        by_scores(lambda z: z - z.amax(dim=-1, keepdim=True)),
    ),
    *_each(
        "grades_the_best",
        "This is the loss of the likeliest id at each position. The target is graded, likely or "
        "not.",
        ways.changed(ways.of_the_best),
    ),
    *_each(
        "probability_for_loss",
        "This is made of the probabilities of the targets without a logarithm. The loss at one "
        "position is minus the logarithm, which grows without a limit.",
        by_mean(lambda nats, counted: mean_of((-nats).exp(), counted)),
        by_mean(lambda nats, counted: mean_of(1 - (-nats).exp(), counted)),
        by_mean(lambda nats, counted: mean_of(-(-nats).exp(), counted)),
    ),
    *_each(
        "log_of_the_mean",
        "The logarithm was taken of the mean probability. Take it at each position, then the mean.",
        by_mean(lambda nats, counted: -mean_of((-nats).exp(), counted).log()),
    ),
    *_each(
        "perplexity",
        "This is e to the loss, the perplexity. The loss itself is asked for.",
        by_mean(lambda nats, counted: mean_of(nats, counted).exp()),
    ),
    *_each(
        "another_logarithm",
        "This is another logarithm. The course counts in nats, with the natural one: `torch.log`.",
        by_mean(lambda nats, counted: mean_of(nats, counted) / log(2)),
        by_mean(lambda nats, counted: mean_of(nats, counted) / log(10)),
    ),
    *_each(
        "shifts_again",
        "Logits and targets were shifted against each other. Here the targets are shifted already: "
        "`targets[b, t]` is what `logits[b, t]` is about.",
        ways.changed(ways.shifted),
    ),
    *_each(
        "first_row_only",
        "Only the first row counts. All rows do.",
        by_mean(lambda nats, counted: mean_of(nats[:1], counted[:1])),
    ),
    *_each(
        "last_position_only",
        "Only the last position counts. Every position is graded.",
        by_mean(lambda nats, counted: mean_of(nats[:, -1], counted[:, -1])),
    ),
    *_each(
        "divides_by_all",
        "The sum was divided by more positions than are counted. Count those whose target is not "
        "`ignore_index`.",
        by_mean(lambda nats, counted: nats.mean()),
    ),
    *_each(
        "divides_by_one_more",
        "The count is one too large. That helps where nothing is counted, and is wrong elsewhere.",
        by_mean(lambda nats, counted: nats.sum() / (counted.sum() + 1)),
    ),
    *_each(
        "mean_of_means",
        ROW_MEANS,
        by_mean(lambda nats, counted: (nats.sum(1) / counted.sum(1).clamp(min=1)).mean()),
        by_mean(lambda nats, counted: (nats.sum(0) / counted.sum(0).clamp(min=1)).mean()),
        by_mean(lambda nats, counted: (nats.sum(1) / counted.sum(1)).mean()),
        by_mean(lambda nats, counted: (nats.sum(0) / counted.sum(0)).mean()),
        by_mean(lambda nats, counted: (nats.sum(1) / counted.sum(1)).nanmean()),
    ),
    *_each(
        "counts_the_ignored",
        "Positions whose target is `ignore_index` were counted. Compare each target with the "
        "`ignore_index` that comes in: it may be any number, not only −100.",
        by_count(lambda i: torch.ones_like(i["targets"], dtype=torch.bool)),
        by_count(lambda i: i["targets"] != -100),
    ),
    *_each(
        "counts_by_sign",
        "What is counted was told by a sign or a size, or by `if ignore_index:`, which is false "
        "for 0. Compare each target with `ignore_index`: it may be an id, also 0.",
        by_count(lambda i: i["targets"] >= 0),
        by_count(lambda i: i["targets"] > 0),
        by_count(lambda i: i["targets"] > i["ignore_index"]),
        by_count(lambda i: ways.is_counted(i) if i["ignore_index"] else i["targets"] >= 0),
    ),
    *_each(
        "counts_only_the_ignored",
        "The mask is the wrong way round: what should be left out was counted, the rest was not.",
        by_count(lambda i: i["targets"] == i["ignore_index"]),
    ),
    *_each(
        "something_of_the_ignored",
        "Positions that are not counted have left something in the sum. After the look-up, their "
        "losses have to become 0, or be left out.",
        ways.ignored_as_id_0(mean=True),
        ways.ignored_as_id_0(mean=False),
        ways.changed(ways.zeroed_logits),
    ),
    *_each(
        "takes_the_id_from_the_softmax",
        "The ignored id was taken out of the vocabulary. Its logits still compete in the softmax: "
        "only positions whose target it is are left out.",
        ways.changed(ways.without_the_column),
    ),
    *_each(
        "nan_of_nothing",
        "Where nothing is counted, this divided by 0. What should the count be at least?",
        by_mean(lambda nats, counted: nats.sum() / counted.sum()),
    ),
    *_each(
        "one_maximum_for_all",
        "One maximum was taken out of all logits. Where those of a position are far below it, all "
        "their exponentials are 0. Each position needs its own: `dim=-1`. `logsumexp` has it.",
        *(ways.in_float32(ways.one_maximum, fills) for fills in (True, False)),
    ),
    *_each(
        "log_of_softmax",
        OVERFLOWS,
        *(
            ways.in_float32(logprobs, fills)
            for logprobs in (ways.log_of_softmax, ways.log_of_exponentials, ways.log_of_the_share)
            for fills in (True, False)
        ),
    ),
)
