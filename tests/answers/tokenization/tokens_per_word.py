"""Answers to `tokens_per_word`, an exercise of two functions."""

from types import SimpleNamespace

import regex

from tests.answers.book import right, wrong


def right_tokens_per_word(text, encode):
    n_words = len(text.split())
    if n_words == 0:
        raise ValueError("a text without words has no tokens a word")
    return len(encode(text)) / n_words


def right_cost(text, encode, price_per_million):
    return len(encode(text)) * price_per_million / 1_000_000


def both(tokens_per_word=right_tokens_per_word, cost=right_cost):
    return SimpleNamespace(tokens_per_word=tokens_per_word, cost=cost)


def careful_tokens_per_word(text, encode):
    try:
        return sum(1 for _ in encode(text)) / len(text.split())
    except ZeroDivisionError:
        raise ValueError("no words") from None


def careful_cost(text, encode, price_per_million):
    if not text:
        return 0
    return price_per_million * (len(encode(text)) / 1e6)


def tokens_per_word_by_pattern(text, encode):
    words = regex.findall(r"\S+", text)
    if not words:
        raise ValueError(f"no words in {text!r}")
    return len(encode(text)) / len(words)


right("tokens_per_word", "in_one_line")(both())
right("tokens_per_word", "with_try")(both(careful_tokens_per_word, careful_cost))
right("tokens_per_word", "with_a_pattern")(both(tokens_per_word_by_pattern))


def no_words(value):
    """Make a tokens_per_word that returns `value` for a text without words."""
    return lambda text, encode: right_tokens_per_word(text, encode) if text.split() else value


def a_word(share):
    """Make a tokens_per_word from a way to compute it where there are words."""

    def tokens_per_word(text, encode):
        if not text.split():
            raise ValueError("no words")
        return share(text, encode)

    return tokens_per_word


MISTAKEN = {
    "words_by_tokens": (
        both(a_word(lambda text, encode: len(text.split()) / len(encode(text)))),
        "words_per_token",
    ),
    "whole_division": (
        both(a_word(lambda text, encode: len(encode(text)) // len(text.split()))),
        "rounds_down",
    ),
    "each_word_alone": (
        both(
            a_word(
                lambda text, encode: (
                    sum(len(encode(word)) for word in text.split()) / len(text.split())
                )
            )
        ),
        "encodes_word_by_word",
    ),
    "characters_by_words": (
        both(a_word(lambda text, encode: len(text) / len(text.split()))),
        "counts_letters",
    ),
    "tokens_of_the_text": (
        both(a_word(lambda text, encode: float(len(encode(text))))),
        "counts_all_tokens",
    ),
    "split_at_a_space": (
        both(a_word(lambda text, encode: len(encode(text)) / len(text.split(" ")))),
        "splits_at_single_spaces",
    ),
    "spaces_and_one": (
        both(a_word(lambda text, encode: len(encode(text)) / (text.count(" ") + 1))),
        "splits_at_single_spaces",
    ),
    "zero_for_no_words": (both(no_words(0.0)), "no_error_without_words"),
    "nan_for_no_words": (both(no_words(float("nan"))), "no_error_without_words"),
    "none_for_no_words": (both(no_words(None)), "no_error"),
    "zero_division": (
        both(lambda text, encode: len(encode(text)) / len(text.split())),
        "divides_by_zero",
    ),
    "price_of_one_token": (
        both(cost=lambda text, encode, price: len(encode(text)) * price),
        "price_per_token",
    ),
    "price_of_a_thousand": (
        both(cost=lambda text, encode, price: len(encode(text)) * price / 1000),
        "price_per_thousand",
    ),
    "price_of_words": (
        both(cost=lambda text, encode, price: len(text.split()) * price / 1e6),
        "pays_for_words",
    ),
    "price_of_characters": (
        both(cost=lambda text, encode, price: len(text) * price / 1e6),
        "pays_for_letters",
    ),
    "whole_millions": (
        both(cost=lambda text, encode, price: len(encode(text)) // 1_000_000 * price),
        "pays_by_the_million",
    ),
    "no_price": (
        both(cost=lambda text, encode, price: len(encode(text)) / 1e6),
        "ignores_the_price",
    ),
    "cost_through_tokens_per_word": (
        both(
            cost=lambda text, encode, price: (
                right_tokens_per_word(text, encode) * len(text.split()) * price / 1e6
            )
        ),
        "refuses_an_empty_text",
    ),
    "the_examples_number": (both(lambda text, encode: 2.5), "ignores_input"),
    "as_text": (
        both(a_word(lambda text, encode: f"{right_tokens_per_word(text, encode):.2f}")),
        "wrong_type",
    ),
}
for name, (answer, misconception) in MISTAKEN.items():
    wrong("tokens_per_word", misconception, name)(answer)
