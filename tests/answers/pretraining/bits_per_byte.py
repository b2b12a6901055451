"""Answers to `bits_per_byte`."""

import math
from fractions import Fraction

import numpy as np
import torch

from tests.answers.book import right, wrong


def refuse(n_bytes):
    if n_bytes < 1:
        raise ValueError(f"n_bytes must be at least 1, got {n_bytes}")


@right("bits_per_byte")
def bits_by_two_divisions(total_nats, n_bytes):
    refuse(n_bytes)
    return total_nats / math.log(2) / n_bytes


@right("bits_per_byte")
def bits_by_a_product(total_nats, n_bytes):
    if not n_bytes > 0:
        raise ValueError("a text without bytes")
    bits = math.log2(math.e) * total_nats
    return bits / n_bytes


@right("bits_per_byte")
def bits_by_torch(total_nats, n_bytes):
    refuse(n_bytes)
    return (torch.tensor(total_nats) / torch.tensor(2.0).log() / n_bytes).item()


@right("bits_per_byte")
def bits_by_fractions(total_nats, n_bytes):
    try:
        nats = Fraction(total_nats) / max(n_bytes, 0)
    except ZeroDivisionError:
        raise ValueError("no bytes") from None
    return float(nats) / np.log(2).item()


@right("bits_per_byte")
def bits_by_all_digits_that_torch_keeps(total_nats, n_bytes):
    refuse(n_bytes)
    return total_nats / 0.693147 / n_bytes


def mistaken(misconception, name, method):
    """Keep a wrong `method(total_nats, n_bytes)` that refuses what it must."""

    def answer(total_nats, n_bytes):
        refuse(n_bytes)
        return method(total_nats, n_bytes)

    wrong("bits_per_byte", misconception, f"bits_{name}")(answer)


LN_2 = math.log(2)
for misconception, name, method in [
    ("the_wrong_way", "times_ln_2", lambda nats, n: nats * LN_2 / n),
    ("the_wrong_way", "over_log2_of_e", lambda nats, n: nats / math.log2(math.e) / n),
    ("still_nats", "in_nats", lambda nats, n: nats / n),
    ("not_shared", "of_the_text", lambda nats, n: nats / LN_2),
    ("not_shared", "of_the_text_the_wrong_way", lambda nats, n: nats * LN_2),
    ("not_shared", "that_are_the_nats", lambda nats, n: nats),
    ("times_the_bytes", "without_brackets", lambda nats, n: nats / LN_2 * n),
    ("upside_down", "turned_around", lambda nats, n: n * LN_2 / nats),
    ("upside_down", "bytes_over_nats", lambda nats, n: n / nats),
    ("log_of_the_loss", "by_log2", lambda nats, n: math.log2(nats) / n),
    ("log_of_the_loss", "by_log2_of_the_share", lambda nats, n: math.log2(nats / n)),
    ("log_of_the_loss", "by_log", lambda nats, n: math.log(nats) / LN_2 / n),
    ("another_logarithm", "over_ln_10", lambda nats, n: nats / math.log(10) / n),
    ("another_logarithm", "over_lg_2", lambda nats, n: nats / math.log10(2) / n),
    ("divides_by_2", "over_2", lambda nats, n: nats / 2 / n),
    ("eight_too_many", "over_8", lambda nats, n: nats / LN_2 / (8 * n)),
    ("eight_too_many", "times_8", lambda nats, n: 8 * nats / LN_2 / n),
    ("eight_too_many", "eight_of_each_byte", lambda nats, n: nats / n * 8),
    ("a_power_of_it", "as_perplexity", lambda nats, n: math.exp(nats / n)),
    ("a_power_of_it", "as_a_power_of_2", lambda nats, n: 2 ** (nats / LN_2 / n)),
    ("wrong_sign", "below_0", lambda nats, n: -nats / LN_2 / n),
    ("a_rounded_constant", "by_0_69", lambda nats, n: nats / 0.69 / n),
    ("a_rounded_constant", "by_0_693", lambda nats, n: nats / 0.693 / n),
    ("a_rounded_constant", "by_1_44", lambda nats, n: 1.44 * nats / n),
    ("rounded", "to_two_decimals", lambda nats, n: round(nats / LN_2 / n, 2)),
    ("rounded", "to_one_decimal", lambda nats, n: round(nats / LN_2 / n, 1)),
    ("rounded", "whole_division", lambda nats, n: nats / LN_2 // n),
    ("wrong_type", "to_an_int", lambda nats, n: round(nats / LN_2 / n)),
    ("wrong_type", "in_a_tensor", lambda nats, n: torch.tensor(nats) / LN_2 / n),
    ("wrong_type", "by_numpy", lambda nats, n: nats / np.log(2) / n),
    ("wrong_type", "as_text", lambda nats, n: f"{nats / LN_2 / n:.2f}"),
    ("returned_nothing", "lost", lambda nats, n: None),
    ("printed_instead", "printed", lambda nats, n: print(nats / LN_2 / n)),
    ("ignores_input", "of_the_first_case", lambda nats, n: 2.353085359794757),
    ("wrong_value", "of_1", lambda nats, n: 1.0),
    ("raised", "by_a_name_that_is_not_there", lambda nats, n: nats / ln(2) / n),  # noqa: F821
]:
    mistaken(misconception, name, method)


@wrong("bits_per_byte", "refuses_one_byte")
def bits_of_two_bytes_at_least(total_nats, n_bytes):
    if n_bytes <= 1:
        raise ValueError("n_bytes must be above 1")
    return total_nats / LN_2 / n_bytes


@wrong("bits_per_byte", "refuses_no_loss")
def bits_of_some_loss(total_nats, n_bytes):
    if total_nats <= 0 or n_bytes <= 0:
        raise ValueError("nothing to share")
    return total_nats / LN_2 / n_bytes


@wrong("bits_per_byte", "divides_by_no_bytes")
def bits_unguarded(total_nats, n_bytes):
    return total_nats / LN_2 / n_bytes


@wrong("bits_per_byte", "no_error")
def bits_of_nothing_are_0(total_nats, n_bytes):
    return total_nats / LN_2 / n_bytes if n_bytes else 0.0


@wrong("bits_per_byte", "no_error")
def bits_that_refuse_0_only(total_nats, n_bytes):
    if n_bytes == 0:
        raise ValueError("no bytes")
    return total_nats / LN_2 / n_bytes


@wrong("bits_per_byte", "no_error")
def bits_that_return_the_error(total_nats, n_bytes):
    if n_bytes < 1:
        return ValueError("no bytes")
    return total_nats / LN_2 / n_bytes


@wrong("bits_per_byte", "raised_the_wrong_error")
def bits_with_an_assert(total_nats, n_bytes):
    assert n_bytes >= 1
    return total_nats / LN_2 / n_bytes
