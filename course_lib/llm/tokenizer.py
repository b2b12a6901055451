"""Turn text into token ids and back: byte-level byte-pair encoding.

Text is cut into words, a word is its UTF-8 bytes, and bytes are joined by learned merges, the
earliest learned first. Since every text is bytes, no text is unknown (Radford et al., 2019,
"Language Models are Unsupervised Multitask Learners", section 2.2).
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Self

import regex

from course_lib.llm.bpe_encoding import WordEncoder
from course_lib.llm.bpe_training import Pair, learn_merges
from course_lib.llm.whole_file import write_whole

# How GPT-2 cuts text into words. Letters come first here because most words are letters.
SPLIT_PATTERN = "|".join(
    [
        r" ?\p{L}+",  # letters, with the one space before them
        r"'(?:[sdmt]|ll|ve|re)",  # the endings of "it's", "I'd", "we'll"
        r" ?\p{N}+",  # digits
        r" ?[^\s\p{L}\p{N}]+",  # punctuation, symbols, emoji
        r"\s+(?!\S)",  # spaces and line ends, but not the last one before a word
        r"\s+",
    ]
)
BYTES = tuple(bytes([value]) for value in range(256))


def split_words(text: str, pattern: str = SPLIT_PATTERN) -> list[str]:
    """Cut `text` into the words that merges may not cross; joined, they are `text` again.

    A character that `pattern` does not match is a word of its own.

    Example:
        >>> split_words("Hello, world! It's 2024.")
        ['Hello', ',', ' world', '!', ' It', "'s", ' 2024', '.']
    """
    return word_finder(pattern)(text)


@lru_cache
def word_finder(pattern: str) -> Callable[[str], list[str]]:
    """Return the function that lists the words of a text."""
    finder = regex.compile(f"{pattern}|(?s:.)")
    if finder.groups:
        raise ValueError(f"a split pattern must use (?:...) for its groups, got {pattern!r}")
    return finder.findall


def train_bpe(
    texts: str | Iterable[str], n_merges: int, pattern: str = SPLIT_PATTERN
) -> list[Pair]:
    """Learn `n_merges` byte-pair merges from one text or several.

    Ids 0..255 are the byte values, and merge number i makes the id 256 + i. Each merge joins the
    pair with the highest count; of several such pairs, the one whose ids are smallest. The list
    is shorter when no pair is left. Words never reach across two texts.

    Hugging Face's `BpeTrainer` learns the same merges from the same words. It breaks ties by the
    smallest ids too, but numbers the bytes in another order (33..126, 161..172, 174..255, then
    the rest), so where two pairs tie it can choose the other. With its bytes numbered as here, or
    ours as there, the merges are equal, ties included; the tests compare them both ways.

    Example:
        >>> train_bpe("low lower lowest lowly", 3)
        [(108, 111), (256, 119), (32, 257)]
    """
    if isinstance(texts, str):
        texts = [texts]
    word_counts = Counter(chain.from_iterable(map(word_finder(pattern), texts)))
    return learn_merges({word.encode(): n for word, n in word_counts.items()}, n_merges)


class Tokenizer:
    """Encode text as token ids by learned merges, and decode ids to text.

    Ids count up through three groups: `base`, the tokens that no merge makes; then one token for
    each merge; then the special tokens that `base` does not hold already.

    Args:
        merges: pairs of ids to join, in the order they were learned.
        special_tokens: strings such as "<|end|>" that stand for one id each, whatever the merges.
        pattern: how to cut text into words, as a regular expression of the `regex` module.
        base: the bytes of the tokens before the first merge. By default the 256 single bytes, in
            order. A single byte that `base` lacks cannot be encoded and is left out. A word of the
            text that stands in `base` as a whole is that token, whatever the merges.

    Attributes:
        merges, pattern, base: as given.
        vocab: the bytes of each token, by id.
        special_tokens: dict of special token -> id.

    Example:
        >>> tokenizer = Tokenizer(train_bpe("low lower lowest lowly", 3), ["<|end|>"])
        >>> tokenizer.encode("low slow<|end|>", allowed="all")
        [257, 32, 115, 257, 259]
    """

    def __init__(
        self,
        merges: Iterable[Pair],
        special_tokens: Iterable[str] = (),
        pattern: str = SPLIT_PATTERN,
        base: Sequence[bytes] = BYTES,
    ):
        self.merges = [(left, right) for left, right in merges]
        self.pattern = pattern
        self.base = tuple(base)
        self.vocab = list(base)
        for left, right in self.merges:
            if not (0 <= left < len(self.vocab) and 0 <= right < len(self.vocab)):
                raise ValueError(
                    f"a merge joins ids made before it, here 0..{len(self.vocab) - 1}, "
                    f"got {(left, right)}"
                )
            self.vocab.append(self.vocab[left] + self.vocab[right])
        self.special_tokens = self._number(special_tokens)

        byte_id = {token[0]: id for id, token in enumerate(self.base) if len(token) == 1}
        merged_id = {pair: id for id, pair in enumerate(self.merges, len(self.base))}
        if len(merged_id) < len(self.merges):
            raise ValueError("every pair in merges must differ, got one twice")
        whole_id = {
            token: id
            for id, token in enumerate(self.base)
            if len(token) > 1 and id not in self.special_tokens.values()
        }
        self._ids_of_word = WordEncoder(byte_id, merged_id, whole_id)
        self._find_words = word_finder(pattern)
        longest_first = sorted(self.special_tokens, key=len, reverse=True)
        self._any_special = regex.compile(f"({'|'.join(map(regex.escape, longest_first))})")

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        special_tokens: Collection[str] = (),
        pattern: str = SPLIT_PATTERN,
    ) -> Self:
        """Learn a tokenizer of `vocab_size` tokens: 256 bytes, merges, special tokens.

        It has fewer tokens when `texts` runs out of pairs. Special tokens are not looked for in
        `texts`: hand over the documents between them, one by one.
        """
        n_merges = vocab_size - len(BYTES) - len(special_tokens)
        if n_merges < 0:
            raise ValueError(
                f"vocab_size must hold 256 bytes and {len(special_tokens)} special tokens, "
                f"got {vocab_size}"
            )
        return cls(train_bpe(texts, n_merges, pattern), special_tokens, pattern)

    @property
    def vocab_size(self) -> int:
        """The number of tokens: bytes, merges and special tokens."""
        return len(self.vocab)

    def encode(self, text: str, allowed: Collection[str] | str = ()) -> list[int]:
        """Return the ids of `text`, with special tokens where they stand in it.

        Where special tokens overlap, the one that begins first counts; of those, the longest.

        Args:
            allowed: the special tokens that `text` may hold, or "all".

        Raises:
            ValueError: if `text` holds a special token that is not allowed. Text from a user
                could otherwise pretend, say, that a conversation has ended.
        """
        allowed = self._checked(allowed)
        ids = []
        for part in self._any_special.split(text) if self.special_tokens else [text]:
            if part not in self.special_tokens:
                ids += self.encode_ordinary(part)
            elif part in allowed:
                ids.append(self.special_tokens[part])
            else:
                raise ValueError(
                    f"the text holds the special token {part!r}, which is not allowed: pass "
                    f"allowed={{{part!r}}} to encode it as one token, or call encode_ordinary "
                    "to encode it as plain text"
                )
        return ids

    def encode_ordinary(self, text: str) -> list[int]:
        """Return the ids of `text`, in which special tokens are text like any other."""
        return list(chain.from_iterable(map(self._ids_of_word.__getitem__, self._find_words(text))))

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`; invalid UTF-8 becomes "�".

        All bytes are joined before they are read as UTF-8, for a character may be cut in two by
        the border of its tokens.
        """
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Return the bytes of `ids`, exactly."""
        return b"".join(map(self.token_bytes, ids))

    def token_bytes(self, id: int) -> bytes:
        """Return the bytes of one token."""
        if not 0 <= id < len(self.vocab):
            raise ValueError(f"a token id must be in 0..{len(self.vocab) - 1}, got {id}")
        return self.vocab[id]

    def save(self, path: str | os.PathLike) -> None:
        """Write the tokenizer to a readable JSON file, whole or not at all."""
        fields = {
            "pattern": self.pattern,
            "special_tokens": list(self.special_tokens),
            "base": [token.decode("latin-1") for token in self.base],  # one character a byte
        }
        lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items()]
        merges = ",\n".join(map(json.dumps, self.merges))
        lines.append(f'"merges": [\n{merges}\n]')
        write_whole(Path(path), ("{\n" + ",\n".join(lines) + "\n}\n").encode())

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read a tokenizer that `save` wrote."""
        fields = json.loads(Path(path).read_text(encoding="utf-8"))
        for name in ("merges", "special_tokens", "pattern", "base"):
            if name not in fields:
                raise ValueError(f"{path} was not written by Tokenizer.save: it has no {name!r}")
        base = [token.encode("latin-1") for token in fields["base"]]
        return cls(fields["merges"], fields["special_tokens"], fields["pattern"], base)

    def _number(self, special_tokens: Iterable[str]) -> dict[str, int]:
        """Give each special token its id, and a place in `vocab` if it has none."""
        if isinstance(special_tokens, str):
            raise ValueError(f"special_tokens must be a list of strings, got {special_tokens!r}")
        ids = {}
        for token in special_tokens:
            if not token or token in ids:
                raise ValueError(f"special tokens must differ and not be empty, got {token!r}")
            token_bytes = token.encode()
            if token_bytes in self.base:
                ids[token] = self.base.index(token_bytes)
            else:
                ids[token] = len(self.vocab)
                self.vocab.append(token_bytes)
        return ids

    def _checked(self, allowed: Collection[str] | str) -> Collection[str]:
        """Return the special tokens that `allowed` stands for."""
        if allowed == "all":
            return self.special_tokens
        if isinstance(allowed, str):
            raise ValueError(f'allowed must be a set of special tokens or "all", got {allowed!r}')
        for token in allowed:
            if token not in self.special_tokens:
                raise ValueError(
                    f"allowed must hold special tokens of this tokenizer, "
                    f"{list(self.special_tokens)}, got {token!r}"
                )
        return allowed
