"""Answers to `generate` that are wrong in the choice of the next token."""

import math
import random

import numpy as np
import torch

from tests.answers.sampling.generate import choose, wrong_loop


def draw(probs, generator):
    return torch.multinomial(probs, 1, generator=generator)


def best(logits):
    return logits.argmax(dim=-1, keepdim=True)


def above_zero(misconception, name, sample):
    """Register an answer that samples in its own way above temperature 0."""
    wrong_loop(
        misconception,
        name,
        take=lambda logits, T, generator: best(logits) if T == 0 else sample(logits, T, generator),
    )


def every_time(misconception, name, take):
    wrong_loop(misconception, name, take=take)


def last_best(logits):
    return logits.size(-1) - 1 - logits.flip(-1).argmax(-1, keepdim=True)


def one_for_all(logits, T, generator):
    return choose(logits[:1], T, generator).expand(len(logits), 1)


def reseeded(logits, T, generator):
    return draw((logits / T).softmax(-1), generator.manual_seed(0))


def with_own_seed(logits, T, generator):
    return draw((logits / T).softmax(-1), torch.Generator().manual_seed(0))


def with_python(logits, T, generator):
    rows = (logits / T).softmax(-1).tolist()
    return torch.tensor([random.choices(range(len(row)), row) for row in rows])


def with_numpy(logits, T, generator):
    rows = (logits / T).double().softmax(-1).numpy()
    return torch.tensor([[np.random.default_rng().choice(len(row), p=row)] for row in rows])


def partly_with_python(logits, T, generator):
    other = torch.Generator().manual_seed(random.randrange(2**40))
    torch.rand(1, generator=generator)
    return draw((logits / T).softmax(-1), other)


def seeded_globally(logits, T, generator):
    torch.manual_seed(1)
    return draw((logits / T).softmax(-1), generator)


def with_a_tiny_zero(logits, T, generator):
    return draw((logits / max(T, 1e-5)).softmax(-1), generator)


def one_hot_at_zero(logits, T, generator):
    if T == 0:
        return draw((logits == logits.amax(-1, keepdim=True)).float(), generator)
    return choose(logits, T, generator)


def by_hand(logits, T, generator):
    powers = [[math.exp(x / T) for x in row] for row in logits.tolist()]
    return draw(torch.tensor(powers), generator)


every_time("last_of_equals", "generate_last_of_equals", lambda x, T, g: last_best(x))
every_time("takes_the_least_likely", "generate_least_likely", lambda x, T, g: best(-x))
every_time("one_token_for_all_rows", "generate_one_for_all", one_for_all)
every_time("draws_at_zero", "generate_with_a_tiny_zero", with_a_tiny_zero)
every_time("draws_at_zero", "generate_drawing_one_hot", one_hot_at_zero)
every_time("draws_at_zero", "generate_at_one", lambda x, T, g: draw(x.softmax(-1), g))
every_time("draws_at_zero", "generate_at_one_globally", lambda x, T, g: draw(x.softmax(-1), None))
every_time("divides_by_zero", "generate_by_zero", lambda x, T, g: draw((x / T).softmax(-1), g))
every_time("divides_by_zero", "generate_by_hand_by_zero", by_hand)
every_time("always_greedy", "generate_greedily", lambda x, T, g: best(x))
above_zero("always_greedy", "generate_greedy_softmax", lambda x, T, g: best((x / T).softmax(-1)))
above_zero("no_temperature", "generate_at_one_above_zero", lambda x, T, g: draw(x.softmax(-1), g))
above_zero("no_temperature", "generate_divided_shares", lambda x, T, g: draw(x.softmax(-1) / T, g))
above_zero(
    "temperature_multiplied",
    "generate_multiplied",
    lambda x, T, g: draw((x * T).softmax(-1), g),
)
above_zero(
    "all_equally_likely",
    "generate_softmax_over_rows",
    lambda x, T, g: draw((x / T).softmax(0), g),
)
above_zero("all_equally_likely", "generate_evenly", lambda x, T, g: draw(torch.ones_like(x), g))
above_zero(
    "softmax_twice",
    "generate_softmax_of_softmax",
    lambda x, T, g: draw((x.softmax(-1) / T).softmax(-1), g),
)
above_zero(
    "softmax_twice",
    "generate_softmax_of_scaled_softmax",
    lambda x, T, g: draw((x / T).softmax(-1).softmax(-1), g),
)
above_zero("draws_from_logits", "generate_from_logits", lambda x, T, g: draw(x / T, g))
above_zero(
    "draws_from_logits",
    "generate_from_log_shares",
    lambda x, T, g: draw((x / T).log_softmax(-1), g),
)
above_zero("one_draw_for_all_rows", "generate_one_draw", one_for_all)
above_zero("same_for_every_seed", "generate_reseeded", reseeded)
above_zero("generator_not_used", "generate_with_its_own_seed", with_own_seed)
above_zero("generator_not_used", "generate_with_python", with_python)
above_zero("generator_not_used", "generate_with_numpy", with_numpy)
above_zero("not_repeatable", "generate_partly_with_python", partly_with_python)
above_zero(
    "draws_from_the_global_generator",
    "generate_globally",
    lambda x, T, g: draw((x / T).softmax(-1), None),
)
above_zero("draws_from_the_global_generator", "generate_seeded_globally", seeded_globally)
above_zero(
    "wrong_odds", "generate_root_of_temperature", lambda x, T, g: draw((x / T**0.5).softmax(-1), g)
)
above_zero(
    "wrong_odds",
    "generate_of_the_two_best",
    lambda x, T, g: draw(
        (x / T).masked_fill(x < x.topk(2).values[:, -1:], -math.inf).softmax(-1), g
    ),
)
