"""Answers to `apply_rope` and `to_half_split`."""

import math
from types import SimpleNamespace

import torch

from tests.answers.book import right, wrong


def rope_by_slices(x, positions, base):
    D = x.size(-1)
    angles = positions[:, None] * base ** (-torch.arange(0, D, 2) / D)  # (T, D / 2)
    cos, sin = angles.cos(), angles.sin()
    x0, x1 = x[..., 0::2], x[..., 1::2]
    return torch.stack((x0 * cos - x1 * sin, x0 * sin + x1 * cos), dim=-1).flatten(-2)


def split_by_slices(x):
    return torch.cat((x[..., 0::2], x[..., 1::2]), dim=-1)


def rope_with_complex_numbers(x, positions, base):
    D = x.shape[-1]
    angles = torch.outer(positions.float(), 1 / base ** (torch.arange(0, D, 2) / D))
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], D // 2, 2))
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(3)


def split_by_shape(x):
    return x.reshape(*x.shape[:-1], -1, 2).transpose(-1, -2).reshape(x.shape)


def rope_number_by_number(x, positions, base):
    B, H, T, D = x.shape
    result = torch.empty_like(x)
    for t in range(T):
        for i in range(D // 2):
            angle = positions[t].item() * base ** (-2 * i / D)
            cos, sin = math.cos(angle), math.sin(angle)
            for b in range(B):
                for h in range(H):
                    x0, x1 = x[b, h, t, 2 * i].item(), x[b, h, t, 2 * i + 1].item()
                    result[b, h, t, 2 * i] = x0 * cos - x1 * sin
                    result[b, h, t, 2 * i + 1] = x0 * sin + x1 * cos
    return result


def split_by_a_list(x):
    D = x.size(-1)
    return x[..., [*range(0, D, 2), *range(1, D, 2)]]


def rope_by_half_turns(x, positions, base):
    """Turn as many programs do: x cos + (-x1, x0, -x3, x2, ...) sin."""
    D = x.size(-1)
    speeds = base ** (-torch.arange(0, D, 2) / D)
    angles = (positions[:, None] * speeds).repeat_interleave(2, dim=-1)  # (T, D)
    quarter = torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)
    return x * angles.cos() + quarter * angles.sin()


def both(rope, split=split_by_slices):
    return SimpleNamespace(apply_rope=rope, to_half_split=split)


right("apply_rope", "slices")(both(rope_by_slices))
right("apply_rope", "complex numbers, and a new shape")(
    both(rope_with_complex_numbers, split_by_shape)
)
right("apply_rope", "number by number, and a list of places")(
    both(rope_number_by_number, split_by_a_list)
)
right("apply_rope", "half turns")(both(rope_by_half_turns))


