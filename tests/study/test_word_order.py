"""What attention can and cannot tell about order, and that SmolLM2 is left as it was."""

import pytest
import torch

from course_lib import assets, smollm2
from course_lib.study import next_token, word_order

A = ["the", "dog", "bit", "the", "man", "and", "then"]
B = ["the", "man", "bit", "the", "dog", "and", "then"]
with_smollm2 = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`"),
]


def largest(a, b):
    return (a - b).abs().max().item()


@pytest.mark.parametrize("positions", word_order.WAYS)
def test_one_layer_tells_orders_apart_by_positions_alone(positions):
    first, second = word_order.one_layer(A, positions), word_order.one_layer(B, positions)
    assert first.shape == (7, word_order.WIDTH)
    difference = largest(first[-1], second[-1])
    assert difference < 1e-5 if positions == "none" else difference > 0.1
    assert torch.equal(first, word_order.one_layer(A, positions))


def test_one_layer_is_causal_and_words_have_one_vector():
    whole, part = word_order.one_layer(A, "none"), word_order.one_layer(A[:3], "none")
    assert torch.allclose(whole[:3], part, atol=1e-6)
    assert largest(word_order.one_layer(["dog"], "none"), word_order.one_layer(["man"], "none")) > 1
    assert largest(whole[-1], word_order.one_layer([*A[:-1], "here"], "none")[-1]) > 0.1


def test_long_words_that_begin_alike_have_vectors_of_their_own():
    one, other = (word_order.one_layer([word], "none") for word in ("blacksmith", "blacksmiths"))
    assert largest(one, other) > 0.1


def test_an_unknown_scheme_is_refused():
    with pytest.raises(ValueError, match="positions must be one of"):
        word_order.one_layer(A, "waves")


class TestSmolLM2:
    pytestmark = with_smollm2

    def test_order_is_lost_without_positions_and_mask_only(self):
        texts = ["The dog bit the man because it was", "The man bit the dog because it was"]
        for rope, mask, blind in [(1, 1, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1)]:
            scores = [word_order.last_logits(text, bool(rope), bool(mask)) for text in texts]
            assert (largest(*scores) < 0.01) == bool(blind)

    def test_the_model_is_as_it_was_afterwards(self):
        text = "The capital of France is"
        ids = torch.tensor([smollm2.load_tokenizer().encode_ordinary(text)])
        model = next_token.load()
        with torch.inference_mode():
            before = model(ids)[0, -1]
            assert torch.equal(word_order.last_logits(text), before)
            assert torch.equal(word_order.logits_from(text, 0), before)
            for change in (
                lambda: word_order.last_logits(text, rope=False, mask=False),
                lambda: word_order.logits_from(text, 777),
                lambda: word_order.perplexity(text, rope=False),
                lambda: word_order.real_queries(text),
            ):
                change()
                assert torch.equal(model(ids)[0, -1], before)

    def test_a_moved_text_reads_the_same(self):
        text = "The capital of France is"
        moved = word_order.logits_from(text, 5000)
        assert largest(word_order.logits_from(text, 0), moved) < 0.01

    def test_real_queries_are_turned_by_the_library_too(self):
        from course_lib.llm.embeddings import apply_rope

        before, after = word_order.real_queries("The cat sat on")
        assert before.shape == (1, 9, 4, 64)
        assert torch.allclose(apply_rope(before, torch.arange(4), 100_000.0), after, atol=1e-5)
        assert torch.equal(before[:, :, 0], after[:, :, 0])  # position 0 is not turned
        assert largest(before[:, :, 3], after[:, :, 3]) > 0.1

    def test_perplexity_by_hand(self):
        text = "The cat sat"
        journey = next_token.journey(text)
        surprise = -journey.logits.log_softmax(-1)[[0, 1], journey.ids[1:]].mean()
        assert word_order.perplexity(text) == pytest.approx(surprise.exp().item(), rel=1e-4)
