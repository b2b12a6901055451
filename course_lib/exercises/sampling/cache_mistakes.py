"""The mistakes that people make in `KVCache`."""

from collections.abc import Callable, Iterator

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.sampling import cache_methods as methods
from course_lib.exercises.sampling.cache_ways import (
    AllShared,
    FirstReferring,
    Joined,
    Moving,
    Referring,
    Shared,
    Store,
    with_cache,
)


def _all(name: str, found: Iterator[Callable], cause: str) -> list[Mistake]:
    return [Mistake(name, method, cause) for method in found]


AXES = (
    "The new positions were joined along another axis. In (B, H, T, D), positions are axis 2: "
    "`dim=2`."
)
NO_CHECK = (
    "Compare `length` and the new positions with `context_length` before you write anything, and "
    "`raise ValueError(...)`."
)
TOO_LATE = "It said so, but by then the cache had changed. Check first, then write and count."
OWN = "These tensors belong to the caller, who may write into them. Copy their numbers."
PER_CACHE = (
    "Two caches share what they hold. What belongs to one is made in `__init__`, with `self.`."
)
LENGTH = "`length` counts positions: it grows by T, the size of axis 2, at each `append`."
SHARED = Mistake("shared_by_all_caches", with_cache(Shared), PER_CACHE)
MISTAKES = (
    Mistake("appends_along_another_axis", with_cache(Joined, write=methods.joins_along(0)), AXES),
    Mistake("appends_along_another_axis", with_cache(Joined, write=methods.joins_along(1)), AXES),
    Mistake("appends_along_another_axis", with_cache(Joined, write=methods.joins_along(3)), AXES),
    Mistake(
        "newest_first",
        with_cache(Joined, write=methods.newest_first),
        "The new positions stand before the old ones. The order of `cat` is the order of its list.",
    ),
    Mistake(
        "keys_and_values_swapped",
        with_cache(Store, give=lambda self, k, v: Store.give(self, k, v)[::-1]),
        "Keys and values changed places. First all keys, then all values.",
    ),
    Mistake(
        "keys_twice",
        with_cache(Store, write=methods.keys_twice),
        "The values are the keys once more. Is it `v` in every line about values?",
    ),
    Mistake(
        "overwrites_from_the_start",
        with_cache(Store, write=methods.from_the_start),
        "New positions were written over the old ones. They begin where the old ones end, at "
        "`length`.",
    ),
    Mistake(
        "returns_only_the_new",
        with_cache(Store, give=lambda self, k, v: (k.clone(), v.clone())),
        "Only the new positions came back. The query needs all keys and values so far.",
    ),
    Mistake(
        "returns_the_whole_store",
        with_cache(Store, give=lambda self, k, v: (self.k.clone(), self.v.clone())),
        "All of the store came back, with places that nobody has filled. Cut it at `length`.",
    ),
    Mistake(
        "returns_the_whole_store",
        with_cache(Store, give=lambda self, k, v: (self.k, self.v)),
        "All of the store came back, with places that nobody has filled. Cut it at `length`.",
    ),
    Mistake(
        "returns_what_was_before",
        with_cache(
            Store,
            give=lambda self, k, v: (
                self.k[:, :, : self.length - k.size(2)],
                self.v[:, :, : self.length - k.size(2)],
            ),
        ),
        "The new positions are missing: it was cut at the old `length`.",
    ),
    Mistake(
        "only_the_first_of_a_chunk",
        with_cache(Store, write=methods.only_the_first),
        "Of a chunk, only the first position was written. T may be more than 1.",
    ),
    Mistake(
        "one_head_for_all",
        with_cache(Store, write=methods.over_the_first_head),
        "All heads hold what belongs to the first.",
    ),
    Mistake(
        "one_row_for_all",
        with_cache(Store, write=methods.over_the_first_row),
        "All rows hold what belongs to the first.",
    ),
    *_all("length_not_updated", methods.counts(lambda k: 0), LENGTH),
    *_all("length_counts_something_else", methods.counts(lambda k: 1), LENGTH),
    *_all("length_counts_rows_too", methods.counts(lambda k: k.size(0) * k.size(2)), LENGTH),
    *_all("length_counts_rows_too", methods.counts(lambda k: k[..., 0].numel()), LENGTH),
    *_all("length_counts_something_else", methods.counts(lambda k: k.size(1)), LENGTH),
    *_all("length_counts_something_else", methods.counts(lambda k: k.size(0)), LENGTH),
    *_all("length_counts_something_else", methods.counts(lambda k: k.size(3)), LENGTH),
    Mistake("no_overflow_check", with_cache(Joined, check=methods.no_check), NO_CHECK),
    Mistake("no_overflow_check", with_cache(Store, check=methods.no_check), NO_CHECK),
    Mistake(
        "checks_the_chunk_alone",
        with_cache(Joined, check=methods.chunk_alone),
        f"The chunk alone was compared, without what is there already. {NO_CHECK}",
    ),
    Mistake(
        "checks_the_old_length",
        with_cache(Joined, check=methods.before_it_grows),
        f"The old length was compared, without the new positions. {NO_CHECK}",
    ),
    Mistake(
        "checks_the_old_length",
        with_cache(Store, check=methods.before_it_grows),
        "Was the old length compared, without the new positions? Or did the writing come before "
        f"the test, so that torch refused first? {NO_CHECK}",
    ),
    Mistake(
        "forgets_the_oldest",
        with_cache(Joined, check=methods.no_check, write=methods.latest, grown=methods.kept),
        f"The oldest positions gave way to new ones. Here that is an error. {NO_CHECK}",
    ),
    Mistake(
        "keeps_what_fits",
        with_cache(Joined, check=methods.no_check, write=methods.earliest, grown=methods.kept),
        f"What did not fit was dropped without a word. {NO_CHECK}",
    ),
    Mistake(
        "changed_by_what_does_not_fit", with_cache(Joined, append=methods.checks_late), TOO_LATE
    ),
    Mistake(
        "changed_by_what_does_not_fit",
        with_cache(Joined, append=methods.joins_then_checks),
        TOO_LATE,
    ),
    Mistake(
        "changed_by_what_does_not_fit",
        with_cache(Store, append=methods.counts_then_checks),
        TOO_LATE,
    ),
    SHARED,
    Mistake("shared_by_all_caches", with_cache(AllShared), PER_CACHE),
    Mistake("keeps_the_callers_tensors", with_cache(Referring), OWN),
    Mistake("keeps_the_callers_tensors", with_cache(FirstReferring), OWN),
    Mistake(
        "changes_what_it_gave",
        with_cache(Moving),
        "What an earlier `append` returned holds other numbers now. Whatever is written once must "
        "stay in its place.",
    ),
    Mistake(
        "room_for_one_less",
        with_cache(Store, check=methods.room_for_one_less),
        "`context_length` positions fit, the last one too. Is it `>` or `>=`?",
    ),
)
