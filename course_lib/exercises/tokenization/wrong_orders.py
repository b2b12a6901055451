"""Ways to apply merges to a word that look right and are not, for `encode` and `encode_word`.

Each takes the ids of one word and {pair: new id}, where smaller new ids were learned earlier.
"""

from course_lib.exercises.tokenization import bpe

TEXT_ORDER = (
    "A pair was merged because it stands further left. Rank decides, not place: of all pairs in "
    "the word that can be merged, which one was learned first?"
)

TOO_SOON = (
    "It stopped too soon. A merge makes a new pair with its neighbor, and that pair may be known "
    "too: low takes two merges, one after the other. Go on until no pair can be merged."
)


def text_order(ids: list[int], ranks: dict) -> list[int]:
    """Merge the first pair that is met from the left, and look again from there."""
    out = []
    for i in ids:
        out.append(i)
        while len(out) > 1 and (out[-2], out[-1]) in ranks:
            out[-2:] = [ranks[out[-2], out[-1]]]
    return out


def left_passes(ids: list[int], ranks: dict) -> list[int]:
    """Go through the word again and again, merging any known pair from the left."""
    while True:
        shorter = single_pass(ids, ranks)
        if shorter == ids:
            return ids
        ids = shorter


def single_pass(ids: list[int], ranks: dict) -> list[int]:
    """Go through the word once, merging any known pair of its old ids."""
    out, place = [], 0
    while place < len(ids):
        pair = tuple(ids[place : place + 2])
        out.append(ranks.get(pair, ids[place]))
        place += 2 if pair in ranks else 1
    return out


def newest_first(ids: list[int], ranks: dict) -> list[int]:
    """Merge the pair that was learned last, as long as there is one."""
    while known := [pair for pair in bpe.pairs_of(ids) if pair in ranks]:
        last = max(known, key=lambda pair: ranks[pair])
        ids = bpe.merged(ids, last, ranks[last])
    return ids


def newest_first_once(ids: list[int], ranks: dict) -> list[int]:
    """Go once through the merges, from the last to the first."""
    for pair in sorted(ranks, key=lambda pair: -ranks[pair]):
        ids = bpe.merged(ids, pair, ranks[pair])
    return ids


def dict_order(ids: list[int], ranks: dict) -> list[int]:
    """Go once through the merges in the order in which the dict lists them."""
    for pair, new_id in ranks.items():
        ids = bpe.merged(ids, pair, new_id)
    return ids


def one_merge(ids: list[int], ranks: dict) -> list[int]:
    """Merge the pair that was learned first, and stop."""
    known = [pair for pair in bpe.pairs_of(ids) if pair in ranks]
    first = min(known, key=lambda pair: ranks[pair], default=None)
    return ids if first is None else bpe.merged(ids, first, ranks[first])


def longest_piece(ids: list[int], ranks: dict) -> list[int]:
    """Take the longest known piece at each place."""
    pieces = {}
    for pair, new_id in ranks.items():
        left, right = (pieces.get(i, (i,)) for i in pair)
        pieces[new_id] = left + right
    by_length = sorted(pieces, key=lambda i: -len(pieces[i]))
    out, place = [], 0
    while place < len(ids):
        fits = [i for i in by_length if tuple(ids[place : place + len(pieces[i])]) == pieces[i]]
        out.append(fits[0] if fits else ids[place])
        place += len(pieces[fits[0]]) if fits else 1
    return out


def overlapping(ids: list[int], ranks: dict) -> list[int]:
    """Merge by rank, but use an id twice where two places of a pair share it."""
    for pair in sorted(ranks, key=lambda pair: ranks[pair]):
        hits = {place for place, here in enumerate(bpe.pairs_of(ids)) if here == pair}
        ids = [
            ranks[pair] if place in hits else i
            for place, i in enumerate(ids)
            if place in hits or place - 1 not in hits
        ]
    return ids
