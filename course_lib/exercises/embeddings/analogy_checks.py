"""`analogy`: what a right answer does, and the mistakes that people make in it."""

from collections.abc import Iterator
from functools import partial
from itertools import permutations

import numpy as np
import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.embeddings.ranking import best_first, cosines, tables, without_ties
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Mistake

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Each row of the table is divided by its length first.
# 2. The direction is row a minus row b plus row c of these unit rows.
# 3. The result is a list of k ids, as ints: those whose rows have the largest cosine with the
#    direction, the largest first.
# 4. a, b and c are never in it.
# 5. `table` is left unchanged.

ROWS = {
    "king": [3, 0, 4],
    "man": [10, 0, 0],
    "woman": [0, 1, 0],
    "crown": [0, 0, 5],
    "queen": [0, 6, 8],
    "prince": [4, 0, 3],
    "boy": [12, 0, -5],
    "girl": [0, 12, -9],
}
TABLE = torch.tensor(list(ROWS.values()), dtype=torch.float32)
EXAMPLE = {"table": TABLE, "a": 0, "b": 1, "c": 2, "k": 3}  # king - man + woman
FAR = {  # dot products with the direction -2.6, -2.24, -2.16: all others point away from it
    "table": torch.tensor(
        [[0.0, 0, 2], [0, 0, -3], [0, 3, 4], [0, -3, -4], [6, 0, -8], [0, -8, -6]]
    ),
    "a": 0,
    "b": 1,
    "c": 2,
    "k": 3,
}
EPSILON = 1e-3  # of those who add one, as large as the shortest row


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1, 2, 3, 4
    yield {**EXAMPLE, "a": 4, "b": 2, "c": 1, "k": 5}  # 2: queen - woman + man; all that are left
    yield {**EXAMPLE, "a": 0, "b": 1, "c": 4, "k": 1}  # 4: king - man + queen
    yield FAR  # 4: less similar than -1
    yield {**EXAMPLE, "table": TABLE * torch.tensor([1, 1, 1, 1, 1e-4, 1, 1, 1])[:, None]}  # 1
    always = np.random.default_rng(0)  # mistakes are told by the first case that they get wrong
    for _ in range(3):
        yield _drawn(always)  # 1, 3
    for _ in range(20 if thorough else 4):
        yield _drawn(rng)


def _drawn(rng: np.random.Generator) -> dict:
    return next(filter(_is_clear, (_case(rng, table) for table in tables(rng))))


def _case(rng: np.random.Generator, table: Tensor) -> dict:
    a, b, c = rng.permutation(len(table))[:3].tolist()
    return {"table": table, "a": a, "b": b, "c": c, "k": int(rng.integers(1, len(table) - 2))}


def _is_clear(inputs: dict) -> bool:
    return without_ties(cosines(inputs["table"], _direction(_units(inputs), inputs)))


def _units(inputs: dict) -> Tensor:
    rows = inputs["table"].double()
    return torch.stack([row / row.square().sum().sqrt() for row in rows])


def _direction(rows: Tensor, inputs: dict, signs: tuple = (1, -1, 1)) -> Tensor:
    return sum(sign * rows[inputs[name]] for sign, name in zip(signs, "abc", strict=True))


def truth(inputs: dict) -> list[int]:
    return _answer(inputs)


def _answer(inputs: dict, *, signs: tuple = (1, -1, 1), exclude: str = "abc") -> list[int]:
    scores = cosines(inputs["table"], _direction(_units(inputs), inputs, signs))
    return best_first(scores, [inputs[name] for name in exclude])[: inputs["k"]]


def _ranked(inputs: dict, scores: list[float]) -> list[int]:
    return best_first(scores, [inputs[name] for name in "abc"])[: inputs["k"]]


def _with_raw_rows(inputs: dict) -> list[int]:
    return _ranked(inputs, cosines(inputs["table"], _direction(inputs["table"], inputs)))


def _raw_dots(inputs: dict) -> list[int]:
    table = inputs["table"].double()
    return _ranked(inputs, (table @ _direction(table, inputs)).tolist())


def _long_rows_win(inputs: dict) -> list[int]:
    direction = _direction(_units(inputs), inputs)
    return _ranked(inputs, (inputs["table"].double() @ direction).tolist())


def _with_an_epsilon(inputs: dict) -> list[int]:
    rows = inputs["table"].double()
    rows = rows / (rows.norm(dim=1, keepdim=True) + EPSILON)
    return _ranked(inputs, (rows @ _direction(rows, inputs)).tolist())


