"""Answers to `exact_match`."""

import re
import string
import unicodedata

from tests.answers.book import right, wrong

MARKS = (".", "!", "?")


def plain(text):
    text = " ".join(text.casefold().split())
    return text[:-1].rstrip() if text.endswith(MARKS) else text


@right("exact_match")
def match_of_words(prediction, answer):
    def words(text):
        found = text.casefold().split()
        if found and found[-1][-1] in ".!?":
            found[-1] = found[-1][:-1]
        return [word for word in found if word]

    return words(prediction) == words(answer)


@right("exact_match")
def match_by_slices(prediction, answer):
    return plain(prediction) == plain(answer)


@right("exact_match")
def match_by_patterns(prediction, answer):
    one, other = (
        re.sub(r"\s*[.!?]?\s*\Z", "", re.sub(r"\s+", " ", text.strip()).casefold(), count=1)
        for text in (prediction, answer)
    )
    return one == other


@right("exact_match")
def match_character_by_character(prediction, answer):
    forms = []
    for text in (prediction, answer):
        kept = ""
        for character in text:
            if not character.isspace():
                kept += character
            elif kept and kept[-1] != " ":
                kept += " "
        if kept.endswith(" "):
            kept = kept[:-1]
        if kept and kept[-1] in MARKS:
            kept = kept[:-1]
            if kept.endswith(" "):
                kept = kept[:-1]
        forms.append(kept.casefold())
    return forms[0] == forms[1]


@right("exact_match")
def match_by_a_set(prediction, answer):
    def form(text):
        lines = re.split(r"\s+", text.strip())
        joined = " ".join(lines)
        for mark in MARKS:
            if joined[-1:] == mark:
                joined = joined.removesuffix(mark).strip()
                break
        return joined.casefold()

    return len({form(prediction), form(answer)}) == 1


def wrong_form(misconception, name, form, other=None):
    """Keep a way to compare forms of both, or of the prediction and of the answer."""

    def answer(prediction, answer):
        return form(prediction) == (other or form)(answer)

    wrong("exact_match", misconception, f"match_{name}")(answer)


def wrong_match(misconception, name, match):
    """Keep another way to compare two plain forms."""

    def answer(prediction, answer):
        return match(plain(prediction), plain(answer))

    wrong("exact_match", misconception, f"match_{name}")(answer)


def squeezed(text):
    return " ".join(text.casefold().split())


def less_mark(text):
    return text[:-1].rstrip() if text.endswith(MARKS) else text


def mark_first(text):
    return " ".join((text[:-1] if text.endswith(MARKS) else text).casefold().split())


def space_left(text):
    text = squeezed(text)
    return text[:-1] if text.endswith(MARKS) else text


def all_marks(text):
    return squeezed(text).rstrip(".!?")


def one_of_each(text):
    text = squeezed(text)
    for mark in MARKS:
        text = text.removesuffix(mark).rstrip()
    return text


def with_while(text):
    text = squeezed(text)
    while text.endswith(MARKS):
        text = text[:-1].rstrip()
    return text


def spaced_mark_only(text):
    text = squeezed(text)
    return text[:-2] if text.endswith((" .", " !", " ?")) else text


def less_last(text):
    return squeezed(text)[:-1].rstrip()


def less_mark_or(more):
    def form(text):
        text = squeezed(text)
        return text[:-1].rstrip() if text.endswith((*MARKS, *more)) else text

    return form


def no_punctuation(text):
    return " ".join("".join(c for c in text.casefold() if c not in string.punctuation).split())


def no_marks(text):
    return " ".join("".join(c for c in text.casefold() if c not in ".!?").split())


def no_accents(text):
    parts = unicodedata.normalize("NFKD", plain(text))
    return "".join(c for c in parts if not unicodedata.combining(c))


def no_articles(text):
    return " ".join(word for word in plain(text).split() if word not in ("a", "an", "the"))


def single_spaces(text):
    return less_mark(" ".join(text.casefold().strip().split(" ")))


def doubled_once(text):
    return less_mark(text.casefold().strip().replace("  ", " "))


def spaces_only(text):
    return less_mark(re.sub(" +", " ", text.casefold()).strip(" "))


def three_kinds(text):
    return re.sub(r"[ \t\n]+", " ", text.casefold()).strip(" ")


def doubled_away(text):
    text = text.casefold().strip()
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def needs_a_character(text):
    text = squeezed(text)
    return text[:-1].rstrip() if text[-1] in MARKS else text


def needs_a_word(text):
    words = text.casefold().split()
    words[-1] = words[-1].rstrip(".!?") if len(words[-1]) < 2 else words[-1]
    return plain(text)


