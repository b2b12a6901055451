"""`gpt_forward`: what a right answer does, and the mistakes that people make in it."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import codec, tensors
from course_lib.exercises.attention.drawn import same_each_time, sizes
from course_lib.exercises.blocks.block_checks import share_of_the_largest
from course_lib.exercises.blocks.forward_mistakes import LOSS_IN_THE_WAY, MISTAKES
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The embedded ids go through every block, in the order of the list, each reading what the one
#    before returned; then through `norm`, then through `head`. This gives the logits, `(B, T, V)`.
# 2. With targets, the loss is the mean over all B · T positions of the negative log of the
#    probability that the softmax of the logits gives to the target: a tensor with one number.
# 3. `targets[b, t]` is what follows `ids[b, t]`: nothing is shifted here.
# 4. Without targets, that is, where they are None, the second value is None.
# 5. There may be no block at all.
# 6. `ids` and `targets` are left unchanged.

EXAMPLE = {
    "ids": torch.tensor([[0, 2]]),
    "embed": torch.tensor([[1.0, 0.0], [0.0, 1.0], [3.0, 2.0]]),
    "blocks": [torch.eye(2)],
    "norm": torch.tensor([1.0, 1.0]),
    "head": torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
    "targets": torch.tensor([[2, 1]]),
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield EXAMPLE  # 1, 2
    yield _drawn(first, 2, 5, 3, 7, n_blocks=3)  # 1, 2, 3
    yield {**_drawn(first, 3, 4, 2, 6, n_blocks=2), "targets": None}  # 4
    yield _drawn(first, 2, 3, 4, 5, n_blocks=0)  # 5
    yield _drawn(first, 1, 1, 5, 4, n_blocks=2)  # 3: a single position
    for number in range(20 if thorough else 3):
        B, T, C, V = sizes(rng, 4)
        drawn = _drawn(rng, B, T, C, V, n_blocks=1 + number % 4)
        yield drawn if number % 3 else {**drawn, "targets": None}


def _drawn(rng: np.random.Generator, B: int, T: int, C: int, V: int, n_blocks: int) -> dict:
    return {
        "ids": torch.tensor(rng.integers(V, size=(B, T))),
        "embed": tensors.normal(rng, V, C),
        "blocks": [tensors.normal(rng, C, C) / 4 for _ in range(n_blocks)],  # sums stay small
        "norm": tensors.normal(rng, C),
        "head": tensors.normal(rng, V, C),
        "targets": torch.tensor(rng.integers(V, size=(B, T))),
    }


def truth(inputs: dict) -> tuple[Tensor, Tensor | None]:
    """Follow one row after the other, one position after the other, in float64."""
    rows, nats = [], []
    for number, ids in enumerate(inputs["ids"].tolist()):
        stream = [inputs["embed"][i].double() for i in ids]
        for matrix in inputs["blocks"]:
            means = [torch.stack(stream[: t + 1]).mean(dim=0) for t in range(len(stream))]
            stream = [x + matrix.double() @ mean for x, mean in zip(stream, means, strict=True)]
        scaled = [share_of_the_largest(x) * inputs["norm"] for x in stream]
        scores = [inputs["head"].double() @ x for x in scaled]
        rows.append(torch.stack(scores))
        if inputs["targets"] is not None:
            targets = inputs["targets"][number].tolist()
            nats += [_surprise(s.tolist(), t) for s, t in zip(scores, targets, strict=True)]
    loss = torch.tensor(math.fsum(nats) / len(nats)) if nats else None
    return torch.stack(rows).float(), loss


def _surprise(scores: list[float], target: int) -> float:
    """Return the negative log of the probability of the target, in nats."""
    largest = max(scores)
    total = math.fsum(math.exp(score - largest) for score in scores)
    return math.log(total) - (scores[target] - largest)


def otherwise(inputs: dict, right: tuple, value: tuple) -> Mistake | None:
    """Name a pair that holds a loss where no targets were given."""
    if len(value) == 2 and right[1] is None and codec.is_tensor(value[1]):
        return LOSS_IN_THE_WAY
    return None


def call_text(inputs: dict) -> str:
    """Write the call, and say what the handed-in functions do."""
    ids, targets = (tensors.text(inputs[name], digits=None) for name in ("ids", "targets"))
    return (
        f"gpt_forward({ids}, embed, blocks, norm, head, {targets}), where blocks holds "
        f"{len(inputs['blocks'])}, each adds to a vector a mean of those so far, norm divides a "
        "vector by its largest number, and embed and head have a table each"
    )


EXERCISE = Exercise(
    name="gpt_forward",
    functions=("gpt_forward",),
    read="section 8, The whole model",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases, otherwise=otherwise),
    returns=("tuple",),
    call_text=call_text,
)
