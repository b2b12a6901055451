"""Ready-made pieces that a lesson shows before the learner has built them: texts and tokenizers."""

from functools import cache
from importlib.resources import files

import yaml

from course_lib import assets, smollm2
from course_lib.llm import tokenizer


def sample(name: str) -> str | dict[str, str]:
    """Return a short text: "prose", "code", or "sentence", one sentence in many languages."""
    return _samples()[name]


@cache
def shakespeare() -> str:
    """Return the plays of Shakespeare, one after the other, about five million characters."""
    return assets.path("shakespeare").read_text(encoding="utf-8")


def pieces(name: str, text: str) -> list[tuple[int, bytes]]:
    """Cut text into tokens with a tokenizer of the real world.

    Args:
        name: "SmolLM2", "gpt2" (2019) or "cl100k_base" (the tokenizer of GPT-4, 2023).
        text: taken as ordinary text, special tokens too.

    Returns:
        (id, bytes) for each token; the bytes joined give the text back, less the few bytes that
        SmolLM2 has no token for.
    """
    if name == "SmolLM2":
        smol = _smollm2()
        return [(i, smol.token_bytes(i)) for i in smol.encode_ordinary(text)]
    encoding = _tiktoken(name)
    return [(i, encoding.decode_single_token_bytes(i)) for i in encoding.encode_ordinary(text)]


def train_fast(text: str, n_merges: int) -> list[tuple[int, int]]:
    """Learn byte-pair merges as the exercise `train_bpe` does, fast enough for megabytes."""
    return tokenizer.train_bpe(text, n_merges)


def encode_fast(text: str, merges: list[tuple[int, int]]) -> list[int]:
    """Encode as the exercise `encode` does, fast enough for megabytes."""
    return tokenizer.Tokenizer(merges).encode_ordinary(text)


def bytes_of(token_id: int, merges: list[tuple[int, int]]) -> bytes:
    """Return the bytes of a token of the vocabulary that `merges` makes."""
    if token_id < 256:
        return bytes([token_id])
    left, right = merges[token_id - 256]
    return bytes_of(left, merges) + bytes_of(right, merges)


def special_tokens() -> dict[str, int]:
    """Return SmolLM2's special tokens with their ids."""
    return dict(_smollm2().special_tokens)


def vocabulary() -> dict[int, bytes]:
    """Return the bytes of each of SmolLM2's tokens, by id."""
    smol = _smollm2()
    return {i: smol.token_bytes(i) for i in range(smol.vocab_size)}


def smollm2_merges() -> tuple[dict[int, int], dict[tuple[int, int], int]]:
    """Return SmolLM2's ids of single bytes, {byte: id}, and its merges, {pair: new id} by rank."""
    smol = _smollm2()
    id_of = {piece: i for i, piece in vocabulary().items() if i not in smol.special_tokens.values()}
    single = {byte: id_of[bytes([byte])] for byte in range(256) if bytes([byte]) in id_of}
    whole = vocabulary()
    return single, {(a, b): id_of[whole[a] + whole[b]] for a, b in smol.merges}


def split_words_smollm2(text: str) -> list[str]:
    """Cut text into words as SmolLM2's pre-tokenizer does: as ours, but each digit alone."""
    return tokenizer.split_words(text, smollm2.SPLIT_PATTERN)


@cache
def _samples() -> dict:
    text = (files("course_lib.study") / "samples.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def _smollm2() -> tokenizer.Tokenizer:
    return smollm2.load_tokenizer()


@cache
def _tiktoken(name: str):
    return assets.encoding(name)
