"""`nearest_tokens`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.embeddings.ranking import best_first, cosines, tables, without_ties
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. The list holds k ids, as ints, the most similar row first.
# 2. Similarity is the cosine: how long a row is does not matter.
# 3. Ids in `exclude`, which may be empty, are left out.
# 4. A row of zeros has similarity 0: it is nearer than a row that points away from the query.
# 5. `table`, `query` and `exclude` are left unchanged.

EXAMPLE = {  # cosines 0, 0.6, 1, 0.8, -1
    "table": torch.tensor([[0.0, 3.0], [3.0, 4.0], [1.0, 0.0], [0.4, 0.3], [-2.0, 0.0]]),
    "query": torch.tensor([2.0, 0.0]),
    "k": 2,
    "exclude": [2],
}

EPSILON = 1e-3  # of those who add one, as large as the shortest row


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1, 2, 3
    yield {**EXAMPLE, "k": 3, "exclude": []}  # 3: empty
    yield {**EXAMPLE, "k": 1, "exclude": [3, 2]}  # 3: two
    yield {**EXAMPLE, "k": 4, "exclude": [3]}  # 1: all that are left, 3: below 0
    yield {  # 4: cosines 0.6, 0, -0.8
        "table": torch.tensor([[3.0, 4.0], [0.0, 0.0], [-4.0, 3.0]]),
        "query": torch.tensor([1.0, 0.0]),
        "k": 3,
        "exclude": [],
    }
    yield {  # 2: cosines 0.8, 0.75, -0.6; the nearest row is a thousand times shorter
        "table": torch.tensor([[0.0008, 0.0006], [3.0, 2.65], [-3.0, 4.0]]),
        "query": torch.tensor([1.0, 0.0]),
        "k": 2,
        "exclude": [],
    }
    for _ in range(20 if thorough else 4):
        yield next(filter(_is_clear, (_case(rng, table) for table in tables(rng))))


def _case(rng: np.random.Generator, table: torch.Tensor) -> dict:
    V, C = table.shape
    exclude = rng.permutation(V)[: rng.integers(0, 4)].tolist()
    table[rng.integers(V)] = 0.0
    return {
        "table": table,
        "query": tensors.normal(rng, C),
        "k": int(rng.integers(1, V - len(exclude) + 1)),
        "exclude": exclude,
    }


def _is_clear(inputs: dict) -> bool:
    return without_ties(cosines(inputs["table"], inputs["query"]))


def truth(inputs: dict) -> list[int]:
    return _ranked(inputs, cosines(inputs["table"], inputs["query"]))


def _ranked(inputs: dict, scores: list[float]) -> list[int]:
    return best_first(scores, inputs["exclude"])[: inputs["k"]]


def _dots(inputs: dict) -> list[float]:
    return (inputs["table"].double() @ inputs["query"].double()).tolist()


def _with_an_epsilon(inputs: dict) -> list[float]:
    lengths = inputs["table"].double().norm(dim=1)
    return (torch.tensor(_dots(inputs), dtype=torch.float64) / (lengths + EPSILON)).tolist()


def _closeness(inputs: dict) -> list[float]:
    distances = (inputs["table"].double() - inputs["query"].double()).norm(dim=1)
    return (-distances).tolist()


def _with_excluded_at(inputs: dict, score: float) -> list[int]:
    scores = cosines(inputs["table"], inputs["query"])
    for i in inputs["exclude"]:
        scores[i] = score
    return best_first(scores)[: inputs["k"]]


def _zeros_first(inputs: dict) -> list[int]:
    """Rank nan as torch does: above everything."""
    scores = cosines(inputs["table"], inputs["query"])
    filled = zip(scores, inputs["table"], strict=True)
    return _ranked(inputs, [score if row.any() else 2.0 for score, row in filled])


def _cut_first(inputs: dict) -> list[int]:
    first = best_first(cosines(inputs["table"], inputs["query"]))[: inputs["k"]]
    return [i for i in first if i not in inputs["exclude"]]


def _numbered_anew(inputs: dict) -> list[int]:
    kept = [i for i in range(len(inputs["table"])) if i not in inputs["exclude"]]
    return [kept.index(i) for i in truth(inputs)]


def _similarities(inputs: dict) -> list[float]:
    scores = cosines(inputs["table"], inputs["query"])
    return [scores[i] for i in truth(inputs)]


MISTAKES = (
    Mistake(
        "by_dot_product",
        lambda inputs: _ranked(inputs, _dots(inputs)),
        "Ranked by the dot product, in which long rows win. Divide by the length of each row.",
    ),
    Mistake(
        "by_distance",
        lambda inputs: _ranked(inputs, _closeness(inputs)),
        "Ranked by distance. It counts how long a row is; the cosine counts its direction only.",
    ),
    Mistake(
        "farthest_first",
        lambda inputs: best_first(cosines(inputs["table"], inputs["query"]), inputs["exclude"])[
            ::-1
        ][: inputs["k"]],
        "The least similar rows come first. `argsort` and `sorted` begin with the smallest, unless "
        "told otherwise.",
    ),
    Mistake(
        "keeps_the_excluded",
        lambda inputs: truth({**inputs, "exclude": []}),
        "An id of `exclude` is in the list.",
    ),
    Mistake(
        "cuts_before_it_excludes",
        _cut_first,
        "The first k were taken, and then the excluded ones removed: too few are left. Exclude "
        "first, then cut.",
    ),
    Mistake(
        "numbers_what_is_left",
        _numbered_anew,
        "The excluded rows were taken out of the table, and what is left has new numbers. The ids "
        "of the whole table are asked for.",
    ),
    Mistake(
        "excludes_by_zero",
        lambda inputs: _with_excluded_at(inputs, 0.0),
        "Excluded rows got the similarity 0, which is better than any below 0. What is worse than "
        "every cosine?",
    ),
    Mistake(
        "epsilon_hides_short_rows",
        lambda inputs: _ranked(inputs, _with_an_epsilon(inputs)),
        "Something small is added to the lengths, or they are not allowed below it, and a short "
        "row falls behind. Only a length of exactly 0 needs help; for that, 1e-8 will do.",
    ),
    Mistake(
        "nan_comes_first",
        _zeros_first,
        "A row of zeros gives 0 / 0, nan, and torch sorts nan above all numbers. Make it 0.",
    ),
    Mistake(
        "ignores_k",
        lambda inputs: truth({**inputs, "k": len(inputs["table"])}),
        "All ids that are left came back. Only the first k of them are asked for.",
    ),
    Mistake(
        "skips_the_nearest",
        lambda inputs: truth({**inputs, "k": inputs["k"] + 1})[1:],
        "The nearest row was skipped. Nobody said that the query is a row of the table: what must "
        "be left out stands in `exclude`.",
    ),
    Mistake(
        "ignores_the_sign",
        lambda inputs: _ranked(
            inputs, [abs(score) for score in cosines(inputs["table"], inputs["query"])]
        ),
        "A row that points away from the query came out near. Its cosine is close to -1, not 1.",
    ),
    Mistake(
        "returns_similarities",
        _similarities,
        "These are the similarities. The task asks for the ids of the rows that have them.",
    ),
)

EXERCISE = Exercise(
    name="nearest_tokens",
    functions=("nearest_tokens",),
    read="section 2, The nearest tokens",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("list",),
    call_text=partial(tensors.call_text, "nearest_tokens"),
)
