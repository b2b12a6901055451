"""GPT: token ids in, a score for every possible next token out.

One class for every size here: a model of a made-up town with some hundred thousand parameters,
and SmolLM2 with 135 million. `ModelConfig` says which pieces it is made of.

    ids (B, T) -> embed (B, T, C) -> block, block, ... (B, T, C) -> norm -> head -> logits (B, T, V)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from course_lib.llm.attention import Attention, causal_mask, document_mask
from course_lib.llm.blocks import PostNormBlock, PreNormBlock
from course_lib.llm.cache import KVCache
from course_lib.llm.embeddings import LearnedPositions, SinusoidalPositions, rope_turns
from course_lib.llm.feed_forward import GELUFeedForward, ReLUFeedForward, SwiGLUFeedForward
from course_lib.llm.norms import LayerNorm, RMSNorm

PIECES = {
    "norm": {"rms": RMSNorm, "layer": LayerNorm},
    "feed_forward": {"relu": ReLUFeedForward, "gelu": GELUFeedForward, "swiglu": SwiGLUFeedForward},
    "block": {"pre": PreNormBlock, "post": PostNormBlock},
    "positions": {
        "rope": None,  # given to attention, not added to the vectors
        "learned": LearnedPositions,
        "sinusoidal": SinusoidalPositions,
        "none": None,
    },
}


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape of a GPT and the pieces it is made of.

    Attributes:
        vocab_size: V, the number of tokens.
        context_length: the most tokens it can read at once.
        d_model: C, the width of the stream.
        n_layer: the number of blocks.
        n_head: query heads; each is d_model / n_head wide.
        n_kv_head: key and value heads; n_head is a multiple of it.
        d_ff: the inner width of the feed-forward half.
        norm, feed_forward, block, positions: a name from `PIECES`.
        rope_base: how slow the slowest turn of RoPE is.
        norm_eps: added to the variance, or to the mean square, inside the root.
        tied_head: whether the head uses the embedding table as its weights.
    """

    vocab_size: int
    context_length: int
    d_model: int
    n_layer: int
    n_head: int
    n_kv_head: int
    d_ff: int
    norm: str = "rms"
    feed_forward: str = "swiglu"
    block: str = "pre"
    positions: str = "rope"
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5
    tied_head: bool = False

    def __post_init__(self):
        sizes = ("vocab_size", "context_length", "d_model", "n_head", "n_kv_head", "d_ff")
        for name, least in [("n_layer", 0), *((name, 1) for name in sizes)]:
            size = getattr(self, name)
            if not isinstance(size, int) or size < least:
                raise ValueError(f"{name} must be a whole number from {least} on, got {size!r}")
        for name, choices in PIECES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {[*choices]}, got {getattr(self, name)!r}")


class GPT(nn.Module):
    """A causal language model: the Transformer decoder.

    Radford et al., 2018, "Improving Language Understanding by Generative Pre-Training".

    Example:
        >>> shape = dict(d_model=8, n_layer=2, n_head=2, n_kv_head=1, d_ff=16)
        >>> model = GPT(ModelConfig(vocab_size=50, context_length=16, **shape))
        >>> model(torch.tensor([[3, 1, 4]])).shape
        torch.Size([1, 3, 50])
    """

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        table = torch.empty(config.vocab_size, config.d_model)  # filled by init_weights below
        self.embed = nn.Embedding.from_pretrained(table, freeze=False)
        add_positions = PIECES["positions"][config.positions]
        self.positions = add_positions and add_positions(config.context_length, config.d_model)
        self.blocks = nn.ModuleList(new_block(config) for _ in range(config.n_layer))
        self.norm = PIECES["norm"][config.norm](config.d_model, config.norm_eps)
        self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        if config.tied_head:
            self.head.weight = self.embed.weight
        if config.positions == "rope":
            places = torch.arange(config.context_length, device="cpu")  # in meta models too
            turns = rope_turns(places, config.d_model // config.n_head, config.rope_base)
            self.register_buffer("turns", turns, persistent=False)
        else:
            self.turns = None
        if not table.is_meta:  # a model on the "meta" device waits for weights from elsewhere
            init_weights(self)

    def forward(
        self,
        ids: Tensor,
        cache: Sequence[KVCache] | None = None,
        segments: Tensor | None = None,
    ) -> Tensor:
        """Return the logits of the token after each position.

        Args:
            ids: (B, T) int64.
            cache: one `KVCache` for each block, from `new_cache`; `ids` then go on from what it
                holds, and are appended to it.
            segments: (B, T) the document of each token, where several share a row; no token
                looks into another document.

        Returns:
            (B, T, V); a softmax over V makes them probabilities.

        Raises:
            ValueError: if there are more positions than `context_length`, or both a cache and
                segments.
        """
        if cache and segments is not None:
            raise ValueError("expected a cache or segments, got both")
        T = ids.size(1)
        start = cache[0].length if cache else 0
        if start + T > self.config.context_length:
            raise ValueError(
                f"this model reads at most {self.config.context_length} tokens at once, "
                f"got {start + T}"
            )
        if segments is not None:
            allowed = document_mask(segments)  # (B, 1, T, T)
        else:
            allowed = causal_mask(T, start + T) if T > 1 else None  # one token may use all

        x = self.embed(ids)  # (B, T, C)
        if self.positions is not None:
            x = self.positions(x, start)
        turns = self.turns[start : start + T] if self.turns is not None else None
        for layer, block in enumerate(self.blocks):
            x = block(x, allowed, turns, cache[layer] if cache else None)
        return self.head(self.norm(x))  # (B, T, V)

    def new_cache(self, B: int, length: int | None = None) -> list[KVCache]:
        """Return an empty cache for `B` rows, one `KVCache` for each block.

        Args:
            length: for how many positions there is room; without it, for the whole context.
        """
        config = self.config
        D = config.d_model // config.n_head
        length = config.context_length if length is None else length
        return [KVCache(B, config.n_kv_head, length, D) for _ in range(config.n_layer)]


def new_block(config: ModelConfig) -> nn.Module:
    """Return one block, made of the pieces that `config` names."""
    norm = PIECES["norm"][config.norm]
    return PIECES["block"][config.block](
        norm(config.d_model, config.norm_eps),
        Attention(config.d_model, config.n_head, config.n_kv_head),
        norm(config.d_model, config.norm_eps),
        PIECES["feed_forward"][config.feed_forward](config.d_model, config.d_ff),
    )


def init_weights(model: GPT) -> None:
    """Give a new model small random weights that predict every token about equally.

    All matrices get a standard deviation of 0.02. What writes to the stream (the last matrix of
    each half of a block) starts at 0, so that a new block changes nothing and learns from there.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
    for block in model.blocks:
        nn.init.zeros_(block.attention.output.weight)
        nn.init.zeros_(block.feed_forward.down.weight)


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers a model learns; a tied head counts once."""
    return sum(weight.numel() for weight in model.parameters())
