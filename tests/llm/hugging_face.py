"""The peer: Hugging Face's byte-level BPE, set up like ours."""

import json

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers


def byte_characters() -> list[str]:
    """Return the character that stands for each byte in Hugging Face's byte-level vocabularies.

    GPT-2's rule: printable characters stand for themselves, and the other bytes, in order, take
    the characters from U+0100 on.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    code_points = {byte: byte for byte in printable}
    code_points |= {byte: 256 + i for i, byte in enumerate(others)}
    return [chr(code_points[byte]) for byte in range(256)]


def train(texts, n_merges: int, pre_tokenizer, alphabet) -> list[tuple[int, int]]:
    """Return the merges that `BpeTrainer` learns, as pairs of its own ids."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=256 + n_merges, initial_alphabet=list(alphabet), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return [(model["vocab"][left], model["vocab"][right]) for left, right in model["merges"]]


def encoder(vocab: list[bytes], merges, special_tokens=(), pre_tokenizer=None) -> Tokenizer:
    """Return a Hugging Face tokenizer with these tokens, by id, and these merges."""
    characters = byte_characters()
    names = ["".join(characters[byte] for byte in token) for token in vocab]
    model = models.BPE(
        vocab={name: id for id, name in enumerate(names)},
        merges=[(names[left], names[right]) for left, right in merges],
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in special_tokens]
    )
    return tokenizer
