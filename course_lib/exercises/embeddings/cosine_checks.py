"""`cosine_similarity`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The similarity of two vectors is their dot product divided by both their lengths; a length is
#    the root of the sum of squares.
# 2. Vectors lie along the last axis, all other axes broadcast: `(V, C)` and `(C,)` give `(V,)`,
#    `(B, 1, C)` and `(T, C)` give `(B, T)`.
# 3. Where one of the vectors is all zeros, the similarity is 0 and not nan.
# 4. The length of a vector does not matter, even if it is as small as 0.000001.
# 5. `a` and `b` are left unchanged.

EXAMPLE = {"a": torch.tensor([3.0, 4.0]), "b": torch.tensor([4.0, 3.0])}  # 24 / (5 * 5)
SHORT = 1e-6
IN_SIGHT = 1e-3  # a length at which no sensible epsilon shows


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    always = np.random.default_rng(0)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1
    yield {"a": torch.tensor([1.0, -2.0, 2.0]), "b": torch.tensor([-3.0, 0.0, -4.0])}  # 1: negative
    yield _case(always, (3, 4), (3, 4))  # 2: row by row
    yield _case(always, (5, 3), (3,))  # 2
    yield _case(always, (2, 1, 4), (3, 4))  # 2
    yield {"a": torch.tensor([[0.0, 0.0], [1.0, 2.0]]), "b": torch.tensor([2.0, 1.0])}  # 3
    yield {"a": torch.tensor([2.0, 1.0]), "b": torch.zeros(2)}  # 3: the other one
    yield {"a": torch.zeros(3), "b": torch.zeros(3)}  # 3: both
    yield {"a": SHORT * EXAMPLE["a"] / 5, "b": EXAMPLE["b"]}  # 4
    yield {"a": EXAMPLE["a"], "b": SHORT * EXAMPLE["b"] / 5}  # 4
    yield {"a": SHORT * EXAMPLE["a"] / 5, "b": SHORT * EXAMPLE["b"] / 5}  # 4: both
    for _ in range(20 if thorough else 4):
        B, T, C = (int(size) for size in rng.permutation(range(2, 7))[:3])
        shapes = [((B, C), (B, C)), ((T, C), (C,)), ((B, 1, C), (T, C)), ((B, T, C), (B, T, C))]
        yield _case(rng, *shapes[rng.integers(len(shapes))])


def _case(rng: np.random.Generator, a: tuple, b: tuple) -> dict:
    return {"a": tensors.normal(rng, *a), "b": tensors.normal(rng, *b)}


def _parts(inputs: dict) -> tuple[Tensor, Tensor, Tensor]:
    """Return the dot products and both lengths, in float64."""
    a, b = torch.broadcast_tensors(inputs["a"].double(), inputs["b"].double())
    return (a * b).sum(-1), a.norm(dim=-1), b.norm(dim=-1)


def truth(inputs: dict) -> Tensor:
    """Return one minus half the squared distance of the unit vectors: no dot product in it."""
    a, b = torch.broadcast_tensors(inputs["a"].double(), inputs["b"].double())
    units = [v / v.norm(dim=-1, keepdim=True) for v in (a, b)]
    return (1 - (units[0] - units[1]).square().sum(-1) / 2).nan_to_num(0.0).float()


def _without_a_guard(inputs: dict) -> Tensor:
    dot, length_a, length_b = _parts(inputs)
    return (dot / (length_a * length_b)).float()


def _dot(inputs: dict) -> Tensor:
    return _parts(inputs)[0].float()


def _by_one_length(inputs: dict, which: int) -> Tensor:
    dot, *lengths = _parts(inputs)
    return (dot / lengths[which]).nan_to_num(0.0).float()


def _without_the_root(inputs: dict) -> Tensor:
    dot, length_a, length_b = _parts(inputs)
    return (dot / (length_a * length_b).square()).nan_to_num(0.0).float()


def _with_sizes(inputs: dict) -> Tensor:
    a, b = inputs["a"].double(), inputs["b"].double()
    return ((a * b).sum(-1) / (a.abs().sum(-1) * b.abs().sum(-1))).nan_to_num(0.0).float()


def _over(inputs: dict, dim: int | None) -> Tensor:
    a, b = inputs["a"].double(), inputs["b"].double()
    lengths = [v.norm() if dim is None else v.norm(dim=dim) for v in (a, b)]
    return ((a * b).sum(dim) / (lengths[0] * lengths[1])).nan_to_num(0.0).float()


def _all_pairs(inputs: dict) -> Tensor:
    a, b = (torch.nn.functional.normalize(inputs[name], dim=-1) for name in "ab")
    return a @ b.mT if b.ndim > 1 else a @ b


def _centered(inputs: dict) -> Tensor:
    return truth({name: v - v.mean(-1, keepdim=True) for name, v in inputs.items()})


WRONG_AXIS = (
    "The sums run over the wrong axis. Each vector lies along the last one: `dim=-1`, in the dot "
    "product and in both lengths."
)
ONE_LENGTH = "Only one of the two lengths was divided out. Doubling the other vector doubles this."
MISTAKES = (
    Mistake(
        "forgets_the_lengths",
        _dot,
        "This is the dot product. Divide it by the lengths of both vectors.",
    ),
    Mistake("divides_by_one_length", partial(_by_one_length, which=0), ONE_LENGTH),
    Mistake("divides_by_one_length", partial(_by_one_length, which=1), ONE_LENGTH),
    Mistake(
        "forgets_the_root",
        _without_the_root,
        "The sums of squares were divided out, and not their roots.",
    ),
    Mistake(
        "adds_the_sizes",
        _with_sizes,
        "The length is not the sum of the sizes of the numbers: square them, add, take the root.",
    ),
    Mistake(
        "nan_for_zeros",
        _without_a_guard,
        "0 / 0 is nan. A vector of zeros has no direction, and the task asks for 0 there. What "
        "could you divide by where a length is 0?",
    ),
    Mistake(
        "one_for_zeros",
        lambda inputs: torch.where(_without_a_guard(inputs).isnan(), 1.0, truth(inputs)),
        "A vector of zeros is like nothing else, not even another one: the task asks for 0.",
    ),
    Mistake("wrong_axis", partial(_over, dim=None), WRONG_AXIS),
    Mistake("wrong_axis", partial(_over, dim=0), WRONG_AXIS),
    Mistake(
        "all_pairs",
        _all_pairs,
        "`a @ b.T` takes each vector of `a` with each of `b`. Here they go in pairs, as "
        "broadcasting puts them: multiply elementwise, and sum over the last axis.",
    ),
    Mistake(
        "averages",
        lambda inputs: truth(inputs) / max(inputs["a"].size(-1), 1),
        "The products were averaged. A dot product is their sum.",
    ),
    Mistake(
        "loses_the_sign",
        lambda inputs: truth(inputs).abs(),
        "Vectors that point away from each other have a cosine below 0. Where did the minus go?",
    ),
    Mistake(
        "returns_the_distance",
        lambda inputs: 1 - truth(inputs),
        "This is 1 minus the cosine, a distance. The task asks for the cosine itself.",
    ),
    Mistake(
        "returns_the_angle",
        lambda inputs: truth(inputs).acos(),
        "This is the angle. The task asks for its cosine.",
    ),
    Mistake(
        "centers_first",
        _centered,
        "The mean of each vector was taken off first; that gives the correlation. Leave the "
        "numbers as they are.",
    ),
)
HIDES_SHORT = Mistake(
    "epsilon_hides_short_vectors",
    lambda inputs: None,
    "Something small is added to the lengths or their product, or they are not allowed below it. "
    "It is large beside a length of 0.000001, or beside the product of two such lengths. Only a "
    "length of exactly 0 needs help: ask for that.",
)


def _hides_short(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a result that is wrong for short vectors only."""
    if not isinstance(value, Tensor) or value.shape != right.shape or not value.isfinite().all():
        return None
    _, length_a, length_b = _parts(inputs)
    shorter = torch.minimum(length_a, length_b)
    short = (shorter > 0) & (shorter < IN_SIGHT)
    return HIDES_SHORT if short.any() and tensors.alike(value[~short], right[~short]) else None


EXERCISE = Exercise(
    name="cosine_similarity",
    functions=("cosine_similarity",),
    read="section 2, Cosine similarity",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases, otherwise=_hides_short),
    returns=("torch.Tensor",),
    forbids=("cosine_similarity", "CosineSimilarity"),
    call_text=partial(tensors.call_text, "cosine_similarity"),
)
