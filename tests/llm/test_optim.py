"""The optimizers beside torch's own."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from course_lib.llm.optim import (
    AdamW,
    Muon,
    clip_gradients,
    learning_rate_factor,
    orthogonalize,
    split_parameters,
)
from tests.llm.models import new_model, random_model

SHAPES = [(5, 7), (7,), (3, 2, 4)]


def weights(seed: int = 0) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]


def give_gradients(params: list[nn.Parameter], step: int) -> None:
    generator = torch.Generator().manual_seed(step)
    for number, param in enumerate(params):
        scale = 10.0 ** (-3 * number)  # of very different sizes
        param.grad = torch.randn(param.shape, generator=generator) * scale


@pytest.mark.parametrize(
    "settings",
    [
        {"lr": 1e-3},
        {"lr": 0.1, "betas": (0.8, 0.98), "eps": 1e-3, "weight_decay": 0.0},
        {"lr": 0.02, "betas": (0.0, 0.5), "weight_decay": 0.3},
    ],
)
def test_adamw_is_torchs_over_20_steps(settings):
    ours, theirs = weights(), weights()
    mine, his = AdamW(ours, **settings), torch.optim.AdamW(theirs, **settings)
    for step in range(20):
        for params in (ours, theirs):
            give_gradients(params, step)
        if step % 5 == 4:  # a weight without a gradient stays as it is, and so does its memory
            ours[1].grad = theirs[1].grad = None
        mine.step()
        his.step()
    # To 1e-7 of the size of the largest weight: about one rounding of float32.
    for a, b, start in zip(ours, theirs, weights(), strict=True):
        torch.testing.assert_close(a, b, rtol=3e-7, atol=2e-7 * b.abs().max().item())
        assert (a - start).abs().max() > 1e-3


def test_adamw_takes_groups_and_schedules_as_torch_does():
    ours, theirs = weights(), weights()
    for params, make in ((ours, AdamW), (theirs, torch.optim.AdamW)):
        groups = [{"params": params[:1], "lr": 0.1}, {"params": params[1:], "weight_decay": 0.5}]
        optimizer = make(groups, lr=1e-2)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        for step in range(5):
            give_gradients(params, step)
            optimizer.step()
            schedule.step()
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=2e-7)


@pytest.mark.parametrize("n_iterations", [3, 4, 5])
@pytest.mark.parametrize("shape", [(16, 16), (8, 40), (40, 8)])
def test_orthogonalizing_keeps_directions_and_levels_singular_values(n_iterations, shape):
    """None ends above 1.3, and what was 0.02 of the joint length or more ends above 0.6."""
    generator = torch.Generator().manual_seed(0)
    u, _, vt = torch.linalg.svd(torch.randn(shape, generator=generator), full_matrices=False)
    sizes = torch.logspace(0, -2, u.size(1))
    matrix = u * (7 * sizes) @ vt
    result = orthogonalize(torch.stack([matrix, -3 * matrix]), n_iterations)
    inner = u.mT @ result[0] @ vt.mT  # diagonal, as the directions are kept
    torch.testing.assert_close(inner, inner.diagonal().diag(), atol=1e-4, rtol=0)
    large = sizes / sizes.norm() > 0.02
    assert 0 < large.sum() < len(large)
    assert (inner.diagonal()[large] > 0.6).all()
    assert (inner.diagonal() < 1.3).all()
    torch.testing.assert_close(result[1], -result[0], atol=1e-5, rtol=1e-5)


def test_muon_steps_by_the_orthogonalized_momentum():
    ours = [nn.Parameter(torch.zeros(8, 4)), nn.Parameter(torch.zeros(8, 4))]
    optimizer = Muon(ours, lr=0.1, momentum=0.9)
    means = [torch.zeros(8, 4), torch.zeros(8, 4)]
    expected = [torch.zeros(8, 4), torch.zeros(8, 4)]
    for step in range(3):
        give_gradients(ours, step)
        for i, param in enumerate(ours):
            means[i] = 0.9 * means[i] + 0.1 * param.grad
            ahead = 0.9 * means[i] + 0.1 * param.grad
            expected[i] = expected[i] - 0.1 * 2**0.5 * orthogonalize(ahead[None], 3)[0]
        optimizer.step()
    for param, value in zip(ours, expected, strict=True):
        torch.testing.assert_close(param.detach(), value)


@given(st.floats(0.01, 100), st.integers(0, 5))
def test_clipping_is_torchs_also_with_a_frozen_weight(max_norm, step):
    ours, theirs = weights(), weights()
    for params in (ours, theirs):
        give_gradients(params, step)
        params[1].grad = None
    length = clip_gradients(iter(ours), max_norm)
    torch.testing.assert_close(length, nn.utils.clip_grad_norm_(theirs, max_norm))
    for a, b in zip(ours, theirs, strict=True):
        if b.grad is None:
            assert a.grad is None
        else:
            torch.testing.assert_close(a.grad, b.grad, rtol=1e-5, atol=1e-8)


@given(st.integers(1, 300), st.integers(0, 100), st.floats(0.01, 1, exclude_min=True), st.data())
def test_the_schedule_rises_stays_and_falls(total, warmup, decay, data):
    step = data.draw(st.integers(0, total - 1))
    factor = learning_rate_factor(step, total, warmup, decay)
    assert 0 < factor <= 1, "no step is wasted"
    if step + 1 >= warmup and step <= total - max(decay * total, 1):
        assert factor == 1
    if step + 1 < warmup:
        assert factor <= (step + 1) / warmup
    assert learning_rate_factor(total, total, warmup, decay) == 0


def test_without_a_warm_up_it_begins_full():
    assert learning_rate_factor(0, 10, warmup=0, decay=0.5) == 1.0


@pytest.mark.parametrize("tied_head", [True, False])
def test_every_weight_has_one_optimizer(tied_head):
    model = new_model(tied_head=tied_head, positions="learned", norm="layer")
    matrices, others = split_parameters(model)
    assert {w.shape for w in matrices} == {(24, 24), (8, 24), (40, 24), (24, 40)}
    assert len(matrices) == 2 * 7
    every = [id(weight) for weight in (*matrices, *others)]
    assert sorted(every) == sorted(id(weight) for weight in model.parameters())


def test_steps_do_not_touch_the_gradients():
    model = random_model()
    matrices, others = split_parameters(model)
    model(torch.tensor([[1, 2, 3]])).square().mean().backward()
    before = [weight.grad.clone() for weight in model.parameters()]
    Muon(matrices, lr=0.1).step()
    AdamW(others, lr=0.1).step()
    assert all(map(torch.equal, before, (weight.grad for weight in model.parameters())))
