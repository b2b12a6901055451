"""What holds for a GPT of any pieces."""

import math

import pytest
import torch

from course_lib.llm.loss import next_token_loss
from course_lib.llm.model import PIECES, ModelConfig, count_parameters
from tests.llm.models import COMBINATIONS, SHAPE, named, new_model, random_ids, random_model

CLOSE = dict(atol=2e-5, rtol=2e-5)
every_combination = pytest.mark.parametrize("pieces", COMBINATIONS, ids=named)


def test_these_are_all_combinations():
    assert len(COMBINATIONS) == math.prod(map(len, PIECES.values())) == 48


@every_combination
def test_a_later_token_changes_nothing_before_it_and_something_from_it_on(pieces):
    model = random_model(**pieces)
    ids = random_ids(2, 9)
    with torch.inference_mode():
        logits = model(ids)
        for place in range(9):
            other = ids.clone()
            other[0, place] = (other[0, place] + 1) % 37
            changed = model(other)
            torch.testing.assert_close(changed[:, :place], logits[:, :place], **CLOSE)
            differences = (changed - logits)[0, place:].abs().amax(dim=-1)
            assert (differences > 1e-3).all(), "every later position has read it"


@every_combination
def test_rows_do_not_see_each_other(pieces):
    model = random_model(**pieces)
    ids = random_ids(3, 9)
    with torch.inference_mode():
        together = model(ids)
        alone = torch.cat([model(row[None]) for row in ids])
    torch.testing.assert_close(together, alone, **CLOSE)


@every_combination
def test_a_document_in_a_row_does_not_see_the_others(pieces):
    model = random_model(**pieces)
    ids, segments = random_ids(1, 12), torch.tensor([[1] * 4 + [2] * 6 + [0] * 2])
    other = ids.clone()
    other[0, :4] = (other[0, :4] + 1) % 37
    with torch.inference_mode():
        logits, changed = model(ids, segments=segments), model(other, segments=segments)
        unmasked = model(ids) - model(other)
    torch.testing.assert_close(changed[:, 4:], logits[:, 4:], **CLOSE)
    assert unmasked[:, 4:].abs().max() > 1e-3, "without segments they would see each other"


@pytest.mark.parametrize("positions", ["rope", "none"])
def test_a_document_in_a_row_is_read_as_if_it_were_alone(positions):
    model = random_model(positions=positions)
    ids, segments = random_ids(1, 12), torch.tensor([[1] * 4 + [2] * 6 + [0] * 2])
    with torch.inference_mode():
        logits = model(ids, segments=segments)
        torch.testing.assert_close(logits[:, :4], model(ids[:, :4]), **CLOSE)
        torch.testing.assert_close(logits[:, 4:10], model(ids[:, 4:10]), **CLOSE)


@every_combination
@pytest.mark.parametrize("tied_head", [False, True])
def test_a_new_model_finds_every_token_about_as_likely(pieces, tied_head):
    model = new_model(**pieces, tied_head=tied_head, vocab_size=500)
    ids = random_ids(8, 24, vocab_size=500)
    with torch.inference_mode():
        loss = next_token_loss(model(ids)[:, :-1], ids[:, 1:])
    assert abs(loss - math.log(500)) < 0.1


def test_a_tied_head_is_the_table_and_counts_once():
    tied, untied = new_model(tied_head=True), new_model(tied_head=False)
    assert tied.head.weight is tied.embed.weight
    assert count_parameters(untied) - count_parameters(tied) == 37 * 24


def test_parameters_are_those_of_the_formula():
    attention = 24 * 24 * 2 + 2 * 24 * 8  # query and output; key and value of two heads, 4 wide
    block = attention + 3 * 24 * 40 + 2 * 24
    assert count_parameters(new_model()) == 2 * block + 24 + 2 * 37 * 24


@every_combination
def test_more_tokens_than_the_context_are_refused(pieces):
    model = random_model(**pieces)
    with torch.inference_mode():
        assert model(random_ids(1, 24)).shape == (1, 24, 37)
        with pytest.raises(ValueError, match="reads at most 24 tokens at once, got 25"):
            model(random_ids(1, 25))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vocab_size": 0}, "vocab_size must be a whole number from 1 on, got 0"),
        ({"d_model": 24.0}, "d_model must be a whole number from 1 on, got 24.0"),
        ({"n_layer": -1}, "n_layer must be a whole number from 0 on, got -1"),
        ({"n_head": "6"}, "n_head must be a whole number from 1 on, got '6'"),
        ({"norm": "batch"}, "norm must be one of .*'rms', 'layer'.*, got 'batch'"),
        ({"positions": "alibi"}, "positions must be one of .*, got 'alibi'"),
    ],
)
def test_an_impossible_shape_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        ModelConfig(**(SHAPE | change))


@pytest.mark.parametrize("change", [{"n_head": 5}, {"n_kv_head": 4}])
def test_heads_that_do_not_divide_are_refused(change):
    with pytest.raises(ValueError, match="must be a multiple of n_head, and n_head of n_kv_head"):
        new_model(**change)


def test_a_model_of_no_blocks_is_a_bigram():
    model = random_model(n_layer=0)
    ids = torch.tensor([[3, 1, 3], [5, 1, 2]])
    logits = model(ids)
    torch.testing.assert_close(logits[0, 0], logits[0, 2])
    torch.testing.assert_close(logits[0, 1], logits[1, 1])
