"""`one_hot_lookup`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.embeddings.calls import LOOK_UPS, LookedUpByIndex, NeverMultiplied
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The vector at position t of batch row b is row `ids[b, t]` of the table; the result is
#    `(B, T, C)`.
# 2. It comes from the product of one-hot rows, `(B, T, V)` with a single 1 in each, and the table.
# 3. V is the number of rows of the table, also where the last ids do not occur.
# 4. The result is float32, as the table is; `ids` and `table` are left unchanged.

EXAMPLE = {  # on the cat
    "ids": torch.tensor([[3, 0, 1]]),
    "table": torch.tensor(
        [
            [0.12, -0.50, 0.33, 0.78],
            [0.78, 0.30, -0.12, 0.45],
            [0.45, -0.10, 0.67, -0.23],
            [0.33, 0.89, 0.11, 0.56],
        ]
    ),
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    always = np.random.default_rng(0)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 4
    yield _case(always, [[0, 2, 0], [1, 4, 3]], V=7, C=5)  # 1: two rows; 3
    yield _case(always, [[4], [2], [0]], V=5, C=2)  # 1: one position
    yield _case(always, [[0, 0]], V=3, C=6)  # 3
    for _ in range(20 if thorough else 4):
        V = int(rng.integers(3, 10))
        ids = rng.integers(V, size=(rng.integers(1, 4), rng.integers(1, 6)))
        yield _case(rng, ids.tolist(), V, C=int(rng.integers(2, 7)))


def _case(rng: np.random.Generator, ids: list, V: int, C: int) -> dict:
    return {"ids": torch.tensor(ids), "table": tensors.normal(rng, V, C)}


def truth(inputs: dict) -> Tensor:
    return F.embedding(inputs["ids"], inputs["table"])


def _one_hot(inputs: dict) -> Tensor:
    return F.one_hot(inputs["ids"], len(inputs["table"])).float()


def _by_index(inputs: dict) -> None:
    raise LookedUpByIndex


def _without_a_product(inputs: dict) -> None:
    raise NeverMultiplied


def _counted_from_one(inputs: dict) -> Tensor:
    places = torch.arange(1, len(inputs["table"]) + 1)
    return (inputs["ids"].unsqueeze(-1) == places).float() @ inputs["table"]


MISTAKES = (
    Mistake(
        "looks_up_by_index",
        _by_index,
        "This takes rows out of the table by their ids. It gives the right vectors, but here they "
        "should come from a product: make the one-hot rows first, then multiply.",
    ),
    Mistake(
        "without_a_product",
        _without_a_product,
        "The vectors are right, but no tensor was multiplied with the table: its rows were copied "
        "one by one, picked by a mask, or taken out as lists. Make the one-hot rows, `(B, T, V)`, "
        "as a tensor, and let torch multiply.",
    ),
    Mistake(
        "integer_one_hot",
        lambda inputs: F.one_hot(inputs["ids"], len(inputs["table"])) @ inputs["table"],
        "`F.one_hot` gives whole numbers, and a product wants the same type on both sides: turn "
        "the one-hot rows into floats first.",
    ),
    Mistake(
        "width_of_the_largest_id",
        lambda inputs: F.one_hot(inputs["ids"]).float() @ inputs["table"],
        "The one-hot rows end at the largest id that occurs in `ids`. How many rows does the "
        "table have? Say it: `F.one_hot(ids, V)`.",
    ),
    Mistake(
        "columns_for_rows",
        lambda inputs: _one_hot(inputs) @ inputs["table"].T,
        "These are columns of the table. The ones have to meet its rows: no `.T` here.",
    ),
    Mistake(
        "returns_the_one_hot_rows",
        _one_hot,
        "These are the one-hot rows. Their product with the table is missing.",
    ),
    Mistake(
        "counts_from_one",
        _counted_from_one,
        "Each vector is that of the id before. Ids start at 0: the one of id 0 stands in column 0.",
    ),
    Mistake(
        "writes_the_id",
        lambda inputs: (_one_hot(inputs) * inputs["ids"].unsqueeze(-1)) @ inputs["table"],
        "Each vector is multiplied by its id. The one-hot row of id 3 holds a 1 in column 3, and "
        "not a 3.",
    ),
    Mistake(
        "adds_the_positions",
        lambda inputs: _one_hot(inputs).sum(dim=1) @ inputs["table"],
        "The vectors of a row are added up: its order is lost. Each position keeps its own.",
    ),
    Mistake(
        "flattens_the_batch",
        lambda inputs: truth(inputs).flatten(0, 1),
        "Batch and positions became one axis. A product with `@` leaves the axes in front as they "
        "are; or give the shape back with `.view(B, T, C)`.",
    ),
    Mistake(
        "swaps_batch_and_time",
        lambda inputs: truth(inputs).transpose(0, 1),
        "Batch and positions changed places: `(T, B, C)` in place of `(B, T, C)`.",
    ),
    Mistake(
        "only_the_first_row",
        lambda inputs: truth({**inputs, "ids": inputs["ids"][:1]}),
        "Only the first row of `ids` was looked up. There are B of them.",
    ),
)

EXERCISE = Exercise(
    name="one_hot_lookup",
    functions=("one_hot_lookup",),
    read="section 1, Look up by a product",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("torch.Tensor",),
    forbids=(*LOOK_UPS, "Embedding", "EmbeddingBag", "embedding_bag"),
    call_text=partial(tensors.call_text, "one_hot_lookup"),
)
