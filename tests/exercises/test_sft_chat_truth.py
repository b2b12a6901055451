"""The ground truth of lesson 07: conversations as text, and the tokens to learn from."""

from unicodedata import normalize

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jinja2.sandbox import ImmutableSandboxedEnvironment

from course_lib.exercises import codec
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.sft import (
    library,
    render_chat_checks,
    response_mask_checks,
)
from course_lib.exercises.sft.render_chat_refusals import END, START, is_refused
from course_lib.llm import chat
from course_lib.llm.tokenizer import Tokenizer

BOTH = (render_chat_checks, response_mask_checks)
EACH = pytest.mark.parametrize("checks", BOTH, ids=lambda checks: checks.EXERCISE.name)
# The template in the language in which model files carry theirs.
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n' }}{% endfor %}"
)


def drawn(checks, seed=4, thorough=True):
    return list(checks.cases(np.random.default_rng(seed), thorough))


def judge_of(checks):
    return getattr(checks, "compare", checks.EXERCISE.judge)


# Conversations


def test_a_conversation_by_hand():
    inputs = render_chat_checks.conversation(*render_chat_checks.EXAMPLE)
    assert render_chat_checks.truth(inputs) == (
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n"
    )
    assert render_chat_checks.truth(render_chat_checks.conversation()) == ""


@pytest.mark.parametrize("seed", range(3))
def test_conversations_are_those_of_the_library(seed):
    for inputs in drawn(render_chat_checks, seed):
        theirs, ours = (
            result_of(method, inputs)
            for method in (lambda i: chat.render_chat(i["messages"]), render_chat_checks.truth)
        )
        assert theirs == ours
        assert (ours.error == "ValueError") is is_refused(inputs)


def test_conversations_are_those_of_a_template():
    template = ImmutableSandboxedEnvironment().from_string(TEMPLATE, {})
    template.environment.keep_trailing_newline = True
    for inputs in drawn(render_chat_checks):
        if not is_refused(inputs):
            assert template.render(inputs) == render_chat_checks.truth(inputs)


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text("a\n <|", max_size=9))))
def test_whoever_reads_a_conversation_finds_who_said_what(said):
    """Without marks in it, the text can be read in one way only."""
    text = render_chat_checks.truth(render_chat_checks.conversation(*said))
    pieces = text.split(START)[1:]
    assert [tuple(p.removesuffix(f"{END}\n").split("\n", 1)) for p in pieces] == said


def test_each_way_to_be_refused_is_tried():
    found = {
        (message["role"] in ("system", "user", "assistant"), START in text, END in text)
        for inputs in drawn(render_chat_checks, thorough=False)
        if is_refused(inputs)
        for message in inputs["messages"]
        for text in message.values()
    }
    assert {(True, True, False), (True, False, True), (True, True, True)} <= found
    assert {(False, True, False), (False, False, True), (False, True, True)} <= found


def test_what_only_looks_like_a_mark_is_tried():
    texts = [
        _text for inputs in drawn(render_chat_checks, thorough=False) if not is_refused(inputs)
        for _text in [str(inputs)]
    ]  # fmt: skip
    for part in (
        *("<|im_start| ", " im_end|>", "<|IM_END|>", "<|endoftext|>"),
        *("<|im_sep|>", "<| im_end|>", "< |im_start|>"),
    ):
        assert any(part in text for text in texts), part


def test_contents_are_tried_that_others_would_change():
    contents = [
        message["content"]
        for inputs in drawn(render_chat_checks, thorough=False)
        for message in inputs["messages"]
    ]
    assert any("\r\n" in content for content in contents)
    for form in ("NFC", "NFD", "NFKC"):
        assert any(normalize(form, content) != content for content in contents)


# Masks


def places(*arguments):
    inputs = response_mask_checks.row(*arguments)
    return response_mask_checks.truth(inputs).nonzero().flatten().tolist()


