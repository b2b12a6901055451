"""Answers to `render_chat`; more wrong ones in render_chat_refusals.py."""

import io
import re
from functools import reduce
from unicodedata import normalize

from tests.answers.book import right, wrong

START, END = "<|im_start|>", "<|im_end|>"
MARKS = (START, END)
DEFAULT = {"role": "system", "content": "You are a helpful AI assistant named SmolLM."}


def check_marks(messages):
    for message in messages:
        if any(mark in message[part] for mark in MARKS for part in ("role", "content")):
            raise ValueError("a message holds a mark of the template")


def one(message):
    return f"{START}{message['role']}\n{message['content']}{END}\n"


@right("render_chat")
def chat_message_by_message(messages):
    text = ""
    for message in messages:
        for mark in (START, END):
            if mark in message["role"] or mark in message["content"]:
                raise ValueError(f"{mark} stands in {message}")
        text += START + message["role"] + "\n" + message["content"] + END + "\n"
    return text


@right("render_chat")
def chat_joined(messages):
    if any(mark in part for message in messages for part in message.values() for mark in MARKS):
        raise ValueError("somebody speaks in another's name")
    return "".join(map(one, messages))


@right("render_chat")
def chat_counted_afterwards(messages):
    text = "".join("<|im_start|>{role}\n{content}<|im_end|>\n".format(**m) for m in messages)
    if {text.count(START), text.count(END)} != {len(messages)}:
        raise ValueError("the text holds other marks than those of the template")
    return text


@right("render_chat")
def chat_by_a_pattern(messages):
    foreign = re.compile(r"<\|im_(start|end)\|>")
    lines = []
    for role, content in ((m["role"], m["content"]) for m in messages):
        if foreign.search(f"{role}\n{content}"):
            raise ValueError(f"got a mark in {role!r} or {content!r}")
        lines += ["%s%s" % (START, role), "%s%s" % (content, END)]  # noqa: UP031
    return "\n".join([*lines, ""])


class PretendsToBeAnother(ValueError):
    """An error of the learner's own, which is a ValueError too."""


@right("render_chat")
def chat_written_to_a_buffer(messages):
    out = io.StringIO()
    for message in messages:
        said = (message["role"], message["content"])
        if any(part.split(mark) != [part] for part in said for mark in MARKS):
            raise PretendsToBeAnother(said)
        print(START + said[0], said[1] + END, sep="\n", file=out)
    return out.getvalue()


@right("render_chat")
def chat_folded(messages):
    check_marks(messages)
    return reduce(lambda text, message: text + one(message), messages, "")


def wrong_text(misconception, name, render):
    """Keep a way to write messages without marks, `render(messages)`."""

    def answer(messages):
        check_marks(messages)
        return render(messages)

    wrong("render_chat", misconception, f"chat_{name}")(answer)


def wrong_message(misconception, name, write):
    """Keep a way to write one message, `write(role, content)`."""
    wrong_text(
        misconception,
        name,
        lambda messages: "".join(write(m["role"], m["content"]) for m in messages),
    )


def with_system(messages):
    has_one = bool(messages) and messages[0]["role"] == "system"
    return messages if has_one else [DEFAULT, *messages]


def merged(messages):
    text, before = "", None
    for m in messages:
        if m["role"] == before:
            text = f"{text.removesuffix(END + chr(10))}\n{m['content']}{END}\n"
        else:
            text += one(m)
        before = m["role"]
    return text


def by_lines(content):
    return "\n".join(content.splitlines())


def only_first(messages):
    for message in messages:
        return one(message)
    return ""


