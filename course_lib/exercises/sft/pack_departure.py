"""Find where rows of examples depart from all that is right, and which mistake it shows."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.exercise import shown
from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.sft import pack_examples_mistakes as named
from course_lib.exercises.sft import pack_segments
from course_lib.exercises.sft.pack_rows import (
    Example,
    Packing,
    Rows,
    find_rows,
    is_pair_of_ids,
    used,
)

Line = list[int]


class Departure(NamedTuple):
    """A mistake, and where it shows."""

    mistake: Mistake
    expected: str
    got: str


def departure(packing: Packing, value: Any) -> Departure:
    """Return where a pair departs from all that is right."""
    return _of_kinds(packing, value) or _of_rows(packing, value[0].tolist(), value[1].tolist())


def _of_kinds(packing: Packing, value: tuple) -> Departure | None:
    """Tell types, dtypes and shapes."""
    wanted = f"two int64 tensors of shape (rows, {packing.row_length})"
    if not all(isinstance(part, Tensor) for part in value):
        kinds = " and ".join(type(part).__name__ for part in value)
        return Departure(named.NOT_TENSORS, wanted, kinds)
    ids, segments = value
    if packing.admit((segments, ids)):
        return Departure(named.SWAPPED, "first `ids`, then `segments`", "the other way round")
    got = " and ".join(f"{_name(part)} of shape {tuple(part.shape)}" for part in value)
    if not packing.examples and ids.numel() == 0 and ids.shape != (0, packing.row_length):
        wanted = f"two int64 tensors of shape (0, {packing.row_length})"
        return Departure(named.EMPTY_WITHOUT_A_WIDTH, wanted, got)
    if segments.dtype == torch.bool:
        return Departure(named.A_MASK, wanted, got)
    if any(part.dtype != torch.int64 for part in value):
        return Departure(tensors.WRONG_DTYPE, wanted, got)
    if is_pair_of_ids(value, packing.row_length):
        return None
    is_width = ids.shape == segments.shape and ids.ndim == 2 and len(ids) != packing.row_length
    return Departure(named.WRONG_WIDTH if is_width else tensors.WRONG_SHAPE, wanted, got)


def _name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _of_rows(packing: Packing, ids: list[Line], segments: list[Line]) -> Departure:
    rows = packing.rows_in(ids)
    if rows is None:
        return (
            _of_number(packing, ids)
            or _of_padding(packing, ids, segments)
            or _of_parts(packing, ids)
        )
    if [] in rows:
        return Departure(
            named.ROW_OF_PADDING,
            "at least one example in every row",
            f"none in row {rows.index([])}",
        )
    fitting = packing.fitting_neighbors(rows)
    if fitting:
        return _of_room(packing, rows, fitting)
    mistake = pack_segments.of_numbers(packing, rows, ids, segments)
    right = pack_segments.right_numbers(packing, rows)
    r = next(r for r, line in enumerate(right) if line != segments[r])
    return Departure(
        mistake,
        f"row {r}, ids {shown(ids[r])}: segments {shown(right[r])}",
        f"segments {shown(segments[r])}",
    )


def _of_room(packing: Packing, rows: Rows, fitting: list[int]) -> Departure:
    first = fitting[0]
    with_ends = [used(rows[r] + rows[r + 1]) + len(rows[r] + rows[r + 1]) for r in fitting]
    mistake = named.LEAVES_ROOM
    if min(with_ends) > packing.row_length:
        mistake = named.NEVER_FILLS_A_ROW
    elif all(len(row) == 1 for row in rows):
        mistake = named.PACKS_NOTHING
    elif all(len(rows[r]) == max(3, *map(len, rows)) for r in fitting):
        mistake = named.LIMITS_A_ROW
    return Departure(
        mistake,
        f"two neighboring rows never fit into one, of {packing.row_length} ids",
        f"rows {first} and {first + 1} hold {used(rows[first])} and {used(rows[first + 1])} ids",
    )


def _of_number(packing: Packing, ids: list[Line]) -> Departure | None:
    """Tell examples that are lost or repeated, where all that is there is whole."""
    rows = [packing.examples_in(line) for line in ids]
    if None in rows:
        return None
    wanted, found = Counter(packing.examples), Counter(e for row in rows for e in row)
    repeated, lost = found - wanted, wanted - found
    if repeated:
        example = next(iter(repeated))
        expected = f"{shown(list(example))} {_times(wanted[example])}"
        return Departure(named.REPEATS, expected, _times(found[example]))
    if not lost:
        return None
    n = lost.total()
    mistake = named.LOSES_EXAMPLES
    if all(found[example] for example in lost):
        mistake = named.DROPS_DOUBLES
    elif lost == Counter(packing.examples[-n:]) and used(list(lost)) <= packing.row_length:
        mistake = named.LOSES_THE_LAST_ROW
    example = next(iter(lost))
    return Departure(
        mistake,
        f"{len(packing.examples)} examples, {shown(list(example))} {_times(wanted[example])}",
        f"{found.total()} examples, {shown(list(example))} {_times(found[example])}",
    )


def _times(n: int) -> str:
    return ("not at all", "once", "twice")[n] if n < 3 else f"{n} times"


def _of_padding(packing: Packing, ids: list[Line], segments: list[Line]) -> Departure | None:
    """Tell padding of another id or at another place, where the examples are whole."""
    rows = find_rows(ids, packing.examples, lambda rest: True)
    if rows is not None:
        r = next(
            (r for r, row in enumerate(rows) if not packing.is_padding(ids[r][used(row) :])), 0
        )
        rest = ids[r][used(rows[r]) :]
        wanted = f"row {r} ends with {shown([packing.pad_id] * len(rest))}"
        return Departure(named.WRONG_PADDING, wanted, f"it ends with {shown(rest)}")
    pairs = [list(zip(*both, strict=True)) for both in zip(ids, segments, strict=True)]
    kept = [[i for i, number in line if number] for line in pairs]
    if find_rows(kept, packing.examples, lambda rest: not rest) is None:
        return None
    in_front = all(
        all(n for _, n in line[len(line) - len(k) :]) for line, k in zip(pairs, kept, strict=True)
    )
    r = next((r for r, line in enumerate(kept) if ids[r][: len(line)] != line), 0)
    full = kept[r] + [packing.pad_id] * (packing.row_length - len(kept[r]))
    mistake = named.PADS_IN_FRONT if in_front else named.PADDING_INSIDE
    return Departure(mistake, f"row {r}: {shown(full)}", f"row {r}: {shown(ids[r])}")


def _of_parts(packing: Packing, ids: list[Line]) -> Departure:
    """Tell examples that are not whole."""
    line = [i for row in ids for i in row]
    joined = [i for example in packing.examples for i in example]
    expected = "rows of whole examples, each as it came"
    r = next(
        (r for r, row in enumerate(ids) if packing.examples_in(row) is None), max(len(ids) - 1, 0)
    )
    got = f"row {r}: {shown(ids[r])}" if ids else "no rows"
    n = min(len(line), len(joined))
    if len(packing.examples) > 1 and line[:n] == joined[:n] and packing.is_padding(line[n:]):
        return Departure(named.SPLITS_EXAMPLES, expected, got)
    if all(_ends_with_a_part(packing, row) for row in ids):
        return Departure(named.CUTS_EXAMPLES, expected, got)
    without = [tuple(i for i in e if i != packing.pad_id) for e in packing.examples]
    if find_rows(ids, [e for e in without if e], packing.is_padding) is not None:
        return Departure(named.DROPS_PAD_IDS, expected, got)
    return Departure(named.CHANGES_EXAMPLES, expected, got)


def _ends_with_a_part(packing: Packing, row: Sequence[int]) -> bool:
    """Return whether behind the whole examples of a row stands the beginning of one, or padding."""

    def is_part(rest: Example) -> bool:
        return packing.is_padding(rest) or any(e[: len(rest)] == rest for e in packing.examples)

    return find_rows([row], packing.examples, is_part, all_of_them=False) is not None
