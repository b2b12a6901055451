"""Weights in 8 bits: how far they are off, and what they leave alone."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.llm.quantization import Int8Linear, quantize, quantize_rows
from tests.llm.models import random_ids, random_model

WIDTHS = {"d_model": 48, "d_ff": 80}


@given(st.integers(0, 1000), st.sampled_from([1e-20, 1e-3, 1.0, 1e20]))
def test_a_weight_is_off_by_half_a_scale_at_most(seed, size):
    weight = torch.randn(5, 9, generator=torch.Generator().manual_seed(seed)) * size
    weight *= torch.tensor([1.0, 1e-3, 30.0, 0.0, 5.0])[:, None]
    numbers, scales = quantize_rows(weight)
    assert numbers.dtype == torch.int8 and scales.dtype == torch.bfloat16
    assert numbers.shape == (5, 9) and scales.shape == (5,)
    assert numbers.min() >= -127 and (scales > 0).all()
    error = (numbers * scales[:, None].double() - weight.double()).abs()
    assert (error <= 0.5001 * scales[:, None].double()).all()
    largest = numbers.int().abs().amax(dim=1)
    assert (largest[[0, 1, 2, 4]] >= 126).all() and largest[3] == 0, "all of the range is used"


@pytest.mark.parametrize("shape", [(64,), (1, 1, 64), (2, 3, 64), (7, 64)])
def test_the_product_is_that_of_the_rounded_weights(shape):
    """The product rounds what goes in and out to 8 binary digits: to about 1 part in 256."""
    torch.manual_seed(0)
    weight, x = torch.randn(96, 64), torch.randn(shape)
    numbers, scales = quantize_rows(weight)
    expected = x @ (numbers.float() * scales.float()[:, None]).T
    got = Int8Linear(weight)(x) if len(shape) > 1 else Int8Linear(weight)(x[None])[0]
    assert got.dtype == torch.float32 and got.shape == (*shape[:-1], 96)
    assert (got - expected).norm() < 4e-3 * expected.norm()


@pytest.mark.parametrize("width", [1, 8, 40, 72])
def test_a_row_that_torch_would_read_past_is_refused(width):
    with pytest.raises(ValueError, match=rf"a multiple of 16 numbers, got \(5, {width}\)"):
        Int8Linear(torch.randn(5, width))


def test_a_quantized_model_nearly_agrees_and_the_first_is_left_alone():
    model = random_model(**WIDTHS, tied_head=True)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    small = quantize(model)
    ids = random_ids(3, 20)
    with torch.inference_mode():
        exact, rough = model(ids).log_softmax(dim=-1), small(ids).log_softmax(dim=-1)
    assert not torch.equal(exact, rough)
    kl = (exact.exp() * (exact - rough)).sum(dim=-1).mean()
    assert kl < 0.01
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    assert torch.equal(small.embed.weight, model.embed.weight)
    assert not any(isinstance(module, torch.nn.Linear) for module in small.modules())
    kept = sum(buffer.nbytes for name, buffer in small.named_buffers() if "numbers" in name)
    matrices = sum(w.numel() for w in model.blocks.parameters() if w.ndim == 2)
    assert kept == matrices + model.head.weight.numel(), "a byte a weight"


def test_it_has_no_gradient_and_does_not_train():
    small = quantize(random_model(**WIDTHS).train())
    assert not any(module.training for module in small.modules())
    assert not any("attention" in name for name, _ in small.named_parameters())
