"""Answers to `encode_word`, the bug hunt; `faulty` is the program that the lesson hands out."""

from tests.answers.book import right, wrong
from tests.answers.tokenization.merge_pair import merge_overlapping_places, merge_with_a_while_loop


@wrong("encode_word", "text_order")
def faulty(ids, ranks):
    merged = []
    for i in ids:
        merged.append(i)
        while len(merged) > 1 and (merged[-2], merged[-1]) in ranks:
            right, left = merged.pop(), merged.pop()
            merged.append(ranks[left, right])
    return merged


@wrong("encode_word", "text_order")
def faulty_with_an_index(ids, ranks):
    ids, i = list(ids), 0
    while i < len(ids) - 1:
        pair = (ids[i], ids[i + 1])
        if pair in ranks:
            ids[i : i + 2] = [ranks[pair]]  # two ids become one
            i = max(i - 1, 0)  # the new id may pair up with its left neighbor
        else:
            i += 1
    return ids


@right("encode_word")
def mended(ids, ranks):
    ids = list(ids)
    while True:
        known = [pair for pair in zip(ids, ids[1:], strict=False) if pair in ranks]
        if not known:
            return ids
        first = min(known, key=ranks.get)
        ids = merge_with_a_while_loop(ids, first, ranks[first])


@right("encode_word")
def mended_by_going_through_the_merges(ids, ranks):
    for pair in sorted(ranks, key=ranks.get):
        ids = merge_with_a_while_loop(ids, pair, ranks[pair])
    return list(ids)


@right("encode_word")
def mended_by_recursion(ids, ranks):
    places = [
        (ranks[pair], i) for i, pair in enumerate(zip(ids, ids[1:], strict=False)) if pair in ranks
    ]
    if not places:
        return list(ids)
    new_id, i = min(places)
    return mended_by_recursion([*ids[:i], new_id, *ids[i + 2 :]], ranks)


@wrong("encode_word", "text_order")
def still_left_to_right(ids, ranks):
    ids = list(ids)
    changed = True
    while changed:
        changed = False
        for i in range(len(ids) - 1):
            if (ids[i], ids[i + 1]) in ranks:
                ids[i : i + 2] = [ranks[ids[i], ids[i + 1]]]
                changed = True
                break
    return ids


@wrong("encode_word", "newest_first")
def mended_with_max(ids, ranks):
    ids = list(ids)
    while known := [pair for pair in zip(ids, ids[1:], strict=False) if pair in ranks]:
        last = max(known, key=ranks.get)
        ids = merge_with_a_while_loop(ids, last, ranks[last])
    return ids


@wrong("encode_word", "trusts_the_order_of_the_dict")
def mended_in_dict_order(ids, ranks):
    for pair, new_id in ranks.items():
        ids = merge_with_a_while_loop(ids, pair, new_id)
    return list(ids)


@wrong("encode_word", "stops_too_soon")
def mended_for_one_merge(ids, ranks):
    known = [pair for pair in zip(ids, ids[1:], strict=False) if pair in ranks]
    if not known:
        return list(ids)
    first = min(known, key=ranks.get)
    return merge_with_a_while_loop(ids, first, ranks[first])


@wrong("encode_word", "only_the_first_place")
def mended_at_one_place(ids, ranks):
    ids = list(ids)
    for pair in sorted(ranks, key=ranks.get):
        for i in range(len(ids) - 1):
            if (ids[i], ids[i + 1]) == pair:
                ids[i : i + 2] = [ranks[pair]]
                break
    return ids


@wrong("encode_word", "numbered_from_256")
def mended_with_own_numbers(ids, ranks):
    for rank, pair in enumerate(sorted(ranks, key=ranks.get)):
        ids = merge_with_a_while_loop(ids, pair, 256 + rank)
    return list(ids)


@wrong("encode_word", "longest_piece_first")
def mended_by_length(ids, ranks):
    pieces = {}
    for (a, b), new_id in sorted(ranks.items(), key=lambda item: item[1]):
        pieces[new_id] = [*pieces.get(a, [a]), *pieces.get(b, [b])]
    out, i = [], 0
    while i < len(ids):
        fits = [n for n, piece in pieces.items() if ids[i : i + len(piece)] == piece]
        best = max(fits, key=lambda n: len(pieces[n]), default=ids[i])
        out.append(best)
        i += len(pieces.get(best, [best]))
    return out


@wrong("encode_word", "overlapping_merges")
def mended_with_overlap(ids, ranks):
    for pair in sorted(ranks, key=ranks.get):
        ids = merge_overlapping_places(ids, pair, ranks[pair])
    return list(ids)


@wrong("encode_word", "changed_inputs")
def mended_in_place(ids, ranks):
    for pair in sorted(ranks, key=ranks.get):
        ids[:] = merge_with_a_while_loop(ids, pair, ranks[pair])
    return ids
