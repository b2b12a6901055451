"""Methods of mistaken caches, each to take the place of a right one."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from course_lib.exercises.sampling.cache_ways import Joined, Store, with_cache


def joins_along(dim: int) -> Callable:
    def write(self: Joined, k: Tensor, v: Tensor) -> None:
        self.k = torch.cat((self.k, k), dim) if self.length else k.clone()
        self.v = torch.cat((self.v, v), dim) if self.length else v.clone()

    return write


def newest_first(self: Joined, k: Tensor, v: Tensor) -> None:
    self.k, self.v = torch.cat((k, self.k), 2), torch.cat((v, self.v), 2)


def from_the_start(self: Store, k: Tensor, v: Tensor) -> None:
    self.k[:, :, : k.size(2)] = k
    self.v[:, :, : k.size(2)] = v


def keys_twice(self: Store, k: Tensor, v: Tensor) -> None:
    Store.write(self, k, k)


def only_the_first(self: Store, k: Tensor, v: Tensor) -> None:
    if k.size(2):
        Store.write(self, k[:, :, :1], v[:, :, :1])


def over_the_first_head(self: Store, k: Tensor, v: Tensor) -> None:
    Store.write(self, k[:, :1].expand_as(k), v[:, :1].expand_as(v))


def over_the_first_row(self: Store, k: Tensor, v: Tensor) -> None:
    Store.write(self, k[:1].expand_as(k), v[:1].expand_as(v))


def latest(self: Joined, k: Tensor, v: Tensor) -> None:
    Joined.write(self, k, v)
    self.k, self.v = self.k[:, :, -self.room :], self.v[:, :, -self.room :]


def earliest(self: Joined, k: Tensor, v: Tensor) -> None:
    Joined.write(self, k, v)
    self.k, self.v = self.k[:, :, : self.room], self.v[:, :, : self.room]


def kept(self: Joined, k: Tensor) -> int:
    return self.k.size(2)


def no_check(self: Store, k: Tensor) -> None:
    pass


def before_it_grows(self: Store, k: Tensor) -> None:
    if self.length >= self.room and k.size(2):
        raise ValueError


def room_for_one_less(self: Store, k: Tensor) -> None:
    if self.length + k.size(2) >= self.room:
        raise ValueError


def chunk_alone(self: Store, k: Tensor) -> None:
    if k.size(2) > self.room:
        raise ValueError


def checks_late(self: Joined, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    self.write(k, v)
    self.length = self.grown(k)
    Store.check(self, k[:, :, :0])
    return self.give(k, v)


def joins_then_checks(self: Joined, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    self.write(k, v)
    if self.k.size(2) > self.room:
        raise ValueError
    self.length = self.k.size(2)
    return self.give(k, v)


def counts_then_checks(self: Store, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    self.length += k.size(2)
    Store.check(self, k[:, :, :0])
    self.length -= k.size(2)
    return Store.append(self, k, v)


def counts(count: Callable[[Tensor], int]) -> Iterator[Callable]:
    """Yield the method of a cache that grows by another number, for both kinds of store."""

    def grown(self: Store, k: Tensor) -> int:
        return self.length + count(k)

    for kind in (Joined, Store):
        yield with_cache(kind, grown=grown)
        yield with_cache(kind, grown=grown, check=no_check)
