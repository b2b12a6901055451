"""The ground truth of lesson 04's checks: right by hand, by others' code, and by the lesson."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib.exercises import names, registry
from course_lib.exercises.blocks import (
    block_checks,
    feed_forward_checks,
    handed_in,
    layer_norm_checks,
    library,
    post_norm_checks,
    rms_norm_checks,
    sixteen_bits,
)
from course_lib.exercises.tensors import alike

NORMS = [layer_norm_checks, rms_norm_checks]
HALVES = [feed_forward_checks, block_checks]


def drawn(checks, seed=4):
    return list(checks.cases(np.random.default_rng(seed), True))


def in_16_bits(checks):
    return [inputs for inputs in drawn(checks) if inputs["x"].dtype != torch.float32]


def test_the_examples_of_norms_by_hand():
    assert layer_norm_checks.truth(layer_norm_checks.EXAMPLE).tolist() == [[-10, 0, 7, 4]]
    result = rms_norm_checks.truth(rms_norm_checks.EXAMPLE)
    torch.testing.assert_close(result, torch.tensor([[1.0, -2, 10, 3]]))


def test_the_example_of_feed_forward_by_hand():
    example = feed_forward_checks.EXAMPLE
    assert (example["x"] @ example["w_gate"].T).tolist() == [[[1, -1]]]
    assert (example["x"] @ example["w_up"].T).tolist() == [[[10, 20]]]
    (position,) = feed_forward_checks.truth(example)[0].tolist()
    assert [round(number, 2) for number in position] == [7.31, 12.69]
    far_out = feed_forward_checks.FAR_OUT
    before_silu = far_out["x"] @ far_out["w_gate"].T
    assert {200.0, -200.0} <= set(before_silu.flatten().tolist())


def test_the_example_of_block_by_hand():
    example = block_checks.EXAMPLE
    norm_1, attention, norm_2, feed_forward = handed_in.parts(example)
    x = example["x"]
    assert attention(norm_1(x)).tolist() == [[[2, 4], [3, 2]]]
    middle = x + attention(norm_1(x))
    assert feed_forward(norm_2(middle)).tolist() == [[[1, 4], [4, 1]]]
    assert block_checks.truth(example).tolist() == [[[5, 12], [8, 3]]]


def test_norms_are_those_of_a_loop():
    for checks, keeps_mean in ((layer_norm_checks, False), (rms_norm_checks, True)):
        for inputs in drawn(checks):
            x, C = inputs["x"].double(), inputs["x"].size(-1)
            weight = inputs["weight"].tolist()
            bias = inputs["bias"].tolist() if "bias" in inputs else [0.0] * C
            rows = []
            for row in x.reshape(-1, C).tolist():
                mean = 0.0 if keeps_mean else math.fsum(row) / C
                spread = math.fsum((value - mean) ** 2 for value in row) / C
                root = math.sqrt(spread + inputs["eps"])
                rows.append([(row[c] - mean) / root * weight[c] + bias[c] for c in range(C)])
            expected = torch.tensor(rows).reshape(x.shape).to(inputs["x"].dtype)
            assert sixteen_bits.alike(checks.truth(inputs), expected)


def test_feed_forward_is_that_of_torch():
    for inputs in drawn(feed_forward_checks):
        x, w_gate, w_up, w_down = (inputs[name].double() for name in inputs)
        hidden = F.silu(F.linear(x, w_gate)) * F.linear(x, w_up)
        assert alike(feed_forward_checks.truth(inputs), F.linear(hidden, w_down).float())


def test_block_is_wired_like_torchs_own():
    """Hand the pieces of torch's pre-norm layer to the block of the library: the same comes out."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(
        6, 2, 10, dropout=0.0, norm_first=True, batch_first=True
    ).double()
    for norm in (layer.norm1, layer.norm2):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    x = torch.randn(2, 5, 6, dtype=torch.float64)
    result = library.block(
        x,
        layer.norm1,
        lambda y: layer.self_attn(y, y, y, need_weights=False)[0],
        layer.norm2,
        lambda y: layer.linear2(F.relu(layer.linear1(y))),
    )
    torch.testing.assert_close(result, layer(x))


