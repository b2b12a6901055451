"""DPO's loss: its value where nothing is learned yet, its direction, its stability."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from course_lib.llm.dpo import dpo_loss, implicit_reward
from course_lib.llm.logprobs import sequence_logprob, token_logprobs
from tests.llm.models import random_ids, random_model

logprobs = st.floats(-40, 0)
quadruples = st.lists(st.tuples(*[logprobs] * 4), min_size=1, max_size=4)


def columns(rows) -> list[torch.Tensor]:
    return list(torch.tensor(rows, dtype=torch.float64).T)


@given(quadruples, st.floats(0.01, 2))
def test_it_is_minus_log_sigmoid_of_beta_times_the_difference_of_log_ratios(rows, beta):
    expected = []
    for chosen, rejected, ref_chosen, ref_rejected in rows:
        margin = beta * math.log(math.exp(chosen - rejected) / math.exp(ref_chosen - ref_rejected))
        expected.append(math.log1p(math.exp(-margin)))
    loss = dpo_loss(*columns(rows), beta)
    assert loss.item() == pytest.approx(sum(expected) / len(expected), abs=1e-9)


@given(st.lists(st.tuples(logprobs, logprobs), min_size=1, max_size=4), st.floats(0.01, 2))
def test_it_is_log_2_where_the_policy_is_the_reference(rows, beta):
    chosen, rejected = columns(rows)
    assert dpo_loss(chosen, rejected, chosen, rejected, beta).item() == pytest.approx(math.log(2))


def test_the_first_step_makes_the_chosen_likelier_by_half_of_beta():
    chosen, rejected = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    dpo_loss(chosen, rejected, torch.zeros(2), torch.zeros(2), beta=0.3).backward()
    torch.testing.assert_close(chosen.grad, torch.full((2,), -0.3 / 2 / 2))
    torch.testing.assert_close(rejected.grad, -chosen.grad)


def test_it_can_fall_while_both_responses_become_less_likely():
    before = dpo_loss(*torch.tensor([[-5.0], [-5.0], [-5.0], [-5.0]]), beta=0.1)
    assert dpo_loss(*torch.tensor([[-9.0], [-30.0], [-5.0], [-5.0]]), beta=0.1) < before


def test_extreme_log_ratios_are_a_number_with_a_gradient():
    far = torch.tensor([0.0, -1e4], requires_grad=True)
    loss = dpo_loss(far, far.detach().flip(0), far.detach().flip(0), far.detach(), beta=1.0)
    loss.backward()
    assert loss.item() == pytest.approx(2e4 / 2) and far.grad.isfinite().all()


def test_gradients_agree_with_finite_differences():
    rows = [[-3.0, -2.0, -2.5, -4.0], [-1.0, -7.0, -0.5, -6.0]]
    inputs = [x.clone().requires_grad_() for x in columns(rows)]
    assert gradcheck(lambda *x: dpo_loss(*x, 0.4), inputs)
    assert gradcheck(lambda a, b: implicit_reward(a, b, 0.4), inputs[:2])


def test_padding_changes_no_loss_and_no_gradient():
    """With a model: a pair alone, and beside longer ones."""
    model, reference = random_model(0), random_model(1)
    ids = random_ids(2, 9)
    mask = torch.tensor([[0, 0, 1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0, 0, 0, 0]]).bool()

    def loss_and_gradients(ids, mask):
        policy = sequence_logprob(token_logprobs(model(ids), ids, mask), mask)
        with torch.no_grad():
            ref = sequence_logprob(token_logprobs(reference(ids), ids, mask), mask)
        loss = dpo_loss(policy[:1], policy[1:], ref[:1], ref[1:], beta=0.2)
        return loss, torch.autograd.grad(loss, list(model.parameters()))

    loss, gradients = loss_and_gradients(ids, mask)
    short_loss, short_gradients = loss_and_gradients(ids[:, :5], mask[:, :5])
    torch.testing.assert_close(loss, short_loss)
    torch.testing.assert_close(gradients, short_gradients, rtol=1e-4, atol=1e-5)
