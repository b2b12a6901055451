"""What `render_chat` has to refuse, and ways to refuse too little, too much or in silence."""

import re
from collections.abc import Callable

from course_lib.exercises.mistakes import Mistake

START, END = "<|im_start|>", "<|im_end|>"
MARKS = (START, END)
Messages = list[dict]
Method = Callable[[dict], str]


def holds_mark(text: str) -> bool:
    return START in text or END in text


def is_refused(inputs: dict) -> bool:
    return any(holds_mark(m["role"]) or holds_mark(m["content"]) for m in inputs["messages"])


def write_one(role: str, content: str) -> str:
    return f"{START}{role}\n{content}{END}\n"


def write_all(messages: Messages) -> str:
    return "".join(write_one(m["role"], m["content"]) for m in messages)


def _refuses(refuses: Callable[[Messages], bool]) -> Method:
    """Return a method that writes well, and may be mistaken in what it refuses."""

    def method(inputs: dict) -> str:
        if refuses(inputs["messages"]):
            raise ValueError
        return write_all(inputs["messages"])

    return method


def _refuses_too(refuses: Callable[[Messages], bool]) -> Method:
    """Return a method that refuses what it must, and more."""
    return _refuses(lambda messages: is_refused({"messages": messages}) or refuses(messages))


def _any_content(refuses: Callable[[str], bool]) -> Method:
    return _refuses(lambda messages: any(refuses(m["content"]) for m in messages))


def _either(message: dict) -> str:
    return f"{message['role']}\n{message['content']}"


def _cleaned(inputs: dict) -> str:
    return "".join(
        write_one(*(re.sub(r"<\|im_(start|end)\|>", "", m[part]) for part in ("role", "content")))
        for m in inputs["messages"]
    )


def _harmless(inputs: dict) -> str:
    return write_all([m for m in inputs["messages"] if not holds_mark(_either(m))])


def _neighbors(messages: Messages) -> list[tuple]:
    """Return each message's role with that of the message before it, None before the first."""
    roles = [m["role"] for m in messages]
    return list(zip([None, *roles], roles, strict=False))


def each(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


TRUSTS = (
    "A message holds a mark of the template, and was written as it is. So a user could close his "
    "own message and begin one of the system. Look for both marks before you write anything."
)
SPEAKERS = (
    "The contents of some speakers were not looked at. A mark is refused whoever sends it: an "
    "assistant may repeat what a user has slipped in."
)
REFUSALS = (
    *each(
        "refuses_empty",
        "It refused an empty content, or an empty list. Nothing is wrong with either.",
        _refuses_too(lambda messages: not messages),
        _refuses_too(lambda messages: any(not m["content"] for m in messages)),
        _refuses_too(lambda messages: any(not m["content"].strip() for m in messages)),
    ),
    *each(
        "refuses_the_order",
        "It refused a conversation because of who speaks when. Two messages of one speaker in a "
        "row are allowed, and so is an assistant who begins.",
        *(
            _refuses_too(lambda messages, wrong=wrong: any(wrong(*p) for p in _neighbors(messages)))
            for wrong in (
                lambda before, role: before == role,
                lambda before, role: before == role != "system",
                lambda before, role: before is not None and role == "system",
                lambda before, role: before is None and role == "assistant",
            )
        ),
    ),
    *each(
        "refuses_other_text",
        "It refused text that only looks like a mark. The two marks are refused, letter by letter "
        "and whole, and nothing else.",
        *(
            _refuses_too(lambda messages, part=part: any(part in _either(m) for m in messages))
            for part in ("<|", "|>", "<|im_", "im_start", "im_end", "<|im_start", "<|im_end", "<")
        ),
        _refuses_too(lambda messages: any(holds_mark(_either(m).lower()) for m in messages)),
        _refuses_too(lambda messages: any("<|endoftext|>" in _either(m) for m in messages)),
        *(
            _refuses_too(
                lambda messages, like=like: any(re.search(like, _either(m)) for m in messages)
            )
            for like in (r"<\|im_\w+\|>", r"<\|\s*im_(start|end)\|>", r"<\s*\|\s*im_(start|end)")
        ),
    ),
    *each("marks_not_refused", TRUSTS, _refuses(lambda messages: False)),
    *each(
        "hides_the_marks",
        "What is wrong was left out, and nobody will know. The task asks for an error: the caller "
        "has to hear of it.",
        _cleaned,
        _harmless,
    ),
    *each(
        "sees_only_whole_marks",
        "A mark was seen only where it is the whole content, or begins or ends it. It can stand "
        "anywhere: `mark in text`.",
        _any_content(lambda content: content in MARKS),
        _any_content(lambda content: content.startswith(MARKS)),
        _any_content(lambda content: content.endswith(MARKS)),
        _any_content(lambda content: content.startswith(MARKS) or content.endswith(MARKS)),
        _any_content(lambda content: any(mark in content.split() for mark in MARKS)),
    ),
    *each(
        "one_mark_is_not_refused",
        "There are two marks, and either alone is a reason to refuse. Mind that `a and b in text` "
        "asks for `b` only, and that `or` and `and` differ.",
        _refuses(lambda messages: any(START in _either(m) for m in messages)),
        _refuses(lambda messages: any(END in _either(m) for m in messages)),
        _any_content(lambda content: START in content),
        _any_content(lambda content: END in content),
        _any_content(lambda content: START in content and END in content),
        _refuses(lambda ms: any(START in _either(m) and END in _either(m) for m in ms)),
    ),
    *each(
        "checks_one_message",
        "Only one message of the list was looked at. Does a `return`, a `break` or an `else` end "
        "the search too early?",
        _refuses(lambda messages: any(holds_mark(_either(m)) for m in messages[:1])),
        _refuses(lambda messages: any(holds_mark(_either(m)) for m in messages[-1:])),
        _refuses(lambda messages: any(holds_mark(m["content"]) for m in messages[:1])),
        _refuses(lambda messages: any(holds_mark(m["content"]) for m in messages[-1:])),
    ),
    *each(
        "checks_one_speaker",
        SPEAKERS,
        *(
            _refuses(
                lambda messages, only=only: any(
                    holds_mark(m["content"]) for m in messages if m["role"] in only
                )
            )
            for only in (("user",), ("user", "assistant"), ("user", "system"))
        ),
        _refuses(lambda ms: any(holds_mark(_either(m)) for m in ms if m["role"] != "system")),
        _refuses(lambda ms: any(holds_mark(_either(m)) for m in ms if m["role"] != "assistant")),
    ),
    *each(
        "role_not_checked",
        "The role comes from outside, too, and was written as it is. Look for both marks in it as "
        "well.",
        _any_content(holds_mark),
    ),
    *each(
        "refuses_everything",
        "It refused a conversation without any fault. Are the marks looked for in a text to which "
        "your function has added them already?",
        _refuses(bool),
    ),
)
