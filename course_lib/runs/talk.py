"""Talk to a model: SmolLM2, or one that was trained here.

SmolLM2 answers messages. A model of Tinyville or of a text of one's own knows no conversations: it
goes on writing what was begun.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from course_lib import smollm2
from course_lib.llm import checkpoint
from course_lib.llm.chat import END, Message
from course_lib.llm.generation import stream, stream_text
from course_lib.llm.model import GPT
from course_lib.llm.sampling import Settings
from course_lib.llm.tokenizer import Tokenizer
from course_lib.runs.town import END_OF_TEXT


@dataclass(frozen=True)
class Speaker:
    """A model that one can talk to.

    Attributes:
        answers: whether it answers messages; otherwise it can only go on with a text.
        begin: the ids that stand before a text.
        stop_ids: the tokens that end what it says.
    """

    model: GPT
    tokenizer: Tokenizer
    answers: bool
    begin: Sequence[int]
    stop_ids: frozenset[int]

    def answer(self, messages: Sequence[Message], **how) -> Iterator[str]:
        """Return the answer to a conversation, piece by piece; the rest is as in `go_on`."""
        return self._say(smollm2.encode_messages(self.tokenizer, messages), **how)

    def recent(self, messages: list[Message], max_new_tokens: int) -> list[Message]:
        """Return the conversation without its oldest turns, if it is too long for the model.

        A turn is a message and its answer. Room is left for an answer of `max_new_tokens`, or of
        half the context if that is less. The last message stays, however long it is.
        """
        context_length = self.model.config.context_length
        longest = context_length - min(max_new_tokens, context_length // 2)
        while len(messages) > 1 and self._length(messages) > longest:
            messages = messages[2:]
        return messages

    def _length(self, messages: Sequence[Message]) -> int:
        return len(smollm2.encode_messages(self.tokenizer, messages))

    def go_on(self, text: str, **how) -> Iterator[str]:
        """Return, piece by piece, how the model goes on with `text`.

        Args:
            how: `settings`, `max_new_tokens` and `generator`, as in `stream`.

        Raises:
            ValueError: at once, if there is nothing to go on with, or more than the model reads.
        """
        return self._say([*self.begin, *self.tokenizer.encode_ordinary(text)], **how)

    def _say(
        self,
        ids: list[int],
        settings: Settings,
        max_new_tokens: int,
        generator: torch.Generator | None = None,
    ) -> Iterator[str]:
        longest = self.model.config.context_length
        if not 1 <= len(ids) <= longest:
            raise ValueError(
                f"expected a text of 1 to {longest:,} tokens, which is what this model reads at "
                f"once, got {len(ids):,}"
            )
        tokens = stream(self.model, ids, max_new_tokens, settings, self.stop_ids, generator)
        said = (token for token in tokens if token not in self.stop_ids)
        return stream_text(self.tokenizer, said)


def load_smollm2() -> Speaker:
    """Return SmolLM2 as somebody to talk to."""
    tokenizer = smollm2.load_tokenizer()
    stop_ids = frozenset(tokenizer.special_tokens[name] for name in ("<|endoftext|>", END))
    return Speaker(smollm2.load_model(), tokenizer, True, (), stop_ids)


def load_trained(folder: Path) -> Speaker:
    """Return a model that was trained here as somebody to talk to.

    Raises:
        ValueError: if `folder` holds no whole model.
    """
    return writer(*checkpoint.load_model(folder))


def writer(model: GPT, tokenizer: Tokenizer) -> Speaker:
    """Return a model that goes on with texts as somebody to talk to.

    Where its tokenizer knows the end of a document, a text begins a document; else it begins a
    line.
    """
    ends = [id for name, id in tokenizer.special_tokens.items() if name == END_OF_TEXT]
    begin = ends or tokenizer.encode_ordinary("\n")
    return Speaker(model, tokenizer, False, tuple(begin), frozenset(ends))
