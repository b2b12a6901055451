"""What `mine` hands out where a learner has no answer yet, built on `course_lib.llm`."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.func import functional_call

from course_lib.exercises.blocks.llama_names import sources
from course_lib.llm.blocks import PostNormBlock, PreNormBlock
from course_lib.llm.feed_forward import SwiGLUFeedForward
from course_lib.llm.loss import next_token_loss
from course_lib.llm.norms import LayerNorm, RMSNorm

Part = Callable[[Tensor], Tensor]


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Return each vector of x (..., C) with mean 0 and variance 1, then weighted and shifted."""
    weights = {"weight": weight.float(), "bias": bias.float()}
    return functional_call(LayerNorm(x.size(-1), eps), weights, x.float()).to(x.dtype)


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Return each vector of x (..., C) with a root mean square of 1, then weighted."""
    weights = {"weight": weight.float()}
    return functional_call(RMSNorm(x.size(-1), eps), weights, x.float()).to(x.dtype)


def feed_forward(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    """Return down(silu(gate(x)) * up(x)) of x (B, T, C)."""
    with torch.device("meta"):  # its own weights are never used
        swiglu = SwiGLUFeedForward(*w_down.shape)
    weights = {"gate.weight": w_gate, "up.weight": w_up, "down.weight": w_down}
    return functional_call(swiglu, weights, x)


def block(x: Tensor, norm_1: Part, attention: Part, norm_2: Part, feed_forward: Part) -> Tensor:
    """Return the stream x (B, T, C) after both halves of a pre-norm block."""
    return PreNormBlock(norm_1, lambda x, *_: attention(x), norm_2, feed_forward)(x)


def gpt_forward(
    ids: Tensor,
    embed: Part,
    blocks: Sequence[Part],
    norm: Part,
    head: Part,
    targets: Tensor | None,
) -> tuple[Tensor, Tensor | None]:
    """Return the logits (B, T, V) of ids (B, T), and the mean loss in nats if there are targets."""
    x = embed(ids)
    for block in blocks:
        x = block(x)
    logits = head(norm(x))
    return logits, None if targets is None else next_token_loss(logits, targets)


def post_norm_block(
    x: Tensor, attention: Part, norm_1: Part, feed_forward: Part, norm_2: Part
) -> Tensor:
    """Return the stream x (B, T, C) after both halves of a post-norm block, the order of 2017."""
    return PostNormBlock(norm_1, lambda x, *_: attention(x), norm_2, feed_forward)(x)


def count_parameters(config: dict) -> dict[str, int]:
    """Return how many numbers each part of a model without biases learns, and all of them.

    Example:
        >>> sizes = dict(vocab_size=10, n_positions=0, d_model=4, n_layer=1, n_head=2, n_kv_head=1)
        >>> count_parameters({**sizes, "d_ff": 8, "gated": True, "tied_head": True})["norms"]
        12
    """
    C, n_layer = config["d_model"], config["n_layer"]
    kv_width = config["n_kv_head"] * (C // config["n_head"])
    tables = config["vocab_size"] * (1 if config["tied_head"] else 2) + config["n_positions"]
    counts = {
        "attention": n_layer * 2 * C * (C + kv_width),
        "feed_forward": n_layer * (3 if config["gated"] else 2) * C * config["d_ff"],
        "embeddings": tables * C,
        "norms": (2 * n_layer + 1) * C,
    }
    return {**counts, "total": sum(counts.values())}


def load_weights(foreign: dict[str, Tensor], n_layer: int, head_dim: int) -> dict[str, Tensor]:
    """Return the weights of a foreign model by the names, and in the order, of our `GPT`."""
    weights = {}
    for ours, theirs in sources(n_layer).items():
        weight = foreign.get(theirs, foreign["model.embed_tokens.weight"])  # a tied head
        if ours.startswith("blocks.") and weight.dim() == 2:
            weight = weight.T  # (in, out) -> (out, in)
        if ours.endswith(("query.weight", "key.weight")):
            halves = weight.unflatten(0, (-1, 2, head_dim // 2))  # (H, 2, D / 2, C)
            weight = halves.transpose(1, 2).flatten(0, 2)  # (H * D, C)
        weights[ours] = weight
    return weights
