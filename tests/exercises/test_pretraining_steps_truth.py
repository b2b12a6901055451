"""The ground truth of lesson 06: AdamW, clipping, accumulation, by hand and by other programs."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course_lib.exercises import codec
from course_lib.exercises.exercise import VISIBLE_SEED
from course_lib.exercises.mistakes import result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.pretraining import (
    accumulate_gradients_checks,
    adamw_step_checks,
    calls,
    clip_gradients_checks,
    library,
)
from course_lib.exercises.pretraining.accumulate_script import Watched, loss_of
from course_lib.exercises.tensors import alike
from course_lib.llm import optim

CHECKS = (adamw_step_checks, clip_gradients_checks, accumulate_gradients_checks)
EACH = pytest.mark.parametrize("checks", CHECKS, ids=lambda checks: checks.EXERCISE.name)


def drawn(checks, seed=4):
    return list(checks.cases(np.random.default_rng(seed), True))


def every_param(inputs, optimizer):
    """Follow a script of `adamw_step` by an optimizer of torch's kind, in float64."""
    weights = [torch.nn.Parameter(param.double()) for param in inputs["params"]]
    fixed = {"lr": 1.0, "betas": inputs["betas"], "eps": inputs["eps"]}
    optimizers = [optimizer([weight], **fixed) for weight in weights]
    for step in inputs["steps"]:
        weight, moving = weights[step["of"]], optimizers[step["of"]]
        moving.param_groups[0] |= {"lr": step["lr"], "weight_decay": step["weight_decay"]}
        weight.grad = step["grad"].double()
        moving.step()
        yield weight.detach().float()


def test_the_first_step_by_hand():
    (after,) = adamw_step_checks.truth(adamw_step_checks.BY_HAND)
    assert alike(after, torch.tensor([0.9]))  # lr times the sign: 1 - 0.1
    first, _ = adamw_step_checks.truth(adamw_step_checks.EXAMPLE)
    assert alike(first, torch.tensor([0.95, -1.925]))


def test_two_steps_by_hand():
    """From 1, gradients 0.5 and 1, betas 0.8 and 0.9, eps 0.5: by the formulas of the task."""
    mean = 0.8 * (0.2 * 0.5) + 0.2 * 1
    square = 0.9 * (0.1 * 0.25) + 0.1 * 1
    size = math.sqrt(square / (1 - 0.9**2)) + 0.5
    after = 0.95 - 0.1 * mean / (1 - 0.8**2) / size
    assert alike(adamw_step_checks.truth(adamw_step_checks.EXAMPLE)[1][:1], torch.tensor([after]))


@pytest.mark.parametrize("optimizer", [torch.optim.AdamW, optim.AdamW], ids=["torch", "course"])
def test_adamw_is_that_of_the_optimizers(optimizer):
    for inputs in drawn(adamw_step_checks):
        assert alike(adamw_step_checks.truth(inputs), tuple(every_param(inputs, optimizer)))


def test_scripts_of_adamw_try_what_the_task_states():
    steps = [inputs["steps"] for inputs in drawn(adamw_step_checks)]
    assert max(map(len, steps)) >= 6
    assert any(len({step["of"] for step in script}) == 2 for script in steps)
    assert any(len({step["lr"] for step in script}) > 2 for script in steps)
    assert {step["grad"].ndim for script in steps for step in script} == {0, 1, 2, 3}
    assert all(inputs["eps"] >= 0.05 for inputs in drawn(adamw_step_checks)[2:])


def test_beta_2_is_never_what_lets_a_missing_correction_pass():
    """(1 - beta_1) / sqrt(1 - beta_2) is what the first step is wrong by, and far from 1."""
    for beta_1, beta_2 in {inputs["betas"] for inputs in drawn(adamw_step_checks)}:
        assert abs((1 - beta_1) / math.sqrt(1 - beta_2) - 1) > 0.1


def test_a_state_that_is_changed_or_kept_elsewhere_is_seen():
    def changing(param, grad, state, *more):
        state["n"] = state.get("n", 0) + 1
        return param, {}

    def counting(param, grad, state, *more):
        counting.n += 1
        return param + counting.n, {}

    counting.n = 0
    for answer, kind in ((changing, "ChangesTheState"), (counting, "KeepsStateElsewhere")):
        outcome = observe(calls.adamw_step, answer, adamw_step_checks.EXAMPLE)
        assert outcome.raised[0] == kind
    assert "{'n': 1}" in observe(calls.adamw_step, changing, adamw_step_checks.EXAMPLE).raised[1]


