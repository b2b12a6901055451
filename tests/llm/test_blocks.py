"""Norms, feed-forward halves, blocks and the loss beside torch's own, and beside their formulas."""

import math

import pytest
import torch
import torch.nn.functional as F

from course_lib.llm.blocks import PostNormBlock, PreNormBlock
from course_lib.llm.feed_forward import GELUFeedForward, ReLUFeedForward, SwiGLUFeedForward
from course_lib.llm.loss import IGNORED, next_token_loss, sum_loss
from course_lib.llm.norms import LayerNorm, RMSNorm
from tests.llm.models import new_model


def some(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("eps", [1e-5, 0.3])
def test_norms_are_torchs(eps):
    x, weight, bias = some(2, 3, 8) * 2 + 1, some(8, seed=1), some(8, seed=2)
    layer, rms = LayerNorm(8, eps), RMSNorm(8, eps)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
        rms.weight.copy_(weight)
    torch.testing.assert_close(layer(x), F.layer_norm(x, (8,), weight, bias, eps))
    torch.testing.assert_close(rms(x), F.rms_norm(x, (8,), weight, eps))


def test_norms_begin_without_scale_or_shift():
    x = some(2, 3, 8) * 7 + 3
    torch.testing.assert_close(RMSNorm(8)(x).square().mean(dim=-1), torch.ones(2, 3))
    torch.testing.assert_close(LayerNorm(8)(x).var(dim=-1, correction=0), torch.ones(2, 3))
    assert LayerNorm(8)(x).mean(dim=-1).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (ReLUFeedForward, lambda m, x: x.matmul(m.up.weight.T).clamp(min=0) @ m.down.weight.T),
        (
            GELUFeedForward,
            lambda m, x: (
                (h := x @ m.up.weight.T).mul((1 + torch.erf(h / math.sqrt(2))) / 2)
                @ m.down.weight.T
            ),
        ),
        (
            SwiGLUFeedForward,
            lambda m, x: (
                ((g := x @ m.gate.weight.T) * g.sigmoid() * (x @ m.up.weight.T)) @ m.down.weight.T
            ),
        ),
    ],
)
def test_feed_forward_halves_are_their_formulas(make, formula):
    torch.manual_seed(0)
    half, x = make(6, 10), some(2, 3, 6)
    torch.testing.assert_close(half(x), formula(half, x))


@pytest.mark.parametrize("name", ["pre", "post"])
def test_a_block_normalizes_where_its_name_says(name):
    torch.manual_seed(0)
    block = new_model(block=name).blocks[0]
    assert type(block) is {"pre": PreNormBlock, "post": PostNormBlock}[name]
    with torch.no_grad():
        for i, weight in enumerate(block.parameters()):
            weight.copy_(some(*weight.shape, seed=i))
    x = some(2, 3, 24)
    norm_1, attention, norm_2, feed_forward = (
        block.norm_1,
        block.attention,
        block.norm_2,
        block.feed_forward,
    )
    if name == "pre":
        middle = x + attention(norm_1(x))
        expected = middle + feed_forward(norm_2(middle))
    else:
        middle = norm_1(x + attention(x))
        expected = norm_2(middle + feed_forward(middle))
    torch.testing.assert_close(block(x), expected)


def test_a_new_pre_norm_block_changes_nothing():
    x = some(2, 3, 24)
    assert torch.equal(new_model().blocks[0](x), x)


def test_the_loss_is_the_mean_of_minus_the_log_of_each_counted_targets_probability():
    logits, targets = some(2, 4, 5), torch.tensor([[1, 4, IGNORED, 0], [IGNORED, 2, 2, 3]])
    by_hand = [
        -logits[b, t].softmax(dim=-1)[targets[b, t]].log().item()
        for b in range(2)
        for t in range(4)
        if targets[b, t] != IGNORED
    ]
    assert next_token_loss(logits, targets).item() == pytest.approx(sum(by_hand) / 6, rel=1e-5)
    assert sum_loss(logits, targets).item() == pytest.approx(sum(by_hand), rel=1e-5)


def test_where_nothing_is_counted_the_loss_is_0():
    logits = some(1, 3, 5).requires_grad_()
    loss = next_token_loss(logits, torch.full((1, 3), IGNORED))
    loss.backward()
    assert loss.item() == 0 and (logits.grad == 0).all()
