"""Bring a changed lesson into a learner's copy without losing a line of theirs.

Three notebooks meet: the lesson as it was when it was copied (`base`), the learner's copy (`mine`)
and the lesson as it is now (`theirs`). All are plain JSON data in nbformat 4.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

Cells = list[dict]
Pairs = dict[int, int]  # index of a cell in one notebook -> of the same cell in an earlier one


@dataclass(frozen=True)
class Merge:
    """What came out.

    Attributes:
        notebook: the lesson as it is now with the learner's answers, changes and own cells.
        changed: how many cells of the lesson are new or different from the learner's copy.
        set_beside: how many cells both sides had changed; the learner's stands below the new one.
    """

    notebook: dict
    changed: int
    set_beside: int


def merge(base: dict | None, mine: dict, theirs: dict) -> Merge:
    """Merge a changed lesson into a learner's copy.

    An answer is the learner's, whatever changed. Any other cell is the lesson's where the learner
    left it alone, the learner's where only they changed it, and both, the learner's below, where
    both did. Cells that a learner added, and changed cells that left the lesson, keep their place.

    Args:
        base: the lesson as it was copied, or None where that is lost: then every cell in which
            the two differ counts as changed by both.
    """
    old = (base or {"cells": []})["cells"]
    match = _match(old, mine["cells"], theirs["cells"])
    slots: list[Cells] = [[]]  # before the first cell, then one for each cell of the lesson
    set_beside, changed = set(), 0
    for index, cell in enumerate(theirs["cells"]):
        was = match.old_of_new(index)
        at = match.mine_of_new.get(index)
        if at is None:
            stays_deleted = was is not None and _same(was, cell) and "nbgrader" not in _meta(cell)
            kept, beside = ([] if stays_deleted else [copy.deepcopy(cell)]), False
        else:
            kept_cell, beside = _decided(was, mine["cells"][at], cell)
            kept = [kept_cell]
        slots.append(kept)
        changed += bool(kept) and (at is None or not _same(kept[0], mine["cells"][at]))
        set_beside |= {at} if beside else set()
    ids = {cell.get("id") for cell in theirs["cells"]}
    _add_own_cells(slots, mine["cells"], match, set_beside, ids)
    cells = [cell for slot in slots for cell in slot]
    metadata = {**mine.get("metadata", {}), **theirs.get("metadata", {})}
    return Merge({**theirs, "cells": cells, "metadata": metadata}, changed, len(set_beside))


@dataclass(frozen=True)
class _Match:
    """Which cell is which: indexes into the three notebooks."""

    old: Cells
    old_of_mine: Pairs
    old_index_of_new: Pairs
    mine_of_new: Pairs

    def old_of_new(self, index: int) -> dict | None:
        at = self.old_index_of_new.get(index)
        return None if at is None else self.old[at]


def _match(old: Cells, mine: Cells, new: Cells) -> _Match:
    # A learner's edit keeps the id; a new lesson may give it to another cell, so text goes first.
    ids_are_kept = {cell.get("id") for cell in mine} & {cell.get("id", "") for cell in old}
    old_of_mine = _paired(mine, old, _same_id if ids_are_kept else _same_text)
    old_of_new = _paired(new, old, _same_text, _same_id)
    mine_of_old = {there: here for here, there in old_of_mine.items()}
    mine_of_new = {n: mine_of_old[o] for n, o in old_of_new.items() if o in mine_of_old}
    if not old:  # base is lost: what both have under one id or text is the same cell
        mine_of_new = _paired(new, mine, _same_id, _same_text)
    return _Match(old, old_of_mine, old_of_new, mine_of_new)


def _add_own_cells(
    slots: list[Cells], mine: Cells, match: _Match, set_beside: set[int], ids: set[str | None]
) -> None:
    """Put what is only the learner's below the lesson cell that it stood below.

    `ids` are the lesson's, which none of these cells may take; theirs are added.
    """
    slot_of_mine = {at: index + 1 for index, at in match.mine_of_new.items()}
    last = 0
    for at, cell in enumerate(mine):
        last = slot_of_mine.get(at, last)
        if at in slot_of_mine and at not in set_beside:
            continue
        was = match.old_of_mine.get(at)
        if at not in slot_of_mine and was is not None and _same(cell, match.old[was]):
            continue  # never the learner's: it left with the lesson's old version
        own = _own(cell, ids)
        ids.add(own.get("id"))
        slots[last].append(own)


def source_of(cell: dict) -> str:
    """Return a cell's text, which a file holds as a string or as a list of lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _decided(was: dict | None, mine: dict, new: dict) -> tuple[dict, bool]:
    """Return the cell to keep in the lesson's place, and whether `mine` has to stand below it."""
    mine_is_changed = was is None or not _same(was, mine)
    lesson_is_changed = was is None or not _same(was, new)
    is_answer = _meta(new).get("nbgrader", {}).get("solution", False)
    if _same(mine, new) or (mine_is_changed and (is_answer or not lesson_is_changed)):
        known = _meta(was) if was else {}
        extra = {key: value for key, value in _meta(mine).items() if key not in known}
        kept = copy.deepcopy(mine)
        kept["metadata"] = {**extra, **copy.deepcopy(_meta(new))}
        if "id" in new:
            kept["id"] = new["id"]
        return kept, False
    return copy.deepcopy(new), mine_is_changed


