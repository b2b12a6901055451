"""Writing on: what it yields, where it ends, and text that comes in pieces."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.llm.generation import generate, stream, stream_text
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.llm.tokenizer import Tokenizer
from tests.llm.models import random_ids, random_model
from tests.llm.texts import texts

MODEL = random_model()  # reads 24 tokens at once
WARM = Settings(temperature=1.3, top_k=20, top_p=0.95, repetition_penalty=1.2)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("settings", [GREEDY, WARM])
def test_streaming_with_a_cache_writes_what_generating_without_one_writes(settings):
    prompt = random_ids(1, 4)
    streamed = list(stream(MODEL, prompt[0].tolist(), 20, settings, generator=seeded()))
    generated = generate(MODEL, prompt, 20, settings, generator=seeded())
    assert streamed == generated[0, 4:].tolist()
    assert len(streamed) == 20


def test_greedy_takes_the_most_likely_token_each_time():
    text = [1, 2, 3]
    for id in stream(MODEL, [1, 2, 3], 10):
        assert id == MODEL(torch.tensor([text]))[0, -1].argmax()
        text.append(id)


def test_it_ends_after_a_stop_token_which_comes_too():
    free = list(stream(MODEL, [1, 2, 3], 20))
    stop = free[5]
    assert list(stream(MODEL, [1, 2, 3], 20, stop_ids={stop})) == free[: free.index(stop) + 1]
    assert list(stream(MODEL, [stop, 2, 3], 1, stop_ids={stop})) != [], "one in the prompt is none"


@pytest.mark.parametrize(("n_prompt", "n_new"), [(24, 1), (23, 2), (1, 24)])
def test_it_ends_where_the_context_is_full(n_prompt, n_new):
    """The last token is predicted from a full context, and is not read any more."""
    prompt = random_ids(1, n_prompt)
    written = list(stream(MODEL, prompt[0].tolist(), 100))
    assert len(written) == n_new
    assert torch.equal(generate(MODEL, prompt, n_new)[0, n_prompt:], torch.tensor(written))


@pytest.mark.parametrize("n", [0, 25])
def test_no_prompt_or_one_past_the_context_is_refused(n):
    with pytest.raises(ValueError, match=f"expected a prompt of 1 to 24 tokens, got {n}"):
        next(stream(MODEL, [1] * n, 5))


def test_nothing_more_is_nothing_more():
    assert list(stream(MODEL, [1], 0)) == []
    assert torch.equal(generate(MODEL, torch.tensor([[1, 2]]), 0), torch.tensor([[1, 2]]))


def test_rows_are_written_each_for_itself():
    prompts = random_ids(3, 5)
    before = prompts.clone()
    together = generate(MODEL, prompts, 10)
    alone = torch.cat([generate(MODEL, prompt[None], 10) for prompt in prompts])
    assert torch.equal(together, alone)
    assert torch.equal(prompts, before)


def test_a_row_that_has_stopped_repeats_its_stop_token():
    prompts = random_ids(3, 5)
    free = generate(MODEL, prompts, 15)[:, 5:].tolist()
    stop = free[0][2]
    lengths = [row.index(stop) + 1 if stop in row else 15 for row in free]
    stopped = generate(MODEL, prompts, 15, stop_id=stop)[:, 5:].tolist()
    assert len(set(lengths)) > 1, "they stop at different places"
    for row, free_row, length in zip(stopped, free, lengths, strict=True):
        assert row == free_row[:length] + [stop] * (max(lengths) - length)


def test_one_seed_gives_one_text_and_another_seed_another():
    def write(seed: int) -> list[int]:
        return list(stream(MODEL, [1, 2], 20, Settings(), generator=seeded(seed)))

    assert write(0) == write(0)
    assert write(0) != write(1)


def test_writing_leaves_no_trace_of_gradients():
    written = generate(MODEL, random_ids(1, 3), 2)
    assert not written.requires_grad
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    for _ in stream(MODEL, [1, 2], 3):
        assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


@given(texts())
def test_a_character_waits_until_its_last_byte_is_there(text):
    tokenizer = Tokenizer([])  # a token a byte: each emoji is cut in four
    pieces = list(stream_text(tokenizer, tokenizer.encode_ordinary(text)))
    assert pieces == list(text)


def test_bytes_that_never_become_a_character_are_shown_as_such():
    tokenizer = Tokenizer([])
    assert list(stream_text(tokenizer, [0xF0, 0x9F])) == ["�"]
    assert "".join(stream_text(tokenizer, [0xF0, 0x9F, 0x41])) == "�A"


@given(st.lists(st.integers(0, 255), max_size=12))
def test_the_pieces_together_are_what_the_tokenizer_decodes(ids):
    tokenizer = Tokenizer([])
    assert "".join(stream_text(tokenizer, ids)) == tokenizer.decode(ids)
