"""Training: it learns, it cuts batches without a difference, it stops when it has gone wrong."""

import math

import pytest
import torch

from course_lib.llm.batches import Batch, pack_documents, text_batches
from course_lib.llm.loss import IGNORED, next_token_loss
from course_lib.llm.optim import AdamW
from course_lib.llm.training import (
    StepReport,
    Trainer,
    TrainingConfig,
    batch_loss,
    evaluate,
    standard_optimizers,
)
from tests.llm.models import COMBINATIONS, named, new_model, random_ids, random_model

# Every piece at least twice, with others each time.
SOME = [COMBINATIONS[i] for i in (0, 5, 10, 15, 20, 27, 29, 30, 34, 39, 44, 47)]


def uneven_batch() -> Batch:
    """Six rows with 1 to 10 counted targets each."""
    ids, targets = random_ids(6, 10), random_ids(6, 10, seed=1)
    for row, n in enumerate([1, 10, 3, 7, 2, 10]):
        targets[row, n:] = IGNORED
    return Batch(ids, targets, torch.ones(6, 10, dtype=torch.int64))


def trained(batch: Batch, steps: int, **config) -> tuple[list[StepReport], Trainer]:
    model = new_model(n_kv_head=3, vocab_size=37)
    trainer = Trainer(model, standard_optimizers(model), TrainingConfig(steps=steps, **config))
    reports = []
    trainer.run(lambda step: batch, reports.append)
    return reports, trainer


def test_some_combinations_hold_every_piece():
    for kind in SOME[0]:
        names = [pieces[kind] for pieces in SOME]
        every = {pieces[kind] for pieces in COMBINATIONS}
        assert all(names.count(name) >= 2 for name in every), kind


@pytest.mark.parametrize("pieces", SOME, ids=named)
def test_a_model_of_any_pieces_learns_one_batch_by_heart(pieces):
    model = new_model(**pieces)
    ids = random_ids(2, 11)
    batch = Batch(ids[:, :-1], ids[:, 1:])
    config = TrainingConfig(steps=80, warmup=5)
    trainer = Trainer(model, standard_optimizers(model), config)
    reports = []
    trainer.run(lambda step: batch, reports.append)
    assert abs(reports[0].loss - math.log(37)) < 0.1
    assert reports[-1].loss < 0.05


@pytest.mark.parametrize("accumulate", [2, 4, 6, 9])
def test_a_batch_in_parts_is_the_batch(accumulate):
    batch = uneven_batch()
    whole, trainer = trained(batch, steps=4, warmup=1)
    parts, other = trained(batch, steps=4, warmup=1, accumulate=accumulate)
    for a, b in zip(whole, parts, strict=True):
        assert b.loss == pytest.approx(a.loss, rel=1e-5)
        assert b.gradient_norm == pytest.approx(a.gradient_norm, rel=1e-4)
        assert b.n_tokens == a.n_tokens == 33
    # An orthogonalized step lifts what is near 0 in a gradient, its roundings too.
    for mine, his in zip(trainer.model.parameters(), other.model.parameters(), strict=True):
        torch.testing.assert_close(mine, his, atol=2e-4, rtol=1e-3)


def test_the_gradient_in_parts_is_the_gradient():
    batch, model = uneven_batch(), random_model()
    gradients = []
    for accumulate in (1, 4):
        trainer = Trainer(model, [], TrainingConfig(steps=1, accumulate=accumulate))
        loss = trainer.backward(batch)
        gradients.append([weight.grad.clone() for weight in model.parameters()])
        assert loss == pytest.approx(next_token_loss(model(batch.ids), batch.targets).item(), 1e-5)
        model.zero_grad()
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)
    next_token_loss(model(batch.ids), batch.targets).backward()
    for a, weight in zip(gradients[0], model.parameters(), strict=True):
        torch.testing.assert_close(a, weight.grad, atol=1e-6, rtol=1e-4)


