"""`grouped_query_attention`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention import drawn, parts
from course_lib.exercises.attention.calls import handed_in
from course_lib.exercises.attention.handed_in_text import where_attention
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Query head h uses the keys and the values of head h // (H // H_kv): neighbors share.
# 2. What the heads gather comes from `attention(q, k, v, None)`, whichever function that is; a mask
#    that allows everything does as well as None. It wants as many heads in `k` and `v` as in `q`.
# 3. H_kv may be H (nothing is shared) or 1 (all share).
# 4. The inputs are left unchanged.

EXAMPLE = {  # one position: each head takes the value of its key and value head whole
    "q": torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 1.0]], [[0.0, 0.0]]]]),
    "k": torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]]),
    "v": torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]]),
    "attention": "softmax",
}
GROUPS = ((6, 2), (6, 3), (4, 2), (8, 2), (8, 4), (5, 5), (7, 1), (9, 3))  # H, H_kv


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = drawn.same_each_time()
    yield EXAMPLE  # 1
    yield _drawn(first, 2, 6, 2, 5, 4, "softmax")  # 1
    yield _drawn(first, 2, 6, 3, 4, 5, "softmax")  # 1
    yield _drawn(first, 3, 6, 2, 5, 4, "mean")  # 2: an attention that is not the usual one
    yield _drawn(first, 2, 4, 4, 5, 3, "softmax")  # 3: nothing is shared
    yield _drawn(first, 2, 4, 1, 5, 3, "softmax")  # 3: all share
    for number in range(20 if thorough else 3):
        H, H_kv = GROUPS[int(rng.integers(len(GROUPS)))]
        B, T, D = (int(size) for size in rng.permutation([2, 3, 4, 5])[:3])
        yield _drawn(rng, B, H, H_kv, T, D, "mean" if number % 4 == 3 else "softmax")


def _drawn(
    rng: np.random.Generator, B: int, H: int, H_kv: int, T: int, D: int, attention: str
) -> dict:
    return {
        "q": tensors.normal(rng, B, H, T, D),
        "k": tensors.normal(rng, B, H_kv, T, D),
        "v": tensors.normal(rng, B, H_kv, T, D),
        "attention": attention,
    }


def truth(inputs: dict) -> Tensor:
    """Return the heads one by one, each from torch's own attention or a plain mean, in float64."""
    q, k, v = (inputs[name].double() for name in "qkv")
    H, H_kv = q.size(1), k.size(1)
    heads = []
    for h in range(H):
        mine, shared_k, shared_v = q[:, h], k[:, h // (H // H_kv)], v[:, h // (H // H_kv)]
        if inputs["attention"] == "mean":
            heads.append(shared_v.mean(dim=1, keepdim=True).expand_as(mine))
        else:
            heads.append(F.scaled_dot_product_attention(mine, shared_k, shared_v))
    return torch.stack(heads, dim=1).float()


def _share(
    keys: Callable[[Tensor, int], Tensor],
    values: Callable[[Tensor, int], Tensor] | None = None,
    kind: str = "",
    causal: bool = False,
) -> Callable[[dict], Tensor]:
    """Return a method that gives H heads to keys and values in its own way."""

    def method(inputs: dict) -> Tensor:
        q, H = inputs["q"], inputs["q"].size(1)
        k, v = keys(inputs["k"], H), (values or keys)(inputs["v"], H)
        allowed = parts.past(q.size(2)) if causal else None
        return handed_in(kind or inputs["attention"])(q, k, v, allowed)

    return method


def _side_by_side(x: Tensor, H: int) -> Tensor:
    return x.repeat_interleave(H // x.size(1), dim=1)


def _in_turn(x: Tensor, H: int) -> Tensor:
    return x.repeat(1, H // x.size(1), 1, 1)


def _first_head(x: Tensor, H: int) -> Tensor:
    return x[:, :1].expand(-1, H, -1, -1)


def _mean_head(x: Tensor, H: int) -> Tensor:
    return x.mean(dim=1, keepdim=True).expand(-1, H, -1, -1)


def _as_it_is(x: Tensor, H: int) -> Tensor:
    return x


def _wrong_count(x: Tensor, H: int) -> Tensor:
    return x.repeat_interleave(x.size(1), dim=1)


def _positions_repeated(x: Tensor, H: int) -> Tensor:
    return x.repeat_interleave(H // x.size(1), dim=2)


def _drops_heads(pick: Callable[[Tensor, int], Tensor]) -> Callable[[dict], Tensor]:
    """Return a method that makes as few query heads as there are heads to share."""

    def method(inputs: dict) -> Tensor:
        q = pick(inputs["q"], inputs["k"].size(1))
        return handed_in(inputs["attention"])(q, inputs["k"], inputs["v"], None)

    return method


def _without_a_mask(inputs: dict) -> Tensor:
    k, v = (_side_by_side(inputs[name], inputs["q"].size(1)) for name in "kv")
    return handed_in(inputs["attention"])(inputs["q"], k, v)


def _group_means(q: Tensor, H_kv: int) -> Tensor:
    return q.unflatten(1, (H_kv, -1)).mean(dim=2)


TURNS = (
    "The heads were taken in turn: 0, 1, 0, 1. Neighbors share: 0, 0, 1, 1. `repeat` puts copies "
    "of the whole one after the other, `repeat_interleave` puts them next to each one."
)
FEWER = "The result has too few heads. All query heads stay; what is shared are keys and values."
NO_FIT = (
    "`attention` wants as many heads in `k` and `v` as in `q`, as its message says. Repeat each of "
    "them H // H_kv times, along the axis of the heads."
)
MISTAKES = (
    Mistake("repeats_in_turn", _share(_in_turn), TURNS),
    Mistake(
        "keys_in_another_order",
        _share(_in_turn, _side_by_side),
        f"Keys and values were repeated in different ways. {TURNS}",
    ),
    Mistake(
        "only_the_first_head",
        _share(_first_head),
        "All queries used key and value head 0. Each of them serves H // H_kv query heads.",
    ),
    Mistake(
        "averages_the_shared_heads",
        _share(_mean_head),
        "Keys and values were averaged over their heads. Each stays what it is, and is used by "
        "several query heads.",
    ),
    Mistake("drops_query_heads", _drops_heads(lambda q, H_kv: q[:, :H_kv]), FEWER),
    Mistake("drops_query_heads", _drops_heads(lambda q, H_kv: q[:, :: q.size(1) // H_kv]), FEWER),
    Mistake("drops_query_heads", _drops_heads(_group_means), FEWER),
    Mistake(
        "last_group_first",
        _share(lambda x, H: _side_by_side(x.flip(1), H)),
        "The groups are in the opposite order: query head 0 belongs to head 0.",
    ),
    Mistake(
        "causal",
        _share(_side_by_side, causal=True),
        "Later keys were hidden. Hand in None: here every query may use every key.",
    ),
    Mistake(
        "ignores_the_attention",
        _share(_side_by_side, kind="softmax"),
        "This is ordinary attention, and this time another `attention` was handed in. Call the one "
        "that comes as an argument.",
    ),
    Mistake("heads_do_not_fit", _share(_as_it_is), NO_FIT),
    Mistake("heads_do_not_fit", _share(_wrong_count), NO_FIT),
    Mistake("heads_do_not_fit", _share(_positions_repeated), NO_FIT),
    Mistake(
        "calls_attention_with_three",
        _without_a_mask,
        "`attention` takes four arguments. The last one says which keys are allowed; None allows "
        "all.",
    ),
)

EXERCISE = Exercise(
    name="grouped_query_attention",
    functions=("grouped_query_attention",),
    read="section 8, Shared keys and values",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    call_text=lambda inputs: where_attention("grouped_query_attention", inputs),
)