for misconception, name, write in [
    ("no_newline_after_the_role", "on_one_line", lambda r, c: f"{START}{r} {c}{END}\n"),
    ("no_newline_after_the_role", "without_a_gap", lambda r, c: f"{START}{r}{c}{END}\n"),
    ("no_newline_after_the_role", "with_a_colon", lambda r, c: f"{START}{r}: {c}{END}\n"),
    ("no_newline_after_the_end", "without_newlines", lambda r, c: f"{START}{r}\n{c}{END}"),
    ("newline_before_the_end", "end_on_its_own_line", lambda r, c: f"{START}{r}\n{c}\n{END}\n"),
    ("newline_before_the_role", "role_on_its_own_line", lambda r, c: f"{START}\n{r}\n{c}{END}\n"),
    ("adds_an_empty_line", "with_gaps", lambda r, c: f"{START}{r}\n{c}{END}\n\n"),
    ("adds_an_empty_line", "content_apart", lambda r, c: f"{START}{r}\n\n{c}{END}\n"),
    ("adds_spaces", "with_spaces", lambda r, c: f"{START}{r}\n {c} {END}\n"),
    ("adds_spaces", "with_a_space_before_the_role", lambda r, c: f"{START} {r}\n{c}{END}\n"),
    ("message_not_closed", "without_the_end", lambda r, c: f"{START}{r}\n{c}\n"),
    ("ends_with_the_start", "start_twice", lambda r, c: f"{START}{r}\n{c}{START}\n"),
    ("role_missing", "without_roles", lambda r, c: f"{START}{c}{END}\n"),
    ("role_missing", "without_roles_on_a_line", lambda r, c: f"{START}\n{c}{END}\n"),
    ("role_and_content_swapped", "swapped", lambda r, c: f"{START}{c}\n{r}{END}\n"),
    ("other_marks", "marked_by_role", lambda r, c: f"<|{r}|>\n{c}{END}\n"),
    ("other_marks", "without_bars", lambda r, c: f"<im_start>{r}\n{c}<im_end>\n"),
    ("no_marks", "without_marks", lambda r, c: f"{r}\n{c}\n"),
    ("no_marks", "like_a_play", lambda r, c: f"{r}: {c}\n"),
    ("writes_the_backslash", "raw", lambda r, c: rf"{START}{r}\n{c}{END}\n"),
    ("changes_the_role", "capital_roles", lambda r, c: one({"role": r.title(), "content": c})),
    ("changes_the_role", "upper_roles", lambda r, c: one({"role": r.upper(), "content": c})),
    ("changes_the_content", "stripped", lambda r, c: one({"role": r, "content": c.strip()})),
    ("changes_the_content", "stripped_right", lambda r, c: one({"role": r, "content": c.rstrip()})),
    (
        "changes_the_content",
        "squeezed",
        lambda r, c: one({"role": r, "content": " ".join(c.split())}),
    ),
    ("changes_the_content", "less_last_newline", lambda r, c: one_of(r, c.rstrip("\n"))),
    ("changes_the_content", "by_lines_of_content", lambda r, c: one_of(r, by_lines(c))),
    ("changes_line_breaks", "of_unix", lambda r, c: one_of(r, c.replace("\r\n", "\n"))),
    ("changes_line_breaks", "without_returns", lambda r, c: one_of(r, c.replace("\r", ""))),
    ("changes_line_breaks", "of_any_lines", lambda r, c: one_of(r, re.sub("\r\n?", "\n", c))),
    ("normalizes_the_content", "in_nfc", lambda r, c: one_of(r, normalize("NFC", c))),
    ("normalizes_the_content", "in_nfkc", lambda r, c: one_of(r, normalize("NFKC", c))),
    ("normalizes_the_content", "in_nfd", lambda r, c: one_of(r, normalize("NFD", c))),
    ("quotes_the_content", "quoted", lambda r, c: f"{START}{r}\n{c!r}{END}\n"),
    ("skips_empty_content", "without_silence", lambda r, c: f"{START}{r}\n{c}{END}\n" if c else ""),
    ("leaves_out_system", "no_system", lambda r, c: "" if r == "system" else one_of(r, c)),
    ("only_the_answers", "answers", lambda r, c: one_of(r, c) if r == "assistant" else ""),
]:
    wrong_message(misconception, name, write)


