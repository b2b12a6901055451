"""Keep the keys and values of the text so far, so that a new token costs one position of work.

A causal model never looks ahead: a later token changes no key and no value of an earlier one.
"""

import torch
from torch import Tensor


class KVCache:
    """The keys and values of one layer, for up to `context_length` positions.

    Args:
        B, H, D: rows, key and value heads, width of a head.
        context_length: the number of positions there is room for.

    Attributes:
        length: how many positions it holds.

    Example:
        >>> cache = KVCache(B=1, H=2, context_length=8, D=4)
        >>> keys, values = cache.append(torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4))
        >>> cache.length, keys.shape
        (3, torch.Size([1, 2, 3, 4]))
    """

    def __init__(self, B: int, H: int, context_length: int, D: int):
        self.keys = torch.empty(B, H, context_length, D)
        self.values = torch.empty(B, H, context_length, D)
        self.length = 0

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add the next T positions, and return the keys and values of all so far.

        Args:
            k, v: (B, H, T, D)

        Returns:
            keys and values, (B, H, length, D): views of the cache, not to be changed.

        Raises:
            ValueError: if there is no room for T more positions.
        """
        end = self.length + k.size(2)
        if end > self.keys.size(2):
            raise ValueError(
                f"the cache has room for {self.keys.size(2)} positions and holds {self.length}: "
                f"expected at most {self.keys.size(2) - self.length} more, got {k.size(2)}"
            )
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def cut(self, length: int) -> None:
        """Forget every position from `length` on, to go on from there another way."""
        if not 0 <= length <= self.length:
            raise ValueError(f"expected a length of 0 to {self.length}, got {length}")
        self.length = length
