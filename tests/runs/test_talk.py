"""Who can be talked to: what a speaker reads, says and forgets."""

import pytest
import torch

from course_lib import assets
from course_lib.llm.chat import END, START
from course_lib.llm.generation import stream
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.llm.tokenizer import Tokenizer
from course_lib.runs.talk import Speaker, load_smollm2, load_trained, writer
from course_lib.runs.town import END_OF_TEXT
from course_lib.smollm2 import encode_messages
from tests.llm.models import random_model

TOKENIZER = Tokenizer([], [END_OF_TEXT, START, END])
CONTEXT = 260  # a conversation of one letter is 98 tokens, a further turn at least 23
MODEL = random_model(vocab_size=TOKENIZER.vocab_size, context_length=CONTEXT, n_layer=1)
WRITER = writer(MODEL, TOKENIZER)
ANSWERER = Speaker(MODEL, TOKENIZER, True, (), frozenset())
END_ID = TOKENIZER.special_tokens[END_OF_TEXT]
HOW = dict(settings=GREEDY, max_new_tokens=12)


def written(prompt: list[int]) -> list[int]:
    return list(stream(MODEL, prompt, 12))


def test_a_text_begins_a_document():
    said = "".join(WRITER.go_on("ab", **HOW))
    assert said == TOKENIZER.decode(written([END_ID, 97, 98]))


def test_special_tokens_of_a_user_are_plain_text():
    said = "".join(WRITER.go_on(END_OF_TEXT, **HOW))
    assert said == TOKENIZER.decode(written([END_ID, *END_OF_TEXT.encode()]))


def test_it_ends_before_a_stop_token():
    free = written([97])
    stop = free[4]
    speaker = Speaker(MODEL, TOKENIZER, False, (), frozenset({stop}))
    assert "".join(speaker.go_on("a", **HOW)) == TOKENIZER.decode(free[: free.index(stop)])


def test_an_answer_goes_on_with_the_conversation():
    messages = [{"role": "user", "content": "hi"}]
    said = "".join(ANSWERER.answer(messages, **HOW))
    assert said == TOKENIZER.decode(written(encode_messages(TOKENIZER, messages)))


def test_the_same_seed_says_the_same():
    def said(seed: int) -> str:
        how = dict(settings=Settings(), max_new_tokens=20)
        return "".join(WRITER.go_on("a", generator=torch.Generator().manual_seed(seed), **how))

    assert said(1) == said(1) != said(2)


@pytest.mark.parametrize(("n", "got"), [(CONTEXT, "261"), (1200, "1,201")])
def test_a_text_past_the_context_is_refused_at_once(n, got):
    WRITER.go_on("x" * (CONTEXT - 1), **HOW)
    with pytest.raises(ValueError, match=f"of 1 to 260 tokens, .* at once, got {got}$"):
        WRITER.go_on("x" * n, **HOW)


def test_nothing_to_go_on_with_is_refused_at_once():
    with pytest.raises(ValueError, match="expected a text of 1 to 260 tokens, .* got 0"):
        ANSWERER.go_on("", **HOW)


def turns(*contents: str) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(contents)]


def length(messages) -> int:
    return len(encode_messages(TOKENIZER, messages))


def test_a_conversation_that_fits_is_kept_whole():
    messages = turns("a", "b", "c" * 40)
    room = CONTEXT - length(messages)
    assert ANSWERER.recent(messages, room) == messages
    assert ANSWERER.recent(messages, room + 1) == messages[2:]


def test_the_oldest_turns_are_forgotten_first():
    messages = turns(*"abcdefg", "h" * 60, "i")
    recent = ANSWERER.recent(messages, 20)
    assert recent == messages[-len(recent) :] and 1 < len(recent) < len(messages)
    assert recent[0]["role"] == "user"
    assert length(recent) <= CONTEXT - 20 < length(messages[-len(recent) - 2 :])


def test_a_long_answer_leaves_half_the_context_to_the_conversation():
    short, long = turns("a", "b", "c"), turns("a", "b", "c" * 20)
    assert length(short) <= CONTEXT // 2 < length(long)
    assert ANSWERER.recent(short, 10_000) == short
    assert ANSWERER.recent(long, 10_000) == long[2:]


def test_the_last_message_stays_however_long_it_is():
    messages = turns("a", "b", "c" * 400)
    assert ANSWERER.recent(messages, 20) == messages[2:]
    with pytest.raises(ValueError, match="at once"):
        ANSWERER.answer(messages[2:], **HOW)


def test_a_folder_without_a_model_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=f"{tmp_path}/config.json is not the config of a model"):
        load_trained(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(
    bool(assets.missing()), reason="the models and texts are not here: run `course fetch`"
)
def test_smollm2_answers_and_stops():
    speaker = load_smollm2()
    assert speaker.answers
    question = turns("What is the capital of France?")
    said = "".join(speaker.answer(question, settings=GREEDY, max_new_tokens=60))
    assert said == "The capital of France is Paris.", "and nothing more"
