"""Ways to compare a prediction with an answer that are not right, and what to say to them."""

import re
import string
import unicodedata
from collections.abc import Callable

from course_lib.exercises.mistakes import Mistake

Form = Callable[[str], str]
Match = Callable[[str, str], bool]
Method = Callable[[dict], tuple[bool, ...]]
MARKS = (".", "!", "?")


def less_mark(text: str) -> str:
    return text[:-1].removesuffix(" ") if text.endswith(MARKS) else text


def squeezed(text: str) -> str:
    return " ".join(text.casefold().split())


def plain(text: str) -> str:
    return less_mark(squeezed(text))


def pairwise(match: Match) -> Method:
    """Return a way to compare two texts as a method, which compares each pair of the inputs."""
    return lambda inputs: tuple(match(one, other) for one, other in inputs["pairs"])


def same_form(form: Form, other: Form | None = None) -> Method:
    """Return a method that compares forms of both; `other` is that of the answer."""
    return pairwise(lambda prediction, answer: form(prediction) == (other or form)(answer))


def _matched(match: Match) -> Method:
    """Return a method that compares two plain forms in another way."""
    return pairwise(lambda prediction, answer: match(plain(prediction), plain(answer)))


def after_squeezing(change: Form) -> Method:
    return same_form(lambda text: change(squeezed(text)))


def before_mark(change: Form) -> Method:
    """Return a method that prepares texts in another way; the mark is dropped as it should be."""
    return same_form(lambda text: less_mark(change(text)))


def _less_one_of(marks: tuple[str, ...]) -> Form:
    return lambda text: text[:-1].rstrip() if text.endswith(marks) else text


def _less_each(text: str) -> str:
    for mark in MARKS:
        text = text.removesuffix(mark).rstrip()
    return text


def _less_all(text: str) -> str:
    while text.endswith(MARKS):
        text = text[:-1].rstrip()
    return text


def _mark_first(text: str) -> str:
    return squeezed(text[:-1] if text.endswith(MARKS) else text)


def _without(signs: str) -> Form:
    return lambda text: squeezed("".join(one for one in text if one not in signs))


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _without_articles(text: str) -> str:
    return " ".join(word for word in text.split() if word not in ("a", "an", "the"))


def _small_start(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].casefold() + text[1:]


def _needs_a_character(text: str) -> str:
    text = squeezed(text)
    return less_mark(text) if text[-1] else text


