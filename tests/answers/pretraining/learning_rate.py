"""Answers to `learning_rate`."""

import math
from math import cos, pi

import numpy as np
import torch

from tests.answers.book import right, wrong


@right("learning_rate")
def rate_in_three_parts(step, max_lr, warmup_steps, total_steps, min_lr):
    if step < warmup_steps:
        return max_lr * (step + 1) / warmup_steps
    if step >= total_steps:
        return min_lr
    done = (step - warmup_steps) / (total_steps - warmup_steps)
    return min_lr + (max_lr - min_lr) * (1 + cos(pi * done)) / 2


@right("learning_rate")
def rate_of_a_clamped_wave(step, max_lr, warmup_steps, total_steps, min_lr):
    if step + 1 <= warmup_steps:
        return (step + 1) / warmup_steps * max_lr
    done = min(1, (step - warmup_steps) / (total_steps - warmup_steps))
    share = 0.5 * (1.0 + math.cos(math.pi * done))
    return share * max_lr + (1 - share) * min_lr


@right("learning_rate")
def rate_by_torch(step, max_lr, warmup_steps, total_steps, min_lr):
    if step < warmup_steps:
        return torch.linspace(0, max_lr, warmup_steps + 1)[step + 1].item()
    done = torch.tensor((step - warmup_steps) / (total_steps - warmup_steps)).clamp(max=1.0)
    return torch.lerp(
        torch.tensor(min_lr), torch.tensor(max_lr), (done * pi).cos() / 2 + 0.5
    ).item()


@right("learning_rate")
def rate_from_a_list_of_all(step, max_lr, warmup_steps, total_steps, min_lr):
    up = [max_lr * (i + 1) / warmup_steps for i in range(warmup_steps)]
    angles = np.linspace(0, np.pi, total_steps - warmup_steps + 1)
    down = min_lr + (max_lr - min_lr) * (np.cos(angles) + 1) / 2
    rates = up + down.tolist()
    return rates[min(step, total_steps)]


@right("learning_rate")
def rate_by_a_sine(step, max_lr, warmup_steps, total_steps, min_lr):
    if step > total_steps:
        return min_lr
    if step < warmup_steps:
        return max_lr - max_lr * (warmup_steps - step - 1) / warmup_steps
    middle, height = (max_lr + min_lr) / 2, (max_lr - min_lr) / 2
    return middle - height * math.sin(
        pi * (step - warmup_steps) / (total_steps - warmup_steps) - pi / 2
    )


def rate(
    up=lambda s, high, w, n, low: high * (s + 1) / w,
    down=lambda done, high, low: low + (high - low) * (1 + cos(pi * done)) / 2,
    done=lambda s, w, n: (s - w) / (n - w),
    over=lambda s, n: s >= n,
    rising=lambda s, w: s < w,
    end=lambda low: low,
):
    """Make an answer in which one part may be wrong."""

    def learning_rate(step, max_lr, warmup_steps, total_steps, min_lr):
        if rising(step, warmup_steps):
            return up(step, max_lr, warmup_steps, total_steps, min_lr)
        if over(step, total_steps):
            return end(min_lr)
        return down(done(step, warmup_steps, total_steps), max_lr, min_lr)

    return learning_rate


