"""The mistakes that people make in `skip_gram_loss`, and the truth."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.mistakes import Mistake

VECTORS = ("center", "context", "negatives")
Scores = tuple[Tensor, Tensor]  # (B,) of the context words, (B, K) of the negatives


def _scores(inputs: dict) -> Scores:
    center, context, negatives = (inputs[name].double() for name in VECTORS)
    negative_scores = (center.unsqueeze(1) * negatives).sum(-1)  # (B, K)
    return (center * context).sum(-1), negative_scores


def _losses(scores: Scores) -> Scores:
    """Return what each score adds to the loss: log(1 + e^score), with a minus for true pairs."""
    zero = torch.zeros((), dtype=torch.float64)
    return torch.logaddexp(zero, -scores[0]), torch.logaddexp(zero, scores[1])


def truth(inputs: dict) -> Tensor:
    if inputs["wanted"] != "loss":
        return _gradient(inputs).float()
    context, negatives = _losses(_scores(inputs))
    return (context + negatives.sum(dim=1)).mean().float()


def _gradient(inputs: dict) -> Tensor:
    """Return the gradient for the vectors that are wanted: a score's slope times the other side."""
    center, context, negatives = (inputs[name].double() for name in VECTORS)
    context_scores, negative_scores = _scores(inputs)
    context_slopes = (context_scores.sigmoid() - 1).unsqueeze(-1) / len(center)  # (B, 1)
    negative_slopes = negative_scores.sigmoid().unsqueeze(-1) / len(center)  # (B, K, 1)
    if inputs["wanted"] == "context":
        return context_slopes * center
    if inputs["wanted"] == "negatives":
        return negative_slopes * center.unsqueeze(1)
    return context_slopes * context + (negative_slopes * negatives).sum(dim=1)


def _changed(loss: Callable[[dict], Tensor]) -> Callable[[dict], Tensor]:
    """Return a mistaken loss as a method; for the cases that want a gradient, its gradient."""

    def method(inputs: dict) -> Tensor:
        wanted = inputs["wanted"]
        if wanted == "loss":
            return loss(inputs).float()
        vectors = inputs[wanted].clone().requires_grad_()
        return torch.autograd.grad(loss({**inputs, wanted: vectors}), vectors)[0].float()

    return method


def _combined(combine: Callable[[Tensor, Tensor], Tensor]) -> Callable[[dict], Tensor]:
    """Return a method that puts the losses of context (B,) and negatives (B, K) together."""
    return _changed(lambda inputs: combine(*_losses(_scores(inputs))))


def _from_scores(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[dict], Tensor]:
    return _changed(lambda inputs: loss(*_scores(inputs)))


def _against_the_context(inputs: dict) -> Tensor:
    negatives = (inputs["context"].unsqueeze(1) * inputs["negatives"]).sum(-1)
    context, negatives = _losses((_scores(inputs)[0], negatives.double()))
    return (context + negatives.sum(1)).mean()


def _all_pairs(inputs: dict) -> Tensor:
    scores = inputs["center"].double() @ inputs["context"].double().T
    return -F.logsigmoid(scores).mean() + _losses(_scores(inputs))[1].sum(1).mean()


def _all_as_neighbors(context: Tensor, negatives: Tensor) -> Tensor:
    context, negatives = _losses((context, -negatives))
    return (context + negatives.sum(1)).mean()


def _softmax(context: Tensor, negatives: Tensor) -> Tensor:
    scores = torch.cat((context.unsqueeze(1), negatives), dim=1)
    return F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.int64))


def _log_of_sigmoid(context: Tensor, negatives: Tensor) -> Tensor:
    right, wrong = context.float().sigmoid().log(), (-negatives.float()).sigmoid().log()
    return -(right + wrong.sum(1)).mean()


def _log_of_the_rest(context: Tensor, negatives: Tensor) -> Tensor:
    right, wrong = context.float().sigmoid().log(), (1 - negatives.float().sigmoid()).log()
    return -(right + wrong.sum(1)).mean()


def _without_log(context: Tensor, negatives: Tensor) -> Tensor:
    return -(context.sigmoid() + (-negatives).sigmoid().sum(1)).mean()


def _without_gradient(inputs: dict) -> Tensor:
    if inputs["wanted"] != "loss":
        raise RuntimeError("no gradient")
    return truth(inputs)


