"""Random stacks: their wirings are what they are called, and what is measured of them is true."""

import math

import pytest
import torch

from course_lib.llm.blocks import PostNormBlock, PreNormBlock
from course_lib.study import depth
from course_lib.study.depth import PYTORCH, WIRINGS


def halves():
    """Return four steps of one number: norms that halve or shrink, halves that add or double."""
    return (lambda x: x / 2), (lambda x: x + 1), (lambda x: x / 4), (lambda x: 2 * x)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", 2 * 4.0),  # 3 -> 4 -> 8
        ("norms only", 1.25),  # 1.5 -> 2.5 -> .625 -> 1.25
        ("residual only", 21.0),  # 3 + 4 = 7, 7 + 14
        ("post-norm", 2.625),  # 7 / 2 = 3.5, (3.5 + 7) / 4
        ("pre-norm", 8.25),  # 3 + 2.5 = 5.5, 5.5 + 2 * 1.375
    ],
)
def test_a_wiring_by_hand(name, expected):
    assert WIRINGS[name](3.0, *halves()) == expected


@pytest.mark.parametrize(
    ("name", "block"), [("post-norm", PostNormBlock), ("pre-norm", PreNormBlock)]
)
def test_two_wirings_are_the_librarys_blocks(name, block):
    stack, x = depth.new_stack(WIRINGS[name], 2, seed=3, gain=1.0)
    states = stack(x)
    allowed = torch.ones(depth.T, depth.T, dtype=torch.bool).tril()
    for layer, before, after in zip(stack.layers, states, states[1:], strict=False):
        torch.testing.assert_close(block(*layer)(before, allowed), after)


def test_no_position_sees_a_later_one():
    stack, x = depth.new_stack(depth.pre_norm, 3, seed=0)
    changed = x.clone()
    changed[:, 9] += 1
    moved = (stack(x)[-1] - stack(changed)[-1]).abs().amax(dim=(0, 2))
    assert (moved[:9] == 0).all() and (moved[9:] > 0).all()


def test_a_new_stack_is_the_same_each_time_and_leaves_torchs_chance_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, x = depth.new_stack(depth.plain, 2, seed=0)
    again, same_x = depth.new_stack(depth.plain, 2, seed=0)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(x, same_x)
    assert depth.rms(x) == pytest.approx(1)
    for a, b in zip(one.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b) and a.dtype == torch.float64
    other, _ = depth.new_stack(depth.plain, 2, seed=1)
    assert not torch.equal(other.layers[0][1].query.weight, one.layers[0][1].query.weight)


@pytest.mark.parametrize("gain", [PYTORCH, 1.0])
def test_weights_are_as_large_as_the_gain_says(gain):
    stack, _ = depth.new_stack(depth.plain, 1, seed=0, gain=gain)
    _, attention, _, feed_forward = stack.layers[0]
    for matrix in (attention.query, feed_forward.up, feed_forward.down):
        expected = gain / matrix.in_features**0.5
        assert matrix.weight.std().item() == pytest.approx(expected, rel=0.03)
    theirs = torch.nn.Linear(depth.C, 40 * depth.C).weight.std().item()
    assert theirs == pytest.approx(PYTORCH / depth.C**0.5, rel=0.03)


def test_the_first_layers_of_a_deep_stack_are_a_shallow_one():
    deep, shallow = (depth.profile(depth.pre_norm, n) for n in (5, 2))
    assert shallow.sizes == pytest.approx(deep.sizes[:3])
    assert shallow.sameness == pytest.approx(deep.sameness[:3])
    assert len(deep.sizes) == len(deep.sameness) == 6


def test_size_and_sameness_by_hand():
    assert depth.rms(torch.tensor([[[3.0, 7, 5, 1]]])) == pytest.approx(21**0.5)
    crossed = torch.tensor([[[2.0, 0], [0, 5]]])
    assert depth.sameness(crossed) == 0
    same = torch.tensor([[[1.0, 1], [3, 3], [1e-90, 1e-90]]], dtype=torch.float64)
    assert depth.sameness(same) == pytest.approx(1)
    half = torch.tensor([[[1.0, 0], [1, 0], [0, 1]]])  # cosines 1, 0, 0
    assert depth.sameness(half) == pytest.approx(1 / 3)
    assert depth.sameness(torch.cat([half, half])) == pytest.approx(1 / 3)


def test_a_gradient_is_what_a_small_step_shows(monkeypatch):
    monkeypatch.setattr(depth, "SEEDS", [4])
    stack, x = depth.new_stack(depth.residual_only, 2, seed=4)
    leaf = x.clone().requires_grad_()
    depth.loss(stack(leaf)[-1], 4).backward()
    step = 1e-6 * leaf.grad / leaf.grad.norm()
    with torch.no_grad():
        rise = depth.loss(stack(x + step)[-1], 4) - depth.loss(stack(x - step)[-1], 4)
    assert depth.input_gradient(depth.residual_only, 2) == pytest.approx(rise.item() / 2e-6)


def test_the_loss_of_no_idea_is_about_ln_C():
    assert depth.loss(torch.zeros(depth.B, depth.T, depth.C).double(), 0).item() == pytest.approx(
        math.log(depth.C)
    )


def test_without_either_part_the_gradient_is_gone_and_with_both_it_stays():
    shallow, deep = depth.input_gradient(depth.plain, 1), depth.input_gradient(depth.plain, 48)
    assert 0 < deep < 1e-45 < 0.1 < shallow  # in float32 this would be 0
    for wiring in (depth.pre_norm, depth.post_norm):
        assert 0.08 < depth.input_gradient(wiring, 48) < 0.2
    assert depth.input_gradient(depth.plain, 48, gain=1.4) > 1e30


def test_norms_alone_keep_the_gradient_and_lose_the_positions():
    assert 0.02 < depth.input_gradient(depth.norms_only, 48) < 2
    assert depth.profile(depth.norms_only, 48).sameness[-1] > 0.99
    assert depth.profile(depth.pre_norm, 48).sameness[-1] < 0.8


def test_a_residual_path_alone_grows():
    assert depth.profile(depth.residual_only, 48).sizes[-1] > 10
    assert depth.profile(depth.pre_norm, 48).sizes[-1] < 4
    assert depth.profile(depth.post_norm, 48).sizes[-1] == pytest.approx(1, abs=0.01)


def test_the_last_layers_gradient_falls_with_depth_before_norms_only():
    for wiring, low, high in ((depth.post_norm, 0.7, 1.4), (depth.pre_norm, 0.2, 0.45)):
        sizes = {n: depth.layer_gradients(wiring, n, gain=1.0) for n in (3, 48)}
        assert [len(layers) for layers in sizes.values()] == [3, 48]
        assert low < sizes[48][-1] / sizes[3][-1] < high, wiring.__name__


def test_the_learners_own_block_can_be_stacked():
    def block(x, norm_1, attention, norm_2, feed_forward):
        x = x + attention(norm_1(x))
        return x + feed_forward(norm_2(x))

    assert depth.input_gradient(block, 2) == depth.input_gradient(depth.pre_norm, 2)