def each(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


MISTAKES = (
    *each(
        "always_the_same",
        "The same came out for every pair. Print the two texts that you compare, with `repr`.",
        _matched(lambda prediction, answer: True),
        _matched(lambda prediction, answer: False),
    ),
    *each(
        "turned_around",
        "It is the wrong way round: True where the two are equal.",
        _matched(lambda prediction, answer: prediction != answer),
    ),
    *each(
        "compares_as_it_is",
        "The texts were compared letter by letter, as they came in. Is the result of `casefold` "
        "and the like kept? They return a new text and leave the old one as it is.",
        same_form(str),
    ),
    *each(
        "only_one_is_changed",
        "Only one of the two texts went through all the steps. A prediction and an answer are "
        "treated alike.",
        *(
            method
            for form in (str, squeezed, str.casefold, str.strip, lambda text: text.casefold())
            for method in (same_form(plain, form), same_form(form, plain))
        ),
        same_form(plain, lambda text: less_mark(" ".join(text.split()))),
        same_form(lambda text: less_mark(" ".join(text.split())), plain),
    ),
    *each(
        "part_is_enough",
        "A text was taken for the answer because one stands in the other. `in`, `startswith`, "
        "`re.match` and `zip` see only a part; a model that says everything would always be right.",
        _matched(lambda prediction, answer: answer in prediction),
        _matched(lambda prediction, answer: prediction in answer),
        _matched(lambda prediction, answer: prediction in answer or answer in prediction),
        _matched(str.startswith),
        _matched(str.endswith),
        _matched(lambda prediction, answer: answer.startswith(prediction)),
        _matched(lambda prediction, answer: answer.endswith(prediction)),
        _matched(lambda one, other: all(a == b for a, b in zip(one, other, strict=False))),
        pairwise(lambda one, other: squeezed(other) in squeezed(one)),
        pairwise(lambda one, other: other in one),
    ),
    *each(
        "order_is_lost",
        "The same words, or as many letters, were enough. `set`, `sorted` and `len` forget the "
        "order: compare the texts.",
        _matched(lambda one, other: set(one.split()) == set(other.split())),
        _matched(lambda one, other: sorted(one.split()) == sorted(other.split())),
        _matched(lambda one, other: sorted(one) == sorted(other)),
        _matched(lambda one, other: len(one) == len(other)),
    ),
    *each(
        "case_matters",
        "Capital letters made a difference.",
        before_mark(lambda text: " ".join(text.split())),
    ),
    *each(
        "first_letter_only",
        "Only the first letter was made small. All may be large.",
        before_mark(_small_start),
    ),
    *each(
        "lower_for_casefold",
        "`lower` leaves an ß as it is, which is SS in capitals. `casefold` is made for comparing.",
        before_mark(lambda text: " ".join(text.lower().split())),
    ),
    *each(
        "spaces_matter",
        "The number of spaces between two words made a difference, or the kind: a tab, a line "
        "break. `split()` without an argument cuts at every run of white space, whatever is in it.",
        before_mark(lambda text: text.casefold().strip()),
        before_mark(lambda text: text.casefold().strip().replace("  ", " ")),
        before_mark(lambda text: re.sub(r"\s", " ", text.casefold().strip())),
        before_mark(str.casefold),
    ),
    *each(
        "only_spaces_are_collapsed",
        "A tab or a line break was not taken for white space. `split()` without an argument cuts "
        "at every run of white space, whatever is in it.",
        before_mark(lambda text: re.sub(" +", " ", text.casefold()).strip(" ")),
        before_mark(lambda text: re.sub(" +", " ", text.casefold().strip())),
        before_mark(lambda text: " ".join(w for w in text.casefold().strip().split(" ") if w)),
    ),
    *each(
        "spaces_at_the_ends_matter",
        "White space before or behind the text made a difference.",
        before_mark(lambda text: re.sub(r"\s+", " ", text.casefold())),
        before_mark(lambda text: re.sub(r"\s+", " ", text.casefold()).lstrip()),
        before_mark(lambda text: re.sub(r"\s+", " ", text.casefold()).rstrip()),
    ),
    *each(
        "removes_all_spaces",
        "The spaces between words are gone, so that other words come out. A run of white space "
        "becomes one space.",
        same_form(lambda text: plain(text).replace(" ", "")),
        same_form(lambda text: less_mark("".join(text.casefold().split()))),
    ),
    *each(
        "mark_is_kept",
        "The mark at the end made a difference. Is the text tested for it, and the shorter one "
        "kept?",
        same_form(squeezed),
    ),
    *each(
        "only_the_full_stop",
        "Three marks may stand at the end: a full stop, an exclamation mark, a question mark.",
        *(
            after_squeezing(_less_one_of(marks))
            for marks in ((".",), (".", "!"), (".", "?"), ("!", "?"))
        ),
    ),
    *each(
        "mark_before_white_space",
        "The mark was looked for while white space still stood behind it. Which step comes first?",
        same_form(_mark_first),
    ),
    *each(
        "space_before_the_mark",
        "The mark is gone, and the space that stood before it is still there. Tinyville writes one "
        "before each full stop.",
        after_squeezing(lambda text: text[:-1] if text.endswith(MARKS) else text),
    ),
    *each(
        "needs_the_space",
        "The mark was dropped only where a space stands before it. Most people write none.",
        after_squeezing(lambda t: t[:-2] if t.endswith((" .", " !", " ?")) else t),
    ),
    *each(
        "drops_any_last_character",
        "The last character was dropped, whatever it is. Only one of the three marks is.",
        after_squeezing(lambda text: text[:-1].rstrip()),
        after_squeezing(lambda text: text[:-1]),
    ),
    *each(
        "more_than_one_mark",
        "One mark is dropped, the last, once. `rstrip`, a `while`, and one `removesuffix` after "
        'another take more: "what?!" keeps its question mark.',
        after_squeezing(lambda text: text.rstrip(".!?").rstrip()),
        after_squeezing(lambda text: text.rstrip(".!? ")),
        after_squeezing(_less_each),
        after_squeezing(_less_all),
    ),
    *each(
        "mark_at_the_start",
        "A mark at the beginning was dropped, too: `strip` takes from both ends.",
        after_squeezing(lambda text: text.strip(".!? ")),
        after_squeezing(lambda text: text.strip(".!?").strip()),
        same_form(lambda text: plain(text).lstrip(".!? ")),
        same_form(lambda text: _less_one_of(MARKS)(plain(text)[::-1])[::-1]),
    ),
    *each(
        "removes_marks_inside",
        "Signs inside the text were removed. What stands before the last mark is part of the "
        "answer: 2.5 is not 25.",
        same_form(_without(".!?")),
        same_form(_without(string.punctuation)),
    ),
    *each(
        "other_signs_are_dropped",
        "Another sign was dropped from the end. Only a full stop, an exclamation mark and a "
        "question mark are.",
        *(
            after_squeezing(_less_one_of((*MARKS, *more)))
            for more in (",", ";", ":", ",;", ",;:", ",:", "'\"", '"', string.punctuation)
        ),
        after_squeezing(lambda text: text.rstrip(string.punctuation).rstrip()),
    ),
    *each(
        "drops_accents",
        "An accent was dropped. `casefold` leaves them, and é is not e.",
        same_form(lambda text: _without_accents(plain(text))),
    ),
    *each(
        "drops_articles",
        "Words such as *a* and *the* were left out. Some test programs do that; this one keeps "
        "every word.",
        same_form(lambda text: _without_articles(plain(text))),
    ),
    *each(
        "read_as_a_pattern",
        "The answer was read as a pattern, in which a full stop stands for any character. `==` "
        "compares texts.",
        _matched(lambda one, other: bool(re.fullmatch(other, one))),
    ),
    *each(
        "needs_a_character",
        "A text may be empty, or nothing but white space or a mark. Does something ask for its "
        "last character or word without looking whether there is one? `endswith` does not mind.",
        same_form(_needs_a_character),
    ),
)
