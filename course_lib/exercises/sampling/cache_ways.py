"""Caches that go wrong, each in one way, to be driven by the same script as a learner's."""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor

from course_lib.exercises.sampling.cache_script import kv_cache


class Store:
    """A cache with room for all positions from the start; a mistaken one replaces a method."""

    def __init__(self, B: int, H: int, context_length: int, D: int):
        self.k, self.v = (torch.zeros(B, H, context_length, D) for _ in "kv")
        self.room, self.length = context_length, 0

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        self.check(k)
        self.write(k, v)
        self.length = self.grown(k)
        return self.give(k, v)

    def check(self, k: Tensor) -> None:
        if self.length + k.size(2) > self.room:
            raise ValueError

    def write(self, k: Tensor, v: Tensor) -> None:
        end = self.length + k.size(2)
        self.k[:, :, self.length : end] = k
        self.v[:, :, self.length : end] = v

    def grown(self, k: Tensor) -> int:
        return self.length + k.size(2)

    def give(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return self.k[:, :, : self.length], self.v[:, :, : self.length]


class Joined(Store):
    """A cache that grows by joining."""

    def __init__(self, B: int, H: int, context_length: int, D: int):
        super().__init__(B, H, context_length, D)
        self.k, self.v = (torch.zeros(B, H, 0, D) for _ in "kv")

    def write(self, k: Tensor, v: Tensor) -> None:
        self.k, self.v = torch.cat((self.k, k), 2), torch.cat((self.v, v), 2)

    def give(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return self.k, self.v


class Shared(Store):
    """A cache whose store belongs to the class."""

    def __init__(self, B: int, H: int, context_length: int, D: int):
        if type(self).made is None:
            type(self).made = torch.zeros(2, B, H, context_length, D)
        self.k, self.v = type(self).made
        self.room = context_length

    made: Tensor | None = None
    length = 0


class AllShared(Shared):
    """A cache whose length belongs to the class, too."""

    both = 0

    @property
    def length(self) -> int:
        return type(self).both

    @length.setter
    def length(self, length: int) -> None:
        type(self).both = length


class Referring(Store):
    """A cache that holds the tensors that it was given, and joins them when asked."""

    def __init__(self, B: int, H: int, context_length: int, D: int):
        super().__init__(B, H, context_length, D)
        self.parts = []

    def write(self, k: Tensor, v: Tensor) -> None:
        self.parts.append((k, v))

    def give(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return tuple(torch.cat(parts, 2) for parts in zip(*self.parts, strict=True))


class FirstReferring(Joined):
    """A cache whose first part is the caller's own tensor."""

    def write(self, k: Tensor, v: Tensor) -> None:
        if self.length:
            super().write(k, v)
        else:
            self.k, self.v = k, v


class Moving(Store):
    """A cache whose newest position is always the last of its store."""

    def write(self, k: Tensor, v: Tensor) -> None:
        for store, new in ((self.k, k), (self.v, v)):
            T = new.size(2)
            store[:, :, : self.room - T] = store[:, :, T:].clone()
            store[:, :, self.room - T :] = new

    def give(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        start = self.room - self.length
        return self.k[:, :, start:], self.v[:, :, start:]


def with_cache(kind: type, **methods: Callable) -> Callable[[dict], list[dict]]:
    """Return what the script gives with a cache of this kind and these methods of its own."""
    # A class of its own for each run, so that what a class holds is new, too.
    return lambda inputs: kv_cache(
        SimpleNamespace(KVCache=type("KVCache", (kind,), methods)), inputs
    )
