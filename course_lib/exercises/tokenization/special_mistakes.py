"""`encode_special` in plain loops, the ground truth, and what people do by mistake in it."""

import re

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.tokenization.calls import encoder


def pieces_of(text: str, specials: dict) -> list[str]:
    """Cut text into special tokens, the longest at each place, and the text between them."""
    pieces = [""]
    while text:
        here = [name for name in specials if text.startswith(name)]
        if here:
            longest = max(here, key=len)
            pieces += [longest, ""]
            text = text[len(longest) :]
        else:
            pieces[-1] += text[0]
            text = text[1:]
    return pieces


def truth(inputs: dict) -> list:
    encode, specials = encoder(inputs["pieces"]), inputs["specials"]
    ids = []
    for place, piece in enumerate(pieces_of(inputs["text"], specials)):
        if place % 2 and piece not in inputs["allowed"]:
            raise ValueError(piece)
        ids += [specials[piece]] if place % 2 else encode(piece)
    return ids


def refused(inputs: dict) -> list[str]:
    """Return the special tokens that stand in the text and are not allowed."""
    found = pieces_of(inputs["text"], inputs["specials"])[1::2]
    return [name for name in found if name not in inputs["allowed"]]


def _all_allowed(inputs: dict) -> list:
    return truth(inputs | {"allowed": list(inputs["specials"])})


def _only_allowed_are_special(inputs: dict) -> list:
    allowed = {name: inputs["specials"][name] for name in inputs["allowed"]}
    return truth(inputs | {"specials": allowed})


def _ordinary(inputs: dict) -> list:
    return encoder(inputs["pieces"])(inputs["text"])


def _in_given_order(inputs: dict) -> list:
    """Look for the special tokens in the order of the dict, not the longest first."""
    ids = []
    pattern = "|".join(re.escape(name) for name in inputs["specials"])
    for piece in re.split(f"({pattern})", inputs["text"]):
        special = piece in inputs["specials"]
        ids += [inputs["specials"][piece]] if special else encoder(inputs["pieces"])(piece)
    return ids


def _not_escaped(inputs: dict) -> list:
    ids = []
    names = sorted(inputs["specials"], key=len, reverse=True)
    for piece in re.split(f"({'|'.join(names)})", inputs["text"]):
        special = piece in inputs["specials"]
        ids += [inputs["specials"][piece]] if special else encoder(inputs["pieces"])(piece or "")
    return ids


def _not_escaped_by_place(inputs: dict) -> list:
    names = sorted(inputs["specials"], key=len, reverse=True)
    for piece in re.split(f"({'|'.join(names)})", inputs["text"])[1::2]:
        if piece not in inputs["allowed"]:
            raise ValueError(piece)
    return _not_escaped(inputs)


def _only_specials(inputs: dict) -> list:
    return [inputs["specials"][n] for n in pieces_of(inputs["text"], inputs["specials"])[1::2]]


def _specials_last(inputs: dict) -> list:
    between = pieces_of(inputs["text"], inputs["specials"])[::2]
    return encoder(inputs["pieces"])("".join(between)) + _only_specials(inputs)


def _no_tail(inputs: dict) -> list:
    pieces = pieces_of(inputs["text"], inputs["specials"])
    return truth(inputs | {"text": "".join(pieces[:-1])})


def _nothing_between(inputs: dict) -> list:
    return truth(inputs | {"text": "".join(pieces_of(inputs["text"], inputs["specials"])[::2])})


def _first_only(inputs: dict) -> list:
    pieces = pieces_of(inputs["text"], inputs["specials"])
    rest = encoder(inputs["pieces"])("".join(pieces[2:]))
    return truth(inputs | {"text": "".join(pieces[:2])}) + rest


def _letter_by_letter(inputs: dict) -> list:
    return truth(inputs | {"pieces": {}})


def _refuses_what_is_not_there(inputs: dict) -> list:
    if set(inputs["specials"]) - set(inputs["allowed"]):
        raise ValueError
    return truth(inputs)


def _refuses_allowed_that_is_missing(inputs: dict) -> list:
    if any(name not in inputs["text"] for name in inputs["allowed"]):
        raise ValueError
    return truth(inputs)


def _key_error(inputs: dict) -> list:
    raise KeyError


def _drop_refused(inputs: dict) -> dict:
    pieces = pieces_of(inputs["text"], inputs["specials"])
    kept = [piece for piece in pieces if piece not in refused(inputs)]
    return inputs | {"text": "".join(kept)}


ESCAPE = (
    "The name of a special token was read as a pattern, in which |, [ and . have a meaning of "
    "their own. `regex.escape(name)` takes that away."
)
REFUSED = (
    "A special token stands in the text and is not in `allowed`. Neither its id nor its letters "
    "are right then: a silent choice hides an attack or a mistake. Raise ValueError."
)
MISTAKES = (
    Mistake("special_though_not_allowed", _all_allowed, REFUSED),
    Mistake("hides_what_is_not_allowed", _only_allowed_are_special, REFUSED),
    Mistake(
        "hides_what_is_not_allowed",
        lambda inputs: truth(_drop_refused(inputs)),
        REFUSED,
    ),
    Mistake(
        "text_though_special",
        _ordinary,
        "The special token was encoded as ordinary text. Cut the text at the special tokens before "
        "you call `encode`. If you cut with a pattern: in one, |, [ and . have a meaning of their "
        "own, and `regex.escape(name)` takes that away.",
    ),
    Mistake(
        "drops_text",
        _only_specials,
        "The ordinary text is gone. What stands before, between and behind the special tokens goes "
        "through `encode`.",
    ),
    Mistake(
        "drops_specials",
        _nothing_between,
        "The special tokens are gone. Does your `split` throw away what it splits at? A pattern "
        "with a group in brackets keeps it.",
    ),
    Mistake(
        "drops_the_tail",
        _no_tail,
        "What stands behind the last special token is missing. Encode the rest after the loop.",
    ),
    Mistake(
        "specials_at_the_end",
        _specials_last,
        "The special tokens have lost their places. Keep the order of the text: piece, special "
        "token, piece ...",
    ),
    Mistake(
        "only_the_first_special",
        _first_only,
        "Only the first special token became its id. There may be several, also side by side.",
    ),
    Mistake(
        "encodes_letter_by_letter",
        _letter_by_letter,
        "The text between special tokens went through `encode` in single letters. Give it each "
        "piece as a whole, or it cannot find its tokens.",
    ),
    Mistake(
        "shorter_special_first",
        _in_given_order,
        "A shorter special token was found inside a longer one. Try the longest first: sort by "
        "length.",
    ),
    Mistake("names_read_as_patterns", _not_escaped, ESCAPE),
    Mistake("names_read_as_patterns", _not_escaped_by_place, ESCAPE),
    Mistake(
        "refuses_what_is_not_there",
        _refuses_what_is_not_there,
        "It raised for a special token that does not stand in this text. Only one that is in the "
        "text is a reason to refuse.",
    ),
    Mistake(
        "refuses_what_is_not_there",
        _refuses_allowed_that_is_missing,
        "It raised although nothing forbidden is in the text. `allowed` says what may stand there, "
        "not what must.",
    ),
    Mistake(
        "looks_up_the_wrong_piece",
        _key_error,
        "A dict was asked for something that is not in it. Is it a piece of ordinary text, or a "
        "special token that is not allowed?",
    ),
)
