"""Talks of several questions, and which of their tokens count."""

import pytest

from course_lib.llm.checkpoint import load_model
from course_lib.llm.sft import encode_example, targets
from course_lib.runs.committed import TINY
from course_lib.study import self_asking
from course_lib.study.answering import known, with_space
from course_lib.study.town_training import town

TOKENIZER = town("village").tokenizer


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(self_asking, "N_TALKS", 40)


def test_a_talk_has_three_questions_each_with_its_answer(few):
    chats = {chat.question: with_space(chat).messages for chat in known()}
    talks = self_asking.talks(seed=0)
    assert len(talks) == 40 and len({str(talk) for talk in talks}) > 30
    for talk in talks:
        assert len(talk) == 6
        for place in (0, 2, 4):
            assert talk[place : place + 2] == chats[talk[place]["content"]]
    assert self_asking.talks(seed=0) == talks != self_asking.talks(seed=1)


def test_all_after_the_first_answer_counts_in_the_wrong_way_alone(few):
    example = encode_example(TOKENIZER, self_asking.talks(seed=0)[0])
    wrong = self_asking.all_after_the_first(example)
    first = example.response.index(True)
    assert wrong.ids == example.ids
    assert wrong.response == [False] * first + [True] * (len(example.ids) - first)
    user = TOKENIZER.special_tokens["<|im_start|>"]
    assert user in targets(wrong) and user not in targets(example)


def test_a_model_reads_on_past_its_end_mark(few, monkeypatch):
    steps = []
    monkeypatch.setattr(
        self_asking, "teach", lambda model, batches, on_step: steps.append(batches(0))
    )
    model = self_asking.tuned(everything=True)
    (batch,) = steps
    assert batch.ids.shape == (16, 84)
    counted = batch.n_counted
    steps.clear()
    self_asking.tuned(everything=False)
    assert 0 < steps[0].n_counted < counted / 1.5
    written = self_asking.reads_on(model, "what does zoe work as ?", 12)
    expected, _ = load_model(TINY)
    assert written == self_asking.reads_on(expected, "what does zoe work as ?", 12)
    assert "what does zoe" not in written
