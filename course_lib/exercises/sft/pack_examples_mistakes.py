"""The mistakes in rows of examples that are told by the rows, and what to say about each."""

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.sft import pack_segments


def _mistake(name: str, cause: str) -> Mistake:
    return Mistake(name, known_by_property, cause)


NOT_TENSORS = _mistake(
    "wrong_inner_type",
    "Two tensors are asked for. `torch.tensor(...)` makes one of a list of lists that are all of "
    "one length.",
)
SWAPPED = _mistake("swapped", "The two changed places: first the ids, then the segments.")
A_MASK = _mistake(
    "segments_are_a_mask",
    "True and False tell padding from the rest, and not one example from the next. Number them.",
)
EMPTY_WITHOUT_A_WIDTH = _mistake(
    "empty_without_a_width",
    "No example makes no row, and a row is still `row_length` wide. `torch.tensor([])` knows "
    "nothing of that, and is float32 as well; `torch.full((0, row_length), pad_id)` is a tensor of "
    "ids with the right shape.",
)
WRONG_WIDTH = _mistake(
    "wrong_width",
    "Every row has `row_length` places, however many of them are used.",
)
ROW_OF_PADDING = _mistake(
    "row_of_padding",
    "A row holds nothing but padding. Was it begun before an example was there to stand in it?",
)
PACKS_NOTHING = _mistake(
    "packs_nothing",
    "Each example has a row of its own. An example that fits the row before should stand there.",
)
NEVER_FILLS_A_ROW = _mistake(
    "never_fills_a_row",
    "These two rows would fill one row exactly, or nearly so. Does your comparison refuse what "
    "just fits, or keep a place free that nobody uses?",
)
LEAVES_ROOM = _mistake(
    "leaves_room",
    "A new row was begun although the example had room in the row before. Begin one only where "
    "it has none. (And leave the rows in the order in which they were begun.)",
)
LIMITS_A_ROW = _mistake(
    "limits_a_row",
    "A new row was begun after so many examples, although there was room. What fills a row is ids: "
    "it may hold any number of examples.",
)
REPEATS = _mistake(
    "repeats_examples",
    "An example is there too often. When a new row begins, does it begin empty?",
)
LOSES_EXAMPLES = _mistake(
    "loses_examples",
    "Examples are missing. What happens to the one that does not fit a row any more?",
)
DROPS_DOUBLES = _mistake(
    "drops_doubles",
    "Two examples are alike, and one of them is missing. A set or the keys of a dict hold each "
    "only once.",
)
LOSES_THE_LAST_ROW = _mistake(
    "loses_the_last_row",
    "The last examples are missing. Is a row only kept when the next one begins? After the loop, "
    "one is still open.",
)
WRONG_PADDING = _mistake(
    "wrong_padding",
    "The rest of a row holds something else than `pad_id`, which comes in as an argument.",
)
PADS_IN_FRONT = _mistake(
    "pads_in_front",
    "Padding stands before the examples. It comes at the end of a row.",
)
PADDING_INSIDE = _mistake(
    "padding_inside",
    "Padding stands between two examples. They stand side by side, and what is free comes last.",
)
SPLITS_EXAMPLES = _mistake(
    "splits_examples",
    "All examples were joined to one line and cut into rows, so that an example goes on in the "
    "next row, where nobody knows its beginning. Each stays whole, in one row.",
)
CUTS_EXAMPLES = _mistake(
    "cuts_examples",
    "An example was cut off where its row ends. One that does not fit begins the next row.",
)
DROPS_PAD_IDS = _mistake(
    "drops_pad_ids",
    "Ids that equal `pad_id` are missing inside an example. There they are ids like any other.",
)
CHANGES_EXAMPLES = _mistake(
    "changes_examples",
    "In this row stands something that is no example: ids in another order, too many or too few. "
    "Print what your function puts there.",
)
MISTAKES = (
    NOT_TENSORS,
    SWAPPED,
    A_MASK,
    EMPTY_WITHOUT_A_WIDTH,
    WRONG_WIDTH,
    ROW_OF_PADDING,
    PACKS_NOTHING,
    NEVER_FILLS_A_ROW,
    LEAVES_ROOM,
    LIMITS_A_ROW,
    REPEATS,
    LOSES_EXAMPLES,
    DROPS_DOUBLES,
    LOSES_THE_LAST_ROW,
    WRONG_PADDING,
    PADS_IN_FRONT,
    PADDING_INSIDE,
    SPLITS_EXAMPLES,
    CUTS_EXAMPLES,
    DROPS_PAD_IDS,
    CHANGES_EXAMPLES,
    *pack_segments.SEGMENT_MISTAKES,
)