def _with_the_three_at(score: float, order: tuple[str, ...], inputs: dict) -> list[int]:
    """Rank a, b and c by this score, in this order: sorting may put equal ones in any."""
    units = _units(inputs)
    scores = (units @ _direction(units, inputs)).tolist()
    three = [inputs[name] for name in order]
    for i in three:
        scores[i] = score
    ids = [*three, *(i for i in range(len(scores)) if i not in three)]
    return sorted(ids, key=lambda i: -scores[i])[: inputs["k"]]


def _cut_first(inputs: dict) -> list[int]:
    first = _answer(inputs, exclude="")
    return [i for i in first if i not in (inputs["a"], inputs["b"], inputs["c"])]


def _farthest_first(inputs: dict) -> list[int]:
    return _answer({**inputs, "k": len(inputs["table"])})[::-1][: inputs["k"]]


WRONG_SIGNS = (
    "Two rows are added and one is taken off: a - b + c. For king, man, woman: from king, take "
    "what makes a man, and add what makes a woman."
)
RAW = (
    "The direction was made of the rows as they are, so the longest of the three counts most. "
    "Divide each row by its length first."
)
OTHERS_FALL = (
    "and rows that point away from the direction fall below it. A cosine reaches -1, and a dot "
    "product with the direction, which can be 3 long, reaches -3. What is below every number?"
)
MISTAKES = (
    Mistake("without_unit_rows", _with_raw_rows, RAW),
    Mistake("without_unit_rows", _raw_dots, RAW),
    Mistake(
        "long_rows_win",
        _long_rows_win,
        "The direction is right. But rows were ranked by their dot product with it, before they "
        "were divided by their lengths.",
    ),
    Mistake("wrong_signs", partial(_answer, signs=(-1, 1, 1)), WRONG_SIGNS),
    Mistake("wrong_signs", partial(_answer, signs=(1, 1, -1)), WRONG_SIGNS),
    Mistake("wrong_signs", partial(_answer, signs=(1, -1, -1)), WRONG_SIGNS),
    Mistake("wrong_signs", partial(_answer, signs=(1, 1, 1)), WRONG_SIGNS),
    Mistake(
        "only_the_difference",
        partial(_answer, signs=(1, -1, 0)),
        "Row c is not in the direction: it is where the step from b to a starts.",
    ),
    Mistake(
        "neighbors_of_c",
        partial(_answer, signs=(0, 0, 1)),
        "These are the neighbors of row c. Rows a and b have to count, too.",
    ),
    *(
        Mistake(
            "keeps_the_three",
            partial(_answer, exclude=left_out),
            "One of a, b and c is in the list. They are often the nearest rows of all: leave out "
            "all three.",
        )
        for left_out in ("", "a", "b", "c", "ab", "bc", "ac")
    ),
    *(
        Mistake(name, partial(_with_the_three_at, score, order), cause)
        for name, score, cause in (
            ("excludes_by_zero", 0.0, f"a, b and c got the score 0, {OTHERS_FALL}"),
            ("excludes_by_minus_one", -1.0, f"a, b and c got a score like -1, {OTHERS_FALL}"),
        )
        for order in permutations("abc")
    ),
    Mistake(
        "epsilon_hides_short_rows",
        _with_an_epsilon,
        "Something small is added to the lengths, or they are not allowed below it, and a short "
        "row falls behind. No row is all zeros here: divide by the length itself.",
    ),
    Mistake(
        "cuts_before_it_excludes",
        _cut_first,
        "The first k were taken, and then a, b and c removed: too few are left. Exclude first, "
        "then cut.",
    ),
    Mistake(
        "farthest_first",
        _farthest_first,
        "The rows that point away from the direction come first. `argsort` and `sorted` begin with "
        "the smallest, unless told otherwise.",
    ),
    Mistake(
        "ignores_k",
        lambda inputs: _answer({**inputs, "k": len(inputs["table"])}),
        "All ids that are left came back. Only the first k of them are asked for.",
    ),
)

EXERCISE = Exercise(
    name="analogy",
    functions=("analogy",),
    read="section 3, An analogy",
    cases=cases,
    judge=tensors.judge(truth, MISTAKES, cases),
    returns=("list",),
    call_text=partial(tensors.call_text, "analogy"),
)