def test_block_is_the_library_with_what_is_handed_in():
    for inputs in drawn(block_checks):
        wide = {name: tensor.double() for name, tensor in inputs.items()}
        result = library.block(wide["x"], *handed_in.parts(wide))
        assert alike(block_checks.truth(inputs), result.float())


def handed_over(inputs):
    """Return the four parts in the order of `post_norm_block`'s arguments."""
    norm_1, attention, norm_2, feed_forward = handed_in.parts(inputs)
    return attention, norm_1, feed_forward, norm_2


def test_the_example_of_post_norm_block_by_hand():
    example = post_norm_checks.EXAMPLE
    attention, norm_1, feed_forward, norm_2 = handed_over(example)
    x = example["x"]
    assert attention(x).tolist() == [[[8, 2], [4, 2]]]
    assert (x + attention(x)).tolist() == [[[12, 3], [4, 3]]]
    middle = norm_1(x + attention(x))
    assert middle.tolist() == [[[2, 1], [2, 3]]]
    assert (middle + feed_forward(middle)).tolist() == [[[6, 2], [6, 12]]]
    assert post_norm_checks.truth(example).tolist() == [[[6, 2], [3, 6]]]


def test_post_norm_block_is_wired_like_torchs_own():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(
        6, 2, 10, dropout=0.0, norm_first=False, batch_first=True
    ).double()
    for norm in (layer.norm1, layer.norm2):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    x = torch.randn(2, 5, 6, dtype=torch.float64)
    result = library.post_norm_block(
        x,
        lambda y: layer.self_attn(y, y, y, need_weights=False)[0],
        layer.norm1,
        lambda y: layer.linear2(F.relu(layer.linear1(y))),
        layer.norm2,
    )
    torch.testing.assert_close(result, layer(x))


def test_post_norm_block_is_the_library_with_what_is_handed_in():
    for inputs in drawn(post_norm_checks):
        wide = {name: tensor.double() for name, tensor in inputs.items()}
        result = library.post_norm_block(wide["x"], *handed_over(wide))
        assert alike(post_norm_checks.truth(inputs), result.float())


def test_one_case_of_post_norm_block_shows_a_factor_that_a_norm_would_undo():
    """Both sums are below what a norm divides by, and neither term of them is lost."""
    inputs = drawn(post_norm_checks)[5]
    attention, norm_1, feed_forward, _ = handed_over(inputs)
    middle = norm_1(inputs["x"] + attention(inputs["x"]))
    for x, added in ((inputs["x"], attention(inputs["x"])), (middle, feed_forward(middle))):
        assert (x + added).abs().amax(dim=-1).min() < 1e-6
        assert (added.norm() / x.norm()).log10().abs() < 2
    assert post_norm_checks.truth(inputs).abs().max() > 1e-3


def test_no_two_parts_of_a_block_are_alike():
    inputs = drawn(block_checks)[1]
    results = [part(inputs["x"]) for part in handed_in.parts(inputs)]
    for i, one in enumerate(results):
        assert not any(torch.allclose(one, other, atol=0.01) for other in results[:i])


def test_attention_alone_lets_a_position_see_another_and_only_those_before():
    inputs = drawn(block_checks)[3]
    x = inputs["x"]
    changed = x.clone()
    changed[:, 2] += 1
    for name, part in zip(handed_in.PARTS, handed_in.parts(inputs), strict=True):
        moved = (part(changed) - part(x)).abs().amax(dim=(0, 2)) > 1e-6
        later = name == "attention"
        assert moved.tolist() == [False, False, True, later, later]