def test_a_report_says_what_the_step_did():
    reports, trainer = trained(uneven_batch(), steps=3, warmup=2, decay=1.0)
    assert [report.step for report in reports] == [1, 2, 3] and trainer.step == 3
    assert trainer.model.training
    lrs = [group["lr"] for o in trainer.optimizers for group in o.param_groups]
    assert lrs == pytest.approx([0.02 / 3, 0.015 / 3]), "one step before the end of falling"
    trainer.run(lambda step: uneven_batch(), lambda report: pytest.fail("it is done"))


def test_gradients_are_clipped_before_the_step_and_gone_after_it():
    class Watched(AdamW):
        def step(self):
            params = [weight for group in self.param_groups for weight in group["params"]]
            lengths.append(torch.stack([weight.grad.norm() for weight in params]).norm().item())

    lengths = []
    model = random_model()
    trainer = Trainer(
        model, [Watched(model.parameters(), lr=0.0)], TrainingConfig(steps=1, clip=0.01)
    )
    report = trainer.take_step(uneven_batch())
    assert report.gradient_norm > 0.1
    assert lengths == [pytest.approx(0.01, rel=1e-4)]
    assert all(weight.grad is None for weight in model.parameters())


def test_a_loss_that_is_no_number_stops_it_before_the_step():
    model = random_model()
    with torch.no_grad():
        model.head.weight[3, 3] = math.nan
    before = [weight.clone() for weight in model.parameters()]
    trainer = Trainer(model, standard_optimizers(model), TrainingConfig(steps=2))
    with pytest.raises(FloatingPointError, match="loss is nan at step 0: training has diverged"):
        trainer.run(lambda step: uneven_batch(), lambda report: None)
    for weight, was in zip(model.parameters(), before, strict=True):
        torch.testing.assert_close(weight.detach(), was, rtol=0, atol=0, equal_nan=True)
    assert trainer.step == 0


def test_bfloat16_runs_and_goes_nearly_the_same_way():
    exact, _ = trained(uneven_batch(), steps=30, warmup=5)
    rough, trainer = trained(uneven_batch(), steps=30, warmup=5, bfloat16=True)
    assert rough[0].loss != exact[0].loss, "it does round"
    assert rough[0].loss == pytest.approx(exact[0].loss, rel=1e-3)
    assert rough[-1].loss < exact[0].loss / 2
    assert all(weight.dtype == torch.float32 for weight in trainer.model.parameters())


def test_the_loss_of_a_batch_heeds_segments():
    batch = pack_documents([[1, 2, 3], [4, 5], [6]], T=10, end_id=0)
    model = random_model(positions="none")
    alone = sum(
        batch_loss(model, pack_documents([d], T=10, end_id=0)).item()
        for d in ([1, 2, 3], [4, 5], [6])
    )
    assert batch_loss(model, batch).item() == pytest.approx(alone, rel=1e-5)


def test_evaluation_is_the_mean_over_all_targets_of_all_batches():
    model = random_model()
    batches = [uneven_batch(), text_batches(random_ids(50), 2, 10, seed=0)(0)]
    total = sum(batch_loss(model, batch).item() for batch in batches)
    needed = []
    model.register_forward_hook(lambda model, ids, logits: needed.append(logits.requires_grad))
    assert evaluate(model, batches) == pytest.approx(total / (33 + 20), rel=1e-5)
    assert needed == [False, False], "no memory is spent on gradients"


def test_nothing_to_predict_is_refused():
    batch = Batch(random_ids(2, 5), torch.full((2, 5), IGNORED))
    with pytest.raises(ValueError, match="at least one counted target"):
        trained(batch, steps=1)
    with pytest.raises(ValueError, match="at least one counted target"):
        evaluate(new_model(), [batch])


def test_a_model_is_in_the_mode_it_was_in_after_it_was_measured():
    batch = uneven_batch()
    for training in (True, False):
        model = new_model(vocab_size=37).train(training)
        evaluate(model, [batch])
        assert model.training == training
