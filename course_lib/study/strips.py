"""Tokens as a strip of boxes: where each one begins and ends, also without color."""

import html
import unicodedata
from collections.abc import Sequence

from course_lib.study.markup import HUES, Picture, page

MARKS = {" ": "·", "\n": "⏎", "\r": "␍", "\t": "⇥"}
JOINERS = "\u200c\u200d"  # they join letters and emoji; alone they show nothing
MAX_TOKENS = 400
MAX_CHARACTERS = 60

_BYTE_AS_SURROGATE = range(0xDC80, 0xDD00)  # what errors="surrogateescape" makes of a stray byte


def token_strip(
    tokens: Sequence[str | bytes], ids: Sequence[int] | None = None, title: str = ""
) -> Picture:
    """Draw tokens as boxes in a row that wraps, with their ids under them if given.

    A space is shown as ·, a line break as ⏎, a tab as ⇥, a byte that is not part of whole UTF-8 as
    <e2>, a character that cannot be seen by its code point. After 400 tokens the rest is counted.

    Example:
        >>> token_strip(["low", " est"])
        low|·est
    """
    if ids is not None and len(ids) != len(tokens):
        raise ValueError(f"expected one id a token: {len(tokens)} tokens, got {len(ids)} ids")
    heading = f'<p class="ttt-title">{html.escape(title)}</p>' if title else ""
    text = "\n".join(line for line in (title, strip_text(tokens, ids)) if line)
    return Picture(page(heading + strip_html(tokens, ids)), text)


def strip_html(tokens: Sequence[str | bytes], ids: Sequence[int] | None = None) -> str:
    """Return the boxes as HTML without a style sheet, hues taken in turn."""
    if not tokens:
        return '<p class="ttt-note">no tokens</p>'
    hues = list(HUES)[:-1]  # gray is for what is not merged
    boxes = [
        token_html(token, hues[place % len(hues)], None if ids is None else ids[place])
        for place, token in enumerate(tokens[:MAX_TOKENS])
    ]
    separator = '<span class="ttt-hidden">|</span>'
    rest = _rest(tokens)
    note = f'<p class="ttt-note">{rest}</p>' if rest else ""
    direction = reading_direction(tokens)
    return f'<div class="ttt-strip" dir="{direction}">{separator.join(boxes)}</div>{note}'


def strip_text(tokens: Sequence[str | bytes], ids: Sequence[int] | None = None) -> str:
    """Return the same strip as plain text: `low|·est`, and a second line with the ids."""
    if not tokens:
        return "no tokens"
    rest = _rest(tokens)
    lines = ["|".join(shorten(token) for token in tokens[:MAX_TOKENS]) + (rest and f" {rest}")]
    if ids is not None:
        lines.append("ids " + " ".join(str(token_id) for token_id in ids[:MAX_TOKENS]))
    return "\n".join(lines)


def token_html(token: str | bytes, hue: str, token_id: int | None = None) -> str:
    """Return one box; `hue` is a name of `markup.HUES`, or "plain" for a box without a fill."""
    below = "" if token_id is None else f"<small> {token_id}</small>"
    return f'<span class="ttt-token ttt-{hue}">{html.escape(shorten(token))}{below}</span>'


def shorten(token: str | bytes) -> str:
    """Return a token as `visible` shows it, a very long one cut off with its length said."""
    text = _decode(token)
    if len(text) <= MAX_CHARACTERS:
        return visible(text)
    return f"{visible(text[:MAX_CHARACTERS])}… ({len(text):,} characters)"


def visible(token: str | bytes) -> str:
    """Return a token with everything in it made visible.

    Example:
        >>> visible(" caf\\u00e9\\n".encode()[:5])
        '·caf<c3>'
    """
    text = _decode(token)
    last = len(text) - 1
    return "".join(
        char if char in JOINERS and 0 < place < last else _visible_character(char, place == 0)
        for place, char in enumerate(text)
    )


def reading_direction(tokens: Sequence[str | bytes]) -> str:
    """Return "rtl" when the first letter of the text is of a right-to-left script, else "ltr"."""
    for token in tokens:
        for char in _decode(token):
            kind = unicodedata.bidirectional(char)
            if kind in ("L", "R", "AL"):
                return "ltr" if kind == "L" else "rtl"
    return "ltr"


def _decode(token: str | bytes) -> str:
    return token.decode("utf-8", errors="surrogateescape") if isinstance(token, bytes) else token


def _visible_character(char: str, is_first: bool) -> str:
    if char in MARKS:
        return MARKS[char]
    code = ord(char)
    if code in _BYTE_AS_SURROGATE:
        return f"<{code - 0xDC00:02x}>"
    category = unicodedata.category(char)
    if category in ("Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"):
        return f"U+{code:04X}"
    if is_first and unicodedata.name(char, "").startswith("VARIATION SELECTOR"):
        return f"U+{code:04X}"
    if is_first and category.startswith("M"):
        return f"◌{char}"  # a mark that belongs on a letter of the token before
    return char


def _rest(tokens: Sequence[str | bytes]) -> str:
    left_out = len(tokens) - MAX_TOKENS
    if left_out <= 0:
        return ""
    return f"… and {left_out:,} more token{'' if left_out == 1 else 's'}"
