"""Training on too little text: what is measured, and when."""

import math
from itertools import islice

import pytest

from course_lib.llm.batches import row_batches
from course_lib.llm.training import evaluate
from course_lib.study import too_little
from course_lib.study.town_training import ROWS, new_model, one_thread, rows, town, train
from course_lib.tinyville.documents import documents, logprob


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(too_little, "STEPS", 20)
    monkeypatch.setattr(too_little, "WIDTH", 16)


def test_the_floor_of_the_few_is_that_of_their_writer():
    world = town("village").world
    texts = list(islice(documents(world, too_little.SEED), too_little.N_DOCUMENTS))
    packed = rows("village", too_little.N_DOCUMENTS)
    n_tokens = sum(len(text.split()) + 1 for text in texts)  # a word is a token here
    assert packed.n_counted == pytest.approx(n_tokens, rel=0.05)
    nats = -sum(logprob(world, text) for text in texts)
    assert too_little.few_floor() == pytest.approx(nats / packed.n_counted)


def test_each_document_is_read_so_often(monkeypatch):
    packed = rows("village", too_little.N_DOCUMENTS)
    assert too_little.passes() == pytest.approx(400 * 16 / len(packed.ids))
    assert 50 < too_little.passes() < 150
    before = too_little.passes()
    monkeypatch.setattr(too_little, "STEPS", 20)
    assert too_little.passes() == pytest.approx(before / 20)


def test_it_is_measured_every_twenty_steps_on_both_texts(short):
    steps = []
    (found,) = too_little.overfit(lambda report: steps.append(report.step))
    assert steps == [*range(1, 21)] and found.step == 20
    few, place = rows("village", too_little.N_DOCUMENTS), town("village")
    model = new_model(place, 16, too_little.SEED)
    train(model, row_batches(few, ROWS, too_little.SEED), 20)
    with one_thread():
        assert found.training == pytest.approx(evaluate(model, [few]), abs=1e-5)
        assert found.held_out == pytest.approx(evaluate(model, place.held_out), abs=1e-5)
    assert place.floor < found.held_out < math.log(place.vocab_size)


def test_measuring_changes_nothing(short, monkeypatch):
    (expected,) = too_little.overfit()
    monkeypatch.setattr(too_little, "EVERY", 5)
    found = too_little.overfit()
    assert [measured.step for measured in found] == [5, 10, 15, 20]
    assert found[-1] == expected
