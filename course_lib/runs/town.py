"""Make Tinyville's documents into rows of tokens for a model, and read its tokens back."""

from collections.abc import Iterable
from itertools import islice

from course_lib.llm.batches import Batch, pack_documents
from course_lib.llm.chat import END, START
from course_lib.llm.tokenizer import Tokenizer
from course_lib.tinyville import chat, documents
from course_lib.tinyville.words import STRANGERS
from course_lib.tinyville.world import World

END_OF_TEXT = "<|end|>"  # stands before each document and after it
ROW_LENGTH = 84  # room for a story of up to 64 words and a short document: rows are 97% full
ASCII = tuple(bytes([value]) for value in (10, *range(32, 127)))  # line end, space to tilde
ROLES = ("user", "assistant", "system")


def town_tokenizer(world: World) -> Tokenizer:
    """Return a tokenizer in which each word of the town is one token.

    Other words are spelt in letters; what is not ASCII is left out. The marks and words of a
    conversation are there for later.
    """
    conversations = chat.vocabulary(chat.chats(world.people) + chat.refusals(STRANGERS))
    words = sorted({*documents.vocabulary(world), *conversations, *ROLES})
    base = [*ASCII, *(word.encode() for word in words if word.encode() not in ASCII)]
    return Tokenizer([], [END_OF_TEXT, START, END], base=base)


def town_rows(world: World, tokenizer: Tokenizer, seed: int, n_documents: int) -> Batch:
    """Return rows filled with whole documents, new ones for each seed."""
    return pack_texts(tokenizer, islice(documents.documents(world, seed), n_documents))


def pack_texts(tokenizer: Tokenizer, texts: Iterable[str]) -> Batch:
    """Return rows filled with these documents."""
    end_id = tokenizer.special_tokens[END_OF_TEXT]
    return pack_documents(map(tokenizer.encode_ordinary, texts), ROW_LENGTH, end_id)
