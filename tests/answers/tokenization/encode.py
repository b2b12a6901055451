"""Answers to `encode`."""

from tests.answers.book import right, wrong
from tests.answers.tokenization.merge_pair import merge_overlapping_places, merge_with_a_while_loop
from tests.answers.tokenization.setup_cell import split_words


@right("encode")
def encode_by_lowest_rank(text, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    ids = []
    for word in split_words(text):
        current = list(word.encode())
        while len(current) > 1:
            pairs = list(zip(current, current[1:], strict=False))
            best = min(pairs, key=lambda pair: ranks.get(pair, float("inf")))
            if best not in ranks:
                break
            current = merge_with_a_while_loop(current, best, 256 + ranks[best])
        ids.extend(current)
    return ids


@right("encode")
def encode_merge_after_merge(text, merges):
    ids = []
    for word in split_words(text):
        current = list(word.encode("utf-8"))
        for rank, pair in enumerate(merges):
            current = merge_with_a_while_loop(current, pair, 256 + rank)
        ids += current
    return ids


@right("encode")
def encode_one_place_at_a_time(text, merges):
    ids = []
    for word in split_words(text):
        current = list(word.encode())
        while True:
            places = [
                (merges.index((a, b)), i)
                for i, (a, b) in enumerate(zip(current, current[1:], strict=False))
                if (a, b) in merges
            ]
            if not places:
                break
            rank, i = min(places)
            current[i : i + 2] = [256 + rank]
        ids.extend(current)
    return ids


def encode_like(encode_word, words_of=lambda text: [w.encode() for w in split_words(text)]):
    """Make an encoder in which one thing can be wrong."""

    def encode(text, merges):
        ids = []
        for word in words_of(text):
            ids.extend(encode_word(list(word), merges))
        return ids

    return encode


def word_by_rank(ids, merges):
    for rank, pair in enumerate(merges):
        ids = merge_with_a_while_loop(ids, pair, 256 + rank)
    return ids


@wrong("encode", "text_order")
def encode_from_the_left(text, merges):
    def encode_word(ids, merges):
        i = 0
        while i < len(ids) - 1:
            if (ids[i], ids[i + 1]) in merges:
                ids[i : i + 2] = [256 + merges.index((ids[i], ids[i + 1]))]
                i = max(i - 1, 0)
            else:
                i += 1
        return ids

    return encode_like(encode_word)(text, merges)


@wrong("encode", "text_order")
def encode_the_first_pair_found(text, merges):
    def encode_word(ids, merges):
        changed = True
        while changed:
            changed = False
            for i in range(len(ids) - 1):
                if (ids[i], ids[i + 1]) in merges:
                    ids[i : i + 2] = [256 + merges.index((ids[i], ids[i + 1]))]
                    changed = True
                    break
        return ids

    return encode_like(encode_word)(text, merges)


@wrong("encode", "longest_piece_first")
def encode_the_longest_piece(text, merges):
    vocab = {i: bytes([i]) for i in range(256)}
    for rank, (a, b) in enumerate(merges):
        vocab[256 + rank] = vocab[a] + vocab[b]
    longest_first = sorted(vocab, key=lambda i: -len(vocab[i]))

    def encode_word(ids, merges):
        data, out = bytes(ids), []
        while data:
            best = next(i for i in longest_first if data.startswith(vocab[i]))
            out.append(best)
            data = data[len(vocab[best]) :]
        return out

    return encode_like(encode_word)(text, merges)


@wrong("encode", "merges_across_words")
def encode_without_words(text, merges):
    return word_by_rank(list(text.encode()), merges)


@wrong("encode", "loses_spaces")
def encode_split_text(text, merges):
    return encode_like(word_by_rank, lambda text: map(str.encode, text.split()))(text, merges)


@wrong("encode", "nested_lists")
def encode_with_append(text, merges):
    return [word_by_rank(list(word.encode()), merges) for word in split_words(text)]


@wrong("encode", "merges_nothing")
def encode_and_drop_the_result(text, merges):
    ids = []
    for word in split_words(text):
        current = list(word.encode())
        for rank, pair in enumerate(merges):
            merge_with_a_while_loop(current, pair, 256 + rank)
        ids.extend(current)
    return ids


@wrong("encode", "stops_too_soon")
def encode_one_merge_per_word(text, merges):
    def encode_word(ids, merges):
        for rank, pair in enumerate(merges):
            if pair in zip(ids, ids[1:], strict=False):
                return merge_with_a_while_loop(ids, pair, 256 + rank)
        return ids

    return encode_like(encode_word)(text, merges)


@wrong("encode", "stops_too_soon")
def encode_in_one_pass(text, merges):
    def encode_word(ids, merges):
        out, i = [], 0
        while i < len(ids):
            pair = tuple(ids[i : i + 2])
            out.append(256 + merges.index(pair) if pair in merges else ids[i])
            i += 2 if pair in merges else 1
        return out

    return encode_like(encode_word)(text, merges)


@wrong("encode", "ranks_not_ids")
def encode_with_ranks(text, merges):
    return [i - 256 if i > 255 else i for i in encode_merge_after_merge(text, merges)]


@wrong("encode", "first_new_id")
def encode_from_257(text, merges):
    def encode_word(ids, merges):
        for rank, pair in enumerate(merges, start=1):
            ids = merge_with_a_while_loop(ids, pair, 256 + rank)
        return ids

    return encode_like(encode_word)(text, merges)


@wrong("encode", "highest_rank_first")
def encode_with_max(text, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}

    def encode_word(ids, merges):
        while True:
            known = [pair for pair in zip(ids, ids[1:], strict=False) if pair in ranks]
            if not known:
                return ids
            best = max(known, key=ranks.get)
            ids = merge_with_a_while_loop(ids, best, 256 + ranks[best])

    return encode_like(encode_word)(text, merges)


@wrong("encode", "overlapping_merges")
def encode_with_overlap(text, merges):
    def encode_word(ids, merges):
        for rank, pair in enumerate(merges):
            ids = merge_overlapping_places(ids, pair, 256 + rank)
        return ids

    return encode_like(encode_word)(text, merges)


@wrong("encode", "characters_not_bytes")
def encode_code_points(text, merges):
    words_of = lambda text: [list(map(ord, word)) for word in split_words(text)]  # noqa: E731
    return encode_like(word_by_rank, words_of)(text, merges)


@wrong("encode", "ignores_input")
def encode_the_example(text, merges):
    merges = [(108, 111), (256, 119), (257, 101)]
    return encode_merge_after_merge("low lower lowest lowly", merges)


@wrong("encode", "wrong_type")
def encode_to_an_array(text, merges):
    import numpy

    return numpy.array(encode_merge_after_merge(text, merges))


@wrong("encode", "wrong_type")
def encode_to_numpy_integers(text, merges):
    import numpy

    return list(numpy.array(encode_merge_after_merge(text, merges), dtype=int))
