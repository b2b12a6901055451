"""`multi_head_attention`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention import drawn
from course_lib.exercises.attention.handed_in_text import MEANS
from course_lib.exercises.attention.multi_head_mistakes import MISTAKES
from course_lib.exercises.exercise import Exercise

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Queries, keys and values are `x @ w_q.T`, `x @ w_k.T` and `x @ w_v.T`.
# 2. Head h works with numbers h * D to (h + 1) * D − 1 of each vector, as `(B, H, T, D)`.
# 3. What the heads gather comes from `attention(q, k, v, allowed)`, whichever function that is; it
#    does the scaling.
# 4. `allowed` is a `(T, T)` mask of bools, True where the key is at the query's own position or
#    before it.
# 5. The heads' results stand side by side, head 0 first, and go through `w_o`: `result @ w_o.T`, a
#    tensor `(B, T, C)`.
# 6. The inputs are left unchanged.

SAME = torch.eye(4)
EXAMPLE = {  # the means so far, their numbers in another order
    "x": torch.tensor([[[2.0, 4.0, 6.0, 8.0], [0.0, 2.0, 0.0, 4.0], [4.0, 0.0, 3.0, 0.0]]]),
    "w_q": SAME,
    "w_k": SAME,
    "w_v": SAME,
    "w_o": SAME[[1, 3, 0, 2]],
    "n_head": 2,
    "attention": "mean",
}
HEADS = ((2, 3), (2, 5), (3, 2), (3, 4), (4, 3), (4, 5), (5, 2), (5, 4), (6, 3))  # H, D


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = drawn.same_each_time()
    yield EXAMPLE  # 1, 3, 4, 5
    yield _drawn(first, 2, 5, 3, 4, "softmax")  # 1 to 5
    yield _drawn(first, 3, 4, 2, 5, "softmax")
    yield _drawn(first, 2, 4, 3, 2, "mean")  # 3: an attention that is not the usual one
    yield _drawn(first, 2, 6, 1, 5, "softmax")  # 2: one head
    yield _drawn(first, 2, 3, 5, 1, "softmax")  # 2: heads that are one number wide
    yield _drawn(first, 3, 1, 2, 4, "softmax")  # 4: one position
    for number in range(20 if thorough else 3):
        H, D = HEADS[int(rng.integers(len(HEADS)))]
        B, T = [size for size in drawn.sizes(rng, 4) if size not in (H, D)][:2]
        yield _drawn(rng, B, T, H, D, "mean" if number % 4 == 3 else "softmax")


def _drawn(rng: np.random.Generator, B: int, T: int, H: int, D: int, attention: str) -> dict:
    C = H * D
    weights = {
        name: (tensors.normal(rng, C, C) / C**0.5).round(decimals=2)
        for name in ("w_q", "w_k", "w_v", "w_o")
    }
    x = tensors.normal(rng, B, T, C)
    return {"x": x, **weights, "n_head": H, "attention": attention}


def truth(inputs: dict) -> Tensor:
    """Return what torch's own multi-head attention gives; for the plain mean, add up in a loop."""
    x, n_head = inputs["x"].double(), inputs["n_head"]
    w_q, w_k, w_v, w_o = (inputs[name].double() for name in ("w_q", "w_k", "w_v", "w_o"))
    if inputs["attention"] == "mean":
        values = F.linear(x, w_v)
        means = [values[:, : t + 1].mean(dim=1) for t in range(x.size(1))]
        return F.linear(torch.stack(means, dim=1), w_o).float()
    by_position = x.transpose(0, 1)  # (T, B, C), as that function has it
    hidden = torch.ones(x.size(1), x.size(1), dtype=torch.bool).triu(1)
    result, _ = F.multi_head_attention_forward(
        by_position,
        by_position,
        by_position,
        embed_dim_to_check=x.size(-1),
        num_heads=n_head,
        in_proj_weight=torch.cat([w_q, w_k, w_v]),
        in_proj_bias=None,
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=w_o,
        out_proj_bias=None,
        need_weights=False,
        attn_mask=hidden,
    )
    return result.transpose(0, 1).float()


def call_text(inputs: dict) -> str:
    """Write the call with its weights in words, and say what `attention` does."""
    x, C = tensors.text(inputs["x"], digits=1), inputs["x"].size(-1)
    weights = f"each weight has the shape ({C}, {C})"
    if torch.equal(inputs["w_q"], SAME):
        weights = "w_q, w_k, w_v change nothing, w_o puts the numbers in the order 1, 3, 0, 2"
    return (
        f"multi_head_attention({x}, w_q, w_k, w_v, w_o, n_head={inputs['n_head']}, attention), "
        f"where {weights}, and {MEANS[inputs['attention']]}"
    )


EXERCISE = Exercise(
    name="multi_head_attention",
    functions=("multi_head_attention",),
    read="section 7, Attention with several heads",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=call_text,
)
