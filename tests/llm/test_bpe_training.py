from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from course_lib import assets
from course_lib.llm.bpe_training import learn_merges, merge_in_place
from course_lib.llm.tokenizer import split_words, train_bpe
from tests.llm import hugging_face
from tests.llm.texts import texts

# Few letters and many repeats: ties, overlaps (aaa) and words that end up as one token.
small_words = st.dictionaries(
    st.text("abc", min_size=1, max_size=12).map(str.encode), st.integers(1, 4), max_size=8
)


def recount_merges(word_counts, n_merges):
    """The plain trainer: count all pairs anew for each merge."""
    words = {word: list(word) for word in word_counts}
    merges = []
    while len(merges) < n_merges:
        counts = Counter()
        for word, ids in words.items():
            for pair in pairwise(ids):
                counts[pair] += word_counts[word]
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        for word, ids in words.items():
            words[word] = replace_pair(ids, best, 256 + len(merges))
        merges.append(best)
    return merges


def replace_pair(ids, pair, new_id):
    ids = list(ids)
    for i in range(len(ids)):
        if tuple(ids[i : i + 2]) == pair:
            ids[i : i + 2] = [new_id]
    return ids


@settings(max_examples=300)
@given(small_words, st.integers(0, 30))
def test_merges_are_those_of_the_plain_trainer(word_counts, n_merges):
    assert learn_merges(word_counts, n_merges) == recount_merges(word_counts, n_merges)


@settings(max_examples=100)
@given(st.lists(texts(), max_size=5), st.integers(0, 60))
def test_merges_are_hugging_faces_when_its_bytes_are_numbered_as_ours(some_texts, n_merges):
    # U+0100 + b stands for byte b: in this alphabet its ids, too, are the byte values.
    words = [word.encode() for text in some_texts for word in split_words(text)]
    spelled = [" ".join("".join(chr(256 + byte) for byte in word) for word in words)]
    alphabet = [chr(256 + byte) for byte in range(256)]
    theirs = hugging_face.train(spelled, n_merges, pre_tokenizers.WhitespaceSplit(), alphabet)
    assert train_bpe(some_texts, n_merges) == theirs


@settings(max_examples=100)
@given(st.lists(texts(), max_size=5), st.integers(0, 60))
def test_merges_are_hugging_faces_when_our_bytes_are_numbered_as_its(some_texts, n_merges):
    compare_with_its_own_pipeline(some_texts, n_merges)


@pytest.mark.slow
@pytest.mark.skipif("shakespeare" in assets.missing(), reason="no plays: run `course fetch`")
def test_merges_are_hugging_faces_on_a_megabyte_of_shakespeare():
    plays = assets.path("shakespeare").read_text(encoding="utf-8")
    compare_with_its_own_pipeline(plays[:1_000_000].splitlines(keepends=True), 4096 - 256)


def compare_with_its_own_pipeline(some_texts, n_merges):
    """Its whole byte-level pipeline, unchanged: it numbers bytes by the characters for them."""
    alphabet = hugging_face.byte_characters()
    its_id = bytes(sorted(alphabet).index(character) for character in alphabet)
    counts = Counter(word.encode().translate(its_id) for t in some_texts for word in split_words(t))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs = hugging_face.train(some_texts, n_merges, byte_level, alphabet)
    assert learn_merges(counts, n_merges) == theirs


def test_a_tie_goes_to_the_smallest_pair_of_ids():
    assert learn_merges({b"zy": 2, b"ab": 2, b"az": 2}, 3) == [
        tuple(b"ab"),
        tuple(b"az"),
        tuple(b"zy"),
    ]


def test_a_high_count_of_a_rare_word_beats_many_words():
    assert learn_merges({b"xy": 5, b"ab": 2, b"abc": 2}, 1) == [tuple(b"xy")]


def test_learning_stops_when_every_word_is_one_token():
    assert learn_merges({b"abc": 1, b"d": 9}, 100) == [(97, 98), (256, 99)]
    assert learn_merges({}, 5) == []
    assert train_bpe("", 5) == []


def test_words_do_not_reach_across_texts():
    assert train_bpe(["ab", "cd"], 9) == [tuple(b"ab"), tuple(b"cd")]
    assert train_bpe("abcd", 1, pattern="..") == [tuple(b"ab")]
    assert train_bpe(["a", "b"], 9) == []


def test_a_negative_number_of_merges_is_refused():
    with pytest.raises(ValueError, match="n_merges must be at least 0, got -1"):
        learn_merges({b"ab": 1}, -1)


@given(st.lists(st.integers(1, 3), max_size=12), st.sampled_from([(1, 2), (1, 1)]))
def test_merge_in_place_tells_what_becomes_of_each_pair(ids, pair):
    counts = Counter(pairwise(ids))
    merged = list(ids)
    for old, new in merge_in_place(merged, pair, 9):
        counts[old] -= 1
        counts[new] += 1
    assert merged == replace_pair(ids, pair, 9)
    del counts[pair]  # not looked at again
    assert {pair: n for pair, n in counts.items() if n} == Counter(pairwise(merged))


@given(st.integers(0, 40))
def test_a_run_is_merged_from_the_left(length):
    run = [7] * length
    list(merge_in_place(run, (7, 7), 9))
    assert run == [9] * (length // 2) + [7] * (length % 2)
