"""Texts that tokenizers get wrong, made by hypothesis."""

from unicodedata import ucd_3_2_0

from hypothesis import strategies as st

TRICKY = [
    *["", " ", "  ", "   \n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u200b", "\x00", "\x1c"],
    *["the", " the", "tHe", "'s", "'S", "we'll they're I've I'd I'm don't", "’s", "o'clock"],
    *["<|end|>", "<|", "|>", "a_b"],
    *["12", " 345", "²", "Ⅷ", "½", "٣", "$1,000.00", "...", "--", "x=y;", "é", "e\u0301", "ß", "İ"],
    *["naïve", "नमस्ते", "漢字", "ไทย", "Ω", "שלום", "𝒳", "\ufeff", "\ufffd"],
    *["🙂", "👩\u200d👩\u200d👧", "🇫🇷", "👍🏽"],
]


def characters() -> st.SearchStrategy[str]:
    """Characters that every library's Unicode tables know: those assigned by version 3.2."""
    known = st.characters(exclude_categories=["Cs", "Cn"])
    return known.filter(lambda character: ucd_3_2_0.category(character) != "Cn")


def texts() -> st.SearchStrategy[str]:
    """Any Unicode, tricky pieces, and long runs of one character, in any order."""
    runs = st.builds(str.__mul__, st.sampled_from(" \na-0é🙂"), st.integers(1, 70))
    pieces = st.one_of(st.sampled_from(TRICKY), runs, st.text(characters(), max_size=8))
    return st.lists(pieces, max_size=8).map("".join)
