"""Ask attention whether it can tell two orders of the same words apart.

Attention itself is the subject of lesson 03. Here it is a box: vectors go in, one for each
token, and each comes out as a mix of those it may look at.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from zlib import crc32

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib import smollm2
from course_lib.llm.attention import Attention, causal_mask, explicit_attention
from course_lib.llm.embeddings import rope_turns, sinusoidal_positions
from course_lib.llm.inspection import attending
from course_lib.llm.model import GPT
from course_lib.study import next_token

WIDTH, HEADS = 32, 2
LONGEST = 64  # words
WAYS = ("none", "sinusoidal", "learned", "rope")


def one_layer(words: Sequence[str], positions: str) -> Tensor:
    """Return what one layer of causal attention makes of each word.

    Its weights and the words' vectors are random and always the same: what it cannot tell apart,
    it cannot tell apart whatever it learns.

    Args:
        words: at most 64; a word has the same vector wherever it stands.
        positions: one of `WAYS`; "learned" adds a table that is random too, for all that
            counts is that its rows differ.

    Returns:
        (T, 32)
    """
    if positions not in WAYS:
        raise ValueError(f"positions must be one of {WAYS}, got {positions!r}")
    T = len(words)
    layer = _layer()
    x = torch.stack([_vector(word) for word in words])[None]  # (1, T, C)
    if positions == "sinusoidal":
        x = x + sinusoidal_positions(T, WIDTH)
    if positions == "learned":
        x = x + _position_table()[:T]
    turns = rope_turns(torch.arange(T), WIDTH // HEADS, 10_000.0) if positions == "rope" else None
    with torch.inference_mode():
        return layer(x, causal_mask(T, T), turns)[0]


@torch.inference_mode()
def last_logits(text: str, rope: bool = True, mask: bool = True) -> Tensor:
    """Return SmolLM2's scores (49152,) for what comes after a text, by all of its 30 layers.

    Args:
        rope: whether it is told positions.
        mask: whether tokens are kept from looking at later ones.
    """
    ids = smollm2.load_tokenizer().encode_ordinary(text)
    with _changed(next_token.load(), rope, mask) as model:
        return model(torch.tensor([ids]))[0, -1]


@torch.inference_mode()
def perplexity(text: str, rope: bool = True) -> float:
    """Return how many tokens SmolLM2 hesitates between, on average: e to its mean surprise."""
    ids = torch.tensor([smollm2.load_tokenizer().encode_ordinary(text)])
    with _changed(next_token.load(), rope, mask=True) as model:
        logits = model(ids[:, :-1])
    return F.cross_entropy(logits[0], ids[0, 1:]).exp().item()


@torch.inference_mode()
def logits_from(text: str, start: int) -> Tensor:
    """Return SmolLM2's scores (49152,) after a text whose first token stands at `start`."""
    ids = smollm2.load_tokenizer().encode_ordinary(text)
    model = next_token.load()
    D = model.config.d_model // model.config.n_head
    positions = torch.arange(start, start + len(ids))
    before = model.turns
    model.turns = rope_turns(positions, D, model.config.rope_base)
    try:
        return model(torch.tensor([ids]))[0, -1]
    finally:
        model.turns = before


@torch.inference_mode()
def real_queries(text: str) -> tuple[Tensor, Tensor]:
    """Return the queries of SmolLM2's first layer before and after they are turned.

    Returns:
        two tensors (1, 9, T, 64): B, H, T, D. Pairs are neighbors.
    """
    ids = smollm2.load_tokenizer().encode_ordinary(text)
    seen = []

    def keep(q, k, v, allowed=None):
        seen.append(q)
        return explicit_attention(q, k, v, allowed)

    for rope in (False, True):
        with _changed(next_token.load(), rope, mask=True) as model:
            first = model.blocks[0].attention
            attend, first.attend = first.attend, keep
            try:
                model(torch.tensor([ids]))
            finally:
                first.attend = attend
    return seen[0], seen[1]


@contextmanager
def _changed(model: GPT, rope: bool, mask: bool) -> Iterator[GPT]:
    """Take positions or the causal mask out of a model inside `with`."""
    turns = model.turns
    if not rope:
        model.turns = None
    attend = explicit_attention if mask else _attend_to_all
    try:
        with attending(model, attend):
            yield model
    finally:
        model.turns = turns


def _attend_to_all(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor | None = None) -> Tensor:
    return explicit_attention(q, k, v, None)


def _layer() -> Attention:
    """Return the layer, with the same random weights each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = Attention(WIDTH, HEADS, HEADS)
        for matrix in layer.parameters():
            torch.nn.init.normal_(matrix, std=WIDTH**-0.5)
    return layer


def _position_table() -> Tensor:
    """Return a vector for each position, (64, 32), the same each time."""
    return torch.randn(LONGEST, WIDTH, generator=torch.Generator().manual_seed(1))


def _vector(word: str) -> Tensor:
    """Return the vector (32,) of a word, made from its letters alone."""
    generator = torch.Generator().manual_seed(crc32(word.encode()))
    return torch.randn(WIDTH, generator=generator)
