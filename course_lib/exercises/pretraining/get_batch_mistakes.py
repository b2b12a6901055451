"""Ways to cut a batch that are not right, told by what came out, and what to say about each."""

from typing import Any

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.pretraining.batch_windows import Windows, is_pair_of_ids
from course_lib.exercises.sampling import counts


def by_property(inputs: dict, right: Windows, value: Any) -> Mistake | None:
    """Name a pair that cannot have been drawn, or hardly ever is."""
    if not isinstance(value, tuple):
        return None
    if len(value) != 2:
        return NOT_A_PAIR
    if not all(isinstance(part, Tensor) for part in value):
        return None
    x, y = value
    if not is_pair_of_ids(value, (right.B, right.T)):
        return _by_shape(right, x, y)
    if None in right.starts(x):
        return _by_rows(right, x, y)
    following = _following(right, x)
    if not right.has_no_double:
        return None
    if not torch.equal(y, following):
        return _by_targets(right, x, y, following)
    return _by_odds(right, x, y)


def _by_shape(right: Windows, x: Tensor, y: Tensor) -> Mistake | None:
    B, T = right.B, right.T
    x_shape, y_shape = tuple(x.shape), tuple(y.shape)
    if x.dtype != torch.int64 or y.dtype != torch.int64:
        return None
    if x_shape == (B, T) and y_shape in {(B,), (B, 1)}:
        return ONE_TARGET
    if x_shape == y_shape == (T, B):
        return TRANSPOSED
    if x_shape in {(B, T), (B, T - 1)} and y_shape == (B, T - 1):
        return TOO_SHORT
    if x_shape == (B, T + 1):
        return TOO_LONG
    n_starts = len(right.of_start)
    return NOT_PUT_BACK if x_shape == (n_starts, T) and n_starts < B else None


def _by_rows(right: Windows, x: Tensor, y: Tensor) -> Mistake | None:
    """Name an x in which a row is not cut from the text, or cut where no start is possible."""
    n, T = len(right.text), right.T
    text = torch.tensor(right.text)
    if torch.equal(x[:, 1:], y[:, :-1]) and _is_cut(x, torch.arange(n)):
        return PLACES
    if not torch.equal(x, y) and torch.equal(y[:, 1:], x[:, :-1]) and None not in right.starts(y):
        return SHIFTED_BACK
    if _is_cut(x, text):  # only the start N - T is left, or that of a y
        return AT_THE_END
    around = torch.cat((text, text[:T]))
    return AROUND_THE_END if _is_cut(x, around) else NOT_NEIGHBORS


def _is_cut(x: Tensor, text: Tensor) -> bool:
    """Return whether each row of x (B, T) is a window of a text (N,)."""
    windows = {tuple(window) for window in text.unfold(0, x.size(1), 1).tolist()}
    return all(tuple(row) in windows for row in x.tolist())


def _by_targets(right: Windows, x: Tensor, y: Tensor, following: Tensor) -> Mistake | None:
    """Name a y that does not follow an x that may have been drawn."""
    if torch.equal(y, x):
        return NOT_SHIFTED
    if right.T > 1 and torch.equal(y, x.roll(-1, dims=1)):
        return ROLLED
    if right.T > 1 and torch.equal(y[:, :-1], following[:, :-1]):
        return LAST_TARGET
    n, place = len(right.text), {id: place for place, id in enumerate(right.text)}
    distances = {  # around the end, as negative indices and `roll` go
        (place[b] - place[a]) % n if b in place else None
        for a, b in zip(x.flatten().tolist(), y.flatten().tolist(), strict=True)
    }
    if len(distances) == 1:
        (distance,) = distances
        return {right.T: NEXT_WINDOW, 2: SHIFTED_TWICE, n - 1: SHIFTED_BACK}.get(distance)
    return DRAWN_APART if _is_cut(y, torch.tensor(right.text)) else None


def _following(right: Windows, x: Tensor) -> Tensor:
    return torch.tensor([right.of_start[start][1:] for start in right.starts(x)])


def _by_odds(right: Windows, x: Tensor, y: Tensor) -> Mistake | None:
    """Name how rows that may have been drawn are chosen."""
    starts, n = set(right.starts(x)), len(right.of_start)
    if len(starts) == 1 and n > 2:
        return ONE_START
    rows = torch.cat((x, y[:, -1:]), dim=1)
    if counts.fit(right.odds, rows):
        return FOLLOW if right.are_evenly_spaced(x) else DEPEND
    missing = set(range(n)) - starts
    if missing == {n - 1}:
        return LAST_START_MISSING
    if missing == {0}:
        return FIRST_START_MISSING
    if len(starts) > 1 and starts == set(range(0, n, right.T)):
        return IN_BLOCKS
    return NOT_EQUALLY_LIKELY


def _known(name: str, cause: str) -> Mistake:
    return Mistake(name, known_by_property, cause)


def _raises_where(difference: int, kind: type[Exception]):
    """Return a method that raises where the text has `difference` more ids than a row."""

    def method(inputs: dict) -> None:
        if len(inputs["ids"]) - inputs["T"] == difference:
            raise kind

    return method


