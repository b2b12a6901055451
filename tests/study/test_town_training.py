"""What the experiments of lesson 06 share: a town, its documents, and training."""

import math
from dataclasses import replace

import pytest
import torch

from course_lib.llm.batches import row_batches
from course_lib.llm.training import evaluate
from course_lib.runs.presets import PRESETS
from course_lib.runs.town import END_OF_TEXT
from course_lib.study import town_training
from course_lib.study.town_training import (
    ROWS,
    excess,
    go_on,
    in_a_row,
    new_model,
    one_thread,
    rows,
    stream,
    town,
    train,
    trained,
    window_loss,
)
from course_lib.tinyville import documents
from course_lib.tinyville.documents import write
from tests.llm.models import random_model

PLACE = town("village")
END = PLACE.tokenizer.special_tokens[END_OF_TEXT]


@pytest.fixture
def two_threads():
    """Compute on two cores, so that going down to one can be seen."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def a_model(seed=0):
    return new_model(PLACE, 16, seed)


def weights(model):
    return torch.cat([weight.detach().flatten() for weight in model.parameters()])


def texts_of(batch):
    """Return the documents of rows, as texts."""
    found = []
    for targets, segments in zip(batch.targets, batch.segments, strict=True):
        for number in range(1, int(segments.max()) + 1):
            ids = targets[segments == number].tolist()
            assert ids.pop() == END
            found.append(PLACE.tokenizer.decode(ids))
    return found


def test_a_town_is_made_once():
    assert town("village") is PLACE and PLACE.name == "village"
    assert town("village", 20) is town("village", 20) is not PLACE
    assert rows("village", 50) is rows("village", 50) is not rows("village", 50, 1)


def test_a_town_has_documents_that_no_run_trains_on_and_knows_their_floor():
    small = town("village", 20)
    assert len(small.texts) == 20 and len(PLACE.texts) == 500
    assert small.vocab_size == PLACE.tokenizer.vocab_size == len(PLACE.tokenizer.vocab)
    held_out = [text for batch in small.held_out for text in texts_of(batch)]
    assert sorted(held_out) == sorted(small.texts)
    n_tokens = sum(len(small.tokenizer.encode_ordinary(text)) + 1 for text in small.texts)
    nats = -sum(documents.logprob(small.world, text) for text in small.texts)
    assert small.floor == pytest.approx(nats / n_tokens)
    assert texts_of(rows("village", 20)) != small.texts


def test_rows_are_whole_documents_of_a_seed():
    for seed in (0, 1):
        packed = rows("village", 50, seed)
        assert packed.ids.shape[1] == 84
        assert sorted(texts_of(packed)) == sorted(write(PLACE.world, seed, 50))


def test_a_stream_is_documents_each_after_the_token_that_ends_one():
    ids = stream("village", 30, seed=3).tolist()
    assert ids[0] == END and ids.count(END) == 30
    starts = [place for place, id in enumerate(ids) if id == END] + [len(ids)]
    texts = [
        PLACE.tokenizer.decode(ids[start + 1 : end])
        for start, end in zip(starts, starts[1:], strict=False)
    ]
    assert texts == write(PLACE.world, 3, 30)


def test_a_new_model_is_the_same_each_time_and_leaves_torchs_chance_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = weights(a_model())
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(one, weights(a_model()))
    assert not torch.equal(one, weights(a_model(seed=1)))


def test_a_new_model_has_the_width_asked_for_and_else_the_shape_of_tiny():
    config, tiny = new_model(PLACE, 24, seed=0).config, PRESETS["tiny"]
    assert (config.d_model, config.d_ff) == (24, 96)
    of_tiny = tiny.model_config(PLACE.vocab_size)
    assert replace(config, d_model=of_tiny.d_model, d_ff=of_tiny.d_ff) == of_tiny
    assert new_model(PLACE, tiny.d_model, seed=0).config == of_tiny


def test_windows_are_scored_on_every_token_but_the_first_and_the_rest():
    small, model = (
        town("village", 20),
        random_model(vocab_size=PLACE.vocab_size, context_length=128),
    )
    ids = in_a_row(small, small.texts)
    n_rows = (len(ids) - 1) // 128
    nats = []
    for row in range(n_rows):
        window = ids[128 * row : 128 * (row + 1)]
        with torch.no_grad():
            logprobs = model(window[None])[0].log_softmax(dim=-1)
        nats += [-logprobs[t, ids[128 * row + t + 1]].item() for t in range(128)]
    assert len(nats) == 128 * n_rows > 100
    assert window_loss(model, small) == pytest.approx(sum(nats) / len(nats), rel=1e-4)


def test_a_text_goes_on_with_the_likeliest_tokens():
    model, words = random_model(vocab_size=PLACE.vocab_size, context_length=128), []
    for _ in range(3):
        ids = in_a_row(PLACE, [" ".join(["one morning", *words])])[None]
        with torch.no_grad():
            best = model(ids)[0, -1].argmax().item()
        said = go_on(model, PLACE, " ".join(["one morning", *words]), 1)
        assert said == PLACE.tokenizer.decode([best]).strip()
        words.append(said)


def test_training_tells_each_steps_loss_and_ends_ready_to_predict():
    model, reports = a_model(), []
    losses = train(model, row_batches(rows("village", 200), ROWS, 0), 12, reports.append)
    assert len(losses) == 12 and not model.training
    assert [report.step for report in reports] == [*range(1, 13)]
    assert [report.loss for report in reports] == losses
    assert losses[0] == pytest.approx(math.log(PLACE.vocab_size), abs=0.1)
    assert losses[-1] < losses[0] - 0.05


def test_the_schedule_is_that_of_tiny(monkeypatch):
    seen, of_trainer = [], town_training.Trainer

    def watched(model, optimizers, config):
        seen.append(config)
        return of_trainer(model, optimizers, config)

    monkeypatch.setattr(town_training, "Trainer", watched)
    train(a_model(), row_batches(rows("village", 200), ROWS, 0), 2)
    tiny = PRESETS["tiny"]
    assert seen == [replace(tiny.training, steps=2)] and tiny.training.warmup == 50
    assert tiny.batch_size == ROWS


def test_sixteen_bits_change_the_losses_a_little():
    batches = row_batches(rows("village", 200), ROWS, 0)
    exact, rough = (train(a_model(), batches, 3, bfloat16=kind) for kind in (False, True))
    assert exact != rough and exact == pytest.approx(rough, abs=0.05)


def test_a_trained_model_is_the_same_each_time():
    one, two = (trained("village", 16, 3, 0, 200) for _ in range(2))
    assert torch.equal(weights(one), weights(two))
    assert not torch.equal(weights(one), weights(trained("village", 16, 3, 1, 200)))
    by_hand = new_model(PLACE, 16, 0)
    train(by_hand, row_batches(rows("village", 200), ROWS, 0), 3)
    assert torch.equal(weights(one), weights(by_hand))


def test_the_excess_is_the_loss_above_the_floor():
    small, model = town("village", 20), a_model()
    expected = evaluate(model, small.held_out) - small.floor
    assert excess(model, small) == pytest.approx(expected, abs=1e-5)
    assert excess(model, small) == pytest.approx(math.log(461) - small.floor, abs=0.1)


def test_one_thread_is_one_and_then_as_many_as_before(two_threads):
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert torch.get_num_threads() == 2


def test_training_and_measuring_use_one_thread(two_threads):
    threads = []
    batches = row_batches(rows("village", 200), ROWS, 0)

    def batch(step):
        threads.append(torch.get_num_threads())
        return batches(step)

    train(a_model(), batch, 2)
    assert threads == [1, 1] and torch.get_num_threads() == 2
