"""`load_weights`: what a right answer does, and the foreign models that it is tried on."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.attention.drawn import same_each_time
from course_lib.exercises.blocks.llama_names import EMBED, HEAD, sources
from course_lib.exercises.blocks.load_mistakes import MISTAKES, contrast, named_by_its_tensors
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge

# The properties of the task; behind each case stands which of them it tries.
#
# 1. For each of the `n_layer` layers i, a name `model.layers.{i}.` + part + `.weight` becomes
#    `blocks.{i}.` + `NAMES[part]` + `.weight`.
# 2. `model.embed_tokens.weight` becomes `embed.weight`, `model.norm.weight` becomes `norm.weight`,
#    and `lm_head.weight` becomes `head.weight`.
# 3. Where `foreign` has no `lm_head.weight`, `head.weight` is the embedding table.
# 4. Every matrix of a layer is transposed. The two tables `(V, C)` and the norms are not.
# 5. After that, each `head_dim` rows of a query or key matrix are one head, with its rows in the
#    order x0, x2, x4, ..., x1, x3, x5, ...; the result has them as x0, x1, x2, and so on.
# 6. The rows of all other matrices keep their order.
# 7. `foreign` and its tensors are left unchanged, in whichever order its names come.

V = 7


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = same_each_time()
    yield _drawn(first, 2, 6, H=2, H_kv=1, d_ff=5)  # 1, 2, 4, 5, 6
    yield _shuffled(first, _drawn(first, 2, 4, H=4, H_kv=2, d_ff=10))  # 7: the order of the names
    yield _drawn(first, 1, 6, H=2, H_kv=2, d_ff=12)  # 4: all matrices are square
    yield _tied(_drawn(first, 1, 8, H=2, H_kv=1, d_ff=9))  # 3
    yield _shuffled(first, _tied(_drawn(first, 12, 4, H=1, H_kv=1, d_ff=3)))  # 1: two digits
    for number in range(12 if thorough else 3):
        if number % 6 == 2:
            inputs = _drawn(rng, 11, 4, H=1, H_kv=1, d_ff=int(rng.choice([3, 5])))
        else:
            H_kv, shared = int(rng.choice([1, 2])), int(rng.choice([1, 2, 3]))
            H = H_kv * shared
            D = 4 if H > 3 else int(rng.choice([4, 6]))
            d_ff = H * D if number % 3 == 0 else int(rng.choice([5, 7, 10]))
            n_layer = 1 if H * D > 12 else int(rng.integers(1, 3))
            inputs = _drawn(rng, n_layer, D, H, H_kv, d_ff)
        yield _shuffled(rng, _tied(inputs) if rng.random() < 0.5 else inputs)


def _drawn(rng: np.random.Generator, n_layer: int, D: int, H: int, H_kv: int, d_ff: int) -> dict:
    """Draw a foreign model with a head of its own. No two of its numbers are the same."""
    C = H * D
    shapes = {"norm": (C,), "q": (C, C), "k": (C, H_kv * D), "v": (C, H_kv * D), "o": (C, C)}
    shapes |= {"gate": (C, d_ff), "up": (C, d_ff), "down": (d_ff, C)}

    def shape(name: str) -> tuple[int, ...]:
        part = name.removesuffix(".weight").split(".")[-1]
        return (V, C) if name in (EMBED, HEAD) else shapes.get(part.split("_proj")[0], (C,))

    names = sources(n_layer).values()
    total = sum(int(np.prod(shape(name))) for name in names)
    numbers = torch.tensor((rng.permutation(total) + 1) / 100, dtype=torch.float32)
    parts = numbers.split([int(np.prod(shape(name))) for name in names])
    foreign = {name: part.view(shape(name)) for name, part in zip(names, parts, strict=True)}
    return {"foreign": foreign, "n_layer": n_layer, "head_dim": D}


def _tied(inputs: dict) -> dict:
    foreign = {name: weight for name, weight in inputs["foreign"].items() if name != HEAD}
    return {**inputs, "foreign": foreign}


def _shuffled(rng: np.random.Generator, inputs: dict) -> dict:
    names = rng.permutation(list(inputs["foreign"])).tolist()
    return {**inputs, "foreign": {name: inputs["foreign"][name] for name in names}}


def truth(inputs: dict) -> dict[str, Tensor]:
    """Go through our names one by one, and through the rows of each matrix."""
    foreign, result = inputs["foreign"], {}
    for ours, theirs in sources(inputs["n_layer"]).items():
        weight = foreign[theirs if theirs in foreign else EMBED]
        if ours.startswith("blocks.") and weight.ndim == 2:
            rows = [weight[:, j] for j in range(weight.size(1))]
            if ours.endswith(("query.weight", "key.weight")):
                rows = [rows[_place(j, inputs["head_dim"])] for j in range(len(rows))]
            weight = torch.stack(rows)
        result[ours] = weight
    return result


def _place(row: int, D: int) -> int:
    """Return where row `row` of ours stands in a matrix whose heads are split in halves."""
    head, number = divmod(row, D)
    pair, second = divmod(number, 2)
    return head * D + (D // 2 if second else 0) + pair


def call_text(inputs: dict) -> str:
    """Write the call, and say which model `foreign` is."""
    foreign, D = inputs["foreign"], inputs["head_dim"]
    C, d_ff = foreign["model.layers.0.mlp.gate_proj.weight"].shape
    H_kv = foreign["model.layers.0.self_attn.k_proj.weight"].size(1) // D
    head = "a head of its own" if HEAD in foreign else "no `lm_head.weight`"
    order = "" if list(foreign)[0] == EMBED else ", its names in any order"
    return (
        f"load_weights(foreign, n_layer={inputs['n_layer']}, head_dim={D}), where foreign has "
        f"V = {V}, C = {C}, H = {C // D}, H_kv = {H_kv}, d_ff = {d_ff} and {head}{order}"
    )


EXERCISE = Exercise(
    name="load_weights",
    functions=("load_weights",),
    read="section 10, A real model's weights",
    cases=cases,
    judge=Judge(
        truth,
        MISTAKES,
        cases=cases,
        equal=tensors.alike,
        contrast=contrast,
        otherwise=named_by_its_tensors,
        unnamed=tensors.unnamed,
    ),
    returns=("dict",),
    call_text=call_text,
)