SHIFT = "`y` is cut like `x`, from one place later on."
NOT_A_PAIR = _known(
    "not_a_pair", "This is not a pair. Return two tensors, `x` and `y`, and nothing else."
)
ONE_TARGET = _known(
    "one_target_a_row",
    "`y` holds one id for each row. The model makes a guess at every place, so each of the T ids "
    "in a row has its own next one: (B, T).",
)
TRANSPOSED = _known("transposed", "Rows and columns changed places. The shape is (B, T).")
TOO_SHORT = _known(
    "window_too_short",
    "An id is missing in each row. Were T ids cut, and `x` and `y` both made of them? Together "
    "they need T + 1.",
)
TOO_LONG = _known(
    "window_too_long",
    "`x` holds T + 1 ids a row. So many are needed for both: `x` leaves the last of them out, `y` "
    "the first.",
)
NOT_PUT_BACK = _known(
    "draws_without_putting_back",
    "Each start came once at most, so that there are no more rows than starts. Every row draws "
    "from all starts, whatever the others have drawn.",
)
PLACES = _known(
    "places_for_ids",
    "These are places in the text, not the ids that stand there. Look them up: `ids[places]`.",
)
AT_THE_END = _known(
    "starts_too_late",
    "A row starts at the last T ids of the text, and its last id has nothing behind it to be the "
    "target. Which start is the last possible?",
)
AROUND_THE_END = _known(
    "goes_around_the_end",
    "A row goes on at the other end of the text. A negative index counts from the end, and `roll` "
    "and `%` go around it: which starts leave room for the whole row?",
)
NOT_NEIGHBORS = _known(
    "not_neighbors",
    "A row of `x` is no piece of the text. Draw one start for the row; its ids are those at start, "
    "start + 1, and so on.",
)
NOT_SHIFTED = _known(
    "targets_not_shifted",
    f"`y` is the same as `x`: the model would be asked for what it has just read. {SHIFT}",
)
ROLLED = _known(
    "targets_rolled",
    "The last target of each row is the row's own first id. It is the one that follows in the "
    "text, outside of `x`.",
)
LAST_TARGET = _known(
    "last_target_wrong",
    "Only the last target of a row is wrong. It stands in the text behind the ids that `x` holds: "
    "do not fill it in, and start no row where there is none.",
)
SHIFTED_TWICE = _known(
    "targets_two_later", f"`y` is two places later than `x`. One is enough. {SHIFT}"
)
SHIFTED_BACK = _known(
    "targets_before",
    f"`y` holds what comes before `x`, not what comes after it. {SHIFT} Or did you return `y` "
    "first?",
)
NEXT_WINDOW = _known(
    "targets_a_window_later",
    f"`y` begins where `x` ends. Each id of `x` needs the very next one. {SHIFT}",
)
DRAWN_APART = _known(
    "targets_drawn_apart",
    "`x` and `y` are both cut from the text, but at starts that have nothing to do with each "
    "other. Draw once, and use the same starts for both.",
)
ONE_START = _known(
    "one_start_for_all_rows",
    "All rows are the same: one start was drawn for all. Draw B of them.",
)
FOLLOW = _known(
    "rows_follow_each_other",
    "The first start tells all the others: the rows stand at even distances. Draw a start for "
    "each row.",
)
DEPEND = _known(
    "rows_depend_on_each_other",
    "Each start comes as often as it should, but a row's start depends on that of the row before. "
    "Does your function sort, repeat or deal them out? Draw each by itself, from all.",
)
LAST_START_MISSING = _known(
    "last_start_missing",
    "The last possible start never came. Is it possible in your count? A text of T + 1 ids has "
    "one start. And `torch.randint(n, ...)` leaves n itself out.",
)
FIRST_START_MISSING = _known(
    "first_start_missing", "The first start never came. It is 0: the text begins there."
)
IN_BLOCKS = _known(
    "starts_in_blocks",
    "The starts are multiples of T. A row may begin anywhere in the text, so that every id gets "
    "to stand at every place of a row.",
)
NOT_EQUALLY_LIKELY = _known(
    "not_equally_likely",
    "Some starts come more often than they should, or less often, or never. How is a start drawn, "
    "and from which to which? Rounding and cutting off make the ends rarer or more frequent.",
)
MISTAKES = (
    NOT_A_PAIR,
    *(ONE_TARGET, TRANSPOSED, TOO_SHORT, TOO_LONG, NOT_PUT_BACK, PLACES, AT_THE_END),
    *(AROUND_THE_END, NOT_NEIGHBORS, NOT_SHIFTED, ROLLED, LAST_TARGET, SHIFTED_TWICE),
    *(SHIFTED_BACK, NEXT_WINDOW, DRAWN_APART, ONE_START, FOLLOW, DEPEND, LAST_START_MISSING),
    *(FIRST_START_MISSING, IN_BLOCKS, NOT_EQUALLY_LIKELY),
    Mistake(
        "forgets_the_last_target",
        _raises_where(0, RuntimeError),
        "A text of exactly T ids has no start: its last id has no target. Your test for a text "
        "that is too short lets it through.",
    ),
    Mistake(
        "refuses_one_start",
        _raises_where(1, ValueError),
        "A text of T + 1 ids is long enough: T to read, and a target for each. There is one start.",
    ),
)
