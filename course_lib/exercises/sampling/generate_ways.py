"""Ways in which `generate` goes wrong, with nothing left to chance."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from course_lib.exercises.sampling.counts import Odds
from course_lib.exercises.sampling.generate_truth import (
    Probs,
    best,
    is_counted,
    logits_after,
    odds,
    truth,
)

Row = list[int]


def _never(row: Row, stop: int | None) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to write; each attribute's default is the right one.

    Attributes:
        reads: what the model is given, of a prompt and the row so far.
        takes: the next token, of its logits.
        n_steps: how many, of the inputs.
        stop: the id that ends a row, of the inputs.
        starts_stopped: whether a row has stopped before anything was written.
        stops: whether a row has stopped, of the row with its newest token.
        waits: whether a row that has stopped repeats `fills` of the stop id.
        fills: see `waits`.
        ends: whether to end, of which rows have stopped.
        leaves_out: whether the step that ends it is thrown away.
        late: whether one more step is taken before it ends.
        one_for_all: whether all rows get the token of the first.
    """

    reads: Callable[[Row, Row], Row] = lambda prompt, row: row
    takes: Callable[[list[float]], int] = best
    n_steps: Callable[[dict], int] = lambda inputs: inputs["max_new_tokens"]
    stop: Callable[[dict], int | None] = lambda inputs: inputs["stop_id"]
    starts_stopped: Callable[[Row, int | None], bool] = _never
    stops: Callable[[Row, int | None], bool] = lambda row, stop: row[-1] == stop
    waits: bool = True
    fills: Callable[[int], int] = lambda stop: stop
    ends: Callable[[list[bool]], bool] = all
    leaves_out: bool = False
    late: bool = False
    one_for_all: bool = False


def written(way: Way, inputs: dict) -> Tensor:
    """Return the rows (B, T + n) that come out of this way to write."""
    prompts, stop = inputs["ids"].tolist(), way.stop(inputs)
    rows = [list(prompt) for prompt in prompts]
    stopped = [way.starts_stopped(row, stop) for row in rows]
    for _ in range(way.n_steps(inputs)):
        seen = stopped
        new = _next(way, inputs, prompts, rows)
        if way.waits:
            new = [way.fills(stop) if over else id for id, over in zip(new, stopped, strict=True)]
        longer = [[*row, id] for row, id in zip(rows, new, strict=True)]
        stopped = [over or way.stops(row, stop) for row, over in zip(longer, stopped, strict=True)]
        over = way.ends(seen if way.late else stopped)
        rows = rows if over and way.leaves_out else longer
        if over:
            break
    return torch.tensor(rows, dtype=torch.int64)


def _next(way: Way, inputs: dict, prompts: list[Row], rows: list[Row]) -> Row:
    new = [
        way.takes(logits_after(inputs, way.reads(prompt, row)))
        for prompt, row in zip(prompts, rows, strict=True)
    ]
    return [new[0]] * len(new) if way.one_for_all else new


def writes(
    way: Way, returns: Callable[[Tensor, int], Tensor] = lambda rows, T: rows
) -> Callable[[dict], Tensor | Odds]:
    """Return the method of a mistake in the loop.

    Args:
        returns: what is handed back of all rows and the length of the prompt.
    """

    def method(inputs: dict) -> Tensor | Odds:
        if is_counted(inputs):
            return truth(inputs)
        return returns(written(way, inputs), inputs["ids"].size(1))

    return method


def draws(probs: Probs) -> Callable[[dict], Tensor | Odds]:
    """Return the method of a mistake in the draw, seen where many rows are counted."""
    return lambda inputs: odds(inputs, probs) if is_counted(inputs) else truth(inputs)
