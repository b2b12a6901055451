"""Make a text file of the user's own into something to train on."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from course_lib.llm.batches import Batch, text_batches
from course_lib.llm.tokenizer import Tokenizer

VOCAB_SIZE = 1024
WINDOW = 128  # tokens a row


@dataclass(frozen=True)
class OwnText:
    """A text as tokens: nine tenths to train on, the last tenth to measure the loss on.

    Attributes:
        sha256: of the file's bytes, in hexadecimal.
        tokenizer: learned from the whole text.
        training, validation: (N,) the ids of the two parts.
    """

    sha256: str
    tokenizer: Tokenizer
    training: Tensor
    validation: Tensor

    def validation_batches(self) -> list[Batch]:
        """Return 64 windows of the last tenth, the same each time."""
        window = min(WINDOW, len(self.validation) - 1)
        batches = text_batches(self.validation, B=32, T=window, seed=0)
        return [batches(number) for number in range(2)]


def read_own_text(path: Path) -> OwnText:
    """Read a text file and learn a tokenizer from it.

    Raises:
        ValueError: if it cannot be read, is not UTF-8, or too short to train on.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"expected a text in UTF-8, got the byte 0x{content[error.start]:02x} at place "
            f"{error.start} of {path}: save it as UTF-8 first"
        ) from None
    tokenizer = Tokenizer.train(text, VOCAB_SIZE)
    ids = torch.tensor(tokenizer.encode_ordinary(text), dtype=torch.int64)
    cut = len(ids) * 9 // 10
    if cut <= WINDOW:
        raise ValueError(
            f"expected a text of at least {WINDOW * 10 // 9 + 2} tokens, got {len(ids)} in {path}"
        )
    sha256 = hashlib.sha256(content).hexdigest()
    return OwnText(sha256, tokenizer, ids[:cut], ids[cut:])
