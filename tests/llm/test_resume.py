"""A run that was stopped goes on as if it had not been, or not at all."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from course_lib.llm.batches import text_batches
from course_lib.llm.checkpoint import load_training, save_training
from course_lib.llm.optim import AdamW, Muon, split_parameters
from course_lib.llm.training import Trainer, TrainingConfig, standard_optimizers
from tests.llm.models import new_model, random_ids

BATCHES = text_batches(random_ids(300), B=4, T=10, seed=0)


def new_trainer(seed: int = 0, optimizers=standard_optimizers, **changes) -> Trainer:
    model = new_model(seed, **changes)
    return Trainer(model, optimizers(model), TrainingConfig(steps=12, warmup=3))


def one_adamw(model) -> list:
    return [AdamW(model.parameters(), lr=0.01)]


def two_adamw(model) -> list:
    return [AdamW(weights, lr=0.01) for weights in split_parameters(model)]


def swapped(model) -> list:
    matrices, others = split_parameters(model)
    return [AdamW(others, lr=0.01), Muon(matrices, lr=0.01)]


def state_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    """All that training changes, by name."""
    state = {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}
    for i, optimizer in enumerate(trainer.optimizers):
        for j, weight in enumerate(w for group in optimizer.param_groups for w in group["params"]):
            memory = optimizer.state.get(weight, {})
            state |= {f"{i}.{j}.{name}": value.clone() for name, value in memory.items()}
    return state | {"step": torch.tensor(trainer.step)}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture
def stopped(tmp_path):
    """The folder of a run that was stopped after 5 of its 12 steps."""
    trainer = new_trainer()
    for step in range(5):
        trainer.take_step(BATCHES(step))
    save_training(tmp_path, trainer)
    return tmp_path


@pytest.mark.parametrize("changes", [{}, {"tied_head": True}, {"norm": "layer", "block": "post"}])
@pytest.mark.parametrize("optimizers", [standard_optimizers, one_adamw])
@pytest.mark.parametrize("stop", [0, 1, 5, 11])
def test_a_resumed_run_goes_the_way_of_an_unbroken_one(tmp_path, changes, optimizers, stop):
    unbroken, expected = new_trainer(0, optimizers, **changes), []
    unbroken.run(BATCHES, expected.append)

    first, second = new_trainer(0, optimizers, **changes), new_trainer(1, optimizers, **changes)
    for step in range(stop):
        first.take_step(BATCHES(step))
    save_training(tmp_path, first)
    load_training(tmp_path, second)
    reports = []
    second.run(BATCHES, reports.append)
    assert [report.step for report in reports] == list(range(stop + 1, 13))
    for got, report in zip(reports, expected[stop:], strict=True):
        assert got.loss == pytest.approx(report.loss, rel=1e-6)
    assert same(state_of(second), state_of(unbroken))


def test_a_trainer_that_has_gone_another_way_forgets_it(stopped):
    trainer = new_trainer(seed=1)
    for step in range(7):
        trainer.take_step(BATCHES(step))
    load_training(stopped, trainer)
    fresh = new_trainer(seed=2)
    load_training(stopped, fresh)
    assert same(state_of(trainer), state_of(fresh)) and trainer.step == 5


def test_saving_and_resuming_do_not_disturb_the_run(stopped):
    trainer = new_trainer()
    load_training(stopped, trainer)
    before = state_of(trainer)
    save_training(stopped, trainer)
    assert same(state_of(trainer), before)
    trainer.take_step(BATCHES(5))
    assert not same(state_of(trainer), before)
    other = new_trainer()
    load_training(stopped, other)
    assert same(state_of(other), before), "the file does not change with the run"


def test_a_resumed_run_does_not_hang_on_its_file(stopped):
    """Its memory is its own: what happens to the file afterwards does not matter."""
    trainer, other = new_trainer(), new_trainer()
    load_training(stopped, trainer)
    load_training(stopped, other)
    before = state_of(other)
    path = stopped / "training.safetensors"
    with open(path, "r+b") as file:
        file.write(b"\xff" * path.stat().st_size)
    assert same(state_of(trainer), before)


def refused(folder, trainer: Trainer, message: str) -> None:
    """Check that a file is refused, and the trainer as it was."""
    trainer.take_step(BATCHES(0))
    before = state_of(trainer)
    with pytest.raises(ValueError, match=message):
        load_training(folder, trainer)
    assert same(state_of(trainer), before)


@pytest.mark.parametrize(
    ("changes", "optimizers", "message"),
    [
        ({"d_model": 48}, standard_optimizers, r"of shape \(48, 48\), got \(24, 24\)"),
        ({"n_layer": 1}, standard_optimizers, "expected .* got"),
        ({"n_layer": 3}, standard_optimizers, "expected .* got none"),
        ({"tied_head": True}, standard_optimizers, "expected .* got"),
        ({}, one_adamw, "expected the memory of 0.AdamW, got none"),
        ({}, two_adamw, "expected the memory of 0.AdamW, got none"),
        ({}, swapped, "expected the memory of 0.AdamW, got none"),
        ({}, lambda model: standard_optimizers(model)[:1], "shape none, got"),
        ({}, lambda m: [*standard_optimizers(m), *one_adamw(m)], "memory of 2.AdamW, got none"),
    ],
)
def test_another_model_or_other_optimizers_are_refused(stopped, changes, optimizers, message):
    refused(stopped, new_trainer(0, optimizers, **changes), message)


def test_every_tensor_is_needed_in_its_shape_and_no_other(tmp_path):
    trainer = new_trainer(n_layer=1)
    trainer.take_step(BATCHES(0))
    save_training(tmp_path, trainer)
    path = tmp_path / "training.safetensors"
    whole = load_file(path)
    assert len(whole) > 20
    for name in whole:
        save_file({n: value for n, value in whole.items() if n != name}, path)
        refused(tmp_path, trainer, "expected")
        if whole[name].ndim:
            save_file(whole | {name: whole[name][1:].clone()}, path)
            refused(tmp_path, trainer, "expected .* of shape")
    for name in ("model.more", "optimizer.0.Muon.99.mean", "optimizer.1.AdamW.0.more"):
        save_file(whole | {name: torch.ones(2)}, path)
        refused(tmp_path, trainer, "expected")


def test_a_missing_cut_or_foreign_file_is_refused_by_name(stopped):
    path = stopped / "training.safetensors"
    whole = path.read_bytes()
    for content in (whole[:0], whole[:9], whole[:-1], whole[: len(whole) // 2], b"PK\x03\x04" * 99):
        path.write_bytes(content)
        refused(stopped, new_trainer(), "training.safetensors is not a whole safetensors file")
    path.unlink()
    refused(stopped, new_trainer(), "training.safetensors")