def test_clipping_by_hand():
    pair = {"grads": [torch.tensor([3.0]), None, torch.tensor([4.0])], "max_norm": 1.0}
    clipped, norm = clip_gradients_checks.truth(pair)
    assert norm == 5 and clipped[1] is None
    assert alike([clipped[0], clipped[2]], [torch.tensor([0.6]), torch.tensor([0.8])])
    halved, norm = clip_gradients_checks.truth(clip_gradients_checks.EXAMPLE)
    assert norm == 7 and halved[1].tolist() == [3, 1]
    assert clip_gradients_checks.truth({"grads": [], "max_norm": 1.0}) == ([], torch.tensor(0.0))


def test_clipping_is_that_of_torch():
    for inputs in drawn(clip_gradients_checks):
        weights = [SimpleNamespace(grad=g) for g in inputs["grads"]]
        weights = [
            torch.nn.Parameter(torch.zeros_like(w.grad)) for w in weights if w.grad is not None
        ]
        present = [grad for grad in inputs["grads"] if grad is not None]
        for weight, grad in zip(weights, present, strict=True):
            weight.grad = grad.clone()
        norm = torch.nn.utils.clip_grad_norm_(weights, inputs["max_norm"])
        clipped, told = clip_gradients_checks.truth(inputs)
        assert alike(told, norm.float())
        assert alike([c for c in clipped if c is not None], [w.grad for w in weights])
        assert [c is None for c in clipped] == [g is None for g in inputs["grads"]]


@pytest.mark.parametrize("seed", range(3))
def test_no_norm_is_near_the_edge(seed):
    """Rounding does not decide whether a gradient is clipped; where it is the edge, nothing is."""
    clipped = []
    for inputs in drawn(clip_gradients_checks, seed):
        norm, max_norm = float(clip_gradients_checks.truth(inputs)[1]), inputs["max_norm"]
        assert norm == max_norm or abs(norm - max_norm) > 0.05 * max_norm
        clipped.append(norm > max_norm)
    assert min(sum(clipped), len(clipped) - sum(clipped)) >= 8


def test_accumulation_by_hand():
    (grad,) = accumulate_gradients_checks.truth(accumulate_gradients_checks.BY_HAND)
    assert grad.tolist() == [[2.5]]
    (grad,) = accumulate_gradients_checks.truth(accumulate_gradients_checks.EXAMPLE)
    assert grad.tolist() == [[3.0]]


def test_accumulation_is_one_backward_over_all_batches():
    for inputs in drawn(accumulate_gradients_checks):
        params = [param.double().requires_grad_() for param in inputs["params"]]
        tokens = torch.cat([torch.zeros(1, len(params[0])), *inputs["batches"]]).double()
        loss, n = loss_of(params, tokens)
        (loss / max(n, 1)).backward()
        grads = [param.grad.float() for param in params]
        assert alike(accumulate_gradients_checks.truth(inputs), grads)


def test_cases_of_accumulation_try_what_the_task_states():
    cases = drawn(accumulate_gradients_checks)
    counts = [[int(batch.any(dim=-1).sum()) for batch in inputs["batches"]] for inputs in cases]
    assert sum(not any(numbers) for numbers in counts) >= 3
    assert all(len(set(numbers)) == len(numbers) for numbers in counts if any(numbers))
    assert any(0 in numbers and any(numbers) for numbers in counts)
    assert sum(inputs["grads"][0] is not None for inputs in cases) >= 8
    assert sum(inputs["later"] for inputs in cases) >= 4


def test_the_loss_knows_whether_its_gradient_was_taken():
    params = [torch.tensor([[1.0]], requires_grad=True)]
    one, other = torch.tensor([[2.0]]), torch.tensor([[3.0]])
    watched = Watched(params, [one, other])
    watched(one)[0].backward()
    watched(other)
    assert watched.late == []
    watched = Watched(params, [one, other])
    kept, _ = watched(one)
    watched(other)
    assert watched.late == [0]
    with pytest.raises(ValueError, match="one of the batches"):
        watched(torch.tensor([[5.0]]))


@EACH
def test_the_library_does_the_same(checks):
    name = checks.EXERCISE.name
    for inputs in drawn(checks):
        outcome = observe(getattr(calls, name), getattr(library, name), inputs)
        assert alike(checks.truth(inputs), outcome.value)


@EACH
def test_every_mistake_is_made_and_named_as_itself(checks):
    """Each method goes wrong on a visible case, and no other passes for it there."""
    judge = checks.compare
    visible = list(checks.cases(np.random.default_rng(VISIBLE_SEED), False))
    for mistake, place in zip(judge.mistakes, judge._first_misses, strict=True):
        assert place < len(visible), mistake
        right, got = (result_of(method, visible[place]) for method in (judge.truth, mistake.method))
        found = judge._find(visible[place], right, got)
        assert (found.name, found.cause) == (mistake.name, mistake.cause)


@EACH
def test_every_case_can_be_sent(checks):
    assert max(len(codec.encode(inputs)) for inputs in drawn(checks)) < 20_000
