"""Ways to compare two texts that change signs the task leaves alone, or leave white space."""

import re
import unicodedata

from course_lib.exercises.sft.exact_match_mistakes import (
    MARKS,
    Form,
    Method,
    after_squeezing,
    before_mark,
    each,
    plain,
    same_form,
)

SPACES = (r"[ \t\n]", r"[ \t\r\n]", r"[ \t\n\r\f\v]")


def _with(pattern: str, other: str) -> Method:
    """Return a method that writes something else for each match of a pattern."""
    return same_form(lambda text: plain(re.sub(pattern, other, text)))


def _less_one_of(marks: tuple[str, ...]) -> Form:
    return lambda text: text[:-1].rstrip() if text.endswith(marks) else text


def _normalized(form: str) -> Method:
    return same_form(lambda text: plain(unicodedata.normalize(form, text)))


SIGN_MISTAKES = (
    *each(
        "drops_apostrophes",
        "An apostrophe was dropped. It is a sign inside of the text like any other, and *it's* is "
        "not *its*: only one full stop, exclamation mark or question mark is dropped, at the end.",
        _with("'", ""),
        _with("'", " "),
        _with(r"\b'", ""),
        _with(r"\b'\b", ""),
    ),
    *each(
        "changes_hyphens",
        "A hyphen was dropped, or taken for a space. It is no white space, and no sign that is "
        "dropped: *a-b* stays as it is.",
        _with("-", ""),
        _with("-", " "),
    ),
    *each(
        "other_ends_are_dropped",
        "Another sign was dropped from the end. Three are: `.`, `!` and `?`. An ellipsis `…` is a "
        "sign of its own, no full stop, and so is `。`.",
        *(
            after_squeezing(_less_one_of((*MARKS, *more)))
            for more in (("…",), ("。",), ("…", "。"))
        ),
    ),
    *each(
        "normalizes",
        "Signs that look alike, or mean the same, were taken for equal: `unicodedata.normalize` "
        "makes one of them. The three steps of the task do not.",
        *map(_normalized, ("NFC", "NFKC")),
    ),
    *each(
        "knows_some_white_space",
        "Some white space was left as it is: a carriage return, as in `\\r\\n`, or a no-break "
        "space, `\\xa0`. `split()` without an argument knows all kinds, and so do `strip()` and "
        "`isspace()`; a list of your own is too short.",
        *(
            before_mark(lambda t, space=space: re.sub(f"{space}+", " ", t.casefold().strip()))
            for space in SPACES
        ),
        before_mark(lambda text: re.sub(r"[ \t\n\u00a0]+", " ", text.casefold().strip())),
        before_mark(lambda text: re.sub(r"\s+", " ", text.casefold().strip(" \t\n"))),
    ),
)
