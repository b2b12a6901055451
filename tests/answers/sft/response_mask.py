"""Answers to `response_mask`; more wrong ones in response_mask_rows.py."""

import re

import torch

from tests.answers.book import right, wrong


@right("response_mask")
def mask_place_by_place(ids, assistant_start, end_id):
    T, k = len(ids), len(assistant_start)
    mask = torch.zeros(T, dtype=torch.bool)
    i = 0
    while i < T:
        if not torch.equal(ids[i : i + k], assistant_start):
            i += 1
            continue
        i += k
        while i < T:
            mask[i] = True
            i += 1
            if ids[i - 1] == end_id:
                break
    return mask


@right("response_mask")
def mask_looking_back(ids, assistant_start, end_id):
    row, start, inside, found = ids.tolist(), assistant_start.tolist(), False, []
    for i, token in enumerate(row):
        found.append(inside)
        last = row[max(i + 1 - len(start), 0) : i + 1]
        inside = token != end_id if inside else last == start
    return torch.tensor(found)


@right("response_mask")
def mask_from_end_to_end(ids, assistant_start, end_id):
    """Cut at each end, and look for the first opening in each piece."""
    k, pieces = len(assistant_start), []
    ends = (ids == end_id).nonzero().flatten() + 1
    for piece in torch.tensor_split(ids, ends):
        mask = torch.zeros_like(piece, dtype=torch.bool)
        for i in range(len(piece) - k + 1):
            if (piece[i : i + k] == assistant_start).all():
                mask[i + k :] = True
                break
        pieces.append(mask)
    return torch.cat(pieces)


@right("response_mask")
def mask_by_a_pattern(ids, assistant_start, end_id):
    """Write each id as a character, and let a pattern find the answers."""
    end = re.escape(chr(end_id))
    pattern = re.escape("".join(map(chr, assistant_start.tolist()))) + f"([^{end}]*{end}?)"
    mask = torch.zeros(ids.shape, dtype=torch.bool)
    for answer in re.finditer(pattern, "".join(map(chr, ids.tolist()))):
        mask[answer.start(1) : answer.end(1)] = True
    return mask


@right("response_mask")
def mask_by_counting(ids, assistant_start, end_id):
    """An answer is where an opening has ended since the last `end_id`."""
    k = assistant_start.numel()
    if ids.numel() < k:
        return torch.zeros_like(ids, dtype=torch.bool)
    opened = (ids.unfold(0, k, 1) == assistant_start).all(dim=1)  # (T - k + 1,)
    before = torch.zeros_like(ids)
    before[k:] = opened[:-1].long()
    ended = torch.zeros_like(ids)
    ended[1:] = (ids[:-1] == end_id).long()
    places = torch.arange(1, len(ids) + 1)
    last_opening = (before * places).cummax(0).values
    last_end = (ended * places).cummax(0).values
    return (last_opening > 0) & (last_opening >= last_end)


@right("response_mask")
def mask_by_recursion(ids, assistant_start, end_id):
    row, start = ids.tolist(), assistant_start.tolist()

    def of_others(at):
        while at < len(row) and row[at : at + len(start)] != start:
            at += 1
        if at == len(row):
            return []
        return answer(at + len(start))

    def answer(at):
        end = row.index(end_id, at) + 1 if end_id in row[at:] else len(row)
        return [*range(at, end), *of_others(end)]

    mask = torch.full((len(row),), False)
    mask[torch.tensor(of_others(0), dtype=torch.long)] = True
    return mask


def wrong_result(misconception, name, change):
    """Keep another form of the right mask, `change(mask, ids)`."""

    def answer(ids, assistant_start, end_id):
        return change(mask_place_by_place(ids, assistant_start, end_id), ids)

    wrong("response_mask", misconception, f"mask_{name}")(answer)


