"""Write a conversation as one text that a model can continue: the ChatML template.

<|im_start|>user
What is the capital of France?<|im_end|>
<|im_start|>assistant
Paris.<|im_end|>
"""

from collections.abc import Mapping, Sequence

from course_lib.llm.tokenizer import Tokenizer

START, END = "<|im_start|>", "<|im_end|>"
Message = Mapping[str, str]  # {"role": "user" or another, "content": what was said}


def render_chat(messages: Sequence[Message]) -> str:
    """Return the text of whole messages.

    Raises:
        ValueError: if a message holds one of the template's own marks. Somebody could otherwise
            pretend that another speaker had begun.
    """
    for message in messages:
        for mark in (START, END):
            if mark in message["role"] or mark in message["content"]:
                raise ValueError(f"a message must not hold {mark!r}, got {dict(message)}")
    return "".join(f"{START}{m['role']}\n{m['content']}{END}\n" for m in messages)


def answer_prompt(messages: Sequence[Message]) -> str:
    """Return the text of `messages` and the opening of the assistant's answer."""
    return f"{render_chat(messages)}{START}assistant\n"


def encode_chat(tokenizer: Tokenizer, text: str) -> list[int]:
    """Return the ids of a rendered conversation, its marks as special tokens.

    Only the template's two marks are read as special tokens; any other is text.
    """
    ids = []
    for i, part in enumerate(text.split(START)):
        ids += [tokenizer.special_tokens[START]] if i else []
        for j, piece in enumerate(part.split(END)):
            ids += [tokenizer.special_tokens[END]] if j else []
            ids += tokenizer.encode_ordinary(piece)
    return ids
