"""`skip_gram_loss`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The loss of one center word is `-log sigmoid(center · context)` minus the sum of
#    `log sigmoid(-center · negative)` over its K negatives.
# 2. The result is the mean over the B center words, a tensor of shape `()`.
# 3. It stays finite for scores of 200 and -200.
# 4. It is made by torch operations alone, so that its gradient can be taken.
# 5. The inputs are left unchanged.

EXAMPLE = {  # scores 2, 0 and -1: 0.1269 + 0.6931 + 0.3133
    "wanted": "loss",
    "center": torch.tensor([[1.0, 2.0]]),
    "context": torch.tensor([[2.0, 0.0]]),
    "negatives": torch.tensor([[[-1.0, 0.5], [1.0, -1.0]]]),
}
LARGE = 100.0  # a loss that no sum of logarithms of float32 numbers reaches for one score


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    always = np.random.default_rng(0)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1
    yield _case(always, B=2, K=3, C=4)  # 1, 2
    yield _case(always, B=3, K=1, C=2)  # 1: one negative
    yield _far(context=-10.0, negative=1.0)  # 3: -200 where it should be large
    yield _far(context=1.0, negative=10.0)  # 3: 200 where it should be small
    yield {**_case(always, B=2, K=3, C=4), "wanted": "gradient"}  # 4
    for _ in range(20 if thorough else 4):
        B, K, C = (int(size) for size in rng.permutation(range(1, 7))[:3])
        yield _case(rng, B, K, C)


def _case(rng: np.random.Generator, B: int, K: int, C: int) -> dict:
    return {
        "wanted": "loss",
        "center": tensors.normal(rng, B, C),
        "context": tensors.normal(rng, B, C),
        "negatives": tensors.normal(rng, B, K, C),
    }


def _far(context: float, negative: float) -> dict:
    return {
        "wanted": "loss",
        "center": torch.tensor([[20.0, 0.0]]),
        "context": torch.tensor([[context, 1.0]]),
        "negatives": torch.tensor([[[negative, 2.0]]]),
    }


Scores = tuple[Tensor, Tensor]  # (B,) of the context words, (B, K) of the negatives


def _scores(inputs: dict) -> Scores:
    center, context, negatives = (inputs[n].double() for n in ("center", "context", "negatives"))
    negative_scores = (center.unsqueeze(1) * negatives).sum(-1)  # (B, K)
    return (center * context).sum(-1), negative_scores


def _losses(scores: Scores) -> Scores:
    """Return what each score adds to the loss: log(1 + e^score), with a minus for true pairs."""
    zero = torch.zeros((), dtype=torch.float64)
    return torch.logaddexp(zero, -scores[0]), torch.logaddexp(zero, scores[1])


def truth(inputs: dict) -> Tensor:
    if inputs["wanted"] == "gradient":
        return _gradient(inputs)
    context, negatives = _losses(_scores(inputs))
    return (context + negatives.sum(dim=1)).mean().float()


def _gradient(inputs: dict) -> Tensor:
    """Return the gradient for center: each score's own slope times the other vector."""
    context_scores, negative_scores = _scores(inputs)
    pull = (context_scores.sigmoid() - 1).unsqueeze(-1) * inputs["context"].double()
    push = (negative_scores.sigmoid().unsqueeze(-1) * inputs["negatives"].double()).sum(dim=1)
    return ((pull + push) / len(inputs["center"])).float()


def _changed(loss: Callable[[dict], Tensor]) -> Callable[[dict], Tensor]:
    """Return a mistaken loss as a method; for the cases that want a gradient, its gradient."""

    def method(inputs: dict) -> Tensor:
        if inputs["wanted"] == "loss":
            return loss(inputs).float()
        center = inputs["center"].clone().requires_grad_()
        return torch.autograd.grad(loss({**inputs, "center": center}), center)[0].float()

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
    if inputs["wanted"] == "gradient":
        raise RuntimeError("no gradient")
    return truth(inputs)


OVERFLOWS = (
    "The sigmoid of a score far below 0 is so small that float32 writes 0, and its logarithm is "
    "-inf. `F.logsigmoid` takes both steps at once and stays finite."
)
MISTAKES = (
    Mistake(
        "gradient_is_lost",
        _without_gradient,
        "No gradient flows from this loss back to `center`. `.item()`, `.tolist()`, `.detach()`, "
        "numpy, `math` and `torch.tensor(...)` all cut it off: let torch do every step.",
    ),
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
CAPPED = Mistake(
    "epsilon_caps_the_loss",
    lambda inputs: None,
    "Something small keeps the logarithm finite, but then the loss cannot grow beyond it, and the "
    "worst mistakes teach nothing. `F.logsigmoid` needs no such help.",
)


def _capped(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a finite loss that is too small where a score is far off."""
    shaped = isinstance(value, Tensor) and value.shape == right.shape == ()
    far = shaped and float(right) > LARGE
    return CAPPED if far and 0 < float(value) < float(right) / 2 else None


def _call_text(inputs: dict) -> str:
    arguments = {name: value for name, value in inputs.items() if name != "wanted"}
    call = tensors.call_text("skip_gram_loss", arguments)
    return call if inputs["wanted"] == "loss" else f"the gradient for center of {call}"


EXERCISE = Exercise(
    name="skip_gram_loss",
    functions=("skip_gram_loss",),
    read="section 4, The skip-gram loss",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases, otherwise=_capped),
    returns=("torch.Tensor",),
    call_text=_call_text,
)
