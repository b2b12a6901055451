"""The ground truth of lesson 06: the two losses, by hand and by torch."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.exercises import codec
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.pretraining import calls, cross_entropy_checks, library
from course_lib.exercises.pretraining import training_loss_checks as hunt
from course_lib.exercises.sampling.generate_call import table_model
from course_lib.exercises.tensors import alike

BOTH = (cross_entropy_checks, hunt)
EACH = pytest.mark.parametrize("checks", BOTH, ids=lambda checks: checks.EXERCISE.name)


def drawn(checks, seed=4):
    return list(checks.cases(np.random.default_rng(seed), True))


def n_counted(inputs):
    return int((inputs["targets"] != inputs["ignore_index"]).sum())


def loss_of(logits, targets, ignore_index=-100):
    return cross_entropy_checks.truth(
        {
            "wanted": "loss",
            "logits": torch.tensor(logits),
            "targets": torch.tensor(targets),
            "ignore_index": ignore_index,
        }
    ).item()


def test_the_loss_by_hand():
    assert round(loss_of([[[2.0, 1, 0.5, 0]]], [[1]]), 2) == 1.55
    assert loss_of([[[0.0, 0, 0, 0]]], [[3]]) == pytest.approx(math.log(4))
    assert loss_of([[[0.0, 0], [9.0, 3.0]]], [[1, -1]], ignore_index=-1) == pytest.approx(
        math.log(2)
    )
    assert loss_of([[[5.0, 2], [9.0, 3.0]]], [[0, 0]], ignore_index=0) == 0
    assert loss_of([[[10_000.0, -10_000.0]]], [[1]]) == 20_000


def test_the_hunted_loss_by_hand():
    """After id 0 comes 1 with a probability of 3/4; after 1 come both with 1/2."""
    inputs = {
        "wanted": "loss",
        "ids": torch.tensor([[0, 1, 0], [0, 0, 1]]),
        "table": torch.tensor([[0.0, math.log(3)], [0.0, 0.0]]),
        "reads": "last",
    }
    assert hunt.truth(inputs).item() == pytest.approx(
        -math.log(3 / 4 * 1 / 2 * 1 / 4 * 3 / 4) / 4, abs=1e-6
    )
    assert hunt.truth({**inputs, "reads": "sum"}).item() == pytest.approx(
        -math.log(3 / 4 * 1 / 2 * 1 / 4 * 3 / 4) / 4, abs=1e-6
    )


def test_the_loss_is_that_of_torch():
    for inputs in drawn(cross_entropy_checks):
        logits = inputs["logits"].double().requires_grad_()
        total = F.cross_entropy(
            logits.flatten(0, 1),
            inputs["targets"].flatten(),
            ignore_index=inputs["ignore_index"],
            reduction="sum" if n_counted(inputs) == 0 else "mean",
        )
        result = total if inputs["wanted"] == "loss" else torch.autograd.grad(total, logits)[0]
        assert alike(result.detach().float(), cross_entropy_checks.truth(inputs))


def test_the_hunted_loss_is_that_of_torch():
    for inputs in drawn(hunt):
        table = inputs["table"].double().requires_grad_()
        read, targets = inputs["ids"].split((inputs["ids"].size(1) - 1, 1), dim=1)
        targets = torch.cat((read[:, 1:], targets), dim=1)
        logits = table_model(table, inputs["reads"])(read)
        loss = F.cross_entropy(logits.transpose(1, 2), targets)
        result = loss if inputs["wanted"] == "loss" else torch.autograd.grad(loss, table)[0]
        assert alike(result.detach().float(), hunt.truth(inputs))


@EACH
def test_the_library_does_the_same(checks):
    name = checks.EXERCISE.name
    for inputs in drawn(checks):
        outcome = observe(getattr(calls, name), getattr(library, name), inputs)
        assert outcome.raised is None
        assert alike(outcome.value, checks.truth(inputs))


@EACH
def test_each_mistake_is_made_on_a_case_where_no_other_looks_the_same(checks):
    """Mistakes of different names give different results where each of them first shows."""
    judge = checks.compare
    misses = list(zip(judge.mistakes, judge._first_misses, strict=True))
    for mistake, place in misses:
        if mistake.method is known_by_property:
            continue
        assert place < len(judge._visible), f"{mistake.name} passes the visible check"
        result = result_of(mistake.method, judge._visible[place])
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not judge._alike(result, result_of(other.method, judge._visible[place])), (
                    f"{mistake.name} looks like {other.name}"
                )


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_the_loss_try_each_property(seed):
    cases = drawn(cross_entropy_checks, seed)
    assert sum(inputs["wanted"] == "gradient" for inputs in cases) >= 4
    assert sum(n_counted(inputs) == 0 for inputs in cases) == 2
    assert {-100, -1, 0} < {i["ignore_index"] for i in cases if n_counted(i) < i["targets"].numel()}
    uneven = row_of_none = 0
    for inputs in cases:
        counts = (inputs["targets"] != inputs["ignore_index"]).sum(dim=1)
        uneven += len(counts.unique()) > 1
        row_of_none += bool((counts == 0).any() and counts.any())
    assert uneven >= 10 and row_of_none >= 1
    assert max(inputs["logits"].abs().max() for inputs in cases) == 10_000


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_the_hunt_try_each_property(seed):
    cases = drawn(hunt, seed)
    sizes = {(len(i["ids"]), i["ids"].size(1) - 1) for i in cases}
    assert any(B == 1 for B, _ in sizes) and any(T == 1 for _, T in sizes)
    assert sum(inputs["wanted"] == "gradient" for inputs in cases) >= 4
    assert sum(inputs["reads"] == "sum" for inputs in cases) >= 5


@EACH
@pytest.mark.parametrize("seed", range(3))
def test_no_axis_passes_for_another(checks, seed):
    for inputs in drawn(checks, seed)[1:]:
        if checks is hunt:
            B, T, V = len(inputs["ids"]), inputs["ids"].size(1) - 1, len(inputs["table"])
        else:
            B, T, V = inputs["logits"].shape
        far = checks is cross_entropy_checks and inputs["logits"].abs().max() == 10_000
        assert far or len({B, T, V}) == 3


def test_the_model_handed_in_has_room_for_t_ids_and_counts_its_calls():
    def outcome(answer):
        return observe(calls.training_loss, answer, hunt.EXAMPLE).raised

    assert outcome(lambda model, ids: model(ids[:, :-1]).mean()) is None
    assert outcome(lambda model, ids: model(ids).mean()) == (
        "NoRoomForAll",
        "this model has room for 3 ids a row; got ids of shape (2, 4)",
    )
    twice = outcome(lambda model, ids: model(ids[:, :-1]).mean() + model(ids[:, 1:]).mean())
    assert twice == ("CalledSeveralTimes", "the model was called 2 times")
    assert outcome(lambda model, ids: torch.zeros(()))[0] == "ModelNotAsked"


@EACH
def test_every_case_can_be_sent(checks):
    assert max(len(codec.encode(inputs)) for inputs in drawn(checks)) < 20_000
