"""Answers to `train_bpe`."""

from collections import Counter

import regex

from tests.answers.book import right, wrong
from tests.answers.tokenization.count_pairs import count_with_indices
from tests.answers.tokenization.merge_pair import merge_with_a_while_loop
from tests.answers.tokenization.setup_cell import split_words


@right("train_bpe")
def train_with_a_counter(text, n_merges):
    counted = Counter(split_words(text))
    words = {word: list(word.encode()) for word in counted}
    merges = []
    for i in range(n_merges):
        pairs = Counter()
        for word, ids in words.items():
            for pair in zip(ids, ids[1:], strict=False):
                pairs[pair] += counted[word]
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {w: merge_with_a_while_loop(ids, best, 256 + i) for w, ids in words.items()}
    return merges


@right("train_bpe")
def train_on_a_flat_list(text, n_merges):
    ids = []
    for word in split_words(text):
        ids += [*word.encode("utf-8"), -1]  # -1 keeps words apart
    merges = []
    while len(merges) < n_merges:
        pairs = {}
        for a, b in zip(ids, ids[1:], strict=False):
            if a != -1 and b != -1:
                pairs[a, b] = pairs.get((a, b), 0) + 1
        if not pairs:
            break
        best = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[0][0]
        ids = merge_with_a_while_loop(ids, best, 256 + len(merges))
        merges.append(best)
    return merges


@right("train_bpe")
def train_on_strings(text, n_merges):
    words = ["".join(map(chr, word.encode())) for word in split_words(text)]
    merges = []
    while len(merges) < n_merges and any(len(word) > 1 for word in words):
        pairs = Counter(p for word in words for p in zip(word, word[1:], strict=False))
        best = max(pairs, key=lambda pair: (pairs[pair], -ord(pair[0]), -ord(pair[1])))
        words = [word.replace("".join(best), chr(256 + len(merges))) for word in words]
        merges.append((ord(best[0]), ord(best[1])))
    return merges


def train_like(
    words_of=lambda text: [list(word.encode()) for word in split_words(text)],
    choose=lambda pairs: min(pairs, key=lambda pair: (-pairs[pair], pair)),
    first_id=256,
    stop=lambda pairs: not pairs,
):
    """Make a trainer in which one thing can be wrong."""

    def train(text, n_merges):
        words, merges = words_of(text), []
        while len(merges) < n_merges:
            pairs = Counter(p for ids in words for p in zip(ids, ids[1:], strict=False))
            if stop(pairs):
                break
            best = choose(pairs)
            words = [merge_with_a_while_loop(ids, best, first_id + len(merges)) for ids in words]
            merges.append(best)
        return merges

    return train


@wrong("train_bpe", "pairs_across_words")
def train_across_words(text, n_merges):
    return train_like(lambda text: [list(text.encode())])(text, n_merges)


@wrong("train_bpe", "other_words")
def train_on_split(text, n_merges):
    return train_like(lambda text: [list(w.encode()) for w in text.split()])(text, n_merges)


@wrong("train_bpe", "other_words")
def train_on_letters_only(text, n_merges):
    words = regex.findall(r"\w+", text)
    return train_like(lambda text: [list(w.encode()) for w in words])(text, n_merges)


@wrong("train_bpe", "counts_only_once")
def train_on_the_first_count(text, n_merges):
    pairs = Counter()
    for word in split_words(text):
        pairs.update(zip(word.encode(), word.encode()[1:], strict=False))
    return sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:n_merges]


@wrong("train_bpe", "never_merges")
def train_and_forget_the_merged(text, n_merges):
    words = [list(word.encode()) for word in split_words(text)]
    merges = []
    for i in range(n_merges):
        pairs = count_with_indices(words, [1] * len(words))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        for word in words:
            merge_with_a_while_loop(word, best, 256 + i)
        merges.append(best)
    return merges


@wrong("train_bpe", "tie_takes_the_first_seen")
def train_with_most_common(text, n_merges):
    return train_like(choose=lambda pairs: pairs.most_common(1)[0][0])(text, n_merges)