for misconception, name, parts in [
    ("starts_at_0", "from_0", {"up": lambda s, high, w, n, low: high * s / w}),
    ("one_stair_too_many", "of_a_stair_too_many",
     {"up": lambda s, high, w, n, low: high * (s + 1) / (w + 1)}),
    ("one_stair_too_many", "of_a_stair_too_many_from_0",
     {"up": lambda s, high, w, n, low: high * s / (w + 1)}),
    ("rises_from_min_lr", "up_from_min",
     {"up": lambda s, high, w, n, low: low + (high - low) * (s + 1) / w}),
    ("rises_from_min_lr", "up_from_min_at_0",
     {"up": lambda s, high, w, n, low: low + (high - low) * s / w}),
    ("rises_along_a_wave", "up_a_wave",
     {"up": lambda s, high, w, n, low: high * (1 - cos(pi * (s + 1) / w)) / 2}),
    ("no_warmup", "without_warmup", {"rising": lambda s, w: False}),
    ("no_warmup", "of_one_wave",
     {"rising": lambda s, w: False, "done": lambda s, w, n: s / n}),
    ("no_warmup", "flat_before", {"up": lambda s, high, w, n, low: high}),
    ("forgets_max_lr", "up_to_1", {"up": lambda s, high, w, n, low: (s + 1) / w}),
    ("whole_division", "in_whole_stairs",
     {"up": lambda s, high, w, n, low: high * ((s + 1) // w)}),
    ("never_falls", "in_whole_waves", {"done": lambda s, w, n: (s - w) // (n - w)}),
    ("warmup_too_long", "up_one_too_far", {"rising": lambda s, w: s <= w}),
    ("wave_misplaced", "of_a_wave_from_step_0", {"done": lambda s, w, n: s / n}),
    ("wave_misplaced", "of_too_long_a_wave", {"done": lambda s, w, n: (s - w) / n}),
    ("wave_misplaced", "of_too_late_a_step", {"done": lambda s, w, n: s / (n - w)}),
    ("wave_misplaced", "without_brackets", {"done": lambda s, w, n: s - w / n - w}),
    ("one_step_off", "of_the_next_step", {"done": lambda s, w, n: (s - w + 1) / (n - w)}),
    ("one_step_off", "of_a_wave_too_short", {"done": lambda s, w, n: (s - w) / (n - w - 1)}),
    ("falls_to_0", "down_to_0", {"down": lambda done, high, low: high * (1 + cos(pi * done)) / 2}),
    ("falls_to_0", "with_a_floor",
     {"down": lambda done, high, low: max(low, high * (1 + cos(pi * done)) / 2)}),
    ("starts_above_max_lr", "on_top_of_min",
     {"down": lambda done, high, low: low + high * (1 + cos(pi * done)) / 2}),
    ("a_straight_line", "along_a_line",
     {"down": lambda done, high, low: high + (low - high) * done}),
    ("falls_by_a_factor", "by_a_factor",
     {"down": lambda done, high, low: high * (low / high) ** done}),
    ("not_half_a_wave", "of_a_bare_cosine",
     {"down": lambda done, high, low: low + (high - low) * cos(pi * done)}),
    ("not_half_a_wave", "of_a_quarter",
     {"down": lambda done, high, low: low + (high - low) * cos(pi * done / 2)}),
    ("not_half_a_wave", "of_a_whole_wave",
     {"down": lambda done, high, low: low + (high - low) * (1 + cos(2 * pi * done)) / 2}),
    ("not_half_a_wave", "without_the_half",
     {"down": lambda done, high, low: low + (high - low) * (1 + cos(pi * done))}),
    ("not_half_a_wave", "without_pi",
     {"down": lambda done, high, low: low + (high - low) * (1 + cos(done)) / 2}),
    ("in_degrees", "in_degrees",
     {"down": lambda done, high, low: low + (high - low) * (1 + cos(180 * done)) / 2}),
    ("a_rounded_pi", "by_3_14",
     {"down": lambda done, high, low: low + (high - low) * (1 + cos(3.14 * done)) / 2}),
    ("rises", "up_a_wave_to_max",
     {"down": lambda done, high, low: low + (high - low) * (1 - cos(pi * done)) / 2}),
    ("rises", "with_both_swapped",
     {"down": lambda done, high, low: high + (low - high) * (1 + cos(pi * done)) / 2}),
    ("never_falls", "flat", {"down": lambda done, high, low: high}),
    ("falls_at_once", "down_at_once", {"down": lambda done, high, low: low}),
    ("falls_at_once", "over_after_warmup", {"over": lambda s, n: True}),
    ("rises_again", "without_an_end", {"over": lambda s, n: False}),
    ("ends_at_0", "of_0_at_the_end", {"end": lambda low: 0.0}),
    ("ends_at_0", "of_0_after_the_end", {"over": lambda s, n: s > n, "end": lambda low: 0.0}),
    ("ends_too_soon", "that_ends_too_soon", {"over": lambda s, n: s >= n - 1}),
    ("wrong_type", "in_a_tensor",
     {"up": lambda s, high, w, n, low: torch.tensor(high * (s + 1) / w)}),
    ("wrong_type", "by_numpy",
     {"down": lambda done, high, low: low + (high - low) * (1 + np.cos(pi * done)) / 2}),
    ("returned_nothing", "of_nothing_in_warmup", {"up": lambda s, high, w, n, low: None}),
    ("returned_nothing", "of_nothing_at_the_end", {"end": lambda low: None}),
    ("printed_instead", "printed", {"up": lambda s, high, w, n, low: print(high * (s + 1) / w)}),
    ("raised", "by_torch_on_a_float", {"down": lambda done, high, low: torch.cos(pi * done)}),
]:  # fmt: skip
    wrong("learning_rate", misconception, f"rate_{name}")(rate(**parts))


@wrong("learning_rate", "none_counts_as_one")
def rate_with_one_step_of_warmup_at_least(step, max_lr, warmup_steps, total_steps, min_lr):
    return rate_in_three_parts(step, max_lr, max(1, warmup_steps), total_steps, min_lr)


@wrong("learning_rate", "divides_by_no_warmup")
def rate_of_the_smaller_of_two(step, max_lr, warmup_steps, total_steps, min_lr):
    up = max_lr * (step + 1) / warmup_steps
    falling = rate_in_three_parts(step, max_lr, warmup_steps, total_steps, min_lr)
    return min(up, falling) if step < warmup_steps else falling


@wrong("learning_rate", "never_below_min_lr")
def rate_never_below_min(step, max_lr, warmup_steps, total_steps, min_lr):
    return max(min_lr, rate_in_three_parts(step, max_lr, warmup_steps, total_steps, min_lr))


@wrong("learning_rate", "forgets_max_lr")
def rate_as_a_factor(step, max_lr, warmup_steps, total_steps, min_lr):
    return rate_in_three_parts(step, max_lr, warmup_steps, total_steps, min_lr) / max_lr


@wrong("learning_rate", "rounded")
def rate_of_two_decimals(step, max_lr, warmup_steps, total_steps, min_lr):
    return round(rate_in_three_parts(step, max_lr, warmup_steps, total_steps, min_lr), 2)


@wrong("learning_rate", "rounded")
def rate_of_four_decimals(step, max_lr, warmup_steps, total_steps, min_lr):
    return round(rate_in_three_parts(step, max_lr, warmup_steps, total_steps, min_lr), 4)


@wrong("learning_rate", "ignores_input")
def rate_of_the_first_case(step, max_lr, warmup_steps, total_steps, min_lr):
    return 0.18


@wrong("learning_rate", "no_warmup")
def rate_that_never_changes(step, max_lr, warmup_steps, total_steps, min_lr):
    return max_lr
