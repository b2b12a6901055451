"""What to say about a loss over a mask that is not right."""

from collections.abc import Callable
from math import log

from torch import Tensor

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.pretraining import cross_entropy_mistakes
from course_lib.exercises.pretraining import cross_entropy_ways as ways
from course_lib.exercises.pretraining.cross_entropy_mistakes import CAPPED, ONE_LOSS_EACH
from course_lib.exercises.pretraining.cross_entropy_ways import (
    Method,
    by_mean,
    mean_of,
    of_targets,
)
from course_lib.exercises.pretraining.gradient_errors import CUT_OFF

PAD = -100


def _ignoring(inputs: dict) -> dict:
    """Return the inputs of a cross-entropy that ignores what is outside the mask."""
    targets = inputs["targets"].masked_fill(~inputs["mask"], PAD)
    return {**inputs, "targets": targets, "ignore_index": PAD}


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    return cross_entropy_mistakes.by_property(_ignoring(inputs), right, value)


def _each(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    """Return mistakes with methods of a cross-entropy, which know no mask."""

    def with_mask(method: Method) -> Method:
        return lambda inputs: method(_ignoring(inputs))

    return tuple(Mistake(name, with_mask(method), cause) for method in methods)


def _each_count(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    """Return mistakes in which positions count, of all inputs."""
    return tuple(Mistake(name, method, cause) for method in methods)


def _is_id(inputs: dict) -> Tensor:
    targets = inputs["targets"]
    return (targets >= 0) & (targets < inputs["logits"].size(-1))


def _sum_without_id_0(inputs: dict) -> Tensor:
    """Fill what is outside with id 0, and ignore all zeros in the sum."""
    nats = -of_targets(inputs["logits"].log_softmax(dim=-1), inputs)
    zero = inputs["targets"] <= 0
    return nats.masked_fill(zero, 0).sum() / ways.is_counted(inputs).sum().clamp(min=1)


def _shifted_back(inputs: dict) -> Tensor:
    earlier = {**inputs, "logits": inputs["logits"][:, 1:], "targets": inputs["targets"][:, :-1]}
    nats = -of_targets(earlier["logits"].log_softmax(dim=-1), earlier)
    return mean_of(nats, ways.is_counted(earlier))


def _mixed(rows: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that flattens logits (B, T, V) by `rows` in another order than targets."""

    def loss(inputs: dict) -> Tensor:
        logits = inputs["logits"]
        mixed = {**inputs, "logits": rows(logits).reshape(logits.shape)}
        nats = -of_targets(mixed["logits"].log_softmax(dim=-1), mixed)
        return mean_of(nats, ways.is_counted(mixed))

    return ways.changed(loss)


def _moved_mask(by: int) -> Method:
    """Return a method that counts the positions that stand so many places before the mask's."""

    def choice(inputs: dict) -> Tensor:
        mask = inputs["mask"].roll(-by, dims=1)
        outside = slice(-by, None) if by > 0 else slice(None, -by)
        mask[:, outside] = False
        return mask & _is_id(inputs)

    return ways.by_count(choice)


MISTAKES = (
    CAPPED,
    ONE_LOSS_EACH,
    *_each(
        "gradient_is_lost", CUT_OFF, ways.cut(ways.detached_sum), ways.cut(ways.detached_target)
    ),
    *_each(
        "wrong_sign",
        "The sign is wrong. The logarithm of a probability is negative, the loss is minus that.",
        by_mean(lambda nats, mask: -mean_of(nats, mask)),
    ),
    *_each(
        "sums_the_loss",
        "This is the sum. Divide it by the number of positions that count.",
        by_mean(lambda nats, mask: nats.sum()),
    ),
    *_each(
        "divides_by_all",
        "The sum was divided by B · T, as `mean` does where zeros stand outside the mask. So the "
        "loss of an answer would fall when a question is long. What is the size of the mask?",
        by_mean(lambda nats, mask: nats.mean()),
    ),
    *_each(
        "divides_by_the_batch",
        "The sum was divided by the number of rows. An answer of many tokens would weigh more than "
        "the same tokens in two rows: divide by the tokens that count.",
        by_mean(lambda nats, mask: nats.sum() / len(nats)),
    ),
    *_each(
        "divides_by_the_length",
        "The sum was divided by the length of a row, T. Divide by the tokens that count.",
        by_mean(lambda nats, mask: nats.sum() / nats.size(1)),
    ),
    *_each(
        "divides_by_the_longest",
        "The sum was divided by the length of the longest answer. Divide by the tokens of all "
        "answers together.",
        by_mean(lambda nats, mask: nats.sum() / mask.sum(dim=1).max().clamp(min=1)),
    ),
    *_each(
        "mean_of_means",
        "Each row, or each column, was averaged by itself, and then the averages. So a token of a "
        "short answer would weigh more than one of a long answer: one sum, one count.",
        by_mean(lambda nats, mask: (nats.sum(1) / mask.sum(1).clamp(min=1)).mean()),
        by_mean(lambda nats, mask: (nats.sum(0) / mask.sum(0).clamp(min=1)).mean()),
        by_mean(lambda nats, mask: (nats.sum(1) / mask.sum(1)).mean()),
        by_mean(lambda nats, mask: (nats.sum(1) / mask.sum(1)).nanmean()),
        by_mean(lambda nats, mask: (nats.sum(0) / mask.sum(0)).nanmean()),
        by_mean(
            lambda n, m: (n.sum(1) / m.sum(1).clamp(min=1)).sum() / m.any(1).sum().clamp(min=1)
        ),
    ),
    *_each(
        "softmax_over_another_axis",
        cross_entropy_mistakes.ANOTHER_AXIS,
        *(ways.by_scores(lambda z, dim=dim: z.log_softmax(dim=dim)) for dim in (1, 0)),
    ),
    *_each(
        "softmax_twice",
        "The softmax was taken twice: `cross_entropy` and `log_softmax` want logits.",
        ways.by_scores(lambda z: z.softmax(dim=-1).log_softmax(dim=-1)),
    ),
    *_each(
        "forgets_the_softmax",
        "This is minus the mean logit of the targets. `F.nll_loss` and the like want "
        "log-probabilities: what makes those of logits?",
        ways.by_scores(lambda z: z),
    ),
    *_each(
        "grades_the_best",
        "This is the loss of the likeliest id at each position. The target is graded, likely or "
        "not.",
        ways.changed(ways.of_the_best),
    ),
    *_each(
        "probability_for_loss",
        "This is made of the probabilities of the targets without a logarithm.",
        by_mean(lambda nats, mask: mean_of((-nats).exp(), mask)),
        by_mean(lambda nats, mask: mean_of(1 - (-nats).exp(), mask)),
        by_mean(lambda nats, mask: mean_of(-(-nats).exp(), mask)),
    ),
    *_each(
        "log_of_the_mean",
        "The logarithm was taken of the mean probability. Take it at each position, then the mean.",
        by_mean(lambda nats, mask: -mean_of((-nats).exp(), mask).log()),
    ),
    *_each(
        "perplexity",
        "This is e to the loss, the perplexity. The loss itself is asked for.",
        by_mean(lambda nats, mask: mean_of(nats, mask).exp()),
    ),
    *_each(
        "another_logarithm",
        "This is in bits or by another logarithm. The course counts in nats.",
        by_mean(lambda nats, mask: mean_of(nats, mask) / log(2)),
        by_mean(lambda nats, mask: mean_of(nats, mask) / log(10)),
    ),
    *_each(
        "shifts_again",
        "Logits and targets were shifted against each other. Here the targets are shifted already: "
        "`targets[b, t]` is what `logits[b, t]` is about, and `mask[b, t]` belongs to both.",
        ways.changed(ways.shifted),
        ways.changed(_shifted_back),
    ),
    *_each_count(
        "shifts_the_mask",
        "The mask was moved along against the targets. `mask[b, t]` says whether `targets[b, t]` "
        "counts.",
        *(_moved_mask(by) for by in (1, -1)),
    ),
    *_each(
        "mixes_positions",
        "Logits of one position met the target of another. Flatten B and T of both in the same "
        "order: an axis may be moved in both, or in neither.",
        _mixed(lambda logits: logits.transpose(0, 1)),
        _mixed(lambda logits: logits.transpose(1, 2)),
    ),
    *_each_count(
        "mask_turned",
        "The mask is the wrong way round: what should be left out was counted, the rest was not.",
        ways.by_count(lambda i: ~i["mask"] & _is_id(i)),
    ),
    *_each_count(
        "ignores_the_mask",
        "Positions outside the mask were counted. It alone says what counts: a target outside may "
        "be an id like others, or −100, or anything.",
        ways.by_count(_is_id),
        ways.by_count(lambda i: (i["targets"] != PAD) & _is_id(i)),
        ways.by_count(lambda i: (i["targets"] > 0) & _is_id(i)),
    ),
    *_each(
        "loses_id_0",
        "A target of 0 inside the mask was left out. 0 is an id like others; to mark what does not "
        "count, take a number that is none.",
        ways.changed(_sum_without_id_0),
        ways.by_count(lambda i: i["targets"] > 0),
    ),
    *_each(
        "first_row_only",
        "Only the first row counts. All rows do.",
        by_mean(lambda nats, mask: mean_of(nats[:1], mask[:1])),
    ),
    *_each(
        "last_position_only",
        "Only the last position counts. Every position of the mask does.",
        by_mean(lambda nats, mask: mean_of(nats[:, -1], mask[:, -1])),
    ),
    *_each(
        "divides_by_one_more",
        "The count is one too large. That helps where the mask is empty, and is wrong elsewhere.",
        by_mean(lambda nats, mask: nats.sum() / (mask.sum() + 1)),
    ),
    *_each(
        "something_of_the_rest",
        "Positions outside the mask have left something in the sum. Zeros in their logits or "
        "targets are not enough: their losses have to become 0, or be left out.",
        ways.ignored_as_id_0(mean=True),
        ways.ignored_as_id_0(mean=False),
        ways.changed(ways.zeroed_logits),
    ),
    *_each(
        "nan_of_nothing",
        "Where the mask is empty, this divided by 0, as `mean` of no numbers does. What should the "
        "count be at least?",
        by_mean(lambda nats, mask: nats.sum() / mask.sum()),
    ),
    *_each(
        "one_maximum_for_all",
        "One maximum was taken out of all logits. Where those of a position are far below it, all "
        "their exponentials are 0. `logsumexp` and `log_softmax` take each position's own.",
        *(ways.in_float32(ways.one_maximum, fills) for fills in (True, False)),
    ),
    *_each(
        "log_of_softmax",
        "e to the 10,000 is more than a float holds, and e to the −10,000 is less: so come inf, "
        "nan, or the logarithm of 0. `F.cross_entropy` wants logits, and takes care.",
        *(
            ways.in_float32(logprobs, fills)
            for logprobs in (ways.log_of_softmax, ways.log_of_exponentials, ways.log_of_the_share)
            for fills in (True, False)
        ),
    ),
)
