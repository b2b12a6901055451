"""Answers to `sinusoidal_positions`."""

import math

import numpy as np
import torch

from tests.answers.book import right, wrong


@right("sinusoidal_positions")
def waves_by_slices(T, C):
    if C % 2 == 1:
        raise ValueError(f"C must be even, got {C}")
    t = torch.arange(T).unsqueeze(1)
    angles = t / 10000 ** (torch.arange(0, C, 2) / C)
    table = torch.zeros(T, C)
    table[:, 0::2] = torch.sin(angles)
    table[:, 1::2] = torch.cos(angles)
    return table


@right("sinusoidal_positions")
def waves_by_stacking(T, C):
    if C % 2:
        raise ValueError("an odd width")
    speeds = torch.exp(-math.log(10_000.0) * torch.arange(0, C, 2) / C)
    angles = torch.outer(torch.arange(T, dtype=torch.float32), speeds)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).reshape(T, C)


@right("sinusoidal_positions")
def waves_number_by_number(T, C):
    if C % 2 != 0:
        raise ValueError("odd")
    table = torch.empty(T, C)
    for t in range(T):
        for i in range(C // 2):
            angle = t / 10000 ** (2 * i / C)
            table[t, 2 * i] = math.sin(angle)
            table[t, 2 * i + 1] = math.cos(angle)
    return table


@right("sinusoidal_positions")
def waves_with_one_function(T, C):
    if C & 1:
        raise ValueError("odd")
    columns = torch.arange(C)
    even = columns - columns % 2
    angles = torch.arange(T)[:, None] * 10000.0 ** -(even / C)
    return torch.where(columns % 2 == 0, angles.sin(), angles.cos())


def waves_like(T, C, exponent=lambda i, C: 2 * i / C, first=0):
    if C % 2:
        raise ValueError("odd")
    angles = torch.arange(first, T + first)[:, None] / 10000 ** exponent(torch.arange(C // 2), C)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)


@wrong("sinusoidal_positions", "halves_side_by_side")
def waves_in_two_halves(T, C):
    if C % 2:
        raise ValueError("odd")
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, C, 2) / C)
    return torch.cat((angles.sin(), angles.cos()), dim=1)


@wrong("sinusoidal_positions", "sine_and_cosine_swapped")
def waves_with_cosine_first(T, C):
    table = waves_by_slices(T, C)
    return table.view(T, -1, 2).flip(-1).reshape(T, C)


@wrong("sinusoidal_positions", "only_sines")
def waves_of_sines(T, C):
    table = waves_by_slices(T, C)
    table[:, 1::2] = torch.sin(torch.arange(T)[:, None] / 10000 ** (torch.arange(0, C, 2) / C))
    return table


@wrong("sinusoidal_positions", "a_speed_for_each_column")
def waves_with_a_speed_for_each_column(T, C):
    if C % 2:
        raise ValueError("odd")
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(C) / C)
    table = angles.sin()
    table[:, 1::2] = angles[:, 1::2].cos()
    return table


@wrong("sinusoidal_positions", "half_the_exponent")
def waves_that_slow_down_too_little(T, C):
    return waves_like(T, C, exponent=lambda i, C: i / C)


@wrong("sinusoidal_positions", "twice_the_exponent")
def waves_that_slow_down_too_much(T, C):
    return waves_like(T, C, exponent=lambda i, C: 2 * (2 * i) / C)


@wrong("sinusoidal_positions", "divides_by_one_pair_less")
def waves_that_end_at_the_base(T, C):
    return waves_like(T, C, exponent=lambda i, C: 2 * i / (C - 2))


@wrong("sinusoidal_positions", "divides_by_one_pair_less")
def waves_with_linspace(T, C):
    return waves_like(T, C, exponent=lambda i, C: torch.linspace(0, 1, C // 2))


@wrong("sinusoidal_positions", "one_speed_for_all")
def waves_with_whole_exponents(T, C):
    return waves_like(T, C, exponent=lambda i, C: 2 * i // C)


@wrong("sinusoidal_positions", "faster_to_the_right")
def waves_that_speed_up(T, C):
    return waves_like(T, C, exponent=lambda i, C: -2 * i / C)


@wrong("sinusoidal_positions", "starts_at_one")
def waves_from_one(T, C):
    return waves_like(T, C, first=1)


@wrong("sinusoidal_positions", "swaps_rows_and_columns")
def waves_the_other_way(T, C):
    return waves_like(T, C).T.contiguous()


@wrong("sinusoidal_positions", "returns_the_angles")
def angles_alone(T, C):
    if C % 2:
        raise ValueError("odd")
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, C, 2) / C)
    return angles.repeat_interleave(2, dim=1)


@wrong("sinusoidal_positions", "rounds_an_odd_width_down")
def waves_of_the_pairs_that_fit(T, C):
    return waves_like(T, C // 2 * 2)


@wrong("sinusoidal_positions", "no_error")
def waves_without_the_last_cosine(T, C):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, C, 2) / C)
    table = torch.zeros(T, C)
    table[:, 0::2] = angles.sin()
    table[:, 1::2] = angles.cos()[:, : C // 2]
    return table


@wrong("sinusoidal_positions", "raised_the_wrong_error")
def waves_that_fail_by_themselves(T, C):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, C, 2) / C)
    table = torch.zeros(T, C)
    table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
    return table


@wrong("sinusoidal_positions", "raised_the_wrong_error")
def waves_with_an_assert(T, C):
    assert C % 2 == 0, "odd"
    return waves_like(T, C)


@wrong("sinusoidal_positions", "wrong_dtype")
def waves_in_float64(T, C):
    return waves_like(T, C).double()


@wrong("sinusoidal_positions", "wrong_type")
def waves_in_an_array(T, C):
    if C % 2:
        raise ValueError("odd")
    angles = np.arange(T)[:, None] / 10000 ** (np.arange(0, C, 2) / C)
    return np.stack((np.sin(angles), np.cos(angles)), axis=-1).reshape(T, C)


@wrong("sinusoidal_positions", "raised")
def waves_with_math(T, C):
    if C % 2:
        raise ValueError("odd")
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, C, 2) / C)
    return torch.stack((math.sin(angles), math.cos(angles)), dim=-1).flatten(1)


@wrong("sinusoidal_positions", "ignores_input")
def waves_of_the_example(T, C):
    return waves_like(3, 4)
