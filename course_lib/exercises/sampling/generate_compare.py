"""Compare what a `generate` wrote with the truth, a tensor or the odds of many rows."""

from typing import Any

import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import shown
from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.sampling import counts
from course_lib.exercises.sampling.counts import Odds
from course_lib.exercises.sampling.generate_truth import best, logits_after


def equal(a: Any, b: Any) -> bool:
    if not isinstance(a, Odds):
        return tensors.alike(a, b)
    if isinstance(b, Odds):
        odds, others = a.beginnings(), b.beginnings()
        return all(abs(odds.get(x, 0) - others.get(x, 0)) < 1e-9 for x in {**odds, **others})
    return isinstance(b, torch.Tensor) and counts.fit(a, b)


def contrast(right: Any, got: Any) -> tuple[str, str]:
    """Write where the two part first; None stands for an error."""
    if got is None:
        return "a value, no error", ""
    if not isinstance(right, Odds):
        return _contrast_rows(right, got)
    if not _is_shaped(right, got):
        return tensors.contrast(_shaped(right), got)
    beginning, expected, count = counts.oddest(right, got)
    begin = f"of {right.rows} rows begin with {beginning}"
    return f"about {expected:.0f} {begin}", f"{count} of them do"


def _contrast_rows(right: torch.Tensor, got: torch.Tensor) -> tuple[str, str]:
    """Write the first row that is wrong, as it should be and as it is."""
    if got.dtype != right.dtype or got.ndim != 2 or len(got) != len(right):
        return tensors.contrast(right, got)
    rows = zip(right.tolist(), got.tolist(), strict=True)
    number, row, other = next((n, *both) for n, both in enumerate(rows) if both[0] != both[1])
    return f"row {number}: {shown(row)}", f"row {number}: {shown(other)}"


def otherwise(inputs: dict, right: Any, value: Any) -> Mistake | None:
    """Name a draw that all rows share: they are all alike, and not the most likely ones."""
    if not isinstance(right, Odds) or value.ndim != 2 or len(value) < 2:
        return None
    row, others, T = value[0].tolist(), value[1:], inputs["ids"].size(1)
    alike = bool((others == value[0]).all()) and len(row) > T
    likely = alike and row[T] == best(logits_after(inputs, row[:T]))
    return ONE_DRAW if alike and not likely else None


def unnamed(right: Any, got: Any) -> Mistake:
    if not isinstance(right, Odds):
        return tensors.unnamed(right, got)
    return WRONG_ODDS if _is_shaped(right, got) else tensors.unnamed(_shaped(right), got)


def _shaped(odds: Odds) -> torch.Tensor:
    return torch.zeros(odds.rows, odds.width, dtype=torch.int64)


def _is_shaped(odds: Odds, got: torch.Tensor) -> bool:
    return got.shape == _shaped(odds).shape and got.dtype == torch.int64


ONE_DRAW = Mistake(
    "one_draw_for_all_rows",
    lambda inputs: None,
    "All rows got the same token: one was drawn for all. Give `multinomial` the probabilities "
    "(B, V) of all rows, and it draws one for each.",
)
WRONG_ODDS = Mistake(
    "wrong_odds",
    lambda inputs: None,
    "Tokens come with other probabilities than those of softmax(logits / temperature). Print "
    "your probabilities for one row, and its logits: do the two fit?",
)
