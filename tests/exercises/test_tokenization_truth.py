"""The ground truth of lesson 01's checks: right by hand, by others' code, and by the lesson."""

from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from course_lib.exercises.tokenization import (
    bpe,
)
from course_lib.exercises.tokenization.calls import encoder
from course_lib.llm import tokenizer
from tests.answers.tokenization import setup_cell

LESSON = Path(__file__).resolve().parents[2] / "lessons" / "01_tokenization.py"
L, O, W, E, S, T = b"lowest"  # noqa: E741 - the letters
MERGES = [(L, O), (256, W), (257, E)]


def test_the_example_that_was_worked_by_hand():
    words = [list(word) for word in (b"low", b"lower", b"lowest", b"lowly")]
    assert bpe.counted(words)[L, O] == bpe.counted(words)[O, W] == 4
    assert bpe.learned(words, 3) == MERGES
    assert bpe.encoded(list(b"lowest"), bpe.by_pair(MERGES)) == [258, S, T]
    assert bpe.spelled([257, 32, 258, S], MERGES) == "low|␣|lowe|s"


def test_merging_by_hand():
    assert bpe.merged([5, 5, 5], (5, 5), 9) == [9, 5]
    assert bpe.merged([1, 2, 2, 3], (1, 2), 1) == [1, 2, 3]
    assert bpe.merged([], (1, 2), 9) == []


texts = st.text(st.sampled_from("ab c\n'dé1.猫"), max_size=40)


@given(st.text(max_size=60))
def test_words_are_those_of_the_library_and_of_the_lesson(text):
    assert bpe.WORD.findall(text) == tokenizer.split_words(text)
    assert "".join(bpe.WORD.findall(text)) == text


def test_there_is_one_pattern():
    pattern = bpe.WORD.pattern
    assert setup_cell.WORD.pattern == pattern
    assert f'regex.compile(r"{pattern}")' in LESSON.read_text(encoding="utf-8")


@given(texts, st.integers(0, 12))
def test_training_gives_the_merges_of_the_library(text, n_merges):
    assert bpe.learned(bpe.word_bytes(text), n_merges) == tokenizer.train_bpe(text, n_merges)


@given(texts, texts)
def test_encoding_gives_the_ids_of_hugging_face(learned_from, text):
    merges = bpe.learned(bpe.word_bytes(learned_from), 12)
    pieces = [bytes([i]) for i in range(256)]
    for left, right in merges:
        pieces.append(pieces[left] + pieces[right])
    names = [piece.decode("latin-1") for piece in pieces]  # one character for each byte
    assume(len(set(names)) == len(names))  # Hugging Face finds a piece by its name alone
    vocab = {name: i for i, name in enumerate(names)}
    peer = Tokenizer(models.BPE(vocab, [(names[a], names[b]) for a, b in merges]))
    ranks = bpe.by_pair(merges)
    words = ["".join(map(chr, word)) for word in bpe.word_bytes(text)]
    expected = [i for word in words for i in peer.encode(word).ids]
    assert [i for word in bpe.word_bytes(text) for i in bpe.encoded(word, ranks)] == expected


def test_the_small_encoder_takes_the_longest_piece():
    encode = encoder({"lo": 1, "low": 2, " l": 3})
    assert encode("low lo lé") == [2, 3, 111, 3, 195, 169]
    assert encode("") == []
    assert encoder({})("é") == [195, 169]
