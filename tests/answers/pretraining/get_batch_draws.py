"""Wrong answers to `get_batch` whose rows are right pieces of the text, and wrongly drawn."""

import random

import numpy as np
import torch

from tests.answers.book import wrong
from tests.answers.pretraining.get_batch import batch_by_places, pair, refuse_short


def wrong_draw(misconception, name, method):
    """Keep a way to draw starts, `method(n, B, T, generator)` of n possible ones."""

    def answer(ids, B, T, generator):
        refuse_short(ids, T)
        starts = torch.as_tensor(method(len(ids) - T, B, T, generator))
        return pair(ids, starts.view(-1, 1), T)

    wrong("get_batch", misconception, f"batch_{name}")(answer)


def ints(low, high, B, g):
    return torch.randint(low, high, (B,), generator=g)


def rounded(n, B, g):
    return (torch.rand(B, generator=g) * (n - 1)).round().long()


def clamped(n, B, T, g):
    return ints(0, n + T, B, g).clamp(max=n - 1)


def dealt(n, B, g):
    """Deal out all starts before one comes again."""
    rounds = [torch.randperm(n, generator=g) for _ in range(B // n + 1)]
    return torch.cat(rounds)[:B]


def in_steps(n, B, T, g):
    return (ints(0, n, 1, g) + T * torch.arange(B)) % n


def each_twice(n, B, g):
    return ints(0, n, B // 2 + 1, g).repeat_interleave(2)[:B]


for misconception, name, method in [
    ("last_start_missing", "without_the_last", lambda n, B, T, g: ints(0, max(n - 1, 1), B, g)),
    ("last_start_missing", "without_an_end", lambda n, B, T, g: ints(0, n - 1, B, g)),
    ("first_start_missing", "without_the_first", lambda n, B, T, g: ints(min(1, n - 1), n, B, g)),
    ("reads_beyond_the_end", "one_too_far", lambda n, B, T, g: ints(0, n + 1, B, g)),
    ("reads_beyond_the_end", "anywhere", lambda n, B, T, g: ints(0, n + T, B, g)),
    ("not_equally_likely", "rounded", lambda n, B, T, g: rounded(n, B, g)),
    ("not_equally_likely", "clamped", clamped),
    ("starts_in_blocks", "blocks", lambda n, B, T, g: T * ints(0, (n + T - 1) // T, B, g)),
    ("draws_without_putting_back", "no_start_twice", lambda n, B, T, g: torch.randperm(n)[:B]),
    (
        "draws_without_putting_back",
        "without_replacement",
        lambda n, B, T, g: torch.multinomial(torch.ones(n), B, generator=g),
    ),
    ("one_start_for_all_rows", "one_start", lambda n, B, T, g: ints(0, n, 1, g).expand(B)),
    ("rows_follow_each_other", "in_steps", in_steps),
    ("rows_depend_on_each_other", "dealt", lambda n, B, T, g: dealt(n, B, g)),
    ("rows_depend_on_each_other", "sorted", lambda n, B, T, g: ints(0, n, B, g).sort().values),
    ("rows_depend_on_each_other", "twice", lambda n, B, T, g: each_twice(n, B, g)),
    ("draws_from_the_global_generator", "global", lambda n, B, T, g: torch.randint(n, (B,))),
    ("generator_not_used", "numpy", lambda n, B, T, g: np.random.default_rng().integers(n, size=B)),
    ("generator_not_used", "random", lambda n, B, T, g: [random.randrange(n) for _ in range(B)]),
    (
        "generator_not_used",
        "own_seed",
        lambda n, B, T, g: ints(0, n, B, torch.Generator().manual_seed(g.initial_seed())),
    ),
    ("generator_not_used", "in_order", lambda n, B, T, g: torch.arange(0, B * T, T) % n),
    ("same_for_every_seed", "seeded", lambda n, B, T, g: ints(0, n, B, g.manual_seed(0))),
    (
        "same_each_time",
        "seeded_again",
        lambda n, B, T, g: ints(0, n, B, g.manual_seed(g.initial_seed())),
    ),
    (
        "not_repeatable",
        "twice_drawn",
        lambda n, B, T, g: (ints(0, n, B, g) + torch.tensor(np.random.randint(n, size=B))) % n,
    ),
]:
    wrong_draw(misconception, name, method)


@wrong("get_batch", "not_neighbors")
def batch_of_single_ids(ids, B, T, generator):
    refuse_short(ids, T)
    places = torch.randint(len(ids) - 1, (B, T), generator=generator)
    return ids[places], ids[places + 1]


@wrong("get_batch", "goes_around_the_end")
def batch_around_the_end(ids, B, T, generator):
    refuse_short(ids, T)
    places = torch.randint(len(ids), (B, 1), generator=generator) + torch.arange(T)
    return ids[places % len(ids)], ids[(places + 1) % len(ids)]


@wrong("get_batch", "starts_too_late")
def batch_without_the_last_target(ids, B, T, generator):
    refuse_short(ids, T)
    places = torch.randint(len(ids) - T + 1, (B, 1), generator=generator) + torch.arange(T)
    return ids[places], ids.roll(-1)[places]


@wrong("get_batch", "starts_too_late")
def batch_with_a_padded_text(ids, B, T, generator):
    refuse_short(ids, T)
    longer = torch.cat((ids, torch.tensor([0])))
    return batch_by_places(longer, B, T, generator)


@wrong("get_batch", "reads_beyond_the_end")
def batch_of_slices_beyond(ids, B, T, generator):
    refuse_short(ids, T)
    starts = torch.randint(len(ids), (B,), generator=generator).tolist()
    x = torch.stack([ids[s : s + T] for s in starts])
    return x, torch.stack([ids[s + 1 : s + T + 1] for s in starts])


@wrong("get_batch", "no_start_left")
def batch_with_room_for_two(ids, B, T, generator):
    refuse_short(ids, T)
    return pair(ids, torch.randint(len(ids) - 2 * T, (B, 1), generator=generator), T)


@wrong("get_batch", "refuses_one_start")
def batch_of_two_starts_at_least(ids, B, T, generator):
    if len(ids) <= T + 1:
        raise ValueError("too short")
    return batch_by_places(ids, B, T, generator)


@wrong("get_batch", "forgets_the_last_target")
def batch_of_t_ids_at_least(ids, B, T, generator):
    if len(ids) < T:
        raise ValueError("too short")
    return pair(ids, torch.randint(len(ids) - T, (B, 1), generator=generator), T)


@wrong("get_batch", "raised_the_wrong_error")
def batch_without_a_test(ids, B, T, generator):
    return pair(ids, torch.randint(len(ids) - T, (B, 1), generator=generator), T)


@wrong("get_batch", "raised_the_wrong_error")
def batch_with_an_assert(ids, B, T, generator):
    assert len(ids) > T
    return batch_by_places(ids, B, T, generator)


@wrong("get_batch", "no_error")
def batch_of_nothing(ids, B, T, generator):
    if len(ids) <= T:
        return torch.empty(0, T, dtype=torch.int64), torch.empty(0, T, dtype=torch.int64)
    return batch_by_places(ids, B, T, generator)
