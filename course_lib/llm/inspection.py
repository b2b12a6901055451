"""Look inside a model while it reads, and switch parts of it off.

Each tool is a context manager: inside `with` the model is watched or changed, after it the model
is as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from course_lib.llm.attention import Attention, attention_weights, share_heads
from course_lib.llm.model import GPT


@dataclass
class Trace:
    """What went on in the last call of a recorded model.

    Attributes:
        hidden: the stream (B, T, C) before the first block and after each: n_layer + 1 tensors.
        weights: the attention weights (B, H, T_q, T_k) of each layer.
    """

    hidden: list[Tensor] = field(default_factory=list)
    weights: list[Tensor] = field(default_factory=list)


@contextmanager
def record(model: GPT) -> Iterator[Trace]:
    """Keep the hidden states and the attention weights of each call inside `with`.

    Example:
        with record(model) as trace:
            model(ids)
        trace.weights[13][0, 8]  # layer 13, first row, head 8: (T, T)
    """
    trace = Trace()

    def start(block, inputs):
        trace.hidden[:] = [inputs[0].detach()]
        trace.weights.clear()

    def attend(q, k, v, allowed=None):
        weights = attention_weights(q, k, allowed)
        trace.weights.append(weights.detach())
        return weights @ share_heads(v, q.size(1))

    with ExitStack() as stack:
        stack.callback(model.blocks[0].register_forward_pre_hook(start).remove)
        for block in model.blocks:
            hook = block.register_forward_hook(
                lambda block, inputs, output: trace.hidden.append(output.detach())
            )
            stack.callback(hook.remove)
        stack.enter_context(attending(model, attend))
        yield trace


@contextmanager
def attending(model: GPT, attend: Callable[..., Tensor]) -> Iterator[None]:
    """Let every layer of `model` combine queries, keys and values by `attend` inside `with`.

    Args:
        attend: called as `attend(q, k, v, allowed)`, such as `fused_attention`.
    """
    layers = [module for module in model.modules() if isinstance(module, Attention)]
    before = [layer.attend for layer in layers]
    for layer in layers:
        layer.attend = attend
    try:
        yield
    finally:
        for layer, attend_before in zip(layers, before, strict=True):
            layer.attend = attend_before


@contextmanager
def replaced(model: GPT, layer: int, part: str, output: Tensor | float) -> Iterator[None]:
    """Let one half of one block say `output` inside `with`, whatever it would have said.

    Args:
        layer: which block, from 0.
        part: "attention" or "feed_forward".
        output: 0 to switch it off; or its mean over many texts, (C,), so that only what it says
            about this text is lost. Zero can be far from anything the next layers have ever seen.
    """
    if part not in ("attention", "feed_forward"):
        raise ValueError(f'part must be "attention" or "feed_forward", got {part!r}')
    half = getattr(model.blocks[layer], part)
    hook = half.register_forward_hook(
        lambda half, inputs, said: torch.as_tensor(output, dtype=said.dtype).expand_as(said)
    )
    with ExitStack() as stack:
        stack.callback(hook.remove)
        yield


@contextmanager
def without_heads(model: GPT, heads: Sequence[tuple[int, int]]) -> Iterator[None]:
    """Switch attention heads off inside `with`: each of `heads` is (layer, head), from 0."""

    def silence(columns, projection, inputs):
        (x,) = inputs  # (B, T, H * D): the heads side by side
        kept = torch.ones(x.size(-1), dtype=x.dtype)
        kept[columns] = 0
        return (x * kept,)

    with ExitStack() as stack:
        for layer, head in heads:
            attention = model.blocks[layer].attention
            if not 0 <= head < model.config.n_head:
                raise ValueError(f"expected a head of 0..{model.config.n_head - 1}, got {head}")
            D = attention.head_dim
            columns = slice(head * D, (head + 1) * D)
            hook = attention.output.register_forward_pre_hook(partial(silence, columns))
            stack.callback(hook.remove)
        yield
