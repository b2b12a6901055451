"""Drawn answers: what a model would write by itself, in one batch, with a mask that fits."""

from collections import Counter

import pytest
import torch

from course_lib.llm.generation import stream
from course_lib.llm.logprobs import sequence_logprob, token_logprobs
from course_lib.llm.rollouts import Rollouts, given_rollouts, sample_rollouts
from course_lib.llm.sampling import GREEDY, Settings
from tests.llm.models import random_ids, random_model

MODEL = random_model()  # reads 24 tokens at once
PROMPTS = [random_ids(n, seed=n).tolist() for n in (5, 2, 9, 2)]
NEVER = 36  # a stop token that is not drawn in these tests, where it must not be


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def check_rows(rollouts: Rollouts, prompts, n: int, max_new_tokens: int, stop_id: int) -> None:
    """Check that each row is prompt, response, padding, and the mask says which is which."""
    assert rollouts.ids.shape == rollouts.response_mask.shape
    assert len(rollouts.ids) == len(prompts) * n
    assert rollouts.ids.dtype == torch.int64 and rollouts.response_mask.dtype == torch.bool
    responses, ends = rollouts.responses(), []
    for i, (row, mask) in enumerate(
        zip(rollouts.ids.tolist(), rollouts.response_mask.tolist(), strict=True)
    ):
        prompt, response = prompts[i // n], responses[i]
        end = len(prompt) + len(response)
        assert row[: len(prompt)] == prompt
        assert mask == [len(prompt) <= t < end for t in range(len(row))]
        assert row[end:] == [stop_id] * (len(row) - end)
        assert stop_id not in response[:-1]
        assert response[-1] == stop_id or len(response) == max_new_tokens
        ends.append(end)
    assert max(ends) == rollouts.ids.size(1), "no column is all padding"


@pytest.mark.parametrize("positions", ["rope", "learned", "sinusoidal", "none"])
def test_greedy_answers_are_what_each_prompt_alone_gets(positions):
    model = random_model(positions=positions)
    free = sample_rollouts(model, PROMPTS, 2, 12, NEVER, GREEDY).responses()
    stop_id = free[0][4]
    rollouts = sample_rollouts(model, PROMPTS, 2, 12, stop_id, GREEDY)
    check_rows(rollouts, PROMPTS, 2, 12, stop_id)
    alone = [list(stream(model, prompt, 12, stop_ids={stop_id})) for prompt in PROMPTS]
    assert rollouts.responses() == [answer for answer in alone for _ in range(2)]
    assert len({len(answer) for answer in alone}) > 1, "they stop at different places"


@pytest.mark.parametrize("max_new_tokens", [1, 3, 15])
@pytest.mark.parametrize("seed", range(5))
def test_drawn_rows_are_prompt_response_and_padding(seed, max_new_tokens):
    settings = Settings(temperature=0.5)
    rollouts = sample_rollouts(MODEL, PROMPTS, 4, max_new_tokens, 7, settings, seeded(seed))
    check_rows(rollouts, PROMPTS, 4, max_new_tokens, 7)


def test_answers_come_as_often_as_the_model_says():
    """Two prompts, answers of two tokens of a model of three: each way to answer is counted.

    5,000 answers to each; chi-square with 6 degrees of freedom is above 55 in less than 1 of
    10^9 runs.
    """
    model, prompts, stop_id, n = random_model(vocab_size=3), [[0, 1, 1], [1]], 2, 5_000
    rollouts = sample_rollouts(model, prompts, n, 2, stop_id, generator=seeded())
    check_rows(rollouts, prompts, n, 2, stop_id)
    responses = rollouts.responses()
    answers = [[2], *([a, b] for a in (0, 1) for b in (0, 1, 2))]
    for i, prompt in enumerate(prompts):
        listed = given_rollouts([prompt] * 7, answers, padding_id=0)
        logprobs = token_logprobs(model(listed.ids), listed.ids, listed.response_mask)
        expected = n * sequence_logprob(logprobs, listed.response_mask).exp()
        drawn = Counter(map(tuple, responses[i * n : (i + 1) * n]))
        counts = torch.tensor([drawn[tuple(answer)] for answer in answers])
        assert counts.sum() == n and expected.sum().item() == pytest.approx(n, rel=1e-5)
        assert ((counts - expected) ** 2 / expected).sum() < 55


def test_answers_to_one_prompt_differ_and_one_seed_gives_one_batch():
    def draw(seed: int) -> torch.Tensor:
        return sample_rollouts(MODEL, PROMPTS, 3, 10, NEVER, generator=seeded(seed)).ids

    assert torch.equal(draw(0), draw(0))
    assert draw(0).shape != draw(1).shape or not torch.equal(draw(0), draw(1))
    assert len(set(map(tuple, draw(0)[:3].tolist()))) == 3


def test_prompts_are_not_changed_and_a_stop_token_in_one_is_no_stop():
    prompts = [[7, 3, 7], [7]]
    rollouts = sample_rollouts(MODEL, prompts, 2, 6, 7, GREEDY)
    assert prompts == [[7, 3, 7], [7]]
    check_rows(rollouts, prompts, 2, 6, 7)


def test_what_was_drawn_can_be_learned_from():
    model, needed = random_model(), []
    hook = model.register_forward_hook(lambda model, ids, said: needed.append(said.requires_grad))
    drawn = sample_rollouts(model, PROMPTS, 2, 5, NEVER, generator=seeded())
    assert needed and not any(needed), "no memory is spent on gradients while it draws"
    hook.remove()
    logprobs = token_logprobs(model(drawn.ids), drawn.ids, drawn.response_mask)
    assert not drawn.ids.requires_grad and logprobs.requires_grad
    logprobs.sum().backward()
    assert torch.is_grad_enabled()


def test_an_answer_that_just_fits_and_one_that_might_not():
    prompts = [[1] * 20, [2]]
    check_rows(sample_rollouts(MODEL, prompts, 1, 4, NEVER, GREEDY), prompts, 1, 4, NEVER)
    with pytest.raises(ValueError, match="expected prompts of 1 to 19 tokens, .* got 1 to 20"):
        sample_rollouts(MODEL, prompts, 1, 5, NEVER)
    with pytest.raises(ValueError, match="expected prompts of 1 to 19 tokens, .* got 0 to 1"):
        sample_rollouts(MODEL, [[], [2]], 1, 5, NEVER)
    for n, max_new_tokens in ((0, 3), (3, 0)):
        with pytest.raises(ValueError, match="expected n and max_new_tokens from 1 on"):
            sample_rollouts(MODEL, [[1]], n, max_new_tokens, NEVER)


def test_each_token_is_computed_once_and_the_common_beginning_once_a_prompt():
    """Prompts of 5, 2, 9, 2 tokens: two tokens of each at once, then one step a place."""
    read = []
    model = random_model()
    model.register_forward_pre_hook(lambda model, inputs: read.append(tuple(inputs[0].shape)))
    sample_rollouts(model, PROMPTS, 3, 4, NEVER, GREEDY)
    assert read == [(4, 2), *[(12, 1)] * (9 + 4 - 2 - 1)]


def test_given_answers_are_rows_of_one_length():
    rollouts = given_rollouts([[5, 6], [5], [4]], [[7], [8, 9, 9], [1, 2]], padding_id=0)
    assert rollouts.ids.tolist() == [[5, 6, 7, 0], [5, 8, 9, 9], [4, 1, 2, 0]]
    assert rollouts.response_mask.int().tolist() == [[0, 0, 1, 0], [0, 1, 1, 1], [0, 1, 1, 0]]
    assert rollouts.responses() == [[7], [8, 9, 9], [1, 2]]
