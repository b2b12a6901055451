"""A text of one's own: what is read, what is refused, and that it is learned."""

import pytest
import torch

from course_lib.llm.sampling import Settings
from course_lib.runs.own_text import WINDOW, read_own_text
from course_lib.runs.run import Run
from course_lib.runs.talk import load_trained, writer
from tests.runs.mini import STEPS, TEXT, own_plan, trained, use_mini


@pytest.fixture(autouse=True)
def mini(monkeypatch):
    use_mini(monkeypatch)


def read(tmp_path, content: bytes):
    path = tmp_path / "own.txt"
    path.write_bytes(content)
    return read_own_text(path)


@pytest.mark.parametrize(
    "text", [TEXT, TEXT.replace("\r\n", "\n"), "\ufeff" + TEXT, TEXT + "\x00\x1b\u200d"]
)
def test_the_tokens_are_the_text(tmp_path, text):
    own = read(tmp_path, text.encode())
    ids = torch.cat((own.training, own.validation))
    assert own.tokenizer.decode(ids.tolist()) == text
    assert ids.tolist() == own.tokenizer.encode_ordinary(text)
    assert len(own.training) == len(ids) * 9 // 10


def test_it_is_measured_on_the_last_tenth_with_the_same_windows_each_time(tmp_path):
    own = read(tmp_path, TEXT.encode())
    once, again = own.validation_batches(), own.validation_batches()
    assert sum(len(batch.ids) for batch in once) == 64
    windows = own.validation.unfold(0, once[0].ids.size(1), 1).tolist()
    for batch, same in zip(once, again, strict=True):
        assert torch.equal(batch.ids, same.ids)
        assert all(row in windows for row in batch.ids.tolist())


def test_a_text_just_long_enough_is_taken(tmp_path):
    assert len(read(tmp_path, b"a" + b" b" * 143).training) == WINDOW + 1
    with pytest.raises(ValueError, match="at least 144 tokens, got 143"):
        read(tmp_path, b"a" + b" b" * 142)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected a text of at least 144 tokens, got 0 in"),
        (b"A few words.", "expected a text of at least 144 tokens, got "),
        (b"abc\xff\xfe", "expected a text in UTF-8, got the byte 0xff at place 3 of"),
        (TEXT.encode("utf-16"), "expected a text in UTF-8, got the byte 0xff at place 0 of"),
        (TEXT.encode()[:25] + b"\xf0\x9f", "got the byte"),
    ],
)
def test_what_cannot_be_learned_is_refused_in_one_line(tmp_path, content, said):
    with pytest.raises(ValueError) as refused:
        read(tmp_path, content)
    assert said in str(refused.value) and "own.txt" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_cannot_be_read_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.txt"):
        with pytest.raises(ValueError, match=f"{path} cannot be read: "):
            read_own_text(path)


def test_it_is_learned_and_gone_on_with(tmp_path):
    run = trained(tmp_path / "run", own_plan(tmp_path))
    assert run.subject.floor is None and len(run.measured) == STEPS
    assert run.measured[-1].held_out < run.measured[2].held_out - 0.3
    how = dict(settings=Settings(), max_new_tokens=30)
    for text in ("", "3 cats", "🙂"):
        generators = [torch.Generator().manual_seed(1) for _ in range(2)]
        kept = load_trained(tmp_path / "run").go_on(text, **how, generator=generators[0])
        run.model.eval()
        here = writer(run.model, run.subject.tokenizer).go_on(text, **how, generator=generators[1])
        said = "".join(kept)
        assert said and said == "".join(here)


def test_a_text_begins_a_line(tmp_path):
    own = Run(tmp_path / "run", own_plan(tmp_path)).subject
    speaker = writer(None, own.tokenizer)
    assert own.tokenizer.decode(speaker.begin) == "\n" and not speaker.stop_ids