def _own(cell: dict, taken: set[str | None]) -> dict:
    """Return a cell as the learner's own: not graded, free to edit and delete, its id its own."""
    own = copy.deepcopy(cell)
    for key in ("nbgrader", "deletable", "editable"):
        own.get("metadata", {}).pop(key, None)
    wanted, count = cell.get("id"), 2
    while wanted is not None and own["id"] in taken:
        own["id"], count = f"{wanted[:50]}-own-{count}", count + 1
    return own


def _paired(cells: Cells, earlier: Cells, *ways: Callable[[Cells, Cells], Pairs]) -> Pairs:
    """Return which cell was which; graded cells by their grade id, the rest by the given ways."""
    pairs: Pairs = {}
    for way in (_same_grade_id, *ways):
        for here, there in way(cells, earlier).items():
            if here not in pairs and there not in pairs.values():
                pairs[here] = there
    return pairs


def _same_grade_id(cells: Cells, earlier: Cells) -> Pairs:
    return _same_key(cells, earlier, lambda cell: _meta(cell).get("nbgrader", {}).get("grade_id"))


def _same_id(cells: Cells, earlier: Cells) -> Pairs:
    return _same_key(cells, earlier, lambda cell: cell.get("id"))


def _same_key(cells: Cells, earlier: Cells, key: Callable[[dict], str | None]) -> Pairs:
    there = {key(cell): index for index, cell in reversed(list(enumerate(earlier)))}
    pairs: Pairs = {}
    # A copied cell has its original's grade id: the one that kept the cell's id too comes first.
    own_id = [
        index
        for index, cell in enumerate(cells)
        if key(cell) in there and cell.get("id") == earlier[there[key(cell)]].get("id")
    ]
    for index in (*own_id, *range(len(cells))):
        found = there.get(key(cells[index]))
        if key(cells[index]) is not None and found is not None and found not in pairs.values():
            pairs.setdefault(index, found)
    return pairs


def _same_text(cells: Cells, earlier: Cells) -> Pairs:
    here, there = ([_identity(cell) for cell in side] for side in (cells, earlier))
    blocks = SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()
    return {
        block.a + step: block.b + step
        for block in blocks
        for step in range(block.size)
        if source_of(cells[block.a + step]).strip()
    }


def _same(one: dict, other: dict) -> bool:
    return _identity(one) == _identity(other)


def _identity(cell: dict) -> tuple[str, str]:
    return cell["cell_type"], source_of(cell)


def _meta(cell: dict) -> dict:
    return cell.get("metadata", {})
