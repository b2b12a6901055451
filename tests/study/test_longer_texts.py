"""Small models by their way of telling positions: the same batches, a loss by place."""

import pytest
import torch
import torch.nn.functional as F

from course_lib.study import longer_texts

pytestmark = pytest.mark.slow


@pytest.fixture
def quick(monkeypatch):
    """Training of two steps, forgotten afterwards."""
    monkeypatch.setattr(longer_texts, "STEPS", 2)
    monkeypatch.setattr(longer_texts, "TrainingConfig", short_training)
    longer_texts.train_on_short.cache_clear()
    yield longer_texts
    longer_texts.train_on_short.cache_clear()


def short_training(steps, warmup):
    from course_lib.llm.training import TrainingConfig

    return TrainingConfig(steps=steps, warmup=1)


@pytest.mark.parametrize("scheme", longer_texts.SCHEMES)
def test_training_changes_a_model_and_no_other_randomness(quick, scheme):
    torch.manual_seed(7)
    model = quick.train_on_short(scheme)
    drawn = torch.rand(1)
    torch.manual_seed(7)
    assert torch.equal(drawn, torch.rand(1))
    assert model.config.positions == scheme
    quick.train_on_short.cache_clear()
    again = quick.train_on_short(scheme)
    assert torch.equal(model.embed.weight, again.embed.weight)
    assert not torch.equal(quick.train_on_short(scheme, seed=1).embed.weight, again.embed.weight)


def test_rows_past_the_trained_length_are_never_touched(quick):
    rows = quick.train_on_short("learned").positions.table.weight
    torch.manual_seed(0)
    start = longer_texts.GPT(longer_texts._config("learned", len(longer_texts._vocabulary())))
    fresh = start.positions.table.weight
    assert torch.equal(rows[longer_texts.TRAINED :], fresh[longer_texts.TRAINED :])
    assert not torch.equal(rows[: longer_texts.TRAINED], fresh[: longer_texts.TRAINED])


def test_the_loss_is_that_of_fresh_text_place_by_place(quick):
    model = quick.train_on_short("rope")
    losses = quick.loss_by_place(model)
    assert len(losses) == longer_texts.TESTED
    text, _ = longer_texts._text(2, 1500)
    rows = min(256, (len(text) - 1) // 128)
    with torch.inference_mode():
        per_row = [
            F.cross_entropy(
                model(text[None, 128 * r : 128 * r + 128])[0, [0, 70]],
                text[[128 * r + 1, 128 * r + 71]],
                reduction="none",
            )
            for r in range(rows)
        ]
    mean = torch.stack(per_row).mean(dim=0).tolist()
    assert [losses[0], losses[70]] == pytest.approx(mean, abs=1e-3)
    trained_on, _ = longer_texts._text(1, 6000)
    assert not torch.equal(trained_on[:500], text[:500])


def test_squeezed_places_lie_between_the_trained_ones(quick):
    model = quick.train_on_short("rope")
    before = model.turns.clone()
    for _ in range(2):  # a cell may be run twice
        squeezed = quick.squeezed(quick.train_on_short("rope"))
        assert torch.allclose(squeezed.turns[::4], before[:32], atol=1e-6)
        assert len(squeezed.turns) == longer_texts.TESTED
        assert torch.equal(model.turns, before)
        assert torch.equal(squeezed.embed.weight, model.embed.weight)


def test_a_mean_counts_places_from_1():
    assert longer_texts.mean_of([1.0, 2.0, 6.0, 9.0], 2, 3) == 4.0
