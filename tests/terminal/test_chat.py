"""`course chat` on the screen: one answer, or a talk that ends when the user ends it."""

import io
import sys
from dataclasses import dataclass, field

import pytest
import torch

from course_lib.errors import CourseError
from course_lib.llm.sampling import GREEDY, Settings
from course_lib.runs.talk import writer
from course_lib.terminal import chat as screen
from tests.runs.mini import trained, use_mini


@dataclass
class Listener:
    """Answers with what it was asked last, and remembers what it was given.

    It reads `longest` messages at once, and refuses the word "forbidden".
    """

    answers: bool = True
    longest: int = 100
    asked: list = field(default_factory=list)

    def recent(self, messages, max_new_tokens):
        while len(messages) > self.longest:
            messages = messages[2:]
        return messages

    def answer(self, messages, **how):
        if messages[-1]["content"] == "forbidden":
            raise ValueError("a message must not be forbidden")
        self.asked.append([message["content"] for message in messages])
        return iter(["<", messages[-1]["content"], ">"])

    def go_on(self, text, **how):
        self.asked.append(text)
        return iter(["..", text])


@pytest.fixture
def chat(monkeypatch, capsys):
    """Return a function that chats as `course chat` does: what is printed for some input."""

    def run(speaker, *lines: str, prompt=None, raw=False, settings=GREEDY, seed=0) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        screen.chat(speaker, prompt, raw, settings, max_new_tokens=20, seed=seed)
        return capsys.readouterr().out

    return run


def test_a_prompt_is_answered_and_that_is_all(chat):
    assert chat(Listener(), "not read", prompt="hello") == "<hello>\n"
    assert chat(Listener(), prompt="hello", raw=True) == "..hello\n"
    assert chat(Listener(answers=False), prompt="hello") == "..hello\n"


def test_a_talk_remembers_and_ends_with_the_input(chat):
    speaker = Listener()
    said = chat(speaker, "one", " two ", "three")
    assert said.startswith("Say something; an empty line ends.\n")
    assert said.count("<") == 3 and "<two>" in said
    assert speaker.asked[-1] == ["one", "<one>", "two", "<two>", "three"]


def test_an_empty_line_ends(chat):
    speaker = Listener()
    chat(speaker, "one", "   ", "never said")
    assert speaker.asked == [["one"]]


def test_ctrl_c_where_one_writes_ends(chat, monkeypatch):
    def press(prompt):
        raise KeyboardInterrupt

    monkeypatch.setattr(screen.console, "input", press)
    speaker = Listener()
    chat(speaker, "never read")
    assert speaker.asked == []


def test_ctrl_c_breaks_an_answer_off_and_the_talk_goes_on(chat, monkeypatch):
    def broken_off(self, messages, **how):
        self.asked.append([message["content"] for message in messages])
        yield "half of "
        if len(messages) == 1:
            raise KeyboardInterrupt
        yield "it"

    monkeypatch.setattr(Listener, "answer", broken_off)
    speaker = Listener()
    assert "half of it" in chat(speaker, "one", "two")
    assert speaker.asked == [["one"], ["one", "half of ", "two"]]


def test_what_cannot_be_answered_is_said_and_forgotten(chat):
    speaker = Listener()
    said = chat(speaker, "one", "forbidden", "two")
    assert "a message must not be forbidden\n" in said
    assert speaker.asked[-1] == ["one", "<one>", "two"]


def test_as_a_prompt_it_is_a_users_mistake(chat):
    with pytest.raises(CourseError, match="^a message must not be forbidden$"):
        chat(Listener(), prompt="forbidden")


def test_a_long_talk_forgets_its_oldest_turns_and_says_so_once(chat):
    speaker = Listener(longest=3)
    said = chat(speaker, *"abcde")
    assert said.count("the oldest messages are left out.") == 1
    assert said.index("left out") > said.index("<b>")
    assert speaker.asked[-1] == ["d", "<d>", "e"]


def test_one_who_only_goes_on_is_introduced_so(chat):
    speaker = Listener(answers=False)
    said = chat(speaker, "once", "twice")
    assert said.startswith("Begin a text, and the model goes on with it; an empty line ends.\n")
    assert speaker.asked == ["once", "twice"]


def test_an_answer_is_shown_piece_by_piece(capsys):
    def pieces():
        for piece in ("Par", "is", "."):
            yield piece
            seen.append(capsys.readouterr().out)

    seen = []
    assert screen.say(pieces()) == "Paris."
    assert seen == ["Par", "is", "."]
    assert capsys.readouterr().out == "\n"


def test_each_piece_leaves_the_buffer_at_once(monkeypatch):
    class Screen(io.StringIO):
        def flush(self):
            flushed.append(self.getvalue())

    flushed = []
    monkeypatch.setattr(sys, "stdout", Screen())
    screen.say(iter(["Par", "is"]))
    assert flushed == ["Par", "Paris", "Paris\n"]


def test_the_same_seed_gives_the_same_answer(chat, tmp_path, monkeypatch):
    use_mini(monkeypatch)
    run = trained(tmp_path)
    speaker = writer(run.model, run.subject.tokenizer)

    def said(seed):
        return chat(speaker, prompt="anna", settings=Settings(), seed=seed)

    assert said(1) == said(1) != said(2)
    torch.manual_seed(0)
    first = said(None)
    torch.manual_seed(0)
    assert said(None) != first, "without a seed each answer is another"


def test_letters_that_are_no_utf_8_are_one_line(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\xff\n"), "utf-8"))
    with pytest.raises(CourseError, match="What you write must be UTF-8: .*0xff"):
        screen.ask()


@pytest.mark.parametrize(
    ("temperature", "top_p", "said"),
    [
        (-1.0, 0.9, "--temperature takes a number from 0 on, not -1.0."),
        (float("nan"), 0.9, "--temperature takes a number from 0 on, not nan."),
        (0.7, 0.0, "--top-p takes a number above 0, up to 1, not 0.0."),
        (0.7, 1.1, "--top-p takes a number above 0, up to 1, not 1.1."),
        (0.7, float("nan"), "--top-p takes a number above 0, up to 1, not nan."),
    ],
)
def test_settings_that_make_no_sense_are_refused(temperature, top_p, said):
    with pytest.raises(CourseError) as refused:
        screen.settings_for(False, temperature, top_p)
    assert str(refused.value) == said


def test_words_make_settings():
    assert screen.settings_for(True, 0.7, 0.9) == GREEDY
    assert screen.settings_for(False, 0.5, 1.0) == Settings(temperature=0.5, top_p=1.0)


def test_a_model_is_found_by_name_or_folder(tmp_path, monkeypatch):
    use_mini(monkeypatch)
    trained(tmp_path / "mine")
    for name in ("mine", str(tmp_path / "mine")):
        assert not screen.speaker_called(name, tmp_path).answers
    with pytest.raises(
        CourseError, match="no model called his; there are smollm2, mine, .*and every"
    ):
        screen.speaker_called("his", tmp_path)
    (tmp_path / "mine" / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(CourseError, match="model.safetensors is not a whole safetensors file"):
        screen.speaker_called("mine", tmp_path)


def test_a_broken_smollm2_is_one_line(tmp_path, monkeypatch):
    def refuse():
        raise ValueError("the file is not whole")

    monkeypatch.setattr(screen, "load_smollm2", refuse)
    with pytest.raises(CourseError, match="the file is not whole"):
        screen.speaker_called("smollm2", tmp_path)
