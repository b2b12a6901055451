"""Answers to `KVCache` that are wrong in what they keep, and in what they share."""

from weakref import WeakSet

import torch

from tests.answers.sampling.kv_cache import Joining, WithStore, bad


@bad("only_the_first_of_a_chunk", "cache_one_at_a_time")
class OneAtATime(WithStore):
    def append(self, k, v):
        if self.length + k.size(2) > self.keys.size(2):
            raise ValueError
        for store, new in ((self.keys, k), (self.values, v)):
            store[:, :, self.length : self.length + 1] = new[:, :, :1]
        self.length += k.size(2)
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]


@bad("length_counts_something_else", "cache_of_single_tokens")
class SingleTokens(WithStore):
    def append(self, k, v):
        if self.length + k.size(2) > self.keys.size(2):
            raise ValueError
        if k.size(2):
            self.keys[:, :, self.length], self.values[:, :, self.length] = k[:, :, 0], v[:, :, 0]
        self.length += 1
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]


@bad("no_overflow_check", "cache_that_grows_for_ever")
class Endless(Joining):
    def append(self, k, v):
        self.k, self.v = torch.cat([self.k, k], 2), torch.cat([self.v, v], 2)
        self.length = self.k.size(2)
        return self.k, self.v


@bad("checks_the_chunk_alone", "cache_checking_the_chunk")
class CheckingTheChunk(Joining):
    def append(self, k, v):
        if k.size(2) > self.room:
            raise ValueError
        return Endless.append(self, k, v)


@bad("forgets_the_oldest", "cache_with_a_window")
class Window(Joining):
    def append(self, k, v):
        self.k = torch.cat([self.k, k], 2)[:, :, -self.room :]
        self.v = torch.cat([self.v, v], 2)[:, :, -self.room :]
        self.length = self.k.size(2)
        return self.k, self.v


@bad("keeps_what_fits", "cache_that_drops_the_rest")
class DropsTheRest(WithStore):
    def append(self, k, v):
        free = self.keys.size(2) - self.length
        return super().append(k[:, :, :free], v[:, :, :free])


@bad("changed_by_what_does_not_fit", "cache_that_joins_then_checks")
class JoinsThenChecks(Joining):
    def append(self, k, v):
        self.k, self.v = torch.cat([self.k, k], 2), torch.cat([self.v, v], 2)
        if self.k.size(2) > self.room:
            raise ValueError("full")
        self.length = self.k.size(2)
        return self.k, self.v


@bad("checks_the_old_length", "cache_that_writes_then_checks")
class WritesThenChecks(WithStore):
    def append(self, k, v):
        end = self.length + k.size(2)
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        if end > self.keys.size(2):
            raise ValueError("full")
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]


@bad("changed_by_what_does_not_fit", "cache_that_counts_then_checks")
class CountsThenChecks(WithStore):
    def append(self, k, v):
        start = self.length
        self.length += k.size(2)
        if self.length > self.keys.size(2):
            raise ValueError("full")
        self.keys[:, :, start : self.length] = k
        self.values[:, :, start : self.length] = v
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]


@bad("shared_by_all_caches", "cache_in_its_class")
class InItsClass(Joining):
    parts, alive = [], WeakSet()

    def __init__(self, B, H, context_length, D):
        super().__init__(B, H, context_length, D)
        if not self.alive:  # a case finds nothing of those before it, whatever ran before
            self.parts.clear()
        self.alive.add(self)

    def append(self, k, v):
        if self.length + k.size(2) > self.room:
            raise ValueError
        self.parts.append((k.clone(), v.clone()))
        self.length += k.size(2)
        return tuple(torch.cat(part, 2) for part in zip(*self.parts, strict=True))


@bad("shared_by_all_caches", "cache_emptied_by_each_new_one")
class EmptiedByEach(InItsClass):
    def __init__(self, B, H, context_length, D):
        super().__init__(B, H, context_length, D)
        self.parts.clear()


@bad("shared_by_all_caches", "cache_with_one_store_for_all")
class OneStore(WithStore):
    stores = {}

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.keys, self.values = self.stores.setdefault(sizes, (self.keys, self.values))


@bad("keeps_the_callers_tensors", "cache_of_references")
class References(Joining):
    def __init__(self, B, H, context_length, D):
        super().__init__(B, H, context_length, D)
        self.parts = []

    def append(self, k, v):
        if self.length + k.size(2) > self.room:
            raise ValueError
        self.parts.append((k, v))
        self.length += k.size(2)
        return tuple(torch.cat(part, 2) for part in zip(*self.parts, strict=True))


@bad("keeps_the_callers_tensors", "cache_starting_with_a_reference")
class FirstReference(Joining):
    def append(self, k, v):
        if self.length + k.size(2) > self.room:
            raise ValueError
        first = self.length == 0
        self.k = k if first else torch.cat([self.k, k], 2)
        self.v = v if first else torch.cat([self.v, v], 2)
        self.length += k.size(2)
        return self.k, self.v


@bad("changes_what_it_gave", "cache_that_moves")
class Moving(WithStore):
    def append(self, k, v):
        T, room = k.size(2), self.keys.size(2)
        if self.length + T > room:
            raise ValueError
        for store, new in ((self.keys, k), (self.values, v)):
            store.copy_(torch.cat([store[:, :, T:], new], 2))
        self.length += T
        return self.keys[:, :, room - self.length :], self.values[:, :, room - self.length :]


@bad("length_is_no_int", "cache_with_a_method")
class WithMethod(WithStore):
    def __init__(self, B, H, context_length, D):
        super().__init__(B, H, context_length, D)
        self.n, self.length = 0, lambda: self.n


@bad("length_is_no_int", "cache_with_a_tensor")
class WithTensor(WithStore):
    def __init__(self, B, H, context_length, D):
        super().__init__(B, H, context_length, D)
        self.length = torch.tensor(0)


@bad("changed_inputs", "cache_that_scales_in_place")
class Scaling(WithStore):
    def append(self, k, v):
        k *= 0.5
        return super().append(k * 2, v)


@bad("not_attempted", "cache_not_written")
class NotWritten:
    def __init__(self, B, H, context_length, D):
        raise NotImplementedError

    def append(self, k, v):
        raise NotImplementedError


@bad("not_attempted", "cache_half_written")
class HalfWritten(WithStore):
    def append(self, k, v):
        raise NotImplementedError
