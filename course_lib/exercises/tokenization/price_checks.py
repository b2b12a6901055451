"""`tokens_per_word` and `cost`: what right answers do, and the mistakes that people make."""

from collections.abc import Callable, Iterator

import numpy as np

from course_lib.exercises.exercise import Exercise
from course_lib.exercises.mistakes import Judge, Mistake, close
from course_lib.exercises.tokenization.calls import encoder
from course_lib.exercises.tokenization.special_checks import encoder_text

# The properties of the task; behind each case stands which of them it tries.
#
# 1. Words are what `text.split()` gives, not `split_words`; tokens are counted over the whole text.
# 2. A text without words has no tokens a word: `tokens_per_word` raises `ValueError`.
# 3. The price is for a million tokens, so `cost` is in proportion to the number of tokens; an
#    empty text costs 0.

LOW = {"low": 256, "er": 257, " st": 258}
EXAMPLE = {"function": "tokens_per_word", "text": "low lower lowest st", "pieces": LOW}  # 10 / 4


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1
    yield _words("  low\n\tlower  st lowly \n")  # 1: words, and not spaces
    yield _words("né naïve 猫")  # 1: tokens, and not characters
    yield _words("")  # 2
    yield _words(" \n\t ")  # 2
    yield _cost("low lower st low", 15.0)  # 3
    yield _cost("  st low né", 0.25)  # 3
    yield _cost("", 2.5)  # 3
    yield _cost(" \n", 3)  # 3: spaces are tokens
    for number in range(20 if thorough else 4):
        words = rng.choice(["low", "lower", "st", "été", "a", "?"], size=rng.integers(1, 9))
        gaps = rng.choice([" ", "  ", "\n", ", "], size=len(words))
        text = "".join(f"{word}{gap}" for word, gap in zip(words, gaps, strict=True))
        yield _cost(text, round(float(rng.uniform(0.1, 60)), 2)) if number % 2 else _words(text)


def _words(text: str) -> dict:
    return {"function": "tokens_per_word", "text": text, "pieces": LOW}


def _cost(text: str, price: float) -> dict:
    return {"function": "cost", "text": text, "pieces": LOW, "price_per_million": price}


def n_tokens(inputs: dict) -> int:
    return len(encoder(inputs["pieces"])(inputs["text"]))


def truth(inputs: dict) -> float:
    if inputs["function"] == "cost":
        return n_tokens(inputs) * inputs["price_per_million"] / 1e6
    n_words = len(inputs["text"].split())
    if n_words == 0:
        raise ValueError
    return n_tokens(inputs) / n_words


def _in(function: str, method: Callable[[dict], float]) -> Callable[[dict], float]:
    """Return a method that is mistaken in one of the two functions and right in the other."""
    return lambda inputs: method(inputs) if inputs["function"] == function else truth(inputs)


def _per_word(method: Callable[[dict], float]) -> Callable[[dict], float]:
    return _in("tokens_per_word", method)


def _price(method: Callable[[dict], float]) -> Callable[[dict], float]:
    return _in("cost", lambda inputs: method(inputs) * inputs["price_per_million"])


def _tokens_of_words(inputs: dict) -> int:
    encode = encoder(inputs["pieces"])
    return sum(len(encode(word)) for word in inputs["text"].split())


def _letters(inputs: dict) -> int:
    return sum(map(len, inputs["text"].split()))


def _mean_of_words(inputs: dict) -> float:
    return _tokens_of_words(inputs) / len(inputs["text"].split())


def _nan(inputs: dict) -> float:
    return truth(inputs) if inputs["text"].split() else float("nan")


def _n_words(inputs: dict) -> int:
    return len(inputs["text"].split())


def _refuses_empty(inputs: dict) -> float:
    if not inputs["text"].split():
        raise ValueError
    return truth(inputs)


def _zero_for(inputs: dict) -> float:
    return truth(inputs) if inputs["text"].split() else 0.0