def rope_like(x, positions, base, exponent=lambda i, D: -2 * i / D, turn=None):
    """Turn with another exponent, or with another way to put the four products together."""
    D = x.size(-1)
    angles = positions[:, None] * base ** exponent(torch.arange(D // 2), D)
    cos, sin = angles.cos(), angles.sin()
    x0, x1 = x[..., 0::2], x[..., 1::2]
    turned = turn(x0, x1, cos, sin) if turn else (x0 * cos - x1 * sin, x0 * sin + x1 * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


def wrong_rope(misconception):
    def keep(rope):
        wrong("apply_rope", misconception, rope.__name__)(both(rope))
        return rope

    return keep


def wrong_split(misconception):
    def keep(split):
        wrong("apply_rope", misconception, split.__name__)(both(rope_by_slices, split))
        return split

    return keep


@wrong_rope("pairs_the_halves")
def rope_of_halves(x, positions, base):
    D = x.size(-1)
    angles = positions[:, None] * base ** (-torch.arange(0, D, 2) / D)
    x0, x1 = x.chunk(2, dim=-1)
    return torch.cat(
        (x0 * angles.cos() - x1 * angles.sin(), x0 * angles.sin() + x1 * angles.cos()), dim=-1
    )


@wrong_rope("left_in_halves")
def rope_with_cat(x, positions, base):
    return split_by_slices(rope_by_slices(x, positions, base))


@wrong_rope("turns_backwards")
def rope_backwards(x, positions, base):
    return rope_by_slices(x, -positions, base)


@wrong_rope("one_wrong_sign")
def rope_with_plus_twice(x, positions, base):
    return rope_like(
        x, positions, base, turn=lambda x0, x1, cos, sin: (x0 * cos + x1 * sin, x0 * sin + x1 * cos)
    )


@wrong_rope("one_wrong_sign")
def rope_with_minus_twice(x, positions, base):
    return rope_like(
        x, positions, base, turn=lambda x0, x1, cos, sin: (x0 * cos - x1 * sin, x1 * cos - x0 * sin)
    )


@wrong_rope("uses_the_turned_number")
def rope_in_two_steps(x, positions, base):
    D = x.size(-1)
    angles = positions[:, None] * base ** (-torch.arange(0, D, 2) / D)
    x = x.clone()
    x[..., 0::2] = x[..., 0::2] * angles.cos() - x[..., 1::2] * angles.sin()
    x[..., 1::2] = x[..., 0::2] * angles.sin() + x[..., 1::2] * angles.cos()
    return x


@wrong_rope("swaps_sine_and_cosine")
def rope_with_sine_for_cosine(x, positions, base):
    return rope_like(
        x, positions, base, turn=lambda x0, x1, cos, sin: (x0 * sin - x1 * cos, x0 * cos + x1 * sin)
    )


@wrong_rope("counts_positions_from_zero")
def rope_from_zero(x, positions, base):
    return rope_by_slices(x, torch.arange(x.size(2)), base)


@wrong_rope("counts_positions_from_zero")
def rope_from_the_first_position(x, positions, base):
    return rope_by_slices(x, positions - positions[0], base)


@wrong_rope("table_of_angles_ends")
def rope_with_a_table_of_64_rows(x, positions, base):
    D = x.size(-1)
    table = torch.arange(64)[:, None] * base ** (-torch.arange(0, D, 2) / D)
    angles = table[positions]
    x0, x1 = x[..., 0::2], x[..., 1::2]
    cos, sin = angles.cos(), angles.sin()
    return torch.stack((x0 * cos - x1 * sin, x0 * sin + x1 * cos), dim=-1).flatten(-2)


@wrong_rope("ignores_the_base")
def rope_with_one_base(x, positions, base):
    return rope_by_slices(x, positions, 10000.0)


@wrong_rope("half_the_exponent")
def rope_that_slows_down_too_little(x, positions, base):
    return rope_like(x, positions, base, exponent=lambda i, D: -i / D)


@wrong_rope("twice_the_exponent")
def rope_that_slows_down_too_much(x, positions, base):
    return rope_like(x, positions, base, exponent=lambda i, D: -4 * i / D)


@wrong_rope("divides_by_one_pair_less")
def rope_that_ends_at_the_base(x, positions, base):
    return rope_like(x, positions, base, exponent=lambda i, D: -2 * i / max(D - 2, 1))


@wrong_rope("one_speed_for_all")
def rope_at_one_speed(x, positions, base):
    return rope_like(x, positions, base, exponent=lambda i, D: 0.0 * i)


@wrong_rope("faster_to_the_right")
def rope_that_speeds_up(x, positions, base):
    return rope_like(x, positions, base, exponent=lambda i, D: 2 * i / D)


@wrong_rope("does_not_turn")
def rope_that_is_lost(x, positions, base):
    rope_by_slices(x, positions, base)
    return x


@wrong_rope("wrong_dtype")
def rope_in_float64(x, positions, base):
    return rope_by_slices(x.double(), positions.double(), base)


@wrong_rope("wrong_shape")
def rope_that_keeps_the_pairs(x, positions, base):
    return rope_by_slices(x, positions, base).unflatten(-1, (-1, 2))


@wrong_rope("changed_inputs")
def rope_in_place(x, positions, base):
    x.copy_(rope_by_slices(x, positions, base))
    return x


@wrong_rope("returned_nothing")
def rope_without_return(x, positions, base):
    x = rope_by_slices(x, positions, base)


@wrong_split("does_not_reorder")
def split_that_does_nothing(x):
    return x.chunk(2, dim=-1)[0].new_tensor(x.tolist())


@wrong_split("reorders_backwards")
def split_the_other_way(x):
    return torch.stack(x.chunk(2, dim=-1), dim=-1).flatten(-2)


@wrong_split("odd_numbers_first")
def split_with_odd_first(x):
    return torch.cat((x[..., 1::2], x[..., 0::2]), dim=-1)


@wrong_split("swaps_neighbors")
def split_of_neighbors(x):
    return torch.stack((x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)


@wrong_split("leaves_the_halves_apart")
def split_with_an_axis_too_many(x):
    return torch.stack((x[..., 0::2], x[..., 1::2]), dim=-2)


@wrong_split("only_four_axes")
def split_of_queries_only(x):
    return torch.cat((x[:, :, :, 0::2], x[:, :, :, 1::2]), dim=-1)


@wrong_split("only_four_axes")
def split_that_unpacks_four_sizes(x):
    B, H, T, D = x.shape
    return x.view(B, H, T, D // 2, 2).transpose(-1, -2).reshape(B, H, T, D)


@wrong_split("wrong_type")
def split_as_a_tuple(x):
    return x[..., 0::2], x[..., 1::2]
