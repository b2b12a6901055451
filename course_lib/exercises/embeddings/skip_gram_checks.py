"""`skip_gram_loss`: what a right answer does."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.embeddings.skip_gram_mistakes import MISTAKES, VECTORS, truth
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
    for name in VECTORS:
        yield {**_case(always, B=2, K=3, C=4), "wanted": name}  # 4
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
    return call if inputs["wanted"] == "loss" else f"the gradient for {inputs['wanted']} of {call}"


EXERCISE = Exercise(
    name="skip_gram_loss",
    functions=("skip_gram_loss",),
    read="section 4, The skip-gram loss",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases, otherwise=_capped),
    returns=("torch.Tensor",),
    call_text=_call_text,
)
