"""Positions: what each way of telling them promises."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.llm.embeddings import (
    LearnedPositions,
    SinusoidalPositions,
    apply_rope,
    position_angles,
    sinusoidal_positions,
)
from tests.llm.models import random_ids, random_model

places = st.integers(0, 8000)


def vector(seed: int) -> torch.Tensor:
    return torch.randn(1, 1, 1, 8, generator=torch.Generator().manual_seed(seed))


@given(places, places, st.integers(0, 8000))
def test_a_turned_product_depends_on_the_distance_alone(m, n, shift):
    def product(query_at: int, key_at: int) -> float:
        q = apply_rope(vector(0), torch.tensor([query_at]))
        return (q * apply_rope(vector(1), torch.tensor([key_at]))).sum().item()

    assert product(m, n) == pytest.approx(product(m + shift, n + shift), abs=5e-6)


def test_a_turned_product_does_depend_on_the_distance():
    q, k = apply_rope(vector(0).expand(1, 1, 9, 8), torch.arange(9)), vector(1)
    assert (q * k).sum(dim=-1).std() > 0.1


@given(places, st.sampled_from([100.0, 10_000.0, 100_000.0]))
def test_rope_turns_each_pair_by_its_angle(t, base):
    x = vector(0)
    turned = apply_rope(x, torch.tensor([t]), base)[0, 0, 0].tolist()
    for i in range(4):
        angle = t * base ** (-2 * i / 8)
        a, b = x[0, 0, 0, 2 * i : 2 * i + 2].tolist()
        assert turned[2 * i] == pytest.approx(a * math.cos(angle) - b * math.sin(angle), abs=1e-5)
        assert turned[2 * i + 1] == pytest.approx(
            a * math.sin(angle) + b * math.cos(angle), abs=1e-5
        )


def test_rope_keeps_length_dtype_and_its_argument():
    x = torch.randn(2, 3, 5, 8)
    before = x.clone()
    turned = apply_rope(x, torch.arange(5))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(x, before)
    assert torch.equal(turned[:, :, 0], x[:, :, 0]), "position 0 is not turned"
    assert apply_rope(x.bfloat16(), torch.arange(5)).dtype == torch.bfloat16


def test_with_rope_a_model_does_not_see_where_the_text_begins():
    model = random_model(context_length=60)
    ids, before = random_ids(1, 10), random_ids(1, 30, seed=1)
    alone = model(ids)
    segments = torch.tensor([[1] * 30 + [2] * 10])
    shifted = model(torch.cat((before, ids), dim=1), segments=segments)[:, 30:]
    torch.testing.assert_close(shifted, alone, atol=3e-5, rtol=3e-5)


@pytest.mark.parametrize("positions", ["learned", "sinusoidal"])
def test_with_added_positions_a_model_does_see_it(positions):
    model = random_model(positions=positions)
    ids = random_ids(1, 10)
    segments = torch.tensor([[1] * 10 + [2] * 10])
    shifted = model(torch.cat((ids, ids), dim=1), segments=segments)[:, 10:]
    assert (shifted - model(ids)).abs().max() > 0.1


def test_waves_are_those_of_the_paper():
    waves = sinusoidal_positions(50, 6)
    assert waves.shape == (50, 6) and waves.dtype == torch.float32
    for t in (0, 1, 49):
        for i in range(3):
            angle = t / 10_000 ** (2 * i / 6)
            assert waves[t, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert waves[t, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_far_angles_keep_their_digits():
    assert position_angles(torch.tensor([100_003]), 2, 1e4).item() == 100_003.0
    angles = position_angles(torch.tensor([100_003]), 8, 1e4)[0]
    expected = torch.tensor([100_003 * 10_000 ** (-i / 4) for i in range(4)], dtype=torch.float64)
    torch.testing.assert_close(angles, expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("make", [LearnedPositions, SinusoidalPositions])
def test_vectors_of_the_right_positions_are_added(make):
    layer = make(10, 4)
    table = layer.table.weight if make is LearnedPositions else layer.table
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(layer(x, start=5) - x, table[5:8].expand(2, 3, 4))
    n_learned = sum(weight.numel() for weight in layer.parameters())
    assert n_learned == (40 if make is LearnedPositions else 0)


def test_odd_widths_are_refused():
    with pytest.raises(ValueError, match="expected an even width, got 5"):
        sinusoidal_positions(3, 5)
    with pytest.raises(ValueError, match="expected an even width, got 5"):
        apply_rope(torch.ones(1, 1, 1, 5), torch.arange(1))
