"""One layer of a Transformer: gather by attention, then work alone, each added to the stream.

`x + ...` is the residual stream: every block adds to what it was given and replaces nothing.
"""

from torch import Tensor, nn

from course_lib.llm.cache import KVCache


class PreNormBlock(nn.Module):
    """Norm before each half, so that the stream itself is never rescaled: GPT-2 and later.

        x = x + attention(norm_1(x))
        x = x + feed_forward(norm_2(x))

    Xiong et al., 2020, https://arxiv.org/abs/2002.04745, on why it trains more easily.
    """

    def __init__(
        self, norm_1: nn.Module, attention: nn.Module, norm_2: nn.Module, feed_forward: nn.Module
    ):
        super().__init__()
        self.norm_1, self.attention = norm_1, attention
        self.norm_2, self.feed_forward = norm_2, feed_forward

    def forward(
        self,
        x: Tensor,
        allowed: Tensor | None = None,
        turns: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Return the stream (B, T, C) after this block; arguments as those of `Attention`."""
        x = x + self.attention(self.norm_1(x), allowed, turns, cache)
        return x + self.feed_forward(self.norm_2(x))


class PostNormBlock(nn.Module):
    """Norm after each half, on the sum: the Transformer of 2017.

    x = norm_1(x + attention(x))
    x = norm_2(x + feed_forward(x))
    """

    def __init__(
        self, norm_1: nn.Module, attention: nn.Module, norm_2: nn.Module, feed_forward: nn.Module
    ):
        super().__init__()
        self.norm_1, self.attention = norm_1, attention
        self.norm_2, self.feed_forward = norm_2, feed_forward

    def forward(
        self,
        x: Tensor,
        allowed: Tensor | None = None,
        turns: Tensor | None = None,
        cache: KVCache | None = None,
    ) -> Tensor:
        """Return the stream (B, T, C) after this block; arguments as those of `Attention`."""
        x = self.norm_1(x + self.attention(x, allowed, turns, cache))
        return self.norm_2(x + self.feed_forward(x))