def test_a_part_refuses_what_torch_would_take():
    inputs = drawn(block_checks)[1]
    for name, part in zip(handed_in.PARTS, handed_in.parts(inputs), strict=True):
        with pytest.raises(ValueError, match=f"{name} wants a tensor .B, T, C.; got a function"):
            part(lambda x: x)
        with pytest.raises(ValueError, match=f"{name} .* with C = 4; got float32 of shape .3, 4."):
            part(inputs["x"][0])
        with pytest.raises(ValueError, match=f"{name} .*; got float32 of shape .2, 3, 1."):
            part(inputs["x"][..., :1])
        with pytest.raises(ValueError, match=f"{name} .*; got int64 of shape .2, 3, 4."):
            part(inputs["x"].long())
        with pytest.raises(ValueError, match=f"{name} takes one tensor .*; got 2 arguments"):
            part(inputs["x"], None)


@pytest.mark.parametrize("checks", NORMS)
def test_eps_is_large_enough_to_be_seen(checks):
    for inputs in drawn(checks):
        if inputs["x"].dtype == torch.float32:
            other = checks.truth({**inputs, "eps": 2 * inputs["eps"]})
            assert (other - checks.truth(inputs)).abs().max() > 1e-3


@pytest.mark.parametrize("checks", NORMS)
def test_16_bits_inside_are_far_off_and_roundings_are_forgiven(checks):
    cases = in_16_bits(checks)
    assert {inputs["x"].dtype for inputs in cases} == {torch.float16, torch.bfloat16}
    for inputs in cases:
        right = checks.truth(inputs)
        step = torch.finfo(right.dtype).eps
        assert sixteen_bits.alike(right, (right.float() * (1 + step)).to(right.dtype))
        assert not sixteen_bits.alike(right, right.float())
        assert not sixteen_bits.alike(right, right.flip(-1))
    x = sixteen_bits.LARGE
    assert x.square().isinf().any()
    x = sixteen_bits.FAR_FROM_ZERO
    off = (x.mean(dim=-1).float() - x.float().mean(dim=-1)).abs() / x.float().std(dim=-1)
    assert off.max() > 0.2


@pytest.mark.parametrize("checks", NORMS)
def test_there_is_a_vector_with_nothing_but_eps_under_the_root(checks):
    def spread(x):
        return x.var(-1, correction=0) if checks is layer_norm_checks else x.square().mean(-1)

    spreads = [spread(inputs["x"].double()) for inputs in drawn(checks)]
    assert min(each.min() for each in spreads) == 0
    assert all(checks.truth(inputs).isfinite().all() for inputs in drawn(checks))


@pytest.mark.parametrize("checks", HALVES)
def test_sizes_differ(checks):
    for inputs in drawn(checks)[5:]:
        sizes = [*inputs["x"].shape, len(inputs.get("w_gate", []))]
        assert len(set(sizes)) == len(sizes)


@pytest.mark.parametrize(
    ("exercise", "source"),
    [
        ("layer_norm", "def layer_norm(x, w, b, e): return F.layer_norm(x, w.shape, w, b, e)"),
        ("layer_norm", "def layer_norm(x, w, b, e): return nn.LayerNorm(4, e)(x) * w + b"),
        ("layer_norm", "def layer_norm(x, w, b, e): return torch.layer_norm(x, w.shape, w, b, e)"),
        ("layer_norm", "def layer_norm(x, w, b, e): return F.rms_norm(x - x.mean(-1), w.shape)"),
        ("layer_norm", "def layer_norm(x, w, b, e): return torch.native_layer_norm(x, [4], w, b)"),
        ("layer_norm", "def layer_norm(x, w, b, e): return F.group_norm(x, 1, w, b, e)"),
        ("rms_norm", "def rms_norm(x, w, e): return F.rms_norm(x, w.shape, w, e)"),
        ("rms_norm", "def rms_norm(x, w, e): return torch.rms_norm(x, w.shape, w, e)"),
        ("rms_norm", "def rms_norm(x, w, e): return torch.nn.RMSNorm(4, e)(x) * w"),
    ],
)
def test_what_is_built_may_not_be_called(exercise, source):
    forbids = registry.exercises_of("blocks")[exercise].forbids
    assert names.forbidden_uses(source, forbids)