@wrong("train_bpe", "tie_takes_the_first_seen")
def train_with_max_get(text, n_merges):
    return train_like(choose=lambda pairs: max(pairs, key=pairs.get))(text, n_merges)


@wrong("train_bpe", "tie_takes_the_largest")
def train_with_the_largest_pair(text, n_merges):
    choose = train_like(choose=lambda pairs: max(pairs, key=lambda p: (pairs[p], p)))
    return choose(text, n_merges)


@wrong("train_bpe", "tie_compares_bytes")
def train_with_ties_by_bytes(text, n_merges):
    words = [list(word.encode()) for word in split_words(text)]
    vocab = {i: bytes([i]) for i in range(256)}
    merges = []
    for i in range(n_merges):
        pairs = Counter(p for ids in words for p in zip(ids, ids[1:], strict=False))
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], [vocab[part] for part in pair]))
        vocab[256 + i] = vocab[best[0]] + vocab[best[1]]
        words = [merge_with_a_while_loop(ids, best, 256 + i) for ids in words]
        merges.append(best)
    return merges


@wrong("train_bpe", "takes_the_rarest")
def train_with_min(text, n_merges):
    return train_like(choose=lambda pairs: min(pairs, key=lambda p: (pairs[p], p)))(text, n_merges)


@wrong("train_bpe", "each_word_once")
def train_on_different_words(text, n_merges):
    cut = lambda text: [list(w.encode()) for w in dict.fromkeys(split_words(text))]  # noqa: E731
    return train_like(cut)(text, n_merges)


@wrong("train_bpe", "non_overlapping")
def train_with_str_count(text, n_merges):
    words = ["".join(map(chr, word.encode())) for word in split_words(text)]
    merges = []
    while len(merges) < n_merges:
        seen = {a + b for word in words for a, b in zip(word, word[1:], strict=False)}
        if not seen:
            break
        best = min(seen, key=lambda pair: (-sum(word.count(pair) for word in words), pair))
        words = [word.replace(best, chr(256 + len(merges))) for word in words]
        merges.append((ord(best[0]), ord(best[1])))
    return merges


@wrong("train_bpe", "characters_not_bytes")
def train_on_code_points(text, n_merges):
    return train_like(lambda text: [list(map(ord, w)) for w in split_words(text)])(text, n_merges)


@wrong("train_bpe", "first_new_id")
def train_from_257(text, n_merges):
    return train_like(first_id=257)(text, n_merges)


@wrong("train_bpe", "no_early_stop")
def train_without_a_stop(text, n_merges):
    return train_like(stop=lambda pairs: False)(text, n_merges)


@wrong("train_bpe", "no_early_stop")
def train_with_most_common_and_no_stop(text, n_merges):
    def choose(pairs):
        most = pairs.most_common()[0][1]
        return min(pair for pair in pairs if pairs[pair] == most)

    return train_like(choose=choose, stop=lambda pairs: False)(text, n_merges)


@wrong("train_bpe", "stops_at_count_one")
def train_only_frequent_pairs(text, n_merges):
    stop = train_like(stop=lambda pairs: max(pairs.values(), default=0) < 2)
    return stop(text, n_merges)


@wrong("train_bpe", "one_merge_too_many")
def train_one_too_many(text, n_merges):
    return train_like()(text, n_merges + 1)


@wrong("train_bpe", "merges_are_not_vocabulary")
def train_up_to_a_vocabulary(text, n_merges):
    return train_like()(text, n_merges - 256)


@wrong("train_bpe", "wrong_inner_type")
def train_lists_for_pairs(text, n_merges):
    return [list(pair) for pair in train_like()(text, n_merges)]


@wrong("train_bpe", "wrong_type")
def train_to_a_dict(text, n_merges):
    return {pair: 256 + i for i, pair in enumerate(train_like()(text, n_merges))}


@wrong("train_bpe", "ignores_input")
def train_on_the_example(text, n_merges):
    return [(108, 111), (256, 119), (257, 101)]
