"""Ways to write a conversation that are not right, and what to say to whoever wrote it so."""

import re
from collections.abc import Callable
from unicodedata import normalize

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.sft.render_chat_refusals import (
    END,
    REFUSALS,
    START,
    Messages,
    Method,
    each,
    is_refused,
    write_all,
    write_one,
)


def _text(render: Callable[[Messages], str]) -> Method:
    """Return a method that refuses what it must, and may be mistaken in the text."""

    def method(inputs: dict) -> str:
        if is_refused(inputs):
            raise ValueError
        return render(inputs["messages"])

    return method


def _message(write: Callable[[str, str], str]) -> Method:
    """Return a method that may be mistaken in how one message is written."""
    return _text(lambda messages: "".join(write(m["role"], m["content"]) for m in messages))


def _merged(messages: Messages) -> str:
    joined: Messages = []
    for m in messages:
        if joined and joined[-1]["role"] == m["role"]:
            joined[-1] = {**m, "content": f"{joined[-1]['content']}\n{m['content']}"}
        else:
            joined.append(m)
    return write_all(joined)


def _needs_one(messages: Messages) -> str:
    return write_all([messages[0], *messages[1:]])


def by_property(inputs: dict, right: str, value: object) -> Mistake | None:
    """Name what was added before or behind the right text, and marks of another kind."""
    if not isinstance(value, str):
        return None
    if value.endswith(right) and value.startswith(f"{START}system"):
        return ADDS_SYSTEM
    if value.startswith(right):
        return _added_behind(value.removeprefix(right))
    if value.endswith(right):
        return ADDS if value.removesuffix(right).strip() else None
    if START not in value and value:
        return OTHER_MARKS if any(sign in value for sign in (END, "<", "[", "#")) else NO_MARKS
    return None


def _added_behind(more: str) -> Mistake | None:
    if more.startswith(START):
        return OPENS if more.strip() == f"{START}assistant" else None
    return ADDS if more.strip() else None


