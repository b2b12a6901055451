"""Answers to `temperature_probs`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def refuse_negative(temperature):
    if temperature < 0:
        raise ValueError(f"temperature must be at least 0, got {temperature}")


def first_best(logits):
    best = logits.argmax(dim=-1, keepdim=True)
    return torch.zeros_like(logits).scatter(-1, best, 1.0)


@right("temperature_probs")
def probs_from_the_top(logits, temperature):
    refuse_negative(temperature)
    if temperature == 0:
        return first_best(logits)
    return ((logits - logits.amax(dim=-1, keepdim=True)) / temperature).softmax(dim=-1)


@right("temperature_probs")
def probs_number_by_number(logits, temperature):
    refuse_negative(temperature)
    probs = torch.zeros_like(logits)
    for b, row in enumerate(logits.tolist()):
        top = max(row)
        if temperature == 0:
            probs[b, row.index(top)] = 1.0
            continue
        powers = [math.exp((logit - top) / temperature) for logit in row]
        for v, power in enumerate(powers):
            probs[b, v] = power / sum(powers)
    return probs


@right("temperature_probs")
def probs_by_one_hot(logits, temperature):
    if temperature > 0:
        return F.softmax(logits / temperature, dim=1)
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=1), logits.shape[1]).to(logits.dtype)
    raise ValueError(temperature)


@right("temperature_probs")
def probs_from_logprobs(logits, temperature):
    refuse_negative(temperature)
    if temperature:
        return (logits.log_softmax(-1) / temperature).log_softmax(-1).exp()
    places = torch.arange(logits.size(-1))
    return (places == logits.argmax(-1, keepdim=True)).float()


@right("temperature_probs")
def probs_in_float64(logits, temperature):
    refuse_negative(temperature)
    if temperature == 0:
        return torch.stack([torch.eye(len(row))[row.argmax()] for row in logits])
    x = logits.double() / temperature
    powers = (x - x.max(dim=1, keepdim=True).values).exp()
    return (powers / powers.sum(dim=1, keepdim=True)).float()


def wrong_above_zero(misconception, name):
    """Keep a way to treat a temperature above 0; all else around it is right."""

    def keep(method):
        def answer(logits, temperature):
            refuse_negative(temperature)
            return first_best(logits) if temperature == 0 else method(logits, temperature)

        return wrong("temperature_probs", misconception, name)(answer)

    return keep


def wrong_at_zero(misconception, name):
    """Keep a way to be greedy; all else around it is right."""

    def keep(method):
        def answer(logits, temperature):
            refuse_negative(temperature)
            return method(logits) if temperature == 0 else (logits / temperature).softmax(dim=-1)

        return wrong("temperature_probs", misconception, name)(answer)

    return keep


for name, misconception, method in [
    ("at_one", "ignores_temperature", lambda x, t: x.softmax(-1)),
    ("of_a_product", "multiplies", lambda x, t: (x * t).softmax(-1)),
    ("divided", "divides_the_probabilities", lambda x, t: x.softmax(-1) / t),
    ("softmax_twice", "softmax_twice", lambda x, t: (x.softmax(-1) / t).softmax(-1)),
    ("at_the_square", "applied_twice", lambda x, t: (x / t / t).softmax(-1)),
    ("to_the_power", "powers_not_divided", lambda x, t: x.softmax(-1) ** (1 / t)),
    ("of_the_logarithm", "rounds_first", lambda x, t: (x.softmax(-1).log() / t).softmax(-1)),
    ("turned_around", "turned_around", lambda x, t: (-x / t).softmax(-1)),
    ("of_the_distance", "turned_around", lambda x, t: ((x.amax(-1, True) - x) / t).softmax(-1)),
    ("in_logarithms", "returns_logarithms", lambda x, t: (x / t).log_softmax(-1)),
    ("not_shared", "returns_logits", lambda x, t: x / t),
    ("greedy_always", "always_greedy", lambda x, t: first_best(x)),
    ("down_the_columns", "along_the_batch", lambda x, t: (x / t).softmax(0)),
    ("of_everything", "sums_over_everything", lambda x, t: (x / t).flatten().softmax(0).view_as(x)),
    ("with_a_floor", "floor_under_the_temperature", lambda x, t: (x / max(t, 0.05)).softmax(-1)),
    ("above_nothing", "never_exactly_0", lambda x, t: (x / t).softmax(-1).clamp(min=1e-9)),
    (
        "with_a_low_number",
        "never_exactly_0",
        lambda x, t: (x.nan_to_num(neginf=-99) / t).softmax(-1),
    ),
    ("with_smoothing", "never_exactly_0", lambda x, t: (x / t).softmax(-1) + 1e-8),
    ("clamped", "clamps", lambda x, t: (x / t).clamp(-80, 80).softmax(-1)),
    ("clamped_from_above", "clamps", lambda x, t: (x / t).clamp(max=80).softmax(-1)),
    ("in_float64", "wrong_dtype", lambda x, t: (x.double() / t).softmax(-1)),
    ("in_numpy", "wrong_type", lambda x, t: (x / t).softmax(-1).numpy()),
    ("in_lists", "wrong_type", lambda x, t: (x / t).softmax(-1).tolist()),
]:
    wrong_above_zero(misconception, f"probs_{name}")(method)


@wrong_above_zero("rounds_first", "probs_to_the_power_and_mended")
def powers_of_probs(x, t):
    powers = x.softmax(-1) ** (1 / t)
    return powers / powers.sum(-1, keepdim=True)


@wrong_above_zero("overflows", "probs_of_bare_exponentials")
def bare(x, t):
    powers = (x / t).exp()
    return powers / powers.sum(dim=-1, keepdim=True)


@wrong_above_zero("overflows", "probs_of_bare_exponentials_swept")
def bare_and_swept(x, t):
    return bare(x, t).nan_to_num(0.0)


@wrong_above_zero("maximum_of_everything", "probs_from_one_maximum")
def from_one_maximum(x, t):
    powers = ((x - x.max()) / t).exp()
    return powers / powers.sum(dim=-1, keepdim=True)


@wrong_above_zero("changed_inputs", "probs_in_place")
def in_place(x, t):
    x /= t
    return x.softmax(dim=-1)


def one_place(logits, place):
    probs = torch.zeros_like(logits)
    probs[:, place] = 1.0
    return probs


for name, misconception, method in [
    ("greedy_left_out", "divides_by_zero", lambda x: (x / 0.0).softmax(-1)),
    ("greedy_swept", "divides_by_zero", lambda x: (x / 0.0).softmax(-1).nan_to_num(0.0)),
    ("greedy_in_a_loop", "divides_by_zero", lambda x: x.tolist()[0][0] / 0.0),
    ("zero_is_none", "zero_does_nothing", lambda x: x.softmax(-1)),
    ("zero_is_flat", "zero_is_flat", lambda x: torch.full_like(x, 1 / x.size(-1))),
    ("tiny_temperature", "shares_among_equals", lambda x: (x / 1e-5).softmax(-1)),
    ("all_maxima", "all_of_the_best", lambda x: (x == x.amax(-1, keepdim=True)).float()),
    ("last_maximum", "not_the_first_of_equals", lambda x: first_best(x.flip(-1)).flip(-1)),
    ("one_choice", "one_choice_for_all_rows", lambda x: one_place(x, x.argmax() % x.size(1))),
    ("first_choice", "one_choice_for_all_rows", lambda x: one_place(x, x[0].argmax())),
    ("every_choice", "one_choice_for_all_rows", lambda x: one_place(x, x.argmax(-1))),
    ("choices", "returns_the_choice", lambda x: x.argmax(-1)),
    ("choices_in_a_column", "returns_the_choice", lambda x: x.argmax(-1, keepdim=True)),
    ("number", "wrong_type", lambda x: x.argmax().item()),
    ("whole_numbers", "wrong_dtype", lambda x: F.one_hot(x.argmax(-1), x.size(-1))),
    ("one_row", "wrong_shape", lambda x: first_best(x)[0]),
]:
    wrong_at_zero(misconception, f"probs_{name}")(method)


@wrong_at_zero("refuses_zero", "probs_refusing_zero")
def refuse_zero(x):
    raise ValueError("temperature must be above 0")


@wrong_at_zero("returned_nothing", "probs_nothing_at_zero")
def forget_zero(x):
    return None


@wrong("temperature_probs", "shares_among_equals")
def probs_with_something_added(logits, temperature):
    refuse_negative(temperature)
    return (logits / (temperature + 1e-8)).softmax(dim=-1)


@wrong("temperature_probs", "no_error")
def probs_of_any_temperature(logits, temperature):
    return (logits / temperature).softmax(dim=-1) if temperature else first_best(logits)


@wrong("temperature_probs", "no_error")
def probs_of_negative_as_zero(logits, temperature):
    if temperature <= 0:
        return first_best(logits)
    return (logits / temperature).softmax(dim=-1)


@wrong("temperature_probs", "raised_the_wrong_error")
def probs_with_an_assert(logits, temperature):
    assert temperature >= 0
    return probs_of_any_temperature(logits, temperature)


@wrong("temperature_probs", "ignores_input")
def probs_of_the_example(logits, temperature):
    return torch.tensor([[2.0, 1.0, 0.5, 0.0]]).softmax(dim=-1)
