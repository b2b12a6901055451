"""What to say about a mask that does not mark just the answers."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.sft import response_mask_ways as ways
from course_lib.exercises.sft.response_mask_ways import Marks, Row, Scan, Way, method_of


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name a result that is no mask, whatever it marks."""
    if not isinstance(value, Tensor):
        return None
    ids = inputs["ids"]
    if value.dtype == torch.bool:
        short = value.shape == (len(ids) - 1,)
        return ONE_SHORT if short and any(value.equal(r) for r in (right[1:], right[:-1])) else None
    if value.shape == right.shape and value.ne(0).equal(right) and not value[right].ne(1).any():
        return OF_NUMBERS
    if value.shape == right.shape and value[right].equal(ids[right]):
        return LABELS if value[~right].unique().numel() <= 1 else None
    chosen = (ids[right], right.nonzero().flatten())
    return CHOSEN if any(value.equal(one) for one in chosen) else None


OF_NUMBERS = Mistake(
    "mask_of_numbers",
    known_by_property,
    "The marks are in the right places, but they are numbers. A mask is of True and False: "
    "`dtype=torch.bool`. With numbers, `x[mask]` would look up rows 0 and 1.",
)
LABELS = Mistake(
    "labels_for_a_mask",
    known_by_property,
    "These are the ids, with another number in place of those that do not count. Asked for is only "
    "which of them count: True or False for each.",
)
CHOSEN = Mistake(
    "ids_for_a_mask",
    known_by_property,
    "These are the tokens of the answers, or their places. Asked for is one True or False for each "
    "of the T tokens.",
)
ONE_SHORT = Mistake(
    "one_place_short",
    known_by_property,
    "One token has no mark. Here each of the T tokens has one; they are shifted later, together "
    "with the targets.",
)


def _raises(kind: type[Exception], when: Callable[[Row, Row, int], bool]) -> Way:
    """Return a way that raises an error where `when(row, start, end)`, and is right elsewhere."""

    def way(row: Row, start: Row, end: int) -> Marks:
        if when(row, start, end):
            raise kind
        return ways.right(row, start, end)

    return way


def _is_cut_off(row: Row, start: Row, end: int) -> bool:
    ended = [*row, end]  # an end more is marked only where one is missing
    return ways.right(ended, start, end)[-1]


def _ends_in_part(row: Row, start: Row, end: int) -> bool:
    parts = (start[:n] for n in range(1, len(start)))
    return not _is_cut_off(row, start, end) and any(row[-len(p) :] == p for p in parts)


def _has_a_shorter_piece(row: Row, start: Row, end: int) -> bool:
    """Say whether a piece of some ids, but fewer than the opening's, is compared with it."""
    unmarked = 0
    for mark in reversed(ways.right(row, start, end)):
        if mark:
            break
        unmarked += 1
    return min(unmarked, len(start) - 1) >= 2


def _written_in(row: Row, start: Row, end: int) -> Marks:
    return ways.right(row, [7, 5, 1], 8)  # those of the example


def _each(name: str, cause: str, *mistaken: Way) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method_of(way), cause) for way in mistaken)


def _part(length: int) -> Scan:
    """Return a scan that compares all ids of the opening but so many."""

    def opens(row: Row, start: Row, place: int) -> bool:
        return ways.stands_at(row, start[: max(len(start) - length, 1)], place)

    return Scan(opens=opens)


