"""SmolLM2-135M-Instruct, a real model: its tokenizer, read out of the model's file.

Ben Allal et al., 2025, "SmolLM2: When Smol Goes Big", https://arxiv.org/abs/2502.02737.
"""

import struct
from functools import cache
from typing import BinaryIO

from course_lib import assets
from course_lib.llm.tokenizer import Tokenizer

# GPT-2's words, but each digit alone. Digits are cut out first, so white space that stands before
# a digit is like white space at the end of a text: its last space does not join what follows.
SPLIT_PATTERN = "|".join(
    [
        r"\p{N}",
        r" ?\p{L}+",
        r"'(?:[sdmt]|ll|ve|re)",
        r" ?[^\s\p{L}\p{N}]+",
        r"\s+(?![^\s\p{N}])",
        r"\s+",
    ]
)
SPECIAL = 3  # llama.cpp's number for a control token; learned tokens have 1
STRING, ARRAY = 8, 9  # GGUF's numbers for the two types without a fixed size
FIXED_SIZE = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}  # in the letters of struct


@cache
def load_tokenizer() -> Tokenizer:
    """Return SmolLM2's tokenizer; the same object each time.

    Its 49,152 ids are 17 special tokens, 235 single bytes and 48,900 merges. The other 21 bytes
    (such as 0x04, and 0xf1, which begins rare characters) have no token: they are left out of the
    ids, as in Hugging Face's tokenizer, and cannot be decoded again.

    Raises:
        AssetError: if the model is not on this computer yet.
    """
    with open(assets.path("smollm2"), "rb") as file:
        metadata = read_metadata(file)
    tokens = metadata["tokenizer.ggml.tokens"]
    types = metadata["tokenizer.ggml.token_type"]
    merges = metadata["tokenizer.ggml.merges"]

    byte_of = {character: byte for byte, character in enumerate(byte_characters())}
    special = [token for token, kind in zip(tokens, types, strict=True) if kind == SPECIAL]
    base = [
        token.encode() if kind == SPECIAL else bytes(byte_of[character] for character in token)
        for token, kind in zip(tokens, types, strict=True)
    ][: len(tokens) - len(merges)]
    id_of = {token: id for id, token in enumerate(tokens)}
    pairs = [tuple(id_of[part] for part in merge.split(" ")) for merge in merges]
    return Tokenizer(pairs, special, SPLIT_PATTERN, base)


def byte_characters() -> list[str]:
    """Return the character that GPT-2's vocabularies write for each of the 256 bytes.

    A printable byte is written as itself, and the others, in order, as the characters from U+0100
    on: the space becomes "Ġ", the line end "Ċ".
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte if byte in printable else 256 + others.index(byte)) for byte in range(256)]


def read_metadata(file: BinaryIO) -> dict[str, object]:
    """Return the named values at the beginning of a GGUF file, without its tensors.

    `gguf.GGUFReader` reads them too, but needs seconds for a vocabulary, as it makes arrays of
    each of its strings. The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    """

    def read(letters: str) -> tuple:
        return struct.unpack(f"<{letters}", file.read(struct.calcsize(f"<{letters}")))

    def read_string() -> str:
        (length,) = read("Q")
        return file.read(length).decode()

    def read_value(kind: int) -> object:
        if kind == STRING:
            return read_string()
        if kind == ARRAY:
            element, length = read("IQ")
            if element in FIXED_SIZE:
                return list(read(f"{length}{FIXED_SIZE[element]}"))
            return [read_value(element) for _ in range(length)]
        return read(FIXED_SIZE[kind])[0]

    magic, version, _, n_values = read("4sIQQ")
    if magic != b"GGUF" or version < 2:
        raise ValueError(f"expected a GGUF file of version 2 or later, got {magic}, {version}")
    return {read_string(): read_value(*read("I")) for _ in range(n_values)}
