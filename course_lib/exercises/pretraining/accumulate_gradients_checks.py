"""`accumulate_gradients`: what a right answer does."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.observe import Outcome
from course_lib.exercises.pretraining import accumulate_errors as errors
from course_lib.exercises.pretraining.accumulate_gradients_mistakes import MISTAKES, by_property

# The properties of the task; behind each case stands which of them it tries. Every case tries the
# second one: its loss is watched.
#
# 1. They are the gradients of the mean loss over all tokens of all batches, as if all batches had
#    been one. A batch with more tokens weighs more.
# 2. The gradient of each batch is taken before the loss of the next one is computed, so that only
#    one batch has to fit into memory. `loss_sum` is called once for each batch, in order.
# 3. What stands in a parameter's `.grad` before has no influence, and what is returned does not
#    change when a `.grad` does later.
# 4. Where no tokens are counted at all, as where there is no batch, the gradients are zeros.
# 5. The values of the parameters are left unchanged.

W_OF_1 = torch.tensor([[1.0]])  # half of (x * 1)² has the gradient x²
EXAMPLE = {  # 4 + 4, 1 + 4 + 1 and 4 + 1 + 4 + 4 make 27, over 9 tokens: 3
    "params": [W_OF_1],
    "grads": [None],
    "batches": [
        torch.tensor([[2.0], [2.0]]),
        torch.tensor([[1.0], [2.0], [1.0]]),
        torch.tensor([[2.0], [1.0], [2.0], [2.0]]),
    ],
    "later": False,
}
BY_HAND = {**EXAMPLE, "batches": [torch.tensor([[1.0], [1.0], [2.0]]), torch.tensor([[2.0]])]}
WHOLE = 10  # numbers of all batches of a call that is shown whole


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(12)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2
    yield BY_HAND  # 1, 2
    yield _drawn(first, 3, 2, [(4, 0), (2, 0), (5, 0)])  # 1, 2, 5: two parameters, three batches
    yield _drawn(first, 2, 3, [(2, 3), (5, 0)])  # 1: padding
    yield _drawn(first, 4, 2, [(3, 0)])  # 1: one batch
    yield _drawn(first, 2, 3, [(4, 1), (0, 2), (2, 0)])  # 1: nothing but padding in one of them
    yield _drawn(first, 3, 2, [(2, 1), (5, 0), (1, 0)], stale=True)  # 3: before
    yield {**_drawn(first, 2, 4, [(3, 0), (1, 2)]), "later": True}  # 3: later
    yield _drawn(first, 3, 2, [])  # 4: no batch
    yield _drawn(first, 2, 3, [], stale=True)  # 3, 4
    yield _drawn(first, 2, 4, [(0, 3), (0, 1)], stale=True)  # 3, 4: nothing but padding
    for _ in range(20 if thorough else 3):
        C, D, *counts = rng.permutation(range(1, 7)).tolist()
        n_padding = rng.integers(3, size=len(counts)).tolist()
        sizes = list(zip(counts, n_padding, strict=True))[: int(rng.integers(1, 5))]
        drawn = _drawn(rng, C, D, sizes, stale=bool(rng.random() < 0.5))
        yield {**drawn, "later": bool(rng.random() < 0.3)}


def _drawn(
    rng: np.random.Generator, C: int, D: int, sizes: list[tuple[int, int]], stale: bool = False
) -> dict:
    """Return a case with a batch for each (tokens, padding); `stale` fills every .grad before."""
    params = [tensors.normal(rng, C, D) / 2, tensors.normal(rng, D)]
    grads = [tensors.normal(rng, *param.shape) + 1 if stale else None for param in params]
    batches = []
    for n_tokens, n_padding in sizes:
        tokens = tensors.normal(rng, n_tokens, C)
        tokens[tokens == 0] = 0.5  # a row of zeros would be padding
        batches.append(torch.cat([tokens, torch.zeros(n_padding, C)]))
    return {"params": params, "grads": grads, "batches": batches, "later": False}


def truth(inputs: dict) -> list[Tensor]:
    """Follow the tokens one by one, in float64, by the derivative on paper."""
    matrix = inputs["params"][0].double()
    more = [param.double() for param in inputs["params"][1:]]
    totals = [torch.zeros_like(param) for param in [matrix, *more]]
    n_tokens = 0
    for row in (row.double() for batch in inputs["batches"] for row in batch):
        if not row.any():
            continue
        scores = row @ matrix + sum(more)  # (D,), half of its square is the loss
        totals[0] += row[:, None] * scores
        for total in totals[1:]:
            total += scores
        n_tokens += 1
    return [(total / max(n_tokens, 1)).float() for total in totals]


compare = tensors.judge(truth, MISTAKES, cases, otherwise=by_property)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches, and the errors that torch raises in such a loop."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    if kind in errors.BY_KIND:
        name, expected, cause = errors.BY_KIND[kind]
        return Finding(name, "", expected, shown(message, quote=False), cause)
    known = _known(inputs, kind, message)
    if known is None:
        return compare(inputs, outcome)
    name, expected, cause = known
    return Finding(name, "", expected, f"{kind}: {shown(message, quote=False)}", cause)


def _known(inputs: dict, kind: str, message: str) -> tuple[str, str, str] | None:
    if kind == "ZeroDivisionError":
        return errors.BY_ZERO
    if not inputs["batches"]:
        return errors.NO_BATCH
    if "backward through the graph a second time" in message:
        return errors.AGAIN
    if "tuple" in message:
        return errors.A_TUPLE
    if "does not require grad" in message or "'backward'" in message:
        return errors.NO_GRAPH
    return errors.EMPTY_GRAD if "NoneType" in message else None


def call_text(inputs: dict) -> str:
    """Write the batches, small ones whole and of others how many tokens count, and the loss."""
    batches = inputs["batches"]
    names = "[W]" if len(inputs["params"]) == 1 else "[W, b]"
    loss = (
        "half of (x @ W)² for each row x"
        if names == "[W]"
        else ("half the sum of (x @ W + b)² for each row x that is not all zeros, which is padding")
    )
    if batches and sum(batch.numel() for batch in batches) <= WHOLE:
        given = f"W = {tensors.text(inputs['params'][0], digits=None)} and batches " + " and ".join(
            tensors.text(batch, digits=None) for batch in batches
        )
    elif batches:
        counted = [str(int((batch != 0).any(dim=-1).sum())) for batch in batches]
        given = f"batches in which {', '.join(counted)} tokens are counted"
    else:
        given = "an empty list of batches"
    stale = " and numbers in each `.grad`" if inputs["grads"][0] is not None else ""
    later = "; afterwards each `.grad` is changed" if inputs["later"] else ""
    return (
        f"accumulate_gradients({names}, batches, loss_sum), with {given}{stale}; loss_sum adds up "
        f"{loss}{later}"
    )


EXERCISE = Exercise(
    name="accumulate_gradients",
    functions=("accumulate_gradients",),
    read="section 8, A batch that does not fit",
    cases=cases,
    judge=judge,
    returns=("list",),
    call_text=call_text,
)
