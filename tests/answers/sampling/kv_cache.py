"""Answers to `KVCache`."""

from types import SimpleNamespace

import torch

from tests.answers.book import right, wrong


def register(mark):
    """Hand in a class under the name that the exercise asks for."""

    def keep(kind):
        mark(SimpleNamespace(KVCache=kind))
        return kind

    return keep


def good(name):
    return register(right("kv_cache", name))


def bad(misconception, name):
    return register(wrong("kv_cache", misconception, name))


@good("cache_with_a_store")
class WithStore:
    def __init__(self, B, H, context_length, D):
        self.keys = torch.zeros(B, H, context_length, D)
        self.values = torch.zeros(B, H, context_length, D)
        self.length = 0

    def append(self, k, v):
        end = self.length + k.size(2)
        if end > self.keys.size(2):
            raise ValueError(f"room for {self.keys.size(2)} positions, got {end}")
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]


@good("cache_that_joins")
class Joining:
    def __init__(self, B, H, context_length, D):
        self.k = self.v = torch.empty(B, H, 0, D)
        self.room = context_length
        self.length = 0

    def append(self, k, v):
        if k.shape[2] > self.room - self.length:
            raise ValueError("full")
        self.k = torch.cat([self.k, k], dim=2)
        self.v = torch.cat([self.v, v], dim=2)
        self.length += k.shape[2]
        return self.k, self.v


@good("cache_of_positions")
class OfPositions:
    def __init__(self, B, H, context_length, D):
        self.shape, self.room, self.kept = (B, H, 0, D), context_length, []

    @property
    def length(self):
        return len(self.kept)

    def append(self, k, v):
        pairs = [(k[:, :, t].clone(), v[:, :, t].clone()) for t in range(k.shape[2])]
        if len(self.kept + pairs) > self.room:
            raise ValueError(f"{len(self.kept)} of {self.room} positions are taken")
        self.kept += pairs
        if not self.kept:
            return torch.zeros(self.shape), torch.zeros(self.shape)
        return tuple(torch.stack(part, dim=2) for part in zip(*self.kept, strict=True))


@good("cache_in_one_tensor")
class InOneTensor:
    def __init__(self, B, H, context_length, D):
        self.both = torch.full((2, context_length, B, H, D), float("nan"))
        self.length = 0

    def append(self, k, v):
        free = self.both[:, self.length :]
        if k.size(2) > free.size(1):
            raise ValueError
        free[:, : k.size(2)] = torch.stack([k, v]).movedim(3, 1)
        self.length = self.length + k.size(2)
        return self.both[:, : self.length].movedim(1, 3).clone().unbind()


def variant(misconception, name, base=WithStore, **methods):
    """Register a right cache of which some methods are replaced."""
    bad(misconception, name)(type("KVCache", (base,), methods))


def joined(name, join, misconception="appends_along_another_axis"):
    def append(self, k, v):
        if k.size(2) > self.room - self.length:
            raise ValueError
        self.k, self.v = join(self.k, k), join(self.v, v)
        self.length += k.size(2)
        return self.k, self.v

    variant(misconception, name, Joining, append=append)


def after_first(dim):
    return lambda old, new: torch.cat([old, new], dim) if old.size(2) else new.clone()


joined("cache_along_rows", after_first(0))
joined("cache_along_heads", after_first(1))
joined("cache_along_width", after_first(-1))
joined("cache_newest_first", lambda old, new: torch.cat([new, old], 2), "newest_first")
joined("cache_only_new", lambda old, new: new.clone(), "returns_only_the_new")


def stored(
    misconception,
    name,
    where=lambda self, T: slice(self.length, self.length + T),
    what=lambda k, v: (k, v),
    overflow=lambda self, T: self.length + T > self.keys.size(2),
    grow=lambda self, k: k.size(2),
    give=lambda self, T: (self.keys[:, :, : self.length], self.values[:, :, : self.length]),
):
    """Register a cache with a store of which one part is another."""

    def append(self, k, v):
        T = k.size(2)
        if overflow(self, T):
            raise ValueError("full")
        place = where(self, T)
        self.keys[:, :, place], self.values[:, :, place] = what(k, v)
        self.length += grow(self, k)
        return give(self, T)

    variant(misconception, name, append=append)


stored("overwrites_from_the_start", "cache_from_0", where=lambda self, T: slice(0, T))
stored("keys_twice", "cache_of_keys", what=lambda k, v: (k, k))
stored("keys_and_values_swapped", "cache_swapped", what=lambda k, v: (v, k))
stored("length_not_updated", "cache_without_count", grow=lambda self, k: 0)
stored("length_counts_something_else", "cache_counting_calls", grow=lambda self, k: 1)
stored("length_counts_rows_too", "cache_counting_rows", grow=lambda self, k: k.size(0) * k.size(2))
stored("length_counts_something_else", "cache_counting_heads", grow=lambda self, k: k.size(1))
stored("length_counts_something_else", "cache_counting_len", grow=lambda self, k: len(k))
stored("returns_the_whole_store", "cache_uncut", give=lambda self, T: (self.keys, self.values))
stored(
    "returns_only_the_new",
    "cache_giving_new",
    give=lambda self, T: (
        self.keys[:, :, self.length - T : self.length],
        self.values[:, :, self.length - T : self.length],
    ),
)
stored(
    "returns_what_was_before",
    "cache_giving_old",
    give=lambda self, T: (
        self.keys[:, :, : self.length - T],
        self.values[:, :, : self.length - T],
    ),
)
stored("no_overflow_check", "cache_unchecked", overflow=lambda self, T: False)
stored(
    "checks_the_old_length",
    "cache_checked_before",
    overflow=lambda self, T: T > 0 and self.length >= self.keys.size(2),
)
stored(
    "room_for_one_less",
    "cache_never_full",
    overflow=lambda self, T: self.length + T >= self.keys.size(2),
)
stored(
    "refuses_what_fits",
    "cache_checked_the_wrong_way",
    overflow=lambda self, T: self.length + T <= self.keys.size(2),
)
stored("append_returns_nothing", "cache_giving_nothing", give=lambda self, T: None)
stored("append_returns_no_pair", "cache_giving_keys", give=lambda self, T: self.keys)
stored(
    "append_returns_no_pair",
    "cache_giving_a_stack",
    give=lambda self, T: torch.stack([self.keys, self.values])[:, :, :, : self.length],
)
stored(
    "one_head_for_all",
    "cache_of_one_head",
    what=lambda k, v: (k[:, :1].expand_as(k), v[:, :1].expand_as(v)),
)
