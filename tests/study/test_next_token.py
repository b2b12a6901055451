"""What lesson 00 shows of SmolLM2 is what SmolLM2 computes."""

import pytest
import torch

from course_lib import assets, smollm2
from course_lib.study import next_token

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`"),
]
PROMPT = "The cat sat on the"


@torch.inference_mode()
def probs_after(text: str) -> torch.Tensor:
    ids = smollm2.load_tokenizer().encode(text, allowed="all")
    return next_token.load()(torch.tensor([ids]))[0, -1].double().softmax(dim=-1)


def test_guesses_are_the_largest_probabilities_in_order():
    probs = probs_after(PROMPT)
    expected = sorted(probs.tolist(), reverse=True)[:20]
    guesses = next_token.guesses(PROMPT, 20)
    assert [prob for _, prob in guesses] == pytest.approx(expected, rel=1e-4)
    tokenizer = smollm2.load_tokenizer()
    for piece, prob in guesses[:5]:
        [token_id] = tokenizer.encode_ordinary(piece)
        assert probs[token_id].item() == pytest.approx(prob, rel=1e-4)


def test_a_rank_is_the_place_among_all_guesses():
    pieces = [piece for piece, _ in next_token.guesses(PROMPT, 50)]
    place, prob = next_token.rank(PROMPT, " mat")
    assert pieces.index(" mat") + 1 == place
    assert prob == pytest.approx(dict(next_token.guesses(PROMPT, 50))[" mat"])
    assert next_token.rank(PROMPT, pieces[0])[0] == 1


def test_a_word_of_two_tokens_has_no_rank():
    with pytest.raises(ValueError, match="expected one token, got 2"):
        next_token.rank(PROMPT, " sofa")


def test_nothing_comes_after_no_text():
    with pytest.raises(ValueError, match="at least one token"):
        next_token.guesses("")


def test_a_special_token_is_one_token_in_text_and_guesses():
    question = next_token.chat_format("What is the capital of France?")
    assert question.endswith("<|im_start|>assistant\n")
    assert next_token.guesses(question, 1)[0][0] == "The"
    whole = question + "The capital of France is Paris."
    assert next_token.guesses(whole, 1)[0][0] == "<|im_end|>"
    assert next_token.answer("What is the capital of France?") == (
        "The capital of France is Paris.<|im_end|>"
    )


def test_a_journey_ends_where_the_guesses_begin():
    journey = next_token.journey("The cat sat")
    assert journey.pieces == ["The", " cat", " sat"]
    assert journey.ids == [504, 2644, 2643]
    assert [tuple(layer.shape) for layer in journey.layers] == [(3, 576)] * 31
    assert torch.equal(journey.layers[0], next_token.load().embed(torch.tensor(journey.ids)))
    assert tuple(journey.logits.shape) == (3, 49_152)
    best = [(piece, prob) for piece, _, prob in journey.best(5)]
    for (piece, prob), (guess, other) in zip(best, next_token.guesses("The cat sat"), strict=True):
        assert piece == guess
        assert prob == pytest.approx(other, rel=1e-4)
    assert next_token.parameters() == 134_515_008


def test_it_goes_on_with_the_likeliest_or_with_draws_that_a_seed_repeats():
    text, expected = PROMPT, []
    for _ in range(3):
        [(piece, _)] = next_token.guesses(text, 1)
        expected.append(piece)
        text += piece
    assert [*map(next_token.piece, next_token.go_on(PROMPT, 3))] == expected
    drawn = [next_token.go_on(PROMPT, 5, temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert next_token.go_on(PROMPT, 3, temperature=1.0, top_p=0.01) == next_token.go_on(PROMPT, 3)


def test_the_surprise_of_a_text_adds_up_over_its_windows():
    text = "The capital of France is Paris."
    ids = smollm2.load_tokenizer().encode(text)
    n_tokens, nats = next_token.total_nats(text)
    assert n_tokens == len(ids)
    special = smollm2.load_tokenizer().special_tokens["<|endoftext|>"]
    whole = torch.tensor([[special, *ids]])
    with torch.inference_mode():
        loss = torch.nn.functional.cross_entropy(
            next_token.load()(whole)[0, :-1], whole[0, 1:], reduction="sum"
        )
    assert nats == pytest.approx(loss.item(), rel=1e-4)
    in_two = next_token.total_nats(text, window=4)
    assert in_two[0] == n_tokens
    assert in_two[1] > nats, "the second window does not see the first"