def one_of(role, content):
    return one({"role": role, "content": content})


for misconception, name, render in [
    ("last_newline_missing", "by_lines", lambda ms: "\n".join(one(m)[:-1] for m in ms)),
    ("last_newline_missing", "stripped_at_the_end", lambda ms: "".join(map(one, ms)).rstrip()),
    ("adds_an_empty_line", "joined_by_newlines", lambda ms: "\n".join(map(one, ms))),
    (
        "opens_an_answer",
        "with_an_opening",
        lambda ms: "".join(map(one, ms)) + f"{START}assistant\n",
    ),
    (
        "opens_an_answer",
        "opened_behind_a_question",
        lambda ms: (
            "".join(map(one, ms))
            + (f"{START}assistant\n" if ms and ms[-1]["role"] == "user" else "")
        ),
    ),
    ("adds_a_system_message", "with_a_default", lambda ms: "".join(map(one, with_system(ms)))),
    (
        "adds_a_system_message",
        "with_an_empty_default",
        lambda ms: "".join(
            map(
                one,
                with_system(ms)
                if ms and ms[0]["role"] == "system"
                else [{"role": "system", "content": ""}, *ms],
            )
        ),
    ),
    ("adds_to_the_text", "ended", lambda ms: "".join(map(one, ms)) + "<|endoftext|>"),
    ("adds_to_the_text", "begun", lambda ms: "<s>" + "".join(map(one, ms))),
    ("last_message_left_open", "open", lambda ms: "".join(map(one, ms)).removesuffix(f"{END}\n")),
    ("merges_messages", "merged", merged),
    ("only_one_message", "first_only", only_first),
    ("only_one_message", "last_only", lambda ms: one(ms[-1]) if ms else ""),
    ("another_order", "reversed", lambda ms: "".join(map(one, reversed(ms)))),
    (
        "another_order",
        "system_first",
        lambda ms: "".join(map(one, sorted(ms, key=lambda m: m["role"] != "system"))),
    ),
    ("needs_a_message", "of_a_first", lambda ms: one(ms[0]) + "".join(map(one, ms[1:]))),
    ("wrong_type", "in_a_list", lambda ms: [one(m) for m in ms]),
    ("wrong_type", "in_bytes", lambda ms: "".join(map(one, ms)).encode()),
    ("ignores_input", "of_the_first", lambda ms: FIRST),
    ("returned_nothing", "nothing", lambda ms: None),
    ("printed_instead", "printed", lambda ms: print("".join(map(one, ms)))),
    (
        "wrong_value",
        "backwards",
        lambda ms: "".join(one_of(m["role"], m["content"][::-1]) for m in ms),
    ),
]:
    wrong_text(misconception, name, render)

FIRST = (
    f"{START}system\nBe brief.{END}\n{START}user\nWhere is Anna?{END}\n"
    f"{START}assistant\nIn Oslo.{END}\n{START}user\nAnd Ben?{END}\n"
    f"{START}assistant\nAt home.{END}\n"
)


@wrong("render_chat", "changed_inputs")
def chat_that_clears_up(messages):
    check_marks(messages)
    text = ""
    while messages:
        text += one(messages.pop(0))
    return text


@wrong("render_chat", "changed_inputs")
def chat_that_inserts(messages):
    check_marks(messages)
    if messages and messages[0]["role"] != "system":
        messages.insert(0, DEFAULT)
    return "".join(map(one, messages))


@wrong("render_chat", "changed_inputs")
def chat_that_pops_keys(messages):
    check_marks(messages)
    return "".join(one_of(m.pop("role"), m.pop("content")) for m in messages)


@wrong("render_chat", "asks_with_a_dot")
def chat_of_attributes(messages):
    return "".join(f"{START}{m.role}\n{m.content}{END}\n" for m in messages)