NO_WORDS = (
    "A text without words has no tokens per word: 0 would claim that it has few. Test for that "
    "first, and raise ValueError."
)
WHOLE_TEXT = (
    "The words were encoded one by one. Spaces are tokens too, or parts of them: encode the whole "
    "text once."
)
MISTAKES = (
    Mistake(
        "words_per_token",
        _per_word(lambda inputs: _n_words(inputs) / n_tokens(inputs)),
        "This is words per token. Which of the two numbers belongs below the line?",
    ),
    Mistake(
        "rounds_down",
        _per_word(lambda inputs: n_tokens(inputs) // _n_words(inputs)),
        "`//` throws the fraction away; `/` keeps it.",
    ),
    Mistake(
        "rounds_down",
        _per_word(lambda inputs: round(n_tokens(inputs) / _n_words(inputs))),
        "The fraction is gone. Return the number as it is; rounding is for printing.",
    ),
    Mistake("encodes_word_by_word", _per_word(_mean_of_words), WHOLE_TEXT),
    Mistake(
        "counts_letters",
        _per_word(lambda inputs: _letters(inputs) / _n_words(inputs)),
        "These are letters per word. Count what `encode(text)` returns.",
    ),
    Mistake(
        "counts_letters",
        _per_word(lambda inputs: len(inputs["text"]) / _n_words(inputs)),
        "These are characters per word. Count what `encode(text)` returns.",
    ),
    Mistake(
        "counts_all_tokens",
        _per_word(n_tokens),
        "This is the number of tokens of the whole text. How many words share them?",
    ),
    Mistake(
        "splits_at_single_spaces",
        _per_word(lambda inputs: n_tokens(inputs) / len(inputs["text"].split(" "))),
        '`split(" ")` finds an empty word between two spaces, and no border at a line break. '
        "`split()` with nothing in the brackets does it right.",
    ),
    Mistake("no_error_without_words", _per_word(_zero_for), NO_WORDS),
    Mistake("no_error_without_words", _per_word(_nan), NO_WORDS),
    Mistake(
        "divides_by_zero",
        _per_word(lambda inputs: n_tokens(inputs) / _n_words(inputs)),
        "A text without words divides by 0. Test for it first, and raise ValueError with words of "
        "your own.",
    ),
    Mistake(
        "price_per_token",
        _price(n_tokens),
        "The price is for a million tokens, not for one.",
    ),
    Mistake(
        "price_per_thousand",
        _price(lambda inputs: n_tokens(inputs) / 1000),
        "The price is for a million tokens, not for a thousand.",
    ),
    Mistake(
        "pays_for_words",
        _price(lambda inputs: _n_words(inputs) / 1e6),
        "Words were counted. You pay for what `encode(text)` returns.",
    ),
    Mistake(
        "pays_for_letters",
        _price(lambda inputs: len(inputs["text"]) / 1e6),
        "Characters were counted. You pay for what `encode(text)` returns.",
    ),
    Mistake(
        "pays_by_the_million",
        _price(lambda inputs: n_tokens(inputs) // 1_000_000),
        "`//` counts whole millions only; a part of a million costs its part of the price.",
    ),
    Mistake(
        "ignores_the_price",
        _in("cost", lambda inputs: n_tokens(inputs) / 1e6),
        "Where does `price_per_million` come in?",
    ),
    Mistake(
        "encodes_word_by_word",
        _price(lambda inputs: _tokens_of_words(inputs) / 1e6),
        WHOLE_TEXT,
    ),
    Mistake(
        "refuses_an_empty_text",
        _in("cost", _refuses_empty),
        "An empty text has no tokens, so it costs 0. Only tokens per *word* need a word.",
    ),
)


def raises(inputs: dict) -> str:
    """Name the error of a text without words."""
    return "" if inputs["function"] == "cost" or inputs["text"].split() else "ValueError"


def call_text(inputs: dict) -> str:
    """Write the call of the one of the two functions that was tried."""
    price = f", {inputs['price_per_million']!r}" if inputs["function"] == "cost" else ""
    call = f"{inputs['function']}({inputs['text']!r}, encode{price})"
    return f"{call}, where {encoder_text(inputs['pieces'])}"


EXERCISE = Exercise(
    name="tokens_per_word",
    functions=("tokens_per_word", "cost"),
    read="section 10, Tokens a word, and the price",
    cases=cases,
    judge=Judge(truth, MISTAKES, cases=cases, equal=close),
    returns=("float", "int"),
    raises=raises,
    call_text=call_text,
)
