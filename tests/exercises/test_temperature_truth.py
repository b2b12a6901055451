"""The ground truth of lesson 05: temperature, top-k and min-p, by hand and by other programs."""

import math

import numpy as np
import pytest
import torch
from transformers import MinPLogitsWarper, TemperatureLogitsWarper, TopKLogitsWarper

from course_lib.exercises import codec
from course_lib.exercises.sampling import (
    min_p_filter_checks,
    temperature_probs_checks,
    top_k_filter_checks,
)
from course_lib.exercises.tensors import alike
from course_lib.llm import sampling

INF = math.inf
DRY_RUN = torch.tensor([[2.0, 1.0, 0.5, 0.0]])
CHECKS = (temperature_probs_checks, top_k_filter_checks, min_p_filter_checks)
EACH = pytest.mark.parametrize("checks", CHECKS, ids=lambda checks: checks.EXERCISE.name)


def drawn(checks, seed=4):
    return list(checks.cases(np.random.default_rng(seed), True))


def allowed(checks, seed=4):
    """Return the cases in which a right answer does not raise."""
    return [inputs for inputs in drawn(checks, seed) if not checks.EXERCISE.raises(inputs)]


def probs_at(temperature):
    probs = temperature_probs_checks.truth({"logits": DRY_RUN, "temperature": temperature})
    return [round(prob, 2) for prob in probs[0].tolist()]


def test_the_temperatures_of_the_dry_run_by_hand():
    assert probs_at(1.0) == [0.58, 0.21, 0.13, 0.08]
    assert probs_at(0.5) == [0.83, 0.11, 0.04, 0.02]
    assert probs_at(2.0) == [0.41, 0.25, 0.19, 0.15]
    assert probs_at(0) == [1, 0, 0, 0]


def test_the_filters_of_the_dry_run_by_hand():
    two = top_k_filter_checks.truth(top_k_filter_checks.EXAMPLE)
    assert two.tolist() == [[2, 1, -INF, -INF]]
    assert [round(prob, 2) for prob in two[0].softmax(dim=-1).tolist()] == [0.73, 0.27, 0, 0]
    tie = torch.tensor([[1.0, 3.0, 2.0, 2.0, 0.0]])
    assert top_k_filter_checks.truth({"logits": tie, "k": 2}).tolist() == [[-INF, 3, 2, 2, -INF]]
    three = min_p_filter_checks.truth(min_p_filter_checks.EXAMPLE)
    assert three.tolist() == [[2, 1, 0.5, -INF]]
    assert [round(math.exp(x - 2), 2) for x in DRY_RUN[0].tolist()] == [1, 0.37, 0.22, 0.14]


def test_temperature_is_that_of_transformers():
    for inputs in allowed(temperature_probs_checks):
        logits, temperature = inputs["logits"].double(), float(inputs["temperature"])
        result = temperature_probs_checks.truth(inputs)
        if temperature > 0:
            warped = TemperatureLogitsWarper(temperature)(None, logits)
            assert alike(warped.softmax(dim=-1).float(), result)
        else:
            best = torch.tensor(np.argmax(logits.numpy(), axis=1))
            assert torch.equal(torch.nn.functional.one_hot(best, logits.size(1)).float(), result)


def test_top_k_is_that_of_transformers():
    for inputs in allowed(top_k_filter_checks):
        warped = TopKLogitsWarper(inputs["k"])(None, inputs["logits"])
        assert torch.equal(warped, top_k_filter_checks.truth(inputs))


def test_min_p_is_that_of_transformers():
    for inputs in allowed(min_p_filter_checks):
        warped = MinPLogitsWarper(float(inputs["min_p"]))(None, inputs["logits"].double())
        assert torch.equal(warped.float(), min_p_filter_checks.truth(inputs))


@EACH
def test_a_right_result_keeps_what_the_task_promises(checks):
    for inputs in allowed(checks):
        logits, result = inputs["logits"], checks.truth(inputs)
        assert (~logits.isneginf()).any(dim=-1).all()
        if checks is temperature_probs_checks:
            assert alike(result.sum(dim=-1), torch.ones(len(logits)))
            assert (result[logits.isneginf()] == 0).all()
        else:
            assert torch.equal(result, torch.where(result.isneginf(), -INF, logits))
            assert torch.equal(result.argmax(dim=-1), logits.argmax(dim=-1))


@EACH
def test_the_library_does_the_same(checks):
    function = getattr(sampling, checks.EXERCISE.name)
    for inputs in drawn(checks):
        if checks.EXERCISE.raises(inputs):
            with pytest.raises(ValueError, match="must be .* got"):
                function(*inputs.values())
        else:
            assert alike(function(*inputs.values()), checks.truth(inputs))


@pytest.mark.parametrize("seed", range(3))
def test_no_ratio_is_near_min_p(seed):
    """Rounding decides nothing: what is not a tie with the best is 1% away from the edge."""
    for inputs in allowed(min_p_filter_checks, seed):
        logits, min_p = inputs["logits"].double(), inputs["min_p"]
        ratios = (logits - logits.amax(dim=-1, keepdim=True)).exp()
        edge = (ratios - min_p).abs() < 0.009 * min_p
        assert (ratios[edge] == 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_ties_of_the_kth_are_drawn(seed):
    results = [
        ((~top_k_filter_checks.truth(inputs).isneginf()).sum(dim=-1) > inputs["k"]).any()
        for inputs in allowed(top_k_filter_checks, seed)[-20:]
    ]
    assert sum(results) >= 2


@EACH
def test_every_case_can_be_sent(checks):
    assert max(len(codec.encode(inputs)) for inputs in drawn(checks)) < 20_000