def test_masks_by_hand():
    assert places(response_mask_checks.EXAMPLE) == [10, 11, 12]
    assert places([7, 5, 1, 8, 1]) == [3]
    assert places([7, 5, 1]) == places([7, 5]) == places([7, 6, 1, 2, 8]) == []
    assert places([7, 5, 1, 2]) == [3]
    assert places([7, 5, 1, 7, 5, 1, 8, 2]) == [3, 4, 5, 6]
    assert places([4, 4, 9, 1, 8], [4, 9]) == [3, 4]


@pytest.mark.parametrize("seed", range(3))
def test_masks_are_those_of_the_library(seed):
    for inputs in drawn(response_mask_checks, seed):
        ours = response_mask_checks.truth(inputs)
        assert torch.equal(library.response_mask(**inputs), ours)
        assert ours.dtype == torch.bool and ours.shape == inputs["ids"].shape


def test_masks_are_what_the_assistant_says_in_a_rendered_conversation():
    """Render, encode, mask: what is marked spells the answers, each with its end."""
    tokenizer = Tokenizer([], special_tokens={START: 256, END: 257})
    start = torch.tensor(chat.encode_chat(tokenizer, f"{START}assistant\n"))
    for inputs in drawn(render_chat_checks):
        if is_refused(inputs) or not inputs["messages"]:
            continue
        ids = torch.tensor(chat.encode_chat(tokenizer, chat.render_chat(inputs["messages"])))
        mask = response_mask_checks.truth(
            {"ids": ids, "assistant_start": start, "end_id": 257},
        )
        answers = [m["content"] for m in inputs["messages"] if m["role"] == "assistant"]
        expected = [i for a in answers for i in (*a.encode(), 257)]
        assert ids[mask].tolist() == expected


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_the_mask_try_each_property(seed):
    cut_off = several = empty = inside = partial = short = 0
    for inputs in drawn(response_mask_checks, seed):
        ids, start = inputs["ids"].tolist(), inputs["assistant_start"].tolist()
        mask = response_mask_checks.truth(inputs).tolist()
        assert inputs["end_id"] not in start
        begun = [p for p in range(len(ids)) if ids[p : p + len(start)] == start]
        cut_off += mask[-1] and ids[-1] != inputs["end_id"]
        several += sum(m and i == inputs["end_id"] for m, i in zip(mask, ids, strict=True)) > 1
        empty += any(ids[p + len(start) :][:1] == [inputs["end_id"]] for p in begun)
        inside += any(mask[p] for p in begun)
        partial += len(start) > 1 and not mask[-1] and ids[-1:] == start[:1]
        short += len(ids) < len(start)
    assert min(cut_off, several, empty, inside) >= 3
    assert partial >= 1 and short >= 2


# What they share


@EACH
def test_each_mistake_is_made_on_a_case_where_no_other_looks_the_same(checks):
    """Mistakes of different names give different results where each of them first shows."""
    judge = judge_of(checks)
    misses = list(zip(judge.mistakes, judge._first_misses, strict=True))
    for mistake, place in misses:
        if mistake.method is known_by_property:
            continue
        assert place < len(judge._visible), f"{mistake.name} passes the visible check"
        result = result_of(mistake.method, judge._visible[place])
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not judge._alike(result, result_of(other.method, judge._visible[place])), (
                    f"{mistake.name} looks like {other.name} on {judge._visible[place]}"
                )


@EACH
def test_no_mistake_is_taken_for_one_that_is_told_by_a_property(checks):
    judge = judge_of(checks)
    for mistake, place in zip(judge.mistakes, judge._first_misses, strict=True):
        if mistake.method is known_by_property:
            continue
        inputs = judge._visible[place]
        right, wrong = (result_of(method, inputs) for method in (judge.truth, mistake.method))
        if not right.error and not wrong.error:
            found = judge.otherwise(inputs, right.value, wrong.value)
            assert found is None, (mistake.name, found.name)


@EACH
def test_the_cases_are_all_different(checks):
    texts = [codec.encode(inputs) for inputs in drawn(checks, seed=0, thorough=False)]
    assert len(set(texts)) == len(texts)


@EACH
def test_every_case_can_be_sent(checks):
    assert max(len(codec.encode(inputs)) for inputs in drawn(checks)) < 20_000
