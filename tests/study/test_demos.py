"""The facades of lesson 01: what they hand out is what the lesson says it is."""

import pytest

from course_lib import assets
from course_lib.exercises.tokenization import library
from course_lib.study import demos

needs_assets = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")


def test_the_fast_trainer_and_encoder_do_what_the_exercises_ask():
    text = demos.sample("prose")
    merges = demos.train_fast(text, 50)
    assert merges == library.train_bpe(text, 50)
    ids = demos.encode_fast(text, merges)
    assert b"".join(demos.bytes_of(i, merges) for i in ids).decode() == text


def test_the_sentence_comes_in_thirteen_languages():
    assert len(demos.sample("sentence")) == 13


@needs_assets
@pytest.mark.parametrize("name", ["gpt2", "cl100k_base", "SmolLM2"])
def test_pieces_joined_are_the_text(name):
    for text in [demos.sample("prose"), demos.sample("code"), *demos.sample("sentence").values()]:
        assert b"".join(piece for _, piece in demos.pieces(name, text)).decode() == text


@needs_assets
def test_special_tokens_are_ordinary_text_to_pieces():
    ids = [i for i, _ in demos.pieces("SmolLM2", "<|im_end|>")]
    assert demos.special_tokens()["<|im_end|>"] not in ids


@needs_assets
def test_smollm2s_merges_give_smollm2s_ids():
    single, ranks = demos.smollm2_merges()
    assert len(single) == 235
    assert list(ranks.values()) == sorted(ranks.values())  # the smaller id was learned earlier
    text = demos.sample("prose") + " 1234 naïve"
    words = demos.split_words_smollm2(text)
    ids = [i for w in words for i in library.encode_word([single[b] for b in w.encode()], ranks)]
    assert ids == [i for i, _ in demos.pieces("SmolLM2", text)]
