"""k1, k2, k3: their means and the means of their gradients, over every answer there is."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from course_lib.llm.kl import kl_estimates, mean_kl_estimates, response_kl_estimates
from course_lib.llm.logprobs import exact_kl
from tests.llm.tiny_world import MASK, logprobs_of, probs_of, random_table

logprobs = st.floats(-30, 0, width=32)


def one_prediction(seed: int) -> torch.Tensor:
    """Return logits (6,)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(6, dtype=torch.float64, generator=generator).requires_grad_()


@given(logprobs, logprobs)
def test_each_is_what_its_formula_says(logprob, ref_logprob):
    found = kl_estimates(*torch.tensor([logprob, ref_logprob], dtype=torch.float64))
    ratio = math.exp(ref_logprob - logprob)
    assert found["k1"].item() == pytest.approx(-math.log(ratio), abs=1e-9)
    assert found["k2"].item() == pytest.approx(math.log(ratio) ** 2 / 2, abs=1e-9)
    assert found["k3"].item() == pytest.approx(ratio - 1 - math.log(ratio), abs=1e-9)


def test_k1_and_k3_are_right_on_average_and_k2_is_not():
    policy, reference = one_prediction(0), one_prediction(1)
    probs, exact = policy.softmax(dim=-1), exact_kl(policy, reference)
    found = kl_estimates(policy.log_softmax(dim=-1), reference.log_softmax(dim=-1))
    means = {name: (probs * values).sum() for name, values in found.items()}
    torch.testing.assert_close(means["k1"], exact)
    torch.testing.assert_close(means["k3"], exact)
    assert abs(means["k2"] - exact) > 0.05 * exact


def test_k2_is_nearly_right_where_both_are_close():
    """Halving the distance halves its relative error, at least."""
    errors = []
    for distance in (0.2, 0.1, 0.05):
        policy = one_prediction(0)
        reference = policy + distance * one_prediction(1)
        found = kl_estimates(policy.log_softmax(dim=-1), reference.log_softmax(dim=-1))
        mean = (policy.softmax(dim=-1) * found["k2"]).sum()
        errors.append(abs(mean / exact_kl(policy, reference) - 1).item())
    assert errors[0] < 0.1 and errors[1] < 0.55 * errors[0] and errors[2] < 0.55 * errors[1]


def test_k3_is_steadier_than_k1_near_the_reference_and_wild_far_from_it():
    def spread(size: float, name: str) -> float:
        policy, reference = one_prediction(0) * size, one_prediction(1) * size
        probs = policy.softmax(dim=-1)
        found = kl_estimates(policy.log_softmax(dim=-1), reference.log_softmax(dim=-1))[name]
        mean = (probs * found).sum()
        return (probs * (found - mean).square()).sum().sqrt().item()

    assert spread(0.1, "k3") < 0.2 * spread(0.1, "k1")
    assert spread(5, "k3") > 5 * spread(5, "k1")


def test_over_whole_answers_k1_and_k3_are_right_on_average_too():
    """Summed over the tokens of an answer, which ends where it will."""
    policy, reference = random_table(0), random_table(1)
    probs, ref_probs = probs_of(policy), probs_of(reference)
    exact = (probs * (probs / ref_probs).log()).sum()
    found = response_kl_estimates(logprobs_of(policy), logprobs_of(reference), MASK)
    means = {name: (probs * values.sum(dim=-1)).sum() for name, values in found.items()}
    torch.testing.assert_close(means["k1"], exact)
    torch.testing.assert_close(means["k3"], exact)


def test_their_gradients_are_of_nothing_of_this_kl_and_of_the_other_one():
    policy, reference = one_prediction(0), one_prediction(1).detach()
    found = kl_estimates(policy.log_softmax(dim=-1), reference.log_softmax(dim=-1))
    drawn = policy.softmax(dim=-1).detach()  # drawing is not differentiated

    def gradient(value):
        return torch.autograd.grad(value, policy, retain_graph=True)[0]

    means = {name: gradient((drawn * values).sum()) for name, values in found.items()}
    torch.testing.assert_close(means["k1"], torch.zeros_like(policy))
    torch.testing.assert_close(means["k2"], gradient(exact_kl(policy, reference)))
    torch.testing.assert_close(means["k3"], gradient(exact_kl(reference, policy)))
    assert not torch.allclose(means["k2"], means["k3"], rtol=0.1)


def test_over_whole_answers_a_tokens_k2_does_not_feel_what_it_leads_to():
    """Its mean gradient is that of the KL at each token, with the way there held fixed."""
    policy, reference = random_table(0).requires_grad_(), random_table(1)
    probs = probs_of(policy)
    whole = (probs * (probs / probs_of(reference)).log()).sum()
    k2 = response_kl_estimates(logprobs_of(policy), logprobs_of(reference), MASK)["k2"]
    of_k2 = torch.autograd.grad((probs.detach() * k2.sum(dim=-1)).sum(), policy)[0]
    of_kl = torch.autograd.grad(whole, policy)[0]
    torch.testing.assert_close(of_k2[4:], of_kl[4:])  # the last token leads nowhere
    assert not torch.allclose(of_k2[:1], of_kl[:1], rtol=0.1)


@given(logprobs, logprobs)
def test_k3_is_never_below_0(logprob, ref_logprob):
    assert kl_estimates(torch.tensor(logprob), torch.tensor(ref_logprob))["k3"] >= 0


def test_k3_is_never_below_0_near_0_where_rounding_could_make_it_so():
    generator = torch.Generator().manual_seed(0)
    small = torch.randn(1_000_000, generator=generator) * 10 ** -torch.arange(10.0).repeat(100_000)
    assert (kl_estimates(small, torch.zeros(()))["k3"] >= 0).all()


def test_a_policy_is_at_distance_0_from_itself():
    same = logprobs_of(random_table(0))
    for values in mean_kl_estimates(same, same, MASK).values():
        assert values.item() == 0


def test_extreme_ratios_are_no_nan():
    far = torch.tensor([0.0, -1e4, -50.0])
    for values in kl_estimates(far, far.flip(0)).values():
        assert not values.isnan().any()


def test_what_is_not_counted_changes_no_mean_and_no_gradient():
    logprobs = torch.tensor([[9.0, -1.0, -2.0], [0.0, -3.0, -math.inf]], requires_grad=True)
    ref_logprobs = torch.tensor([[0.0, -2.0, -1.0], [math.nan, -1.0, -math.inf]])
    mask = torch.tensor([[0, 1, 1], [0, 1, 0]]).bool()
    counted = kl_estimates(torch.tensor([-1.0, -2.0, -3.0]), torch.tensor([-2.0, -1.0, -1.0]))
    for name, mean in mean_kl_estimates(logprobs, ref_logprobs, mask).items():
        torch.testing.assert_close(mean, counted[name].mean())
        gradient = torch.autograd.grad(mean, logprobs, retain_graph=True)[0]
        assert gradient.isfinite().all() and (gradient[~mask] == 0).all()
        assert (gradient[mask] != 0).all()


@pytest.mark.parametrize("name", ["k1", "k2", "k3"])
def test_gradients_agree_with_finite_differences(name):
    pair = logprobs_of(random_table(0)), logprobs_of(random_table(1))
    pair = tuple(x.requires_grad_() for x in pair)
    assert gradcheck(lambda a, b: kl_estimates(a, b)[name], pair)
    assert gradcheck(lambda a, b: mean_kl_estimates(a, b, MASK)[name], pair)
