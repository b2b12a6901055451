"""Likeness within and across senses by hand; the sentences hold their word where they should."""

import pytest
import torch

from course_lib import assets, smollm2
from course_lib.study import next_token, real_vectors, senses

needs_assets = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")
# Two layers, three sentences: a, a and b. In layer 0 all are alike.
FOUND = torch.tensor([[[2.0, 0.0]] * 3, [[1.0, 0.0], [3.0, 4.0], [0.0, 2.0]]])
MEANT = ["a", "a", "b"]


def test_likeness_by_hand():
    same, across = senses.likeness(FOUND, MEANT)
    assert same == pytest.approx([1.0, 0.6])
    assert across == pytest.approx([1.0, 0.4])  # 0 and .8


def test_nearest_sense_by_hand():
    assert senses.nearest_sense(FOUND, MEANT) == pytest.approx([2 / 3, 1 / 3])
    apart = torch.tensor([[[1.0, 0.1], [1.0, 0.2], [0.1, 1.0], [0.2, 1.0]]])
    assert senses.nearest_sense(apart, ["a", "a", "b", "b"]) == [1.0]
    assert senses.nearest_sense(apart, ["a", "b", "a", "b"]) == [0.0]


@needs_assets
@pytest.mark.parametrize("word", senses.SENTENCES)
def test_each_sentence_ends_with_its_word_as_one_token(word):
    place = real_vectors.id_of(word)
    groups = senses.SENTENCES[word].values()
    assert len({len(group) for group in groups}) == 1  # as many of each sense
    for sentence in (one for group in groups for one in group):
        ids = smollm2.load_tokenizer().encode_ordinary(sentence)
        assert ids.count(place) == 1 and ids[-1] == place


@needs_assets
@pytest.mark.slow
def test_senses_part_in_smollm2():
    found, meant = senses.vectors("bank")
    assert found.shape == (31, 12, 576)
    same, across = senses.likeness(found - senses.background(), meant)
    assert same[0] == pytest.approx(1, abs=1e-4) and across[0] == pytest.approx(1, abs=1e-4)
    assert all(a - b > 0.1 for a, b in zip(same[8:], across[8:], strict=True))


@needs_assets
@pytest.mark.slow
def test_the_background_is_what_different_words_share():
    background = senses.background()
    assert background.shape == (31, 1, 576)
    strangers = senses.strangers()
    assert strangers.shape == (31, 6, 576)
    _, as_they_are = senses.likeness(strangers, list("abcdef"))
    _, centered = senses.likeness(strangers - background, list("abcdef"))
    assert as_they_are[20] > 0.6  # words that have nothing to do with each other
    assert all(raw - left > 0.2 for raw, left in zip(as_they_are[4:], centered[4:], strict=True))


@needs_assets
@pytest.mark.slow
def test_a_vector_in_context_is_that_of_the_last_place_of_the_word():
    journey = next_token.journey("The cat saw a cat run")
    found = real_vectors.in_context("The cat saw a cat run", "cat")
    assert torch.allclose(found, torch.stack(journey.layers)[:, 4], atol=1e-4)
    assert torch.allclose(found[0], real_vectors.table()[real_vectors.id_of("cat")], atol=1e-6)
    with pytest.raises(ValueError, match="holds 'cat'"):
        real_vectors.in_context("A dog", "cat")


@needs_assets
def test_words_of_the_real_table():
    assert real_vectors.word_of(real_vectors.id_of("king")) == "·king"
    with pytest.raises(ValueError, match="got 2 tokens"):
        real_vectors.id_of("sofa")


@needs_assets
@pytest.mark.slow
def test_the_table_is_a_copy():
    first = real_vectors.table()
    first.zero_()
    assert real_vectors.table().abs().max() > 0.1
