"""`exact_match`: what a right answer does."""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sft.exact_match_mistakes import MISTAKES
from course_lib.exercises.sft.exact_match_signs import SIGN_MISTAKES

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Both texts go through the same three steps, in this order: first `casefold`; then every run of
#    white space becomes one space, and white space at both ends is dropped; then, if the last
#    character is `.`, `!` or `?`, it is dropped, and the space before it too, if there is one.
# 2. The result is True where the two texts that come out are equal, and False elsewhere: a bool.
# 3. Only one mark is dropped: `"what?!"` becomes `what?`, and `"so . ."` becomes `so .`.
# 4. No other sign is dropped, and none inside of the text.
# 5. A text may be empty, or become so.

Pair = tuple[str, str]
SIMPLE = [  # 1, 2
    *(("Oslo", "Oslo"), ("Oslo", "oslo"), ("BEN", "Ben"), ("a baker", "a baker .")),
    *(("a baker !", "a baker ?"), ("a baker.", "a baker"), ("a   baker", "a baker")),
    *(("  a baker", "a baker "), ("a baker . ", "a baker"), ("baker", "a baker")),
    *(("a baker", "baker"), ("a baker", "a baker in Oslo"), ("a baker in Oslo", "a baker")),
    *(("baker a", "a baker"), ("cat", "car")),
]
STEPS = [  # 1
    *(("STRASSE", "Straße"), ("a\tcat", "a cat"), ("a \n\n  cat", "A CAT"), ("acat", "a cat")),
    *(("a cat.\n", "a cat"), ("a  cat  !", "a cat"), ("a cat", " a cat ? ")),
]
ONE_MARK = [  # 3
    *(("what?!", "what"), ("what?!", "what?"), ("what?!", "what?."), ("so . .", "so")),
    *(("so . .", "so ."), ("so...", "so"), ("so !.", "so ! .")),
]
OTHER_SIGNS = [  # 4
    *(("2.5", "25"), ("Yes. No", "yes no"), ("a, b", "a b"), (".5", "5"), ("?!a", "a")),
    *(("a,", "a"), ("a;", "a"), ("a:", "a"), ('"a"', '"a'), ("a)", "a"), ("abc", "a.c")),
]
APOSTROPHES = [("it's", "its"), ("the cats'", "the cats")]  # 4
HYPHENS = [("a-b", "a b"), ("a-b", "ab")]  # 4
OTHER_ENDS = [("wait…", "wait"), ("a。", "a")]  # 4
ALIKE = [("½", "1⁄2"), ("caf\u00e9", "cafe\u0301")]  # 4: they look alike and are not equal
OTHER_GAPS = [("a\r\nb", "a b"), ("a\u00a0b", "a b")]  # 1: carriage return, no-break space
OTHER_RIMS = [("\u00a0a.\r\n", "a")]  # 1
LETTERS = [*(("café", "cafe"), ("the cat", "cat"), ("a cat", "cat"), ("cats", "cat"))]  # 4


def group(*pairs: Pair) -> dict:
    """Return a case: the pairs that are compared, one call each."""
    return {"pairs": list(pairs)}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    # Mistakes are told by the first case that they get wrong.
    yield group(*SIMPLE)
    yield group(*STEPS)
    yield group(*OTHER_SIGNS)
    yield group(*ONE_MARK)
    yield group(*LETTERS)
    for pairs in (APOSTROPHES, HYPHENS, OTHER_ENDS, ALIKE, OTHER_GAPS, OTHER_RIMS):
        yield group(*pairs)
    yield group(("", "Oslo"))  # 5
    yield group((" ! ", "?"))  # 5
    yield group((" \n", ""))  # 5
    for _ in range(24 if thorough else 4):
        yield group(*(_random_pair(rng) for _ in range(4)))


def _random_pair(rng: np.random.Generator) -> Pair:
    words = rng.choice(["anna", "works", "as", "a", "baker", "Straße", "2.5", "é"], size=4).tolist()
    words = words[: rng.integers(1, 5)]
    others = list(words)
    if rng.random() < 0.4:
        place = rng.integers(len(others))
        others[place] = str(rng.choice(["in", "?", "no,", "a.", ".", "ANNA"]))
    return _written(rng, words), _written(rng, others)


def _written(rng: np.random.Generator, words: list[str]) -> str:
    """Write words in some mixture of cases, gaps and marks."""
    change = (str, str.upper, str.title, str.lower)[rng.integers(4)]
    text = str(rng.choice(["", " ", "\n"]))
    for word in words:
        text += change(word) + str(rng.choice([" ", " ", "  ", "\t", " \n"]))
    mark = str(rng.choice(["", ".", "!", "?", " .", "?!", " . ."]))
    return text.rstrip() + mark + str(rng.choice(["", " ", "\n"]))


def truth(inputs: dict) -> tuple[bool, ...]:
    """Compare lists of words, of which the last has lost its mark."""
    return tuple(_words(prediction) == _words(answer) for prediction, answer in inputs["pairs"])


def _words(text: str) -> list[str]:
    words, word = [], ""
    for character in f"{text.casefold()} ":
        if not character.isspace():
            word += character
        elif word:
            words, word = [*words, word], ""
    if words and words[-1][-1] in ".!?":
        words[-1] = words[-1][:-1]
    return words[:-1] if words and not words[-1] else words


compare = Judge(truth, (*MISTAKES, *SIGN_MISTAKES), cases=cases)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Speak of the first pair that was judged wrongly."""
    finding, value = compare(inputs, outcome), outcome.value
    if finding is None or outcome.raised is not None:
        return finding
    right, pairs = truth(inputs), inputs["pairs"]
    if len(value) != len(right) or any(type(one) is not bool for one in value):
        cause = "One value is asked for. A comma behind a value makes a tuple of it."
        return Finding("not_a_bool", call_text(group(pairs[0])), "a bool", shown(value), cause)
    place = [a == b for a, b in zip(right, value, strict=True)].index(False)
    called = call_text(group(pairs[place]))
    return replace(finding, what=called, expected=str(right[place]), got=str(value[place]))


def call_text(inputs: dict) -> str:
    """Write one call as a learner would type it, or name the pairs of several."""
    pairs = inputs["pairs"]
    if len(pairs) == 1:
        return f"exact_match({', '.join(map(_typed, pairs[0]))})"
    texts = (f"({', '.join(map(_typed, pair))})" for pair in pairs)
    return f"exact_match(prediction, answer) for {', '.join(texts)}"


def _typed(text: str) -> str:
    """Write a text so that an accent which is a sign of its own is seen."""
    return ascii(text) if any(map(unicodedata.combining, text)) else repr(text)


EXERCISE = Exercise(
    name="exact_match",
    functions=("exact_match",),
    read="section 6, Before and after",
    cases=cases,
    judge=judge,
    returns=("bool", "tuple"),  # a tuple holds what came back for each pair
    call_text=call_text,
)