for misconception, name, change in [
    ("mask_of_numbers", "of_ones", lambda mask, ids: mask.long()),
    ("mask_of_numbers", "of_floats", lambda mask, ids: mask.float()),
    ("labels_for_a_mask", "of_labels", lambda mask, ids: ids.masked_fill(~mask, -100)),
    ("labels_for_a_mask", "of_zeroed_ids", lambda mask, ids: ids * mask),
    ("ids_for_a_mask", "of_chosen_ids", lambda mask, ids: ids[mask]),
    ("ids_for_a_mask", "of_places", lambda mask, ids: mask.nonzero().flatten()),
    ("wrong_shape", "in_a_batch", lambda mask, ids: mask[None]),
    ("one_place_short", "for_targets", lambda mask, ids: mask[1:]),
    ("one_place_short", "for_inputs", lambda mask, ids: mask[:-1]),
    ("wrong_type", "in_a_list", lambda mask, ids: mask.tolist()),
    ("wrong_type", "in_numpy", lambda mask, ids: mask.numpy()),
    ("returned_nothing", "nothing", lambda mask, ids: None),
]:
    wrong_result(misconception, name, change)


@wrong("response_mask", "changed_inputs")
def mask_that_crosses_out(ids, assistant_start, end_id):
    mask = mask_place_by_place(ids, assistant_start, end_id)
    ids[~mask] = -100
    return ids != -100


@wrong("response_mask", "reads_beyond_the_row")
def mask_that_looks_ahead(ids, assistant_start, end_id):
    row, start = ids.tolist(), assistant_start.tolist()
    marks, inside, i = [False] * len(row), False, 0
    while i < len(row):
        if inside:
            marks[i] = True
            inside = row[i] != end_id
        elif all(row[i + j] == one for j, one in enumerate(start)):
            i += len(start) - 1
            inside = True
        i += 1
    return torch.tensor(marks)


@wrong("response_mask", "compares_a_shorter_piece")
def mask_of_pieces(ids, assistant_start, end_id):
    k, mask, inside = len(assistant_start), torch.zeros(len(ids), dtype=torch.bool), 0
    for i in range(len(ids)):
        if inside and i >= inside:
            mask[i] = True
            inside = 0 if ids[i] == end_id else inside
        elif not inside and (ids[i : i + k] == assistant_start).all():
            inside = i + k
    return mask


@wrong("response_mask", "needs_an_end")
def mask_by_index(ids, assistant_start, end_id):
    row, start = ids.tolist(), assistant_start.tolist()
    mask, i = torch.zeros(len(row), dtype=torch.bool), 0
    while i < len(row):
        if row[i : i + len(start)] == start:
            first = i + len(start)
            i = row.index(end_id, first) + 1
            mask[first:i] = True
        else:
            i += 1
    return mask


@wrong("response_mask", "needs_an_end")
def mask_by_the_first_nonzero(ids, assistant_start, end_id):
    mask, i, k = torch.zeros(len(ids), dtype=torch.bool), 0, len(assistant_start)
    while i < len(ids):
        if torch.equal(ids[i : i + k], assistant_start):
            end = (ids[i + k :] == end_id).nonzero()[0].item()
            mask[i + k : i + k + end + 1] = True
            i += k + end
        i += 1
    return mask


@wrong("response_mask", "needs_a_long_row")
def mask_by_windows(ids, assistant_start, end_id):
    k = len(assistant_start)
    windows = ids.unfold(0, k, 1)
    opened = (windows == assistant_start).all(dim=1).tolist()
    marks, inside, row = [], False, ids.tolist()
    for i, token in enumerate(row):
        marks.append(inside)
        inside = token != end_id if inside else i + 1 >= k and opened[i + 1 - k]
    return torch.tensor(marks)


@wrong("response_mask", "raised")
def mask_that_refuses(ids, assistant_start, end_id):
    if end_id not in ids.tolist():
        raise ValueError("no end")
    return mask_place_by_place(ids, assistant_start, end_id)
