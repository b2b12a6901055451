"""The ground truth of lesson 05: top-p, its bug hunt and the penalty, by hand and by others."""

import itertools
import math

import numpy as np
import pytest
import torch
from transformers.generation.logits_process import (
    RepetitionPenaltyLogitsProcessor,
    TopPLogitsWarper,
)

from course_lib.exercises.exercise import VISIBLE_SEED, find_mistake
from course_lib.exercises.sampling import (
    nucleus_checks,
    nucleus_logits,
    penalty_checks,
    top_p_checks,
    top_p_ways,
)
from course_lib.exercises.tensors import alike
from course_lib.llm import sampling
from tests.answers.sampling import nucleus as nucleus_answers

INF = math.inf
FILTERS = pytest.mark.parametrize("checks", [top_p_checks, nucleus_checks])


def allowed(checks, seed=4):
    """Return all cases in which no error is asked for."""
    drawn = checks.cases(np.random.default_rng(seed), True)
    return [inputs for inputs in drawn if not checks.EXERCISE.raises(inputs)]


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.5, [2, -INF, -INF, -INF]),
        (0.7, [2, 1, -INF, -INF]),
        (0.95, [2, 1, 0.5, 0]),
        (1.0, [2, 1, 0.5, 0]),
    ],
)
def test_top_p_by_hand(p, expected):
    assert top_p_ways.truth({"logits": top_p_checks.BY_HAND, "p": p}).tolist() == [expected]


def test_the_first_nucleus_by_hand():
    assert torch.equal(
        top_p_ways.truth(next(iter(allowed(nucleus_checks)))),
        torch.tensor([[2.0, -INF, -INF, -INF], [-INF, -INF, -1.0, -INF], [-INF, 0.2, 0.0, -INF]]),
    )


def test_the_probabilities_that_the_task_quotes():
    probs = top_p_checks.BY_HAND.softmax(dim=-1)[0].tolist()
    assert [round(prob, 2) for prob in probs] == [0.58, 0.21, 0.13, 0.08]


def test_the_program_handed_out_leaves_nothing_of_a_sure_row():
    filtered = nucleus_answers.faulty(torch.tensor([[2.0, 1.0, 0.5, 0.0]]), 0.7)
    assert filtered.tolist() == [[2.0, -INF, -INF, -INF]]
    filtered = nucleus_answers.faulty(torch.tensor([[9.0, 1.0, 0.0, 2.0]]), 0.7)
    assert filtered.isneginf().all() and filtered.softmax(dim=-1).isnan().all()


@FILTERS
def test_no_smaller_set_reaches_p(checks):
    for inputs in allowed(checks):
        kept = ~top_p_ways.truth(inputs).isneginf()
        for logits, row in zip(inputs["logits"].double(), kept, strict=True):
            probs = logits.softmax(dim=-1)
            if inputs["p"] == 1:
                assert torch.equal(row, ~logits.isneginf())
                continue
            others = itertools.combinations(probs.tolist(), int(row.sum()) - 1)
            assert max(map(math.fsum, others)) < inputs["p"] < math.fsum(probs[row].tolist())
            assert not (~row).any() or probs[row].min() > probs[~row].max()


@FILTERS
def test_top_p_is_that_of_transformers(checks):
    for inputs in allowed(checks):
        if inputs["p"] < 1:
            theirs = TopPLogitsWarper(top_p=inputs["p"])(None, inputs["logits"].clone())
            assert torch.equal(top_p_ways.truth(inputs), theirs)


@FILTERS
def test_top_p_is_that_of_the_library(checks):
    for inputs in allowed(checks):
        ours = sampling.top_p_filter(inputs["logits"], inputs["p"])
        assert torch.equal(top_p_ways.truth(inputs), ours)


@FILTERS
def test_there_are_no_ties_and_no_sum_is_near_p(checks):
    for inputs in (inputs for seed in range(20) for inputs in allowed(checks, seed)):
        if inputs["p"] < 1:
            ordered = inputs["logits"].double().sort(dim=-1, descending=True).values
            assert (ordered.diff(dim=-1) != 0).all(), "no ties"  # nan between two of -inf
            sums = ordered.softmax(dim=-1).cumsum(dim=-1)
            assert (sums - inputs["p"]).abs().min() > 0.0015


def test_p_1_is_tried_where_float32_adds_up_to_more():
    wide = max(allowed(top_p_checks), key=lambda inputs: inputs["logits"].size(-1))
    sums = wide["logits"].softmax(dim=-1).cumsum(dim=-1)
    assert wide["p"] == 1 and (sums[:, :-1] > 1).any()
    assert (nucleus_logits.RARE.softmax(dim=-1) == 0).any()


def test_the_penalty_by_hand():
    assert penalty_checks.truth(penalty_checks.BY_HAND).tolist() == [[1, -2, 0, 3]]
    assert penalty_checks.truth(penalty_checks.EXAMPLE).tolist() == [
        [1, -2, 0, 3, -0.5],
        [1.5, -0.5, -4, 2, 1],
    ]


def test_the_penalty_is_that_of_transformers_and_of_the_library():
    for inputs in allowed(penalty_checks):
        logits, ids, penalty = inputs["logits"], inputs["ids"], inputs["penalty"]
        right = penalty_checks.truth(inputs)
        assert alike(RepetitionPenaltyLogitsProcessor(penalty)(ids, logits.clone()), right)
        assert alike(sampling.repetition_penalty(logits, ids, penalty), right)


def test_a_penalty_above_1_makes_what_was_said_less_likely():
    """Other tokens gain, unless every token was said."""
    for inputs in allowed(penalty_checks):
        before = inputs["logits"].double().softmax(dim=-1)
        after = penalty_checks.truth(inputs).double().softmax(dim=-1)
        for old, new, said in zip(before, after, inputs["ids"], strict=True):
            others = [id for id in range(len(old)) if id not in said]
            if inputs["penalty"] > 1 and others:
                assert (new[others] >= old[others]).all()


def test_the_texts_of_the_penalty_tell_mistakes_apart():
    cases = allowed(penalty_checks)
    roomy = [inputs for inputs in cases if inputs["ids"].size(1) <= inputs["logits"].size(1)]
    rows = [row for inputs in roomy for row in inputs["ids"].tolist()]
    assert sum(len(set(row)) < len(row) for row in rows) > 10, "some ids occur twice by chance"
    for inputs in cases[:4]:
        seen = inputs["logits"].gather(-1, inputs["ids"])
        assert (seen > 0).any() and (seen < 0).any()
    assert {inputs["ids"].size(1) for inputs in cases} >= {0, 1}


def test_whoever_needs_a_token_hears_that_a_text_may_be_empty():
    def answer(logits, ids, penalty):
        ids[:, 0] + 0  # fails where T is 0
        return sampling.repetition_penalty(logits, ids, penalty)

    def call(answer, inputs):
        return answer(inputs["logits"], inputs["ids"], inputs["penalty"])

    finding = find_mistake(penalty_checks.EXERCISE, call, answer, seed=VISIBLE_SEED)
    assert finding.misconception == "fails_on_an_empty_text"
    assert finding.what.startswith("repetition_penalty(logits=")
