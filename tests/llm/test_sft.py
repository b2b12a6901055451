"""Learning from conversations: from the assistant's words alone, each as if it stood alone."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from course_lib.llm.batches import Batch
from course_lib.llm.chat import END, START, answer_prompt, encode_chat, render_chat
from course_lib.llm.loss import IGNORED, next_token_loss, sum_loss
from course_lib.llm.optim import AdamW
from course_lib.llm.sft import (
    Example,
    answer,
    answers,
    encode_example,
    exact_match,
    pack_examples,
    plain,
    targets,
)
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import Trainer, TrainingConfig, batch_loss
from tests.llm.models import new_model, random_model

# "hi", two line ends, a line end and a space; then the special tokens.
TOKENIZER = Tokenizer([(104, 105), (10, 10), (10, 32)], ["<|end|>", START, END])
MARKS = [TOKENIZER.special_tokens[mark] for mark in (START, END)]
WIDE = dict(vocab_size=TOKENIZER.vocab_size, context_length=96)
words = st.text(alphabet="hi yo?.\n", max_size=9)
turns = st.one_of(  # an answer that begins with white space is refused: see below
    st.tuples(st.sampled_from(["system", "user"]), words),
    st.tuples(st.just("assistant"), words.map(str.lstrip)),
)
conversations = st.lists(turns, max_size=4).map(
    lambda said: [message(role, content) for role, content in said]
)
examples = st.lists(st.tuples(st.integers(3, 30), st.booleans()), min_size=1, max_size=12).map(
    lambda tokens: Example([id for id, _ in tokens], [mine for _, mine in tokens])
)


def message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def dialog(question: str, reply: str) -> list[dict[str, str]]:
    return [message("user", question), message("assistant", reply)]


DIALOGS = [dialog("hi", "ho"), dialog("is it?", "it is."), dialog("hi hi hi", "o")]
EXAMPLES = [encode_example(TOKENIZER, messages) for messages in DIALOGS]


def test_the_assistant_s_words_and_their_closing_mark_are_its_own():
    example = encode_example(TOKENIZER, [*dialog("hi", "ho ho"), *dialog("why?", "\nhi ")])
    assert example.ids == encode_chat(
        TOKENIZER, render_chat([*dialog("hi", "ho ho"), *dialog("why?", "\nhi ")])
    )
    pieces, before = [], False
    for id, mine in zip(*example, strict=True):
        if mine and not before:
            pieces.append([])
        if mine:
            pieces[-1].append(id)
        before = mine
    assert [TOKENIZER.decode(piece) for piece in pieces] == [f"ho ho{END}", f"\nhi {END}"]


@given(conversations)
def test_a_response_is_what_follows_a_prompt_to_answer(messages):
    """Each answer of the conversation begins where the model would be asked to answer."""
    ids, response = encode_example(TOKENIZER, messages)
    assert len(ids) == len(response)
    expected = [False] * len(ids)
    for number, said in enumerate(messages):
        if said["role"] == "assistant":
            asked = encode_chat(TOKENIZER, answer_prompt(messages[:number]))
            own = encode_chat(TOKENIZER, said["content"] + END)
            assert ids[: len(asked) + len(own)] == asked + own
            expected[len(asked) : len(asked) + len(own)] = [True] * len(own)
    assert response == expected


def test_an_answer_that_begins_inside_a_token_is_refused():
    """White space can join the line end before it; asked, the model would stand behind that."""
    for reply in ("  ho", "\n\n", "  "):
        with pytest.raises(ValueError, match="must begin with a new token"):
            encode_example(TOKENIZER, dialog("hi", reply))
        encode_example(TOKENIZER, dialog(reply, "ho"))
    encode_example(TOKENIZER, dialog("hi", "\nho"))


@pytest.mark.parametrize("said", [f"so{END}", f"{START}user"])
def test_an_answer_that_holds_a_mark_is_refused(said):
    with pytest.raises(ValueError, match="a message must not hold"):
        encode_example(TOKENIZER, dialog("hi", said))


def test_a_tokenizer_without_the_marks_is_refused():
    with pytest.raises(ValueError, match="expected a tokenizer with .*im_end.*without"):
        encode_example(Tokenizer([], [START]), DIALOGS[0])
    with pytest.raises(ValueError, match="expected a tokenizer with"):
        answers(random_model(), Tokenizer([]), [DIALOGS[0][:1]])


@given(examples)
def test_a_target_is_the_next_token_where_that_is_a_response(example):
    asked = targets(example)
    assert len(asked) == len(example.ids) and asked[-1] == IGNORED
    for place, target in enumerate(asked[:-1]):
        mine = example.response[place + 1]
        assert target == (example.ids[place + 1] if mine else IGNORED)


@given(st.lists(examples, min_size=1, max_size=30), st.integers(12, 15))
def test_packing_loses_nothing_and_splits_nothing(packed, T):
    batch = pack_examples(packed, T, pad_id=99)
    assert batch.ids.shape == batch.targets.shape == batch.segments.shape == (len(batch.ids), T)
    found = []
    for ids, asked, segments in zip(batch.ids, batch.targets, batch.segments, strict=True):
        numbers = segments.tolist()
        assert numbers == sorted(n for n in numbers if n) + [0] * numbers.count(0)
        assert (ids[segments == 0] == 99).all() and (asked[segments == 0] == IGNORED).all()
        for number in range(1, max(numbers) + 1):
            found.append((ids[segments == number].tolist(), asked[segments == number].tolist()))
    assert sorted(found) == sorted((example.ids, targets(example)) for example in packed)
    assert batch.n_counted == sum(sum(example.response[1:]) for example in packed)


def test_a_conversation_that_just_fits_and_one_that_does_not():
    example = EXAMPLES[0]
    assert pack_examples([example], len(example.ids), 0).ids.tolist() == [example.ids]
    with pytest.raises(ValueError, match=r"at most 9 tokens, got \d+: take longer rows, up to"):
        pack_examples(EXAMPLES, 9, 0)


@pytest.mark.parametrize("positions", ["rope", "none"])
def test_packed_conversations_do_not_see_each_other(positions):
    model = random_model(**WIDE, positions=positions).double()
    packed = pack_examples(EXAMPLES, 96, pad_id=0)
    assert len(packed.ids) == 1
    alone = [batch_loss(model, pack_examples([example], 96, pad_id=0)) for example in EXAMPLES]
    torch.testing.assert_close(batch_loss(model, packed), torch.stack(alone).sum())
    mixed = Batch(packed.ids, packed.targets, (packed.segments > 0).long())
    assert (batch_loss(model, mixed) - torch.stack(alone).sum()).abs() > 0.1, "such a leak is seen"


def test_what_the_user_says_is_read_and_not_learned():
    model = random_model(**WIDE)
    batch = pack_examples(EXAMPLES, 96, pad_id=0)
    logits = model(batch.ids, segments=batch.segments)
    logits.retain_grad()
    next_token_loss(logits, batch.targets).backward()
    moved = logits.grad.abs().sum(dim=-1) > 0  # (B, T)
    assert torch.equal(moved, batch.targets != IGNORED)
    assert batch.n_counted == sum(sum(example.response) for example in EXAMPLES) < 30
    other = encode_example(TOKENIZER, dialog("y", "ho"))  # as long as the first
    changed = pack_examples([other, *EXAMPLES[1:]], 96, pad_id=0)
    assert torch.equal(changed.targets, batch.targets) and not torch.equal(changed.ids, batch.ids)
    assert batch_loss(model, changed) != batch_loss(model, batch), "but it is read"


def test_padding_changes_nothing():
    def loss_and_gradients(T, pad_id):
        model = random_model(**WIDE).double()
        batch = pack_examples(EXAMPLES[:2], T, pad_id)
        loss = next_token_loss(model(batch.ids, segments=batch.segments), batch.targets)
        loss.backward()
        return [loss, *(weight.grad for weight in model.parameters())]

    used = sum(len(example.ids) for example in EXAMPLES[:2])
    expected = loss_and_gradients(used, pad_id=0)
    for T, pad_id in [(used + 1, 0), (96, 0), (96, MARKS[1])]:
        torch.testing.assert_close(loss_and_gradients(T, pad_id), expected)


def taught(steps: int = 60):
    """Return a model that knows the three dialogs by heart."""
    model = new_model(**WIDE)
    batch = pack_examples(EXAMPLES, 96, pad_id=0)
    config = TrainingConfig(steps=steps, warmup=5)
    trainer = Trainer(model, [AdamW(model.parameters(), lr=0.01)], config)
    trainer.run(lambda step: batch, lambda report: None)
    return model.eval()


def test_a_model_learns_to_answer_and_to_stop():
    model = taught()
    prompts = [messages[:1] for messages in DIALOGS]
    expected = [messages[1]["content"] for messages in DIALOGS]
    assert answers(model, TOKENIZER, prompts) == expected
    assert [answer(model, TOKENIZER, prompt) for prompt in prompts] == expected


def test_many_answers_at_once_are_the_answers_one_by_one():
    model = random_model(**WIDE)
    asked = [[message("user", text)] for text in ("hi", "ho", "hi hi", "a longer one", "yo", "hi")]
    together = answers(model, TOKENIZER, asked, max_new_tokens=12)
    assert together == [answer(model, TOKENIZER, prompt, max_new_tokens=12) for prompt in asked]
    assert len(set(together)) > 2 and together[0] == together[5]
    assert answers(model, TOKENIZER, []) == []


def test_an_answer_ends_after_so_many_tokens():
    model = taught()
    prompts = [messages[:1] for messages in DIALOGS]
    expected = [messages[1]["content"][:2] for messages in DIALOGS]  # a token is a byte here
    assert answers(model, TOKENIZER, prompts, max_new_tokens=2) == expected
    assert [answer(model, TOKENIZER, prompt, max_new_tokens=2) for prompt in prompts] == expected


@pytest.mark.parametrize(
    ("prediction", "answer", "same"),
    [
        ("anna is a baker .", "anna is a baker .", True),
        ("Anna  is\na BAKER", "anna is a baker .", True),
        ("anna is a baker.", " anna is a baker !", True),
        ("STRASSE?", "straße", True),
        ("anna is a baker ..", "anna is a baker .", False),  # one mark is dropped
        ("anna is a baker .", "anna is a cook .", False),
        ("anna is a baker . she", "anna is a baker .", False),
        ("is anna", "is , anna", False),
        ("3.5", "35", False),
        (".", "", True),
        ("", "anna", False),
    ],
)
def test_an_exact_match_is_exact_but_for_case_space_and_one_mark(prediction, answer, same):
    assert exact_match(prediction, answer) is same
    assert exact_match(answer, prediction) is same


@given(st.text(max_size=12), st.sampled_from([".", "!", "?"]))
def test_a_text_matches_itself_however_it_is_written(text, mark):
    assert exact_match(text, f"  {text}\n")
    assume(not text.rstrip().endswith((".", "!", "?")))
    assert exact_match(text + mark, text) and exact_match(f"{text} {mark}", text)
    assert plain(text) == plain(plain(text))


def test_the_sum_of_counted_targets_is_what_a_batch_adds_up():
    model = random_model(**WIDE)
    batch = pack_examples(EXAMPLES, 40, pad_id=0)
    logits = model(batch.ids, segments=batch.segments).log_softmax(dim=-1)
    by_hand = -sum(
        logits[row, place, target]
        for row, asked in enumerate(batch.targets.tolist())
        for place, target in enumerate(asked)
        if target != IGNORED
    )
    torch.testing.assert_close(sum_loss(logits, batch.targets), by_hand)