def _without_push(inputs: dict) -> Tensor:
    return _center_without(inputs, "negatives")


def _without_pull(inputs: dict) -> Tensor:
    return _center_without(inputs, "context")


def _center_without(inputs: dict, name: str) -> Tensor:
    """Return the truth, but a gradient for center that these vectors have no part in."""
    if inputs["wanted"] != "center":
        return truth(inputs)
    return truth({**inputs, name: torch.zeros_like(inputs[name])})


OVERFLOWS = (
    "The sigmoid of a score far below 0 is so small that float32 writes 0, and its logarithm is "
    "-inf. `F.logsigmoid` takes both steps at once and stays finite."
)
CUT_OFF = (
    "The loss is right, but its gradient for this argument is lost, or a part of it. `.item()`, "
    "`.tolist()`, `.detach()`, `no_grad`, numpy, `math` and `torch.tensor(...)` all cut it off: "
    "let torch do every step, with all three arguments."
)
MISTAKES = (
    Mistake("gradient_is_lost", _without_gradient, CUT_OFF),
    Mistake("gradient_is_lost", _without_push, CUT_OFF),
    Mistake("gradient_is_lost", _without_pull, CUT_OFF),
    Mistake(
        "rewards_negatives",
        _from_scores(_all_as_neighbors),
        "Negatives count as if they were true neighbors. Their score should become small: which "
        "sign does it have inside the sigmoid?",
    ),
    Mistake(
        "averages_the_negatives",
        _combined(lambda context, negatives: (context + negatives.mean(1)).mean()),
        "The losses of the K negatives were averaged. Sum them; only the batch is averaged.",
    ),
    Mistake(
        "averages_everything",
        _combined(
            lambda context, negatives: torch.cat((context.unsqueeze(1), negatives), 1).mean()
        ),
        "All scores were averaged together. Sum what belongs to one center word, then take the "
        "mean over the B words.",
    ),
    Mistake(
        "sums_the_batch",
        _combined(lambda context, negatives: context.sum() + negatives.sum()),
        "This is the sum over the batch. The mean is asked for, so that the size of a batch does "
        "not matter.",
    ),
    Mistake(
        "wrong_sign",
        _combined(lambda context, negatives: -(context + negatives.sum(1)).mean()),
        "This grows when the model gets better. A loss is minus the log probability.",
    ),
    Mistake(
        "forgets_the_negatives",
        _combined(lambda context, negatives: context.mean()),
        "Only the true pair counts here. Without the negatives, all vectors would grow alike.",
    ),
    Mistake(
        "forgets_the_context",
        _combined(lambda context, negatives: negatives.sum(1).mean()),
        "The true pair of center and context is missing from the sum.",
    ),
    Mistake(
        "only_the_first_negative",
        _combined(lambda context, negatives: (context + negatives[:, 0]).mean()),
        "Only the first negative counts. There are K for each center word.",
    ),
    Mistake(
        "subtracts_the_negatives",
        _combined(lambda context, negatives: (context - negatives.sum(1)).mean()),
        "The losses of the negatives were taken off. `log sigmoid(...)` is below 0, so minus it "
        "is above: every score adds to the loss.",
    ),
    Mistake(
        "negatives_against_the_context",
        _changed(_against_the_context),
        "The negatives were multiplied with `context`. They are wrong neighbors of `center`.",
    ),
    Mistake(
        "mixes_the_batch",
        _changed(_all_pairs),
        "`center @ context.T` takes each center word with the context of every other. Row b of one "
        "belongs to row b of the other: multiply elementwise, and sum over the last axis.",
    ),
    Mistake(
        "softmax_for_sigmoid",
        _from_scores(_softmax),
        "This is a softmax over context and negatives. Here each score gets a yes or no of its "
        "own, by a sigmoid.",
    ),
    Mistake(
        "forgets_the_log",
        _from_scores(_without_log),
        "The probabilities were added, not their logarithms.",
    ),
    Mistake(
        "one_loss_a_word",
        _combined(lambda context, negatives: context + negatives.sum(1)),
        "This is one loss for each of the B center words. Take the mean.",
    ),
    Mistake("log_of_sigmoid", _from_scores(_log_of_sigmoid), OVERFLOWS),
    Mistake("log_of_sigmoid", _from_scores(_log_of_the_rest), OVERFLOWS),
)
