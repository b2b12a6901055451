"""Each sentence of what the filters promise."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.llm.sampling import (
    GREEDY,
    Settings,
    choose,
    min_p_filter,
    next_token_probs,
    repetition_penalty,
    temperature_probs,
    top_k_filter,
    top_p_filter,
)

# Halves of whole numbers: many ties, and probabilities of very different size.
rows = st.lists(st.integers(-12, 12).map(lambda n: n / 2), min_size=1, max_size=12)
logits = rows.map(lambda row: torch.tensor([row]))


def kept(filtered: torch.Tensor) -> list[bool]:
    return (filtered[0] > float("-inf")).tolist()


def probs_of(x: torch.Tensor) -> list[float]:
    return x[0].double().softmax(dim=-1).tolist()


@given(logits, st.floats(0.05, 20))
def test_temperature_is_a_softmax_of_divided_logits(x, temperature):
    expected = (x.double() / temperature).softmax(dim=-1).float()
    torch.testing.assert_close(temperature_probs(x, temperature), expected)


@given(logits)
def test_temperature_0_is_the_first_of_the_most_likely(x):
    row = x[0].tolist()
    expected = [float(i == row.index(max(row))) for i in range(len(row))]
    assert temperature_probs(x, 0)[0].tolist() == expected


@given(logits, st.sampled_from([1e-3, 1e-40, 1e-320]))
def test_a_tiny_temperature_shares_all_probability_among_the_most_likely(x, temperature):
    best = (x == x.max()).float()
    torch.testing.assert_close(temperature_probs(x, temperature), best / best.sum())


@given(logits, st.integers(1, 15))
def test_top_k_keeps_the_k_most_likely_and_the_ties_of_the_last(x, k):
    row = x[0].tolist()
    kth = sorted(row, reverse=True)[min(k, len(row)) - 1]
    filtered = top_k_filter(x, k)
    assert kept(filtered) == [value >= kth for value in row]
    assert (filtered == x)[filtered > float("-inf")].all()


@given(logits, st.floats(0.01, 0.999))
def test_top_p_keeps_the_smallest_set_that_reaches_p(x, p):
    probs, keep = probs_of(x), kept(top_p_filter(x, p))
    chosen = sorted((prob for prob, k in zip(probs, keep, strict=True) if k), reverse=True)
    dropped = [prob for prob, k in zip(probs, keep, strict=True) if not k]
    assert sum(chosen) >= p - 1e-6, "it reaches p"
    assert sum(chosen[:-1]) < p + 1e-6, "and would not without its least likely token"
    assert not dropped or max(dropped) <= chosen[-1] + 1e-9, "the most likely ones"


@given(logits)
def test_top_p_of_1_and_min_p_of_0_keep_every_token(x):
    wide = torch.cat((x, x - 80), dim=1)  # rare ones, which rounding would lose
    assert all(kept(top_p_filter(wide, 1)))
    assert all(kept(min_p_filter(wide, 0)))


def test_top_p_breaks_ties_by_the_smaller_id():
    assert kept(top_p_filter(torch.zeros(1, 4), 0.5)) == [True, True, False, False]


@given(logits, st.floats(0, 1))
def test_min_p_keeps_what_is_min_p_times_as_likely_as_the_best(x, min_p):
    probs = probs_of(x)
    for prob, keep in zip(probs, kept(min_p_filter(x, min_p)), strict=True):
        if abs(prob - min_p * max(probs)) > 1e-6:
            assert keep == (prob >= min_p * max(probs))


@given(logits, st.floats(0.2, 5), st.data())
def test_the_penalty_falls_once_on_each_token_of_the_text(x, penalty, data):
    V = x.size(1)
    ids = data.draw(st.lists(st.integers(0, V - 1), min_size=1, max_size=6))
    penalized = repetition_penalty(x, torch.tensor([ids]), penalty)[0].tolist()
    for id, (before, after) in enumerate(zip(x[0].tolist(), penalized, strict=True)):
        lowered = before / penalty if before > 0 else before * penalty
        assert after == pytest.approx(lowered if id in ids else before)


def test_rows_are_filtered_each_for_itself_and_nothing_is_changed():
    x = torch.tensor([[0.0, 1.0, 2.0, 3.0], [9.0, 0.0, 0.0, 1.0]])
    before = x.clone()
    ids = torch.tensor([[0, 1], [3, 3]])
    for filtered in (
        lambda x, ids: top_k_filter(x, 2),
        lambda x, ids: top_p_filter(x, 0.8),
        lambda x, ids: top_p_filter(x, 1),
        lambda x, ids: min_p_filter(x, 0.2),
        lambda x, ids: repetition_penalty(x, ids, 1.5),
        lambda x, ids: temperature_probs(x, 0.5),
        lambda x, ids: temperature_probs(x, 0),
    ):
        both = filtered(x, ids)
        assert both.data_ptr() != x.data_ptr() and torch.equal(x, before)
        alone = torch.cat([filtered(x[i : i + 1], ids[i : i + 1]) for i in range(2)])
        torch.testing.assert_close(both, alone)


@pytest.mark.parametrize(
    ("function", "values", "message"),
    [
        (temperature_probs, [-0.1, math.nan, -math.inf], "temperature must be at least 0"),
        (top_k_filter, [0, -3], "k must be at least 1"),
        (top_p_filter, [0, -0.1, 1.01, math.nan], r"p must be in \(0, 1\]"),
        (min_p_filter, [-0.1, 1.01, math.nan], r"min_p must be in \[0, 1\]"),
        (lambda x, v: repetition_penalty(x, torch.tensor([[0]]), v), [0, -1, math.nan], "above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(function, values, message):
    for value in values:
        with pytest.raises(ValueError, match=f"{message}.*, got {value}"):
            function(torch.zeros(1, 3), value)


def test_the_steps_come_in_their_order():
    x, ids = torch.tensor([[4.0, 3.0, 2.0, 1.0, -1.0]]), torch.tensor([[0, 4]])
    chosen = Settings(temperature=2.0, top_k=3, top_p=0.7, min_p=0.5, repetition_penalty=2.0)
    penalized = torch.tensor([[2.0, 3.0, 2.0, 1.0, -2.0]]) / 2
    three = penalized.masked_fill(torch.tensor([[0, 0, 0, 1, 1]]).bool(), -math.inf)
    nucleus = three.softmax(dim=-1).cumsum(dim=-1)  # .274, .726 (3.0), then the last: .274
    assert nucleus[0, 1] > 0.7
    expected = torch.tensor([[2.0, 3.0, -math.inf, -math.inf, -math.inf]]) / 2
    torch.testing.assert_close(next_token_probs(x, ids, chosen), expected.softmax(dim=-1))


@given(logits)
def test_without_settings_it_is_the_models_own_distribution(x):
    probs = next_token_probs(x, torch.tensor([[0]]), Settings())
    torch.testing.assert_close(probs, x.softmax(dim=-1))


def test_draws_come_as_often_as_their_probability_says():
    """100,000 draws, chi-square with 4 degrees of freedom: above 48 in less than 1 of 10^9 runs."""
    x = torch.tensor([[2.0, 1.0, 0.0, -1.0, -2.0]])
    probs = next_token_probs(x, torch.tensor([[0]]), Settings(temperature=1.5))
    n = 100_000
    generator = torch.Generator().manual_seed(0)
    drawn = choose(x.expand(n, 5), torch.zeros(n, 1).long(), Settings(temperature=1.5), generator)
    counts = torch.bincount(drawn[:, 0], minlength=5)
    expected = n * probs[0]
    assert drawn.shape == (n, 1)
    assert ((counts - expected) ** 2 / expected).sum() < 48


@settings(max_examples=50)
@given(logits, st.integers(1, 4), st.floats(0.1, 1), st.floats(0, 1))
def test_greedy_takes_the_first_best_whatever_the_filters_and_without_a_draw(x, k, p, min_p):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    row = x[0].tolist()
    filters = Settings(temperature=0.0, top_k=k, top_p=p, min_p=min_p)
    for greedy in (GREEDY, filters):
        assert choose(x, torch.tensor([[0]]), greedy).item() == row.index(max(row))
    assert torch.equal(before, torch.get_rng_state())
