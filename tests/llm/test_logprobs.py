"""Log-probabilities of answers stand at their own tokens, and all answers together are certain."""

import math

import pytest
import torch
from torch.autograd import gradcheck
from torch.distributions import Categorical, kl_divergence

from course_lib.llm.logprobs import (
    at_next_token,
    entropy,
    exact_kl,
    masked_mean,
    sequence_logprob,
    token_logprobs,
)
from tests.llm.models import random_ids, random_model
from tests.llm.tiny_world import IDS, MASK, STOP, logits_of, logprobs_of, probs_of, random_table

INF = math.inf


def random_logits(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator).mul(3).requires_grad_()


def test_each_entry_is_the_logprob_of_its_own_token_after_those_before():
    table, seen = random_table(0), logprobs_of(random_table(0))
    for answer, mask, row in zip(IDS.tolist(), MASK.tolist(), seen.tolist(), strict=True):
        beginnings = [0, 1 + answer[1], 4 + 3 * answer[1] + answer[2]]  # rows of the table
        for t in (1, 2, 3):
            weights = [math.exp(x) for x in table[beginnings[t - 1]].tolist()]
            expected = math.log(weights[answer[t]] / sum(weights)) if mask[t] else 0.0
            assert row[t] == pytest.approx(expected, abs=1e-12)
        assert row[0] == 0


def test_all_answers_together_have_probability_1():
    for seed in range(5):
        assert probs_of(random_table(seed, size=3)).sum().item() == pytest.approx(1, abs=1e-12)


def test_what_a_model_reads_after_a_token_does_not_change_it():
    model, ids = random_model(), random_ids(2, 9)
    mask = torch.zeros(2, 9, dtype=torch.bool)
    mask[:, 4:6] = True
    before = token_logprobs(model(ids), ids, mask)
    longer = torch.cat((ids, random_ids(2, 5, seed=3)), dim=1)
    longer[:, 6:9] = 0
    after = token_logprobs(model(longer), longer, torch.nn.functional.pad(mask, (0, 5)))
    torch.testing.assert_close(after[:, :9], before)
    assert (after[:, 9:] == 0).all()
    assert (before[:, 4:6] < 0).all() and (before != 0).sum() == 4


def test_padding_and_prompt_change_no_value_and_no_gradient():
    logits = random_logits(2, 6, 5)
    ids = random_ids(2, 6, vocab_size=5)
    mask = torch.tensor([[0, 0, 1, 1, 0, 0], [0, 1, 1, 1, 1, 1]]).bool()
    logprobs = token_logprobs(logits, ids, mask)
    gradient = torch.autograd.grad(sequence_logprob(logprobs, mask).sum(), logits)[0]
    used = torch.zeros_like(mask)
    used[:, :-1] = mask[:, 1:]  # the logits before each response token
    assert (gradient[~used] == 0).all() and (gradient[used] != 0).any(dim=-1).all()

    other_ids = torch.where(mask, ids, (ids + 1) % 5)
    other = torch.where(used[..., None], logits, 1e4 * torch.ones_like(logits))
    again = token_logprobs(other, other_ids, mask)
    assert torch.equal(again, logprobs)
    assert torch.equal(torch.autograd.grad(again.sum(), logits)[0], gradient)
    junk = torch.where(mask, logprobs, math.nan)
    assert torch.equal(sequence_logprob(junk, mask), logprobs.sum(dim=-1))


def test_a_response_without_a_prompt_is_refused():
    mask = torch.tensor([[False, True], [True, True]])
    with pytest.raises(ValueError, match="expected a prompt before each response"):
        token_logprobs(torch.zeros(2, 2, 3), torch.zeros(2, 2, dtype=torch.int64), mask)


def test_a_mean_counts_what_the_mask_counts():
    values = torch.tensor([[1.0, 2.0, math.nan], [INF, 6.0, -INF]], requires_grad=True)
    mask = torch.tensor([[1, 1, 0], [0, 1, 0]]).bool()
    mean = masked_mean(values, mask)
    mean.backward()
    assert mean.item() == 3
    torch.testing.assert_close(values.grad, mask / 3)
    assert masked_mean(values, torch.zeros_like(mask)).item() == 0


def test_entropy_and_kl_are_those_of_torchs_distributions():
    logits, ref_logits = random_logits(2, 4, 5), random_logits(2, 4, 5, seed=1)
    policy, reference = Categorical(logits=logits), Categorical(logits=ref_logits)
    torch.testing.assert_close(entropy(logits), policy.entropy())
    torch.testing.assert_close(exact_kl(logits, ref_logits), kl_divergence(policy, reference))
    assert not torch.allclose(exact_kl(logits, ref_logits), exact_kl(ref_logits, logits))
    assert (exact_kl(logits, ref_logits) > 0).all()
    assert (exact_kl(logits, logits + 7).abs() < 1e-12).all()
    assert (exact_kl(logits, logits) == 0).all()
    assert entropy(torch.zeros(7)).item() == pytest.approx(math.log(7))


def test_the_kl_of_whole_answers_is_the_sum_over_the_tokens_they_reach():
    """The chain rule: KL of sequences = mean over drawn answers of the KL at each prediction."""
    policy, reference = random_table(0), random_table(1)
    probs, ref_probs = probs_of(policy), probs_of(reference)
    whole = (probs * (probs / ref_probs).log()).sum()
    at_tokens = at_next_token(exact_kl(logits_of(policy, IDS), logits_of(reference, IDS)))
    by_token = (probs[:, None] * at_tokens * MASK).sum()
    torch.testing.assert_close(by_token, whole)

    entropies = at_next_token(entropy(logits_of(policy, IDS)))
    torch.testing.assert_close(
        (probs[:, None] * entropies * MASK).sum(), -(probs * probs.log()).sum()
    )
    assert STOP in IDS, "and answers have different lengths"


def test_extreme_logits_give_numbers_and_gradients():
    extremes = [[1e4, -1e4, 0.0], [0.0, -INF, -INF], [3e38, -3e38, 0.0], [0.0, 0.0, -INF]]
    logits = torch.tensor(extremes, requires_grad=True)
    reference = torch.tensor([[0.0, 0.0, 0.0]] * 4, requires_grad=True)
    for values in (entropy(logits), exact_kl(logits, reference), exact_kl(logits, logits.detach())):
        gradients = torch.autograd.grad(values.sum(), logits)[0]
        assert values.isfinite().all() and gradients.isfinite().all()
    assert entropy(logits).tolist() == pytest.approx([0, 0, 0, math.log(2)])
    forbidden = exact_kl(torch.zeros(3), torch.tensor([0.0, 0.0, -INF]))
    assert forbidden.item() == INF, "the policy does what the reference never would"


def test_gradients_agree_with_finite_differences():
    logits, ref_logits = random_logits(2, 4, 5), random_logits(2, 4, 5, seed=1)
    ids, mask = random_ids(2, 4, vocab_size=5), torch.tensor([[0, 1, 1, 0], [0, 0, 1, 1]]).bool()
    assert gradcheck(lambda x: token_logprobs(x, ids, mask), logits)
    assert gradcheck(lambda x: sequence_logprob(token_logprobs(x, ids, mask), mask), logits)
    assert gradcheck(entropy, logits)
    assert gradcheck(exact_kl, (logits, ref_logits))
