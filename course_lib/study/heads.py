"""Look at what the 270 attention heads of SmolLM2 do, score them, and switch some of them off.

A head is named (layer, head), both counted from 0. Lesson 03 looks at all this before the parts
around attention are built.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib import smollm2
from course_lib.llm import inspection
from course_lib.study import next_token

Head = tuple[int, int]
Attend = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Look:
    """The attention of every head while the model read one text of T tokens.

    Attributes:
        pieces: the text of each token.
        weights: (30, 9, T, T) layer, head, query, key: how much the query takes from the key.
    """

    pieces: list[str]
    weights: Tensor

    def place(self, word: str) -> int:
        """Return the place of the one token that reads `word`, its space left out.

        Raises:
            ValueError: if there is none, or more than one.
        """
        places = [i for i, piece in enumerate(self.pieces) if piece.strip() == word]
        if len(places) != 1:
            raise ValueError(f"expected {word!r} once among {self.pieces}, got {len(places)}")
        return places[0]

    def between(self, query: str, key: str) -> Tensor:
        """Return what each head lets the token `query` take from the token `key`: (30, 9)."""
        return self.weights[:, :, self.place(query), self.place(key)]


def look(text: str) -> Look:
    """Return the attention of every head while SmolLM2 reads `text`."""
    return looks([text])[0]


def looks(texts: Sequence[str]) -> list[Look]:
    """Return the attention of every head for each text; texts of one length are read together."""
    tokenizer = smollm2.load_tokenizer()
    encoded = [tokenizer.encode_ordinary(text) for text in texts]
    found: list[Look | None] = [None] * len(texts)
    for length in sorted({len(ids) for ids in encoded}):
        places = [place for place, ids in enumerate(encoded) if len(ids) == length]
        weights = weights_of(torch.tensor([encoded[place] for place in places]))
        for row, place in enumerate(places):
            pieces = [next_token.piece(i) for i in encoded[place]]
            found[place] = Look(pieces, weights[row])
    return found


@torch.inference_mode()
def weights_of(ids: Tensor) -> Tensor:
    """Return the attention weights (B, 30, 9, T, T) of SmolLM2 for ids (B, T)."""
    with inspection.record(next_token.load()) as trace:
        next_token.load()(ids)
    return torch.stack(trace.weights, dim=1)


def best(scores: Tensor, k: int) -> list[Head]:
    """Return the k heads with the highest scores (30, 9), best first."""
    n_head = scores.size(1)
    return [divmod(place, n_head) for place in scores.flatten().topk(k).indices.tolist()]


@contextmanager
def switched_off(heads: Sequence[Head]) -> Iterator[None]:
    """Let these heads of SmolLM2 hand over nothing inside `with`."""
    with inspection.without_heads(next_token.load(), heads):
        yield


@contextmanager
def attending_by(attend: Attend) -> Iterator[None]:
    """Let every layer of SmolLM2 use `attend(q, k, v, allowed)` inside `with`.

    It is called with q (B, 9, T, 64), k and v (B, 3, T, 64) and allowed (T, T), or None where
    there is one token.
    """
    with inspection.attending(next_token.load(), attend):
        yield


@torch.inference_mode()
def logits(ids: Tensor) -> Tensor:
    """Return SmolLM2's scores (B, T, V) for the token after each position of ids (B, T)."""
    return next_token.load()(ids)


def next_scores(text: str) -> tuple[Tensor, Tensor]:
    """Return the ids (T,) of `text`, and SmolLM2's scores (V,) for the token after it."""
    ids = torch.tensor(smollm2.load_tokenizer().encode_ordinary(text))
    return ids, logits(ids[None])[0, -1]


def words(scores: Tensor, k: int) -> list[str]:
    """Return the k tokens with the highest scores (V,), best first, without their spaces."""
    return [next_token.piece(i).strip() for i in scores.topk(k).indices.tolist()]


def text_loss(text: str) -> float:
    """Return SmolLM2's loss on `text` in nats a token, the first token left out."""
    ids = torch.tensor(smollm2.load_tokenizer().encode_ordinary(text))
    return F.cross_entropy(logits(ids[None])[0, :-1], ids[1:]).item()


def copy_loss(ids: Tensor) -> tuple[float, float]:
    """Return SmolLM2's loss in nats a token, in the first and the second half of ids (B, 2 T).

    The first token of each half is left out: nothing says that it comes now.
    """
    T = ids.size(1) // 2
    losses = F.cross_entropy(
        logits(ids)[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none"
    )  # (B, 2 T - 1)
    return losses[:, : T - 1].mean().item(), losses[:, T:].mean().item()
