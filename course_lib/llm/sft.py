"""From conversations to a model that answers: learn from the assistant's words alone.

A model that was trained on texts goes on with them. Trained on conversations, it goes on with the
assistant's next words: "supervised fine-tuning" (Ouyang et al., 2022,
https://arxiv.org/abs/2203.02155). The loss is that of training on text. Only the targets differ:
what the user says is read, and not learned.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from course_lib.llm.batches import Batch, Piece, pack
from course_lib.llm.chat import END, START, Message, answer_prompt, encode_chat, render_chat
from course_lib.llm.generation import stream
from course_lib.llm.loss import IGNORED
from course_lib.llm.model import GPT
from course_lib.llm.rollouts import sample_rollouts
from course_lib.llm.sampling import GREEDY
from course_lib.llm.tokenizer import Tokenizer

ASSISTANT = "assistant"


class Example(NamedTuple):
    """A conversation to learn from.

    Attributes:
        ids: its tokens.
        response: for each token, whether it is one of the assistant's: its words, and the mark
            that ends them. A model has to write just these.
    """

    ids: list[int]
    response: list[bool]


def encode_example(tokenizer: Tokenizer, messages: Sequence[Message]) -> Example:
    """Return the tokens of a conversation, and which of them are the assistant's.

    Raises:
        ValueError: if a message holds a mark of the template, the tokenizer has no such marks, or
            an answer begins in the middle of a token.

    Example:
        >>> tokenizer = Tokenizer([], [START, END])
        >>> example = encode_example(tokenizer, [{"role": "assistant", "content": "Hi."}])
        >>> tokenizer.decode(id for id, mine in zip(*example) if mine)
        'Hi.<|im_end|>'
    """
    end_id = closing_mark(tokenizer)
    ids = encode_chat(tokenizer, render_chat(messages))
    response = [False] * len(ids)
    for number, message in enumerate(messages):
        if message["role"] == ASSISTANT:
            prompt = prompt_ids(tokenizer, messages[:number])
            start = len(prompt)
            if ids[:start] != prompt:  # the model would be asked for half of a token
                raise ValueError(
                    "an answer must begin with a new token; without white space at its beginning "
                    f"it does, got {message['content']!r}"
                )
            end = ids.index(end_id, start) + 1
            response[start:end] = [True] * (end - start)
    return Example(ids, response)


def pack_examples(examples: Iterable[Example], T: int, pad_id: int) -> Batch:
    """Put whole conversations side by side in rows of `T` tokens; a target is a response token.

    Each conversation is a segment, so its tokens see no other one. It may stand anywhere in its
    row: RoPE turns by distances, so a model with RoPE says there what it says at the beginning.
    (Vectors that are added for each position would tell the places apart.)

    Args:
        examples: each of at most `T` tokens.
        pad_id: what fills a row up; it has segment 0 and no target.

    Returns:
        One `Batch` of all rows.

    Raises:
        ValueError: if a conversation does not fit a row.
    """

    def piece(example: Example) -> Piece:
        if len(example.ids) > T:
            raise ValueError(
                f"expected conversations of at most {T} tokens, got {len(example.ids)}: take "
                "longer rows, up to the model's context_length, or leave out the oldest messages"
            )
        return list(zip(example.ids, targets(example), strict=True))

    return pack(map(piece, examples), T, pad_id)


def targets(example: Example) -> list[int]:
    """Return for each token the one after it, or `IGNORED` where that is not the assistant's."""
    following = zip(example.ids[1:], example.response[1:], strict=True)
    return [*(id if mine else IGNORED for id, mine in following), IGNORED]


def answer(
    model: GPT, tokenizer: Tokenizer, messages: Sequence[Message], max_new_tokens: int = 32
) -> str:
    """Return the likeliest answer to a conversation, token by token, up to its closing mark."""
    end_id = closing_mark(tokenizer)
    said = stream(model, prompt_ids(tokenizer, messages), max_new_tokens, GREEDY, (end_id,))
    return tokenizer.decode(takewhile(lambda id: id != end_id, said))


def answers(
    model: GPT,
    tokenizer: Tokenizer,
    conversations: Sequence[Sequence[Message]],
    max_new_tokens: int = 32,
) -> list[str]:
    """Return what `answer` returns for each conversation; all are answered together."""
    if not conversations:
        return []
    end_id = closing_mark(tokenizer)
    prompts = [prompt_ids(tokenizer, messages) for messages in conversations]
    said = sample_rollouts(model, prompts, 1, max_new_tokens, end_id, GREEDY).responses()
    return [tokenizer.decode(takewhile(lambda id: id != end_id, ids)) for ids in said]


def prompt_ids(tokenizer: Tokenizer, messages: Sequence[Message]) -> list[int]:
    """Return the tokens after which the assistant's next answer begins."""
    return encode_chat(tokenizer, answer_prompt(messages))


def closing_mark(tokenizer: Tokenizer) -> int:
    """Return the token that ends a message."""
    missing = {START, END} - tokenizer.special_tokens.keys()
    if missing:
        raise ValueError(f"expected a tokenizer with {START} and {END}, got one without {missing}")
    return tokenizer.special_tokens[END]


def exact_match(prediction: str, answer: str) -> bool:
    """Return whether two texts are equal but for case, white space and one last . ! or ?

    Example:
        >>> exact_match("Ben works as a  farmer.", "ben works as a farmer !")
        True
    """
    return plain(prediction) == plain(answer)


def plain(text: str) -> str:
    """Return a text in small letters, with single spaces, without the mark that ends it.

    Example:
        >>> plain(" Who is it ?!")
        'who is it ?'
    """
    text = " ".join(text.casefold().split())
    return text[:-1].rstrip() if text.endswith((".", "!", "?")) else text