ADDS_SYSTEM = Mistake(
    "adds_a_system_message",
    known_by_property,
    "A system message came in that is not in the list. Some chat programs add one of their own; "
    "here the caller decides.",
)
OPENS = Mistake(
    "opens_an_answer",
    known_by_property,
    "At the end an answer was opened that nobody has given yet. That is what one does before a "
    "model writes; these are whole messages.",
)
ADDS = Mistake(
    "adds_to_the_text",
    known_by_property,
    "Something stands before the first message or behind the last one. The text holds the messages "
    "and nothing else.",
)
OTHER_MARKS = Mistake(
    "other_marks",
    known_by_property,
    "These are not the marks of this template. Compare them with the task, sign by sign: other "
    "models use others.",
)
NO_MARKS = Mistake(
    "no_marks",
    known_by_property,
    "The marks are missing. Without them anybody could write a line that begins with another "
    "speaker's name.",
)
MISTAKES = (
    ADDS_SYSTEM,
    OPENS,
    ADDS,
    OTHER_MARKS,
    NO_MARKS,
    *each(
        "no_newline_after_the_role",
        "Between the role and the content stands one newline, and nothing else.",
        *(_message(lambda r, c, gap=gap: f"{START}{r}{gap}{c}{END}\n") for gap in ("", " ", ": ")),
        *(_message(lambda r, c, gap=gap: f"{START}{r}{gap}{c}{END}\n") for gap in (":\n", ":")),
    ),
    *each(
        "no_newline_after_the_end",
        "Behind each `<|im_end|>` stands a newline.",
        _message(lambda r, c: f"{START}{r}\n{c}{END}"),
        _message(lambda r, c: f"{START}{r}\n{c}{END} "),
    ),
    *each(
        "last_newline_missing",
        "The last message has a newline behind its `<|im_end|>`, too. `join` puts its text only "
        "between the parts, and `strip` takes newlines away.",
        _text(lambda messages: write_all(messages).removesuffix("\n")),
        _text(lambda messages: write_all(messages).strip()),
    ),
    *each(
        "newline_before_the_end",
        "A newline was put between the content and `<|im_end|>`. To the model it would be a part "
        "of the content.",
        _message(lambda r, c: f"{START}{r}\n{c}\n{END}\n"),
        _message(lambda r, c: f"{START}{r}\n{c}\n{END}"),
    ),
    *each(
        "newline_before_the_role",
        "The role stands right behind `<|im_start|>`, in the same line.",
        _message(lambda r, c: f"{START}\n{r}\n{c}{END}\n"),
        _message(lambda r, c: f"{START}\n{r}\n{c}\n{END}\n"),
    ),
    *each(
        "adds_an_empty_line",
        "There is a newline too many. If each message ends in one already, what should `join` put "
        "between them?",
        _message(lambda r, c: f"{START}{r}\n{c}{END}\n\n"),
        _message(lambda r, c: f"{START}{r}\n\n{c}{END}\n"),
        _text(lambda messages: "\n".join(write_all([m]) for m in messages)),
        _text(lambda messages: write_all(messages) + "\n"),
        _text(lambda messages: "\n" + write_all(messages)),
    ),
    *each(
        "adds_spaces",
        "There are spaces around a mark that nobody asked for. Each space is a token, or a part of "
        "one.",
        _message(lambda r, c: f"{START}{r}\n {c} {END}\n"),
        _message(lambda r, c: f"{START}{r}\n{c} {END}\n"),
        _message(lambda r, c: f"{START}{r}\n {c}{END}\n"),
        _message(lambda r, c: f"{START} {r}\n{c}{END}\n"),
        _message(lambda r, c: f"{START} {r}\n{c} {END}\n"),
        _text(lambda messages: " ".join(write_all([m]) for m in messages)),
    ),
    *each(
        "message_not_closed",
        "A message has a beginning and an end. Where is `<|im_end|>`?",
        _message(lambda r, c: f"{START}{r}\n{c}\n"),
        _message(lambda r, c: f"{START}{r}\n{c}"),
    ),
    *each(
        "ends_with_the_start",
        "A message begins with one mark and ends with the other.",
        _message(lambda r, c: f"{START}{r}\n{c}{START}\n"),
        _message(lambda r, c: f"{END}{r}\n{c}{START}\n"),
    ),
    *each(
        "role_missing",
        "Who says it? The role stands behind `<|im_start|>`.",
        _message(lambda r, c: f"{START}{c}{END}\n"),
        _message(lambda r, c: f"{START}\n{c}{END}\n"),
        _message(lambda r, c: write_one("role", c)),
    ),
    *each(
        "role_and_content_swapped",
        "Role and content changed places.",
        _message(lambda r, c: write_one(c, r)),
    ),
    *each(
        "writes_the_backslash",
        "A backslash and an n were written, two signs, where a newline should be. A string with an "
        "r in front, or a doubled backslash, does that.",
        _message(lambda r, c: rf"{START}{r}\n{c}{END}\n"),
        _message(lambda r, c: rf"{START}{r}\n{c}{END}" + "\n"),
    ),
    *each(
        "changes_the_role",
        "The role is written as it comes in, in small letters. To the model `User` is another word "
        "than `user`.",
        *(
            _message(lambda r, c, change=change: write_one(change(r), c))
            for change in (str.title, str.upper, str.capitalize)
        ),
    ),
    *each(
        "quotes_the_content",
        "The content came out with quotes, as `repr` and `!r` write it.",
        _message(lambda r, c: write_one(r, repr(c))),
    ),
    *each(
        "changes_the_content",
        "The content is kept as it is. Spaces and newlines in it are part of what was said: code, "
        "for example, or a poem.",
        *(
            _message(lambda r, c, change=change: write_one(r, change(c)))
            for change in (
                *(str.strip, str.rstrip, str.lstrip),
                *(lambda c: " ".join(c.split()), lambda c: c.strip("\n"), lambda c: c.strip(" ")),
                *(lambda c: c.replace("\n", " "), lambda c: c.replace("\n", "")),
                *(lambda c: c.rstrip("\n"), lambda c: c.lstrip("\n")),
                *(lambda c: re.sub(r"\n+", "\n", c), lambda c: re.sub(" +", " ", c)),
            )
        ),
    ),
    *each(
        "changes_line_breaks",
        "A `\\r` of the content is gone. Windows ends a line with `\\r\\n`, and whoever sends that "
        "has said it: the content is kept, sign by sign. `replace` and `splitlines` change it.",
        *(
            _message(lambda r, c, change=change: write_one(r, change(c)))
            for change in (
                *(lambda c: c.replace("\r\n", "\n"), lambda c: c.replace("\r", "")),
                lambda c: c.replace("\r\n", "\n").replace("\r", "\n"),
                lambda c: c.replace("\r", "\n"),
            )
        ),
    ),
    *each(
        "normalizes_the_content",
        "The content came out with other letters that look alike: é is one sign, or an e and an "
        "accent. To the model these are different tokens, so the content is kept as it is, without "
        "`unicodedata.normalize`.",
        *(
            _message(lambda r, c, form=form: write_one(r, normalize(form, c)))
            for form in ("NFC", "NFD", "NFKC", "NFKD")
        ),
    ),
    *each(
        "skips_empty_content",
        "A message without content is a message: somebody was silent. It is written with nothing "
        "between its newline and its `<|im_end|>`.",
        _message(lambda r, c: write_one(r, c) if c else ""),
        _message(lambda r, c: write_one(r, c) if c.strip() else ""),
    ),
    *each(
        "leaves_out_system",
        "A message of the system is one like the others.",
        _message(lambda r, c: "" if r == "system" else write_one(r, c)),
    ),
    *each(
        "only_the_answers",
        "Only some of the messages were written. All speakers stand in the text; which of them the "
        "model learns from is decided later.",
        *(
            _message(lambda r, c, only=only: write_one(r, c) if r in only else "")
            for only in (("assistant",), ("user",), ("system", "user"))
        ),
    ),
    *each(
        "last_message_left_open",
        "The last message is not closed. One leaves it open where a model is to continue it; here "
        "every message is whole.",
        _text(lambda messages: write_all(messages).removesuffix(f"{END}\n")),
    ),
    *each(
        "merges_messages",
        "Two messages of the same speaker were made into one. Each stays a message of its own.",
        _text(_merged),
    ),
    *each(
        "only_one_message",
        "Only one message of the list came out. Does a `return` stand inside the loop, or does "
        "each turn of the loop write over what was there?",
        _text(lambda messages: write_all(messages[:1])),
        _text(lambda messages: write_all(messages[-1:])),
    ),
    *each(
        "another_order",
        "The messages stand in the order of the list, also where a system message comes late.",
        _text(lambda messages: write_all(messages[::-1])),
        _text(lambda messages: write_all(sorted(messages, key=lambda m: m["role"] != "system"))),
    ),
    *each(
        "needs_a_message",
        "The list may be empty. Is there a `messages[0]` that nobody has asked for first?",
        _text(_needs_one),
    ),
    *REFUSALS,
)
