"""Answers to `count_pairs`."""

from collections import Counter, defaultdict

from tests.answers.book import right, wrong


@right("count_pairs")
def count_with_a_counter(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for pair in zip(word, word[1:], strict=False):
            pairs[pair] += count
    return pairs


@right("count_pairs")
def count_with_indices(words, counts):
    result = {}
    for w in range(len(words)):
        for i in range(len(words[w]) - 1):
            pair = (words[w][i], words[w][i + 1])
            if pair not in result:
                result[pair] = 0
            result[pair] = result[pair] + counts[w]
    return result


@right("count_pairs")
def count_with_a_defaultdict(words, counts):
    result = defaultdict(int)
    for word, count in zip(words, counts, strict=True):
        for _ in range(count):
            previous = None
            for i in word:
                if previous is not None:
                    result[previous, i] += 1
                previous = i
    return result


@wrong("count_pairs", "ignores_counts")
def count_each_word_once(words, counts):
    return dict(Counter(p for word in words for p in zip(word, word[1:], strict=False)))


@wrong("count_pairs", "pairs_across_words")
def count_joined_words(words, counts):
    ids = [i for word, count in zip(words, counts, strict=True) for _ in range(count) for i in word]
    return Counter(zip(ids, ids[1:], strict=False))


@wrong("count_pairs", "pairs_across_words")
def count_in_multiplied_lists(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        copies = word * count
        pairs.update(zip(copies, copies[1:], strict=False))
    return pairs


@wrong("count_pairs", "pairs_across_words")
def count_across_one_border(words, counts):
    pairs = Counter()
    previous = None
    for word, count in zip(words, counts, strict=True):
        for i in word:
            if previous is not None:
                pairs[previous, i] += count
            previous = i
    return pairs


@wrong("count_pairs", "overwrites_counts")
def count_with_assignment(words, counts):
    pairs = {}
    for word, count in zip(words, counts, strict=True):
        for pair in zip(word, word[1:], strict=False):
            pairs[pair] = count
    return pairs


@wrong("count_pairs", "skips_every_other_pair")
def count_in_steps_of_two(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for i in range(0, len(word) - 1, 2):
            pairs[word[i], word[i + 1]] += count
    return pairs


@wrong("count_pairs", "misses_the_last_pair")
def count_up_to_len_minus_two(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for i in range(len(word) - 2):
            pairs[word[i], word[i + 1]] += count
    return pairs


@wrong("count_pairs", "once_per_word")
def count_with_sets(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for pair in set(zip(word, word[1:], strict=False)):
            pairs[pair] += count
    return pairs


@wrong("count_pairs", "non_overlapping")
def count_without_overlap(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        i = 0
        while i < len(word) - 1:
            pairs[word[i], word[i + 1]] += count
            i += 2 if word[i : i + 3] == [word[i]] * 3 else 1
    return pairs


@wrong("count_pairs", "ignores_order")
def count_sorted_pairs(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for pair in zip(word, word[1:], strict=False):
            pairs[tuple(sorted(pair))] += count
    return pairs


@wrong("count_pairs", "reversed_pairs")
def count_backwards(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for i in range(1, len(word)):
            pairs[word[i], word[i - 1]] += count
    return pairs


@wrong("count_pairs", "zero_entries")
def count_all_pairs_there_could_be(words, counts):
    known = {i for word in words for i in word}
    pairs = {(a, b): 0 for a in known for b in known}
    for pair, count in count_with_indices(words, counts).items():
        pairs[pair] += count
    return pairs


@wrong("count_pairs", "reads_past_the_end")
def count_past_the_end(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        for i in range(len(word)):
            pairs[word[i], word[i + 1]] += count
    return pairs


@wrong("count_pairs", "ignores_input")
def count_the_example(words, counts):
    return {(0, 1): 7, (1, 2): 7, (2, 3): 2, (3, 4): 2}


@wrong("count_pairs", "wrong_inner_type")
def count_in_floats(words, counts):
    return {pair: float(n) for pair, n in count_with_indices(words, counts).items()}


@wrong("count_pairs", "wrong_type")
def count_as_a_list(words, counts):
    return sorted(count_with_indices(words, counts).items())


@wrong("count_pairs", "changed_inputs")
def count_while_emptying(words, counts):
    pairs = Counter()
    for word, count in zip(words, counts, strict=True):
        while len(word) > 1:
            pairs[word.pop(0), word[0]] += count
    return pairs
