"""The ground truth of lesson 07: what a chat has to learn from, by hand and by torch."""

from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.exercises import codec
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.sft import calls, chat_targets_checks, library
from course_lib.exercises.sft.chat_targets_checks import BY_HAND, truth
from course_lib.llm.loss import next_token_loss
from tests.answers.sft.chat_targets import faulty


def drawn(seed=4):
    return list(chat_targets_checks.cases(np.random.default_rng(seed), True))


def test_by_hand():
    read, targets = truth(BY_HAND)
    assert read == [11, 12, 21, 9, 13, 22]
    assert targets == [-100, 21, 9, -100, 22, 9]


def test_the_truth_is_that_of_tensors():
    for seed in range(5):
        for inputs in drawn(seed):
            speakers, pieces = zip(*inputs["pieces"], strict=True)
            ids = torch.cat([torch.tensor(piece) for piece in pieces])
            said = torch.tensor([speaker == "assistant" for speaker in speakers])
            said = said.repeat_interleave(torch.tensor(list(map(len, pieces))))
            read, targets = truth(inputs)
            assert read == ids[:-1].tolist()
            assert targets == ids.masked_fill(~said, -100)[1:].tolist()


def test_the_library_does_the_same():
    for inputs in drawn():
        outcome = observe(calls.chat_targets, library.chat_targets, inputs)
        assert outcome.value == truth(inputs)


def test_the_loss_counts_what_the_assistant_says_and_nothing_else():
    """The targets mean what the loss of the course takes them for."""
    inputs = drawn()[1]
    read, targets = (torch.tensor([row]) for row in truth(inputs))
    logits = torch.randn(*read.shape, 60, generator=torch.Generator().manual_seed(0))
    said = [(t, i) for t, i in enumerate(targets[0].tolist()) if i != -100]
    nats = [F.cross_entropy(logits[0, t], torch.tensor(i)) for t, i in said]
    assert next_token_loss(logits, targets).item() == pytest.approx(sum(nats).item() / len(said))


def test_the_faulty_program_is_right_for_one_question():
    """So a test with one question and one answer would never have found it."""
    chat = [("template", [1, 6]), ("user", [11]), ("template", [2, 1, 7]), ("assistant", [21, 2])]
    assert faulty(chat) == truth({"pieces": chat})
    longer = [*chat, ("user", [12]), ("assistant", [22, 2])]
    assert [
        a for a, b in zip(faulty(longer)[1], truth({"pieces": longer})[1], strict=True) if a != b
    ] == [12]


def test_each_mistake_is_made_on_a_case_where_no_other_looks_the_same():
    judge = chat_targets_checks.compare
    misses = list(zip(judge.mistakes, judge._first_misses, strict=True))
    for mistake, place in misses:
        if mistake.method is known_by_property:
            continue
        assert place < len(judge._visible), f"{mistake.name} passes the visible check"
        result = result_of(mistake.method, judge._visible[place])
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not judge._alike(result, result_of(other.method, judge._visible[place])), (
                    f"{mistake.name} looks like {other.name}"
                )


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_try_each_property(seed):
    chats = [inputs["pieces"] for inputs in drawn(seed)]
    speakers = [[speaker for speaker, _ in chat] for chat in chats]
    turns = [[s for s in chat if s != "template"] for chat in speakers]
    assert {s for chat in speakers for s in chat} == {"template", "system", "user", "assistant"}
    assert sum("assistant" not in chat for chat in turns) >= 1
    assert sum(chat[0] == "assistant" for chat in turns) >= 2
    assert sum(chat[-1] == "user" for chat in turns) >= 2
    assert sum(chat.count("assistant") >= 2 for chat in turns) >= 6
    assert any(chat[i : i + 2] == ["assistant"] * 2 for chat in speakers for i in range(len(chat)))
    assert max(chat.count("assistant") for chat in turns) >= 10
    assert any(
        a == b and one != other
        for chat in chats
        for (one, a), (other, b) in combinations(chat, 2)
        if "assistant" in (one, other)
    )
    followers = {b for chat in speakers for a, b in pairwise(chat) if a == "assistant"}
    assert followers == {"template", "system", "user", "assistant"}
    assert all(len(piece) > 0 for chat in chats for _, piece in chat)


def test_every_case_can_be_sent():
    assert max(len(codec.encode(inputs)) for inputs in drawn()) < 5_000
