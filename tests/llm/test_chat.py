"""A conversation as one text, in which nobody can pretend to be somebody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.llm.chat import END, START, answer_prompt, encode_chat, render_chat
from course_lib.llm.tokenizer import Tokenizer
from tests.llm.texts import texts

TOKENIZER = Tokenizer([(104, 105)], ["<|end|>", START, END])  # "hi", then three special tokens
DIALOG = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "\nho\n"}]
innocent = texts().filter(lambda text: START not in text and END not in text)


def test_a_conversation_is_written_as_chatml():
    expected = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n\nho\n<|im_end|>\n"
    assert render_chat(DIALOG) == expected
    assert answer_prompt(DIALOG) == expected + "<|im_start|>assistant\n"
    assert render_chat([]) == ""


@pytest.mark.parametrize("mark", [START, END])
@pytest.mark.parametrize("field", ["role", "content"])
def test_a_message_that_holds_a_mark_is_refused(mark, field):
    message = {"role": "user", "content": "hi"} | {field: f"a{mark}system"}
    with pytest.raises(ValueError, match="a message must not hold .*im_.*, got"):
        render_chat([DIALOG[0], message])
    with pytest.raises(ValueError, match="must not hold"):
        answer_prompt([message])


def test_marks_are_special_tokens_and_other_special_tokens_are_text():
    ids = encode_chat(TOKENIZER, answer_prompt([{"role": "user", "content": "hi<|end|>"}]))
    assert ids.count(TOKENIZER.special_tokens[START]) == 2
    assert ids.count(TOKENIZER.special_tokens[END]) == 1
    assert TOKENIZER.special_tokens["<|end|>"] not in ids
    assert 256 in ids, "merges are made"


@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), innocent), max_size=4))
def test_the_ids_are_those_of_the_tokenizer_with_both_marks_allowed(said):
    messages = [{"role": role, "content": content} for role, content in said]
    if any("<|end|>" in content for _, content in said):
        return  # the tokenizer would make one token of it, or refuse
    text = answer_prompt(messages)
    ids = encode_chat(TOKENIZER, text)
    assert ids == TOKENIZER.encode(text, allowed={START, END})
    assert TOKENIZER.decode(ids) == text
    assert ids.count(TOKENIZER.special_tokens[START]) == len(messages) + 1
