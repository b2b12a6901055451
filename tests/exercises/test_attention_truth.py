"""The ground truth of lesson 03's checks: right by hand, by others' code, and by the lesson."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from course_lib.exercises import names, registry
from course_lib.exercises.attention import (
    attention_checks,
    calls,
    causal_checks,
    causal_ways,
    cost_checks,
    dry_run,
    grouped_checks,
    heads_checks,
    mask_first_checks,
    multi_head_checks,
    scores_checks,
    softmax_checks,
)
from course_lib.exercises.attention.calls import handed_in
from course_lib.exercises.exercise import find_mistake
from course_lib.exercises.tensors import alike
from tests.answers.attention import split_heads

WEIGHTS = [[0.27, 0.27, 0.45], [0.38, 0.38, 0.23], [0.51, 0.19, 0.31]]


def rounded(tensor):
    return [[round(number, 2) for number in row] for row in tensor.tolist()]


def drawn(checks, seed=4):
    return list(checks.cases(np.random.default_rng(seed), True))


def test_the_dry_run_by_hand():
    assert scores_checks.truth(scores_checks.EXAMPLE).tolist() == [[dry_run.SCORES.tolist()]]
    assert rounded(softmax_checks.truth({"x": dry_run.SCORES, "dim": -1})) == WEIGHTS
    assert rounded(softmax_checks.truth(softmax_checks.EXAMPLE)) == WEIGHTS[:2]
    assert rounded(causal_ways.truth({"scores": dry_run.SCORES[None]})[0]) == [
        [1, 0, 0],
        [0.5, 0.5, 0],
        WEIGHTS[2],
    ]
    assert rounded(attention_checks.truth(attention_checks.EXAMPLE)[0, 0]) == [
        [0.73, 0.73, 0.27, 0.27],
        [0.62, 0.62, 0.38, 0.38],
        [0.81, 0.49, 0.51, 0.19],
    ]
    assert cost_checks.truth(cost_checks.EXAMPLE) == {"flops": 144, "score_bytes": 18}


def test_the_examples_of_heads_by_hand():
    assert heads_checks.truth(heads_checks.EXAMPLE).tolist() == [
        [[[0, 1], [10, 11]], [[2, 3], [12, 13]], [[4, 5], [14, 15]]]
    ]
    assert multi_head_checks.truth(multi_head_checks.EXAMPLE).tolist() == [
        [[4, 8, 2, 6], [3, 6, 1, 3], [2, 4, 2, 3]]
    ]
    assert grouped_checks.truth(grouped_checks.EXAMPLE).tolist() == [
        [[[1, 2]], [[1, 2]], [[3, 4]], [[3, 4]]]
    ]


def test_scores_are_those_of_a_loop():
    for inputs in drawn(scores_checks)[:8]:
        q, k = inputs["q"].tolist(), inputs["k"].tolist()
        scores = scores_checks.truth(inputs)
        for b, h, i, j in np.ndindex(*scores.shape):
            dot = math.fsum(x * y for x, y in zip(q[b][h][i], k[b][h][j], strict=True))
            assert scores[b, h, i, j].item() == pytest.approx(
                dot / math.sqrt(len(q[b][h][i])), abs=1e-6
            )


def test_causal_weights_are_those_of_torch():
    for inputs in drawn(causal_checks) + drawn(mask_first_checks):
        scores = inputs["scores"].double()
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        expected = scores.masked_fill(hidden, -math.inf).softmax(dim=-1).float()
        assert causal_ways.equal(causal_ways.truth(inputs), expected)


def test_attention_is_that_of_a_loop():
    for inputs in drawn(attention_checks)[:12]:
        q, k, v, allowed = (inputs[name] for name in ("q", "k", "v", "allowed"))
        result = attention_checks.truth(inputs)
        for b, h, i in np.ndindex(*q.shape[:3]):
            keys = [j for j in range(k.size(2)) if allowed is None or allowed[i, j]]
            dots = (k[b, h, keys].double() @ q[b, h, i].double()) / math.sqrt(q.size(-1))
            shares = (dots - dots.max()).exp()
            shares = shares / shares.sum()
            assert alike((shares @ v[b, h, keys].double()).float(), result[b, h, i])


def test_several_heads_are_those_of_a_loop():
    for inputs in drawn(multi_head_checks):
        x, H = inputs["x"].double(), inputs["n_head"]
        w_q, w_k, w_v, w_o = (inputs[name].double() for name in ("w_q", "w_k", "w_v", "w_o"))
        D = x.size(-1) // H
        heads = []
        for part in (slice(h * D, (h + 1) * D) for h in range(H)):
            q = (
                x @ w_q[part].T
                if inputs["attention"] == "softmax"
                else torch.zeros(*x.shape[:2], D)
            )
            k, v = x @ w_k[part].T, x @ w_v[part].T
            heads.append(F.scaled_dot_product_attention(q.double(), k, v, is_causal=True))
        expected = torch.cat(heads, dim=-1) @ w_o.T
        assert alike(multi_head_checks.truth(inputs), expected.float())


def test_shared_heads_are_those_of_torch():
    for inputs in drawn(grouped_checks):
        q, k, v = (inputs[name].double() for name in "qkv")
        q = q if inputs["attention"] == "softmax" else torch.zeros_like(q)
        expected = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
        assert alike(grouped_checks.truth(inputs), expected.float())


def test_heads_hold_the_numbers_side_by_side():
    for inputs in drawn(heads_checks):
        x, result = inputs["x"], heads_checks.truth(inputs)
        if inputs["function"] == "split_heads":
            D = x.size(-1) // inputs["n_head"]
            for b, h, t, d in np.ndindex(*result.shape):
                assert result[b, h, t, d] == x[b, t, h * D + d]
        elif inputs["function"] == "merge_heads":
            for b, h, t, d in np.ndindex(*x.shape):
                assert result[b, t, h * x.size(-1) + d] == x[b, h, t, d]
        else:
            assert torch.equal(result, x)


def test_the_cost_is_what_torch_counts():
    for inputs in (cost_checks.EXAMPLE, drawn(cost_checks)[1]):
        B, T, H, D = (inputs[name] for name in "BTHD")
        q = torch.zeros(B, H, T, D)
        with FlopCounterMode(display=False) as counter:
            scores = q @ q.mT
            scores.softmax(-1) @ q
        expected = cost_checks.truth({**inputs, "bytes_per_value": scores.element_size()})
        assert counter.get_total_flops() == expected["flops"]
        assert scores.numel() * scores.element_size() == expected["score_bytes"]


@pytest.mark.parametrize("seed", range(3))
def test_no_softmax_is_saturated(seed):
    """No scaling, too much of it and the best key alone are seen where weights stay spread."""
    for inputs in drawn(attention_checks, seed):
        if inputs["allowed"] is None:
            weights = scores_checks.truth({"q": inputs["q"], "k": inputs["k"]}).softmax(dim=-1)
            assert weights.amax(dim=-1).mean() < 0.8


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        ("split_heads", split_heads.both(split_heads=split_heads.split_by_view)),
        ("merge_heads", split_heads.both(merge_heads=split_heads.merge_by_reshape)),
    ],
)
def test_a_finding_names_the_one_of_two_functions_that_failed(function, answer):
    finding = find_mistake(heads_checks.EXERCISE, calls.split_heads, answer, seed=0)
    assert finding.what.startswith(function)
    assert finding.cause.startswith(f"In `{function}`: ")


def test_numbers_look_the_same_in_a_call_and_in_a_result():
    for inputs in drawn(heads_checks):
        tenths = inputs["x"].double() * 10
        assert (tenths - tenths.round()).abs().max() < 1e-4


def test_every_query_may_use_a_key():
    masks = [inputs["allowed"] for inputs in drawn(attention_checks)]
    assert sum(mask is None for mask in masks) >= 3
    assert all(mask.any(dim=-1).all() for mask in masks if mask is not None)


def test_the_attention_handed_in_refuses_what_torch_would_broadcast():
    q, k = torch.ones(2, 6, 5, 4), torch.ones(2, 1, 5, 4)
    with pytest.raises(ValueError, match="one B, H, D; got q .2, 6, 5, 4., k .2, 1, 5, 4."):
        handed_in("softmax")(q, k, k, None)
    with pytest.raises(ValueError, match="bools of shape .5, 5., or None; got float32"):
        handed_in("mean")(q, q, q, torch.ones(5, 5))
    with pytest.raises(ValueError, match="got bool of shape .1, 5, 5."):
        handed_in("mean")(q, q, q, torch.ones(1, 5, 5, dtype=torch.bool))


@pytest.mark.parametrize(
    ("exercise", "source"),
    [
        ("stable_softmax", "def stable_softmax(x, dim): return x.softmax(dim)"),
        ("stable_softmax", "def stable_softmax(x, dim): return F.log_softmax(x, dim).exp()"),
        ("stable_softmax", "def stable_softmax(x, dim): return (x - x.logsumexp(dim, True)).exp()"),
        ("stable_softmax", "def stable_softmax(x, dim): return torch.nn.Softmax(dim)(x)"),
        ("stable_softmax", "def stable_softmax(x, dim): return torch._safe_softmax(x, dim)"),
        ("attention", "def attention(q, k, v, a): return F.scaled_dot_product_attention(q, k, v)"),
        ("attention", "def attention(q, k, v, a): return nn.MultiheadAttention(4, 1)(q, k, v)"),
    ],
)
def test_what_is_built_may_not_be_called(exercise, source):
    forbids = registry.exercises_of("attention")[exercise].forbids
    assert names.forbidden_uses(source, forbids)
