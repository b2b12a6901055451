"""Wrong answers to `render_chat` that refuse too little, too much, or in another way."""

import re

from tests.answers.book import wrong
from tests.answers.sft.render_chat import END, MARKS, START, one


def wrong_refusal(misconception, name, refuses):
    """Keep a way to tell what is refused, `refuses(messages)`."""

    def answer(messages):
        if refuses(messages):
            raise ValueError("refused")
        return "".join(map(one, messages))

    wrong("render_chat", misconception, f"chat_{name}")(answer)


def holds(text):
    return START in text or END in text


for misconception, name, refuses in [
    ("marks_not_refused", "trusting", lambda ms: False),
    (
        "marks_not_refused",
        "of_known_roles",
        lambda ms: any(m["role"] not in ("system", "user", "assistant") for m in ms),
    ),
    ("sees_only_whole_marks", "equal", lambda ms: any(m["content"] in MARKS for m in ms)),
    (
        "sees_only_whole_marks",
        "at_the_start",
        lambda ms: any(m["content"].startswith(MARKS) for m in ms),
    ),
    (
        "one_mark_is_not_refused",
        "start_only",
        lambda ms: any(START in m["role"] + m["content"] for m in ms),
    ),
    (
        "one_mark_is_not_refused",
        "end_only",
        lambda ms: any(END in m["role"] + m["content"] for m in ms),
    ),
    (
        "one_mark_is_not_refused",
        "both_at_once",
        lambda ms: any(START in m["content"] and END in m["content"] for m in ms),
    ),
    ("checks_one_message", "checks_the_first", lambda ms: any(holds(one_part(m)) for m in ms[:1])),
    ("checks_one_message", "checks_the_last", lambda ms: any(holds(one_part(m)) for m in ms[-1:])),
    (
        "checks_one_speaker",
        "checks_users",
        lambda ms: any(holds(m["content"]) for m in ms if m["role"] == "user"),
    ),
    (
        "checks_one_speaker",
        "checks_all_but_system",
        lambda ms: any(holds(one_part(m)) for m in ms if m["role"] != "system"),
    ),
    ("role_not_checked", "content_only", lambda ms: any(holds(m["content"]) for m in ms)),
    (
        "refuses_other_text",
        "refuses_bars",
        lambda ms: any("<|" in one_part(m) or holds(one_part(m)) for m in ms),
    ),
    (
        "refuses_other_text",
        "refuses_any_case",
        lambda ms: any(holds(one_part(m).lower()) for m in ms),
    ),
    (
        "refuses_other_text",
        "refuses_the_names",
        lambda ms: any("im_start" in one_part(m) or "im_end" in one_part(m) for m in ms),
    ),
    (
        "refuses_other_text",
        "refuses_any_name",
        lambda ms: any(re.search(r"<\|im_\w+\|>", one_part(m)) for m in ms),
    ),
    (
        "refuses_other_text",
        "refuses_a_space_in_front",
        lambda ms: any(re.search(r"<\|\s*im_(start|end)\|>", one_part(m)) for m in ms),
    ),
    (
        "refuses_empty",
        "refuses_silence",
        lambda ms: any(not m["content"] or holds(one_part(m)) for m in ms),
    ),
    (
        "refuses_empty",
        "refuses_no_messages",
        lambda ms: not ms or any(holds(one_part(m)) for m in ms),
    ),
    (
        "refuses_the_order",
        "refuses_two_in_a_row",
        lambda ms: (
            any(holds(one_part(m)) for m in ms)
            or any(a["role"] == b["role"] for a, b in zip(ms, ms[1:], strict=False))
        ),
    ),
]:
    wrong_refusal(misconception, name, refuses)


def one_part(message):
    return message["role"] + "\n" + message["content"]


def cleaned(text):
    return text.replace(START, "").replace(END, "")


@wrong("render_chat", "hides_the_marks")
def chat_cleaned(messages):
    return "".join(one({name: cleaned(part) for name, part in m.items()}) for m in messages)


@wrong("render_chat", "hides_the_marks")
def chat_of_the_harmless(messages):
    return "".join(one(m) for m in messages if not holds(one_part(m)))


@wrong("render_chat", "no_error")
def chat_escaped(messages):
    return "".join(
        one(
            {
                name: part.replace("<|im", "<\\|im") if holds(part) else part
                for name, part in m.items()
            }
        )
        for m in messages
    )


@wrong("render_chat", "no_error")
def chat_none_for_marks(messages):
    return None if any(holds(one_part(m)) for m in messages) else "".join(map(one, messages))


@wrong("render_chat", "raised_the_wrong_error")
def chat_asserted(messages):
    assert not any(holds(one_part(m)) for m in messages), "marks"
    return "".join(map(one, messages))


@wrong("render_chat", "refuses_everything")
def chat_checked_too_late(messages):
    text = "".join(map(one, messages))
    if START in text or END in text:
        raise ValueError("marks")
    return text
