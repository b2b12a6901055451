"""`attention`: what a right answer does, and the inputs that tell it from a wrong one."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention import drawn, parts
from course_lib.exercises.attention.attention_mistakes import MISTAKES
from course_lib.exercises.attention.dry_run import K, Q, V
from course_lib.exercises.exercise import Exercise

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The result for a query is the sum of the values, each weighted by the softmax of the scores
#    `q · k / sqrt(D)` over the keys.
# 2. `allowed` is True where a query may use a key, the same in every batch row and head; a key that
#    is not allowed gets no weight at all.
# 3. `allowed` may be `None`: every query may use every key.
# 4. T_q and T_k may differ; the result is `(B, H, T_q, D)`.
# 5. The inputs are left unchanged.

EXAMPLE = {"q": Q[None, None], "k": K[None, None], "v": V[None, None], "allowed": None}
FAR_APART = {  # scores 1, 0 and a hidden 30,000; then -20,000, -20,001 and a hidden -20,000
    "q": torch.tensor([[[[2.0, 0, 0, 0], [0, 2, 0, 0]]]]),
    "k": torch.tensor([[[[1.0, -20_000, 0, 0], [0, -20_001, 0, 0], [30_000, -20_000, 0, 0]]]]),
    "v": torch.tensor([[[[1.0, 2, 0, 0], [3, 5, 0, 0], [7, 9, 0, 0]]]]),
    "allowed": torch.tensor([[True, True, False], [True, True, False]]),
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = drawn.same_each_time()
    yield EXAMPLE  # 1, 3
    yield {**drawn.qkv(first, 2, 3, 4, 6, 5), "allowed": None}  # 3, 4
    yield {**drawn.qkv(first, 2, 3, 5, 5, 4), "allowed": parts.past(5)}  # 2: causal
    yield _with_loud_values(first)  # 2: no weight at all
    yield FAR_APART  # 1, 2: no weight at all, whatever the scores are
    yield {**drawn.qkv(first, 1, 2, 5, 3, 4), "allowed": parts.all_of(5, 3)}  # 2, 4
    yield {**drawn.qkv(first, 3, 2, 4, 4, 5), "allowed": torch.eye(4).bool()}  # 2: one key
    for number in range(20 if thorough else 3):
        B, H, T_q, T_k, D = drawn.sizes(rng, 5)
        allowed = drawn.mask(rng, T_q, T_k) if number % 2 else None
        yield {**drawn.qkv(rng, B, H, T_q, T_k, D), "allowed": allowed}


def _with_loud_values(rng: np.random.Generator) -> dict:
    """Return inputs in which two keys are hidden from every query, and their values are large."""
    given = drawn.qkv(rng, 2, 3, 4, 6, 5)
    loud = torch.tensor([False, True, False, False, True, False])
    allowed = drawn.mask(rng, 4, 6) & ~loud
    allowed[:, 0] = True
    given["v"] = given["v"] + 1_000 * loud[:, None]
    return {**given, "allowed": allowed}


def truth(inputs: dict) -> Tensor:
    """Return torch's own attention, in float64."""
    q, k, v = (inputs[name].double() for name in "qkv")
    return F.scaled_dot_product_attention(q, k, v, attn_mask=inputs["allowed"]).float()


EXERCISE = Exercise(
    name="attention",
    functions=("attention",),
    read="section 6, Attention with a mask",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    forbids=(
        "scaled_dot_product_attention",
        "MultiheadAttention",
        "multi_head_attention_forward",
        "_native_multi_head_attention",
        "_scaled_dot_product_attention_math",
        "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_efficient_attention",
    ),
    call_text=lambda inputs: tensors.call_text("attention", inputs),
)