MISTAKES = (
    OF_NUMBERS,
    LABELS,
    CHOSEN,
    ONE_SHORT,
    *_each(
        "marks_everything",
        "Every token is marked. Then the model learns to ask the user's questions, too.",
        lambda row, start, end: [True] * len(row),
    ),
    *_each(
        "marks_nothing",
        "Nothing is marked. Print what you compare with the opening, and its length: a single id "
        "is never equal to several.",
        lambda row, start, end: [False] * len(row),
    ),
    *_each(
        "marks_the_others",
        "The mask is the wrong way round: True is what the assistant says.",
        ways.turned,
    ),
    *_each(
        "marks_the_opening",
        "Ids of the opening are marked. They are given before the model writes; it need not learn "
        "to say who speaks.",
        ways.with_opening,
        Scan(before=1),
        Scan(before=2),
    ),
    *_each(
        "leaves_out_the_end",
        "The `end_id` of an answer is not marked. The model has to learn to say it: how would it "
        "stop otherwise?",
        Scan(closing=False),
    ),
    *_each(
        "marks_the_newline",
        "The mark goes on behind the `end_id`. The newline there belongs to the template, and "
        "nobody will ask the model for it.",
        Scan(behind=1),
    ),
    *_each(
        "starts_too_late",
        "The first token of an answer is not marked. Count on paper: an opening at place i with k "
        "ids, where does the content begin?",
        Scan(before=-1),
    ),
    *_each(
        "marks_the_place_before",
        "Each mark stands one place too early. It belongs to the token itself; the shift by one "
        "comes later, when logits and targets are put side by side.",
        ways.place_before,
    ),
    *_each(
        "marks_all_ends",
        "The `end_id` of others is marked, too. Only one that closes an answer is.",
        ways.with_all_ends,
    ),
    *_each(
        "one_id_is_enough",
        "One id of the opening was enough. All messages begin with the same id, and the others "
        "stand in any text: the whole opening has to fit, in its order.",
        _part(99),
        Scan(opens=lambda row, start, i: row[i] == start[0], width=lambda start: 1),
        Scan(opens=lambda row, start, i: row[i] == start[-1], width=lambda start: 1),
        Scan(opens=lambda row, start, i: row[i] in start, width=lambda start: 1),
        Scan(opens=lambda row, start, i: row[i] in start),
    ),
    *_each(
        "not_in_the_opening",
        "Every id was marked that is not one of the opening's. Whose message a token is in depends "
        "on what stands before it.",
        ways.other_ids,
        ways.other_ids_and_no_end,
    ),
    *_each(
        "every_second_message",
        "Every second message was marked. Nobody said that they take turns: look for the opening.",
        ways.every_second,
    ),
    *_each(
        "never_ends",
        "An answer ends at its first `end_id`. Here the mark goes on over what others say next.",
        ways.from_first_to(lambda row, end: len(row)),
        ways.from_first_to(ways.last_end),
        ways.to_the_next_opening,
    ),
    *_each(
        "compares_a_shorter_piece",
        "Near the end of the row a slice has fewer ids than the opening, and `==` of tensors of "
        "two lengths fails. `torch.equal` and lists say False in that case.",
        _raises(RuntimeError, _has_a_shorter_piece),
    ),
    *_each(
        "ends_at_another_end",
        "An `end_id` counted that closes the message of somebody who spoke before. Only what "
        "stands behind the opening can end the answer.",
        ways.from_first_to(ways.first_end),
        ways.openings_less_ends,
    ),
    *_each(
        "first_answer_only",
        "Only the first answer is marked. Look for another opening behind its end. Does a `break` "
        "or `return` stand in the way?",
        ways.first_answer,
    ),
    *_each(
        "last_answer_only",
        "Only the last answer is marked. Is the mask made anew for each?",
        ways.last_answer,
    ),
    *_each(
        "ids_written_in",
        "These are the answers for the ids of the example. The opening and the end come in as "
        "arguments, and another tokenizer has others.",
        _written_in,
    ),
    *_each(
        "assumes_a_length",
        "The opening was taken to have as many ids as in the example. `len(assistant_start)` "
        "knows.",
        Scan(width=lambda start: 3),
    ),
    *_each(
        "needs_an_end",
        "An answer may be cut off, so that its `end_id` never comes. `index` then raises, and so "
        "does the first item of an empty tensor.",
        _raises(ValueError, _is_cut_off),
        _raises(IndexError, _is_cut_off),
        _raises(RuntimeError, _is_cut_off),
    ),
    *_each(
        "drops_what_is_cut_off",
        "The last answer is cut off, and was not marked. What there is of it counts, up to the end "
        "of the row.",
        Scan(cut_off=False),
    ),
    *_each(
        "drops_an_empty_answer",
        "An answer without content was left out. Its `end_id` counts: the assistant chose to say "
        "nothing.",
        Scan(empty=False),
    ),
    *_each(
        "runs_over_an_empty_answer",
        "The `end_id` of an empty answer was overlooked, and the mark ran on. It may stand right "
        "behind the opening.",
        Scan(skipped=1),
    ),
    *_each(
        "reads_beyond_the_row",
        "The row ends in the first ids of an opening, and your function looked for the rest behind "
        "its end. A slice is never too long; an index is.",
        _raises(IndexError, _ends_in_part),
    ),
    *_each(
        "goes_around",
        "An opening was found that begins at the end of the row and goes on at its beginning. "
        "`roll` and negative indices go around.",
        ways.going_around,
    ),
    *_each(
        "part_of_the_opening_is_enough",
        "Something was taken for an opening that is not one. All its ids have to fit, in their "
        "order, with nothing between.",
        _part(1),
        ways.by_the_last_two,
        Scan(opens=lambda row, start, i: sorted(row[i : i + len(start)]) == sorted(start)),
        Scan(opens=lambda row, start, i: set(row[i : i + len(start)]) == set(start)),
        ways.counting(gaps=True),
    ),
    *_each(
        "misses_an_opening",
        "An opening was overlooked that comes right behind a part of one. If you count the ids "
        "that fit: one that does not fit may itself belong to an opening. And if you go on in "
        "steps, go on by one.",
        ways.counting(),
        ways.counting(again=True),
        Scan(step=len),
    ),
    *_each(
        "opens_within_an_answer",
        "An opening inside of an answer was taken for a new one. Until its `end_id` comes, "
        "whatever stands in an answer is its content.",
        ways.anew_at_each_opening,
        ways.less_each_opening,
    ),
    *_each(
        "needs_a_long_row",
        "A row may be shorter than the opening, and `unfold` cannot cut a window out of that. No "
        "opening fits in: what is the mask?",
        _raises(RuntimeError, lambda row, start, end: len(row) < len(start)),
    ),
)
