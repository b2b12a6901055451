"""Text that somebody else chose, made fit to be shown: short, and nothing in it that hides.

A learner decides what an error says, what a value prints as and what a function is called. Such
text reaches pages and tables only through `tame` or what is built on it.
"""

import html
import re
import unicodedata

SENTENCE = 900  # characters; the longest finding of the course has about 400
COMMENT = 5_000  # of what an instructor writes
NAME = 80
MARKS_IN_A_ROW = 4  # accents on one letter; every script that is written does with fewer

# Controls, direction overrides and other invisible signs, halves of characters, separators of
# lines that are no line breaks, and numbers that are no characters.
HIDDEN = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
ACCENTS = {"Mn", "Me"}
JOINERS = "\u200c\u200d"  # Persian words and emoji families need them, behind a sign of theirs


def tame(text: str, most: int = SENTENCE, lines: bool = False) -> str:
    """Return text with every hidden character visible and the end cut off where it is long.

    Args:
        most: characters that are kept; how many more there were is said.
        lines: keep line breaks; without it they become spaces.

    Example:
        >>> tame("abc\\u202etxt.exe"), tame("a" * 9, most=4)
        ('abc⟨U+202E⟩txt.exe', 'aaaa … (5 more characters)')
    """
    kept = text[:most].replace("\r\n", "\n")
    cut = f" … ({len(text) - most:,} more characters)" if len(text) > most else ""
    shown, before, accents = [], "", 0
    for character in kept:
        category = unicodedata.category(character)
        accents = accents + 1 if category in ACCENTS else 0
        if accents <= MARKS_IN_A_ROW:
            shown.append(_visible(character, category, before, lines))
        before = character
    return "".join(shown) + cut


def _visible(character: str, category: str, before: str, lines: bool) -> str:
    if character in "\n\r\t":
        return "\n" if lines and character == "\n" else " "
    if character in JOINERS and before and ord(before) > 127 and before not in JOINERS:
        return character
    return f"⟨U+{ord(character):04X}⟩" if category in HIDDEN else character


def escaped(text: str, most: int = NAME) -> str:
    """Return tame text as HTML, with nothing set in any way."""
    return html.escape(tame(text, most))


def as_html(text: str, most: int = SENTENCE, lines: bool = False) -> str:
    """Return tame text as HTML: everything escaped, `code` between backticks set as such."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(tame(text, most, lines)))


# A spreadsheet takes a cell that begins so for a formula. A program that reads a table with
# another separator than the one it was written with sees more beginnings than we wrote.
_FORMULA = re.compile(r"(^|[;,|])([\s'\"]*)([=+\-@＝＋－＠])")


def as_cell(text: str, most: int = NAME) -> str:
    """Return tame text in one line that no spreadsheet takes for a formula.

    Example:
        >>> as_cell("=1+1"), as_cell("Lovelace, Ada"), as_cell("x;-2")
        ("'=1+1", 'Lovelace, Ada', "x;'-2")
    """
    one_line = " ".join(tame(text, most).split())
    return _FORMULA.sub(r"\1\2'\3", one_line)