for misconception, name, form in [
    ("compares_as_it_is", "raw", str),
    ("case_matters", "with_case", lambda text: less_mark(" ".join(text.split()))),
    ("lower_for_casefold", "lowered", lambda text: less_mark(" ".join(text.lower().split()))),
    (
        "first_letter_only",
        "capitalized",
        lambda t: (
            less_mark(" ".join(t.split()))[:1].casefold() + less_mark(" ".join(t.split()))[1:]
        ),
    ),
    ("spaces_matter", "stripped_alone", lambda text: less_mark(text.casefold().strip())),
    ("spaces_matter", "doubled_once", doubled_once),
    ("only_spaces_are_collapsed", "spaces_only", spaces_only),
    ("spaces_matter", "split_at_spaces", single_spaces),
    (
        "spaces_at_the_ends_matter",
        "unstripped",
        lambda text: less_mark(re.sub(r"\s+", " ", text.casefold())),
    ),
    ("removes_all_spaces", "without_spaces", lambda text: plain(text).replace(" ", "")),
    ("removes_all_spaces", "joined_words", lambda text: "".join(plain(text).split())),
    ("mark_is_kept", "with_marks", squeezed),
    (
        "only_the_full_stop",
        "less_full_stop",
        lambda text: squeezed(text).removesuffix(".").rstrip(),
    ),
    (
        "only_the_full_stop",
        "less_two_marks",
        lambda text: (
            squeezed(text)[:-1].rstrip() if squeezed(text).endswith((".", "!")) else squeezed(text)
        ),
    ),
    ("mark_before_white_space", "mark_first", mark_first),
    ("space_before_the_mark", "space_left", space_left),
    (
        "space_before_the_mark",
        "spaced_mark_kept",
        lambda text: squeezed(text)[:-1] if squeezed(text).endswith(MARKS) else squeezed(text),
    ),
    ("more_than_one_mark", "all_marks", lambda text: all_marks(text).rstrip()),
    ("more_than_one_mark", "all_marks_and_spaces", lambda text: squeezed(text).rstrip(".!? ")),
    ("more_than_one_mark", "one_of_each", one_of_each),
    ("more_than_one_mark", "with_while", with_while),
    ("needs_the_space", "spaced_mark_only", spaced_mark_only),
    ("drops_any_last_character", "less_last", less_last),
    ("other_signs_are_dropped", "less_comma", less_mark_or(",;:")),
    ("other_signs_are_dropped", "less_quotes", less_mark_or("'\"")),
    ("removes_marks_inside", "no_punctuation", no_punctuation),
    ("removes_marks_inside", "no_marks", no_marks),
    ("mark_at_the_start", "both_ends", lambda text: plain(text).lstrip(".!? ")),
    ("drops_accents", "no_accents", no_accents),
    ("drops_apostrophes", "no_apostrophes", lambda text: plain(text.replace("'", ""))),
    ("drops_apostrophes", "no_quotes", lambda text: plain(re.sub("['’‘]", "", text))),
    ("changes_hyphens", "hyphens_as_spaces", lambda text: plain(text.replace("-", " "))),
    ("changes_hyphens", "no_dashes", lambda text: plain(re.sub("[-–—]", "", text))),
    ("other_ends_are_dropped", "less_ellipsis", less_mark_or("…")),
    ("other_ends_are_dropped", "less_wide_marks", less_mark_or("。！？")),
    ("other_ends_are_dropped", "less_mark_of_any_kind", less_mark_or("…。‽")),
    ("normalizes", "nfkc", lambda text: plain(unicodedata.normalize("NFKC", text))),
    ("normalizes", "nfc", lambda text: plain(unicodedata.normalize("NFC", text))),
    ("normalizes", "nfkc_last", lambda text: unicodedata.normalize("NFKC", plain(text))),
    ("knows_some_white_space", "three_kinds", lambda text: less_mark(three_kinds(text))),
    (
        "knows_some_white_space",
        "replaced_by_name",
        lambda text: less_mark(doubled_away(text.replace("\t", " ").replace("\n", " "))),
    ),
    (
        "knows_some_white_space",
        "in_ascii",
        lambda text: less_mark(re.sub(r"\s+", " ", text.casefold().strip(), flags=re.ASCII)),
    ),
    (
        "knows_some_white_space",
        "stripped_of_three",
        lambda text: less_mark(re.sub(r"\s+", " ", text.casefold().strip(" \t\n"))),
    ),
    ("drops_articles", "no_articles", no_articles),
    ("needs_a_character", "last_character", needs_a_character),
    ("needs_a_character", "last_word", needs_a_word),
]:
    wrong_form(misconception, name, form)

wrong_form("only_one_is_changed", "of_plain_predictions", plain, str)
wrong_form("only_one_is_changed", "of_plain_answers", str, plain)
wrong_form("only_one_is_changed", "of_one_less_mark", plain, squeezed)
wrong_form("only_one_is_changed", "of_other_less_mark", squeezed, plain)

for misconception, name, match in [
    ("always_the_same", "always", lambda p, a: True),
    ("always_the_same", "never", lambda p, a: False),
    ("turned_around", "unequal", lambda p, a: p != a),
    ("part_is_enough", "inside", lambda p, a: a in p),
    ("part_is_enough", "inside_the_answer", lambda p, a: p in a),
    ("part_is_enough", "at_the_start", lambda p, a: p.startswith(a)),
    ("part_is_enough", "at_the_end", lambda p, a: p.endswith(a)),
    ("part_is_enough", "by_zip", lambda p, a: all(x == y for x, y in zip(p, a, strict=False))),
    ("part_is_enough", "by_re_match", lambda p, a: bool(re.match(re.escape(a), p))),
    ("order_is_lost", "sets", lambda p, a: set(p.split()) == set(a.split())),
    ("order_is_lost", "sorted", lambda p, a: sorted(p.split()) == sorted(a.split())),
    ("order_is_lost", "lengths", lambda p, a: len(p) == len(a)),
    ("read_as_a_pattern", "pattern", lambda p, a: bool(re.fullmatch(a, p))),
    ("wrong_type", "number", lambda p, a: int(p == a)),
    ("wrong_type", "share", lambda p, a: float(p == a)),
    ("not_a_bool", "forms", lambda p, a: (p, a)),
    ("not_a_bool", "in_a_tuple", lambda p, a: (p == a,)),
    ("wrong_type", "match_object", lambda p, a: "yes" if p == a else "no"),
    ("returned_nothing", "nothing", lambda p, a: None),
    ("printed_instead", "printed", lambda p, a: print(p == a)),
]:
    wrong_match(misconception, name, match)


@wrong("exact_match", "raised")
def match_of_lists(prediction, answer):
    return plain(prediction[0]) == plain(answer["text"])
