"""Attention beside torch's own, and beside what each docstring says."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_lib.llm.attention import (
    Attention,
    attention_weights,
    causal_mask,
    document_mask,
    explicit_attention,
    fused_attention,
    share_heads,
)
from course_lib.llm.embeddings import rope_turns

CLOSE = dict(atol=2e-6, rtol=1e-5)


def heads(B: int, H: int, T: int, D: int, seed: int) -> torch.Tensor:
    return torch.randn(B, H, T, D, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=100)
@given(st.integers(1, 3), st.sampled_from([(1, 1), (6, 2), (4, 4)]), st.data())
def test_fused_and_explicit_are_torchs_with_its_own_sharing_of_heads(B, H_and_H_kv, data):
    H, H_kv = H_and_H_kv
    T_k = data.draw(st.integers(1, 9))
    T_q = data.draw(st.integers(1, T_k))
    q, k, v = heads(B, H, T_q, 5, 0), heads(B, H_kv, T_k, 5, 1), heads(B, H_kv, T_k, 5, 2)
    random = torch.rand(B, 1, T_q, T_k, generator=torch.Generator().manual_seed(3)) < 0.5
    random[..., 0] = True  # a query with no key at all has no answer
    for allowed in (None, causal_mask(T_q, T_k), random):
        theirs = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed, enable_gqa=True)
        torch.testing.assert_close(explicit_attention(q, k, v, allowed), theirs, **CLOSE)
        torch.testing.assert_close(fused_attention(q, k, v, allowed), theirs, **CLOSE)


def test_weights_are_probabilities_over_the_allowed_keys():
    q, k = heads(2, 6, 4, 5, 0) * 3, heads(2, 2, 7, 5, 1) * 3
    allowed = causal_mask(4, 7)
    weights = attention_weights(q, k, allowed)
    assert weights.shape == (2, 6, 4, 7)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 6, 4))
    assert (weights.masked_select(~allowed) == 0).all()
    assert (weights.masked_select(allowed) > 0).all()


def test_nothing_that_is_passed_in_is_changed():
    q, k, v = heads(1, 4, 3, 5, 0), heads(1, 2, 3, 5, 1), heads(1, 2, 3, 5, 2)
    allowed = causal_mask(3, 3)
    before = [x.clone() for x in (q, k, v, allowed)]
    explicit_attention(q, k, v, allowed)
    fused_attention(q, k, v, allowed)
    assert all(map(torch.equal, (q, k, v, allowed), before))


def test_the_causal_mask_is_that_of_the_last_queries():
    assert causal_mask(3, 3).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert torch.equal(causal_mask(2, 5), causal_mask(5, 5)[3:])
    assert causal_mask(1, 4).all()


def test_a_document_sees_itself_up_to_each_token():
    allowed = document_mask(torch.tensor([[1, 1, 2, 2, 0]]))
    assert allowed.shape == (1, 1, 5, 5)
    assert allowed[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 0, 0, 1],
    ]


def test_neighboring_heads_share_one_key():
    x = heads(1, 2, 3, 4, 0)
    shared = share_heads(x, 6)
    for h in range(6):
        assert torch.equal(shared[:, h], x[:, h // 3])


def test_grouped_queries_are_full_heads_with_repeated_weights():
    torch.manual_seed(0)
    grouped, full = Attention(24, 6, 2), Attention(24, 6, 6)
    full.query.weight, full.output.weight = grouped.query.weight, grouped.output.weight
    for part in ("key", "value"):
        weight = getattr(grouped, part).weight.unflatten(0, (2, 4))  # (H_kv, D, C)
        repeated = weight.repeat_interleave(3, dim=0).flatten(0, 1)
        getattr(full, part).weight = nn.Parameter(repeated)
    x, allowed, turns = (
        torch.randn(2, 7, 24),
        causal_mask(7, 7),
        rope_turns(torch.arange(7), 4, 1e4),
    )
    torch.testing.assert_close(grouped(x, allowed, turns), full(x, allowed, turns), **CLOSE)


def test_attention_is_torchs_multihead_attention():
    torch.manual_seed(0)
    ours, theirs = Attention(24, 6, 6), nn.MultiheadAttention(24, 6, bias=False, batch_first=True)
    with torch.no_grad():
        parts = (ours.query, ours.key, ours.value)
        theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        theirs.out_proj.weight.copy_(ours.output.weight)
    x, allowed = torch.randn(2, 7, 24), causal_mask(7, 7)
    expected, _ = theirs(x, x, x, attn_mask=~allowed)
    torch.testing.assert_close(ours(x, allowed), expected, **CLOSE)
    ours.attend = fused_attention
    torch.testing.assert_close(ours(x, allowed), expected, **CLOSE)


@pytest.mark.parametrize(("d_model", "n_head", "n_kv_head"), [(10, 3, 3), (12, 4, 3)])
def test_widths_that_do_not_divide_are_refused(d_model, n_head, n_kv_head):
    with pytest.raises(ValueError, match=f"got d_model={d_model}, n_head={n_head}"):
        Attention(d_model, n_head, n_kv_head)
