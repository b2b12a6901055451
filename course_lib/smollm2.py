"""SmolLM2-135M-Instruct, a real model, in the classes of `course_lib.llm`.

Ben Allal et al., 2025, "SmolLM2: When Smol Goes Big", https://arxiv.org/abs/2502.02737. Its
weights and its tokenizer are read out of one file, in which most weights have 4 bits.
"""

from collections.abc import Sequence
from functools import cache

import torch

from course_lib import assets
from course_lib.gguf_file import read_metadata, read_tensors
from course_lib.llm.chat import Message, answer_prompt, encode_chat
from course_lib.llm.model import GPT, ModelConfig
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
SYSTEM = {
    "role": "system",
    "content": "You are a helpful AI assistant named SmolLM, trained by Hugging Face",
}
# Where our classes keep what the file calls by these names, in each layer and outside of them.
LAYER_NAMES = {
    "attn_norm": "norm_1",
    "attn_q": "attention.query",
    "attn_k": "attention.key",
    "attn_v": "attention.value",
    "attn_output": "attention.output",
    "ffn_norm": "norm_2",
    "ffn_gate": "feed_forward.gate",
    "ffn_up": "feed_forward.up",
    "ffn_down": "feed_forward.down",
}
NAMES = {"token_embd": "embed", "output_norm": "norm"}


def config() -> ModelConfig:
    """Return the shape of SmolLM2-135M."""
    return ModelConfig(
        vocab_size=49_152,
        context_length=8192,
        d_model=576,
        n_layer=30,
        n_head=9,
        n_kv_head=3,
        d_ff=1536,
        rope_base=100_000.0,
        tied_head=True,
    )


def load_model() -> GPT:
    """Return SmolLM2 with its weights in float32, ready to predict; a new object each time.

    Raises:
        AssetError: if the model is not on this computer yet.
    """
    with torch.device("meta"):  # no memory and no random numbers for what is replaced at once
        model = GPT(config())
    weights = {
        our_name(name): torch.from_numpy(values)
        for name, values in read_tensors(assets.path("smollm2"))
    }
    weights["head.weight"] = weights["embed.weight"]
    model.load_state_dict(weights, assign=True)
    model.head.weight = model.embed.weight
    return model.eval()


def our_name(name: str) -> str:
    """Return what a tensor of the file is called in our `GPT`.

    Raises:
        ValueError: if our classes have no place for it.

    Example:
        >>> our_name("blk.4.attn_q.weight")
        'blocks.4.attention.query.weight'
    """
    match name.split("."):
        case ["blk", layer, part, "weight"] if part in LAYER_NAMES:
            return f"blocks.{layer}.{LAYER_NAMES[part]}.weight"
        case [part, "weight"] if part in NAMES:
            return f"{NAMES[part]}.weight"
    raise ValueError(f"SmolLM2's file holds a tensor that our classes have no place for: {name}")


def encode_messages(tokenizer: Tokenizer, messages: Sequence[Message]) -> list[int]:
    """Return the ids that ask SmolLM2 for its answer to a conversation.

    As in its own template, a conversation without a system message begins with SmolLM2's.
    """
    if not messages or messages[0]["role"] != "system":
        messages = [SYSTEM, *messages]
    return encode_chat(tokenizer, answer_prompt(messages))


@cache
def load_tokenizer() -> Tokenizer:
    """Return SmolLM2's tokenizer; the same object each time.

    Its 49,152 ids are 17 special tokens, 235 single bytes and 48,900 merges. The other 21 bytes
    (such as 0x04, and 0xf1, which begins rare characters) have no token: they are left out of the
    ids, as in Hugging Face's tokenizer, and cannot be decoded again.

    Raises:
        AssetError: if the model is not on this computer yet.
    """
    metadata = read_metadata(assets.path("smollm2"))
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
