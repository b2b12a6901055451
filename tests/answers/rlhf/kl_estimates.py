"""Answers to `kl_estimates`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def named(k1, k2, k3):
    return {"k1": k1, "k2": k2, "k3": k3}


@right("kl_estimates")
def kl_of_one_difference(logprobs, ref_logprobs):
    log_ratio = logprobs - ref_logprobs
    return named(log_ratio, log_ratio**2 / 2, torch.exp(-log_ratio) - 1 + log_ratio)


@right("kl_estimates")
def kl_of_a_ratio(logprobs, ref_logprobs):
    ratio = (ref_logprobs - logprobs).exp()
    k2 = 0.5 * ratio.log().square()
    return {"k3": ratio - 1 - ratio.log(), "k2": k2, "k1": -ratio.log()}


@right("kl_estimates")
def kl_by_expm1(logprobs, ref_logprobs):
    x = ref_logprobs - logprobs
    return dict(k1=x.neg(), k2=x.mul(x).div(2), k3=x.expm1() - x)


@right("kl_estimates")
def kl_token_by_token(logprobs, ref_logprobs):
    each = {"k1": [], "k2": [], "k3": []}
    for p, q in zip(logprobs.reshape(-1), ref_logprobs.reshape(-1), strict=True):
        each["k1"].append(p - q)
        each["k2"].append((p - q) * (p - q) / 2)
        each["k3"].append(math.e ** (q - p) - 1 - (q - p))
    return {name: torch.stack(k).reshape(logprobs.shape) for name, k in each.items()}


@right("kl_estimates")
def kl_in_float64(logprobs, ref_logprobs):
    k = kl_of_one_difference(logprobs.double(), ref_logprobs.double())
    return {name: estimate.float() for name, estimate in k.items()}


@right("kl_estimates")
def kl_of_a_frozen_reference(logprobs, ref_logprobs):
    return kl_of_one_difference(logprobs, ref_logprobs.detach())


def wrong_estimates(misconception, name, estimates):
    """Keep a way to take some of the estimates, `estimates(p, q)`; the others are right."""

    def answer(logprobs, ref_logprobs):
        return {**kl_by_expm1(logprobs, ref_logprobs), **estimates(logprobs, ref_logprobs)}

    wrong("kl_estimates", misconception, f"kl_{name}")(answer)


def k3_of(ratio):
    return {"k3": ratio - 1 - ratio.log()}


for misconception, name, estimates in [
    ("policy_and_reference_swapped", "turned_around", lambda p, q: kl_by_expm1(q, p)),
    ("k1_turned_around", "k1_turned", lambda p, q: {"k1": q - p}),
    ("k3_turned_around", "k3_turned", lambda p, q: k3_of((p - q).exp())),
    ("k3_turned_around", "k3_half_turned", lambda p, q: {"k3": (p - q).exp() - 1 + p - q}),
    ("k3_turned_around", "k3_other_half", lambda p, q: {"k3": (q - p).exp() - 1 - (p - q)}),
    ("forgets_the_half", "without_half", lambda p, q: {"k2": (p - q) ** 2}),
    ("squares_the_half", "square_of_half", lambda p, q: {"k2": ((p - q) / 2) ** 2}),
    ("k2_not_squared", "unsquared", lambda p, q: {"k2": (p - q) / 2}),
    ("k2_not_squared", "absolute_half", lambda p, q: {"k2": (p - q).abs() / 2}),
    ("k2_of_the_ratio", "squared_ratio", lambda p, q: {"k2": (q - p).exp() ** 2 / 2}),
    ("k2_of_the_ratio", "squared_change", lambda p, q: {"k2": ((q - p).exp() - 1) ** 2 / 2}),
    ("k3_lacks_a_part", "without_log", lambda p, q: {"k3": (q - p).exp() - 1}),
    ("k3_lacks_a_part", "without_one", lambda p, q: {"k3": (q - p).exp() + p - q}),
    ("k3_upside_down", "k3_negative", lambda p, q: {"k3": 1 + q - p - (q - p).exp()}),
    ("k3_weighted", "k3_weighted", lambda p, q: {"k3": (p - q).exp() * k3_of((q - p).exp())["k3"]}),
    ("k3_weighted", "r_log_r", lambda p, q: {"k3": (q - p).exp() * (q - p) - (q - p).exp() + 1}),
    (
        "names_swapped",
        "k2_as_k3",
        lambda p, q: {"k2": (q - p).exp() - 1 + p - q, "k3": (p - q) ** 2 / 2},
    ),
    ("k1_never_negative", "absolute_k1", lambda p, q: {"k1": (p - q).abs()}),
    ("k1_never_negative", "clamped_k1", lambda p, q: {"k1": (p - q).clamp(min=0)}),
    ("k1_of_probabilities", "k1_of_probabilities", lambda p, q: {"k1": p.exp() - q.exp()}),
    ("k1_of_probabilities", "k1_without_log", lambda p, q: {"k1": (p - q).exp()}),
    ("divides_the_logarithms", "k1_divided", lambda p, q: {"k1": p / q}),
    ("divides_the_logarithms", "k3_divided", lambda p, q: k3_of(q / p)),
    ("divides_the_logarithms", "log_of_logs", lambda p, q: {"k1": torch.log(p / q)}),
    (
        "weights_by_the_probability",
        "by_torch",
        lambda p, q: {"k1": F.kl_div(p, q, reduction="none", log_target=True)},
    ),
    ("weights_by_the_probability", "weighted_k1", lambda p, q: {"k1": p.exp() * (p - q)}),
    ("another_logarithm", "in_bits", lambda p, q: {"k1": (p - q) / math.log(2)}),
    (
        "divides_probabilities",
        "k3_of_probabilities",
        lambda p, q: {"k3": q.exp() / p.exp() - 1 + p - q},
    ),
    ("divides_probabilities", "k1_logged", lambda p, q: {"k1": (p.exp() / q.exp()).log()}),
    ("wrong_names", "with_a_mean", lambda p, q: {"mean": (p - q).mean()}),
    ("wrong_inner_type", "as_floats", lambda p, q: {"k1": (p - q).mean().item()}),
    ("wrong_inner_type", "as_lists", lambda p, q: {"k2": ((p - q) ** 2 / 2).tolist()}),
    ("wrong_dtype", "in_double", lambda p, q: {"k3": k3_of((q - p).double().exp())["k3"]}),
    ("wrong_shape", "flat", lambda p, q: {"k1": (p - q).flatten()}),
    ("gradient_is_lost", "k2_detached", lambda p, q: {"k2": (p - q).detach() ** 2 / 2}),
    ("gradient_is_lost", "k3_detached", lambda p, q: k3_of((q - p).detach().exp())),
    ("wrong_value", "k3_rounded", lambda p, q: {"k3": ((q - p).exp() - 1 + p - q).round()}),
]:
    wrong_estimates(misconception, name, estimates)


def wrong_change(misconception, name, change):
    """Keep something that is done to all three right estimates."""

    def answer(logprobs, ref_logprobs):
        return change(kl_by_expm1(logprobs, ref_logprobs))

    wrong("kl_estimates", misconception, f"kl_{name}")(answer)


for misconception, name, change in [
    ("averages_the_tokens", "averaged", lambda k: {n: v.mean() for n, v in k.items()}),
    ("averages_the_tokens", "summed", lambda k: {n: v.sum() for n, v in k.items()}),
    ("averages_the_tokens", "averaged_by_row", lambda k: {n: v.mean(-1) for n, v in k.items()}),
    ("another_logarithm", "all_in_bits", lambda k: {n: v / math.log(2) for n, v in k.items()}),
    ("wrong_names", "by_number", lambda k: {1: k["k1"], 2: k["k2"], 3: k["k3"]}),
    ("wrong_names", "without_k2", lambda k: {n: v for n, v in k.items() if n != "k2"}),
    ("wrong_type", "as_a_tuple", lambda k: (k["k1"], k["k2"], k["k3"])),
    ("wrong_type", "k3_alone", lambda k: k["k3"]),
    ("wrong_type", "stacked", lambda k: torch.stack(list(k.values()))),
    ("returned_nothing", "nothing", lambda k: None),
]:
    wrong_change(misconception, name, change)


@wrong("kl_estimates", "gradient_is_lost")
def kl_without_gradients(logprobs, ref_logprobs):
    with torch.no_grad():
        return kl_by_expm1(logprobs, ref_logprobs)


@wrong("kl_estimates", "changed_inputs")
def kl_in_place(logprobs, ref_logprobs):
    ref_logprobs -= logprobs
    return named(-ref_logprobs, ref_logprobs**2 / 2, ref_logprobs.expm1() - ref_logprobs)


@wrong("kl_estimates", "divides_probabilities")
def kl_of_probabilities(logprobs, ref_logprobs):
    ratio = ref_logprobs.exp() / logprobs.exp()
    return named(-ratio.log(), ratio.log() ** 2 / 2, ratio - 1 - ratio.log())


@wrong("kl_estimates", "divides_the_logarithms")
def kl_of_logarithms(logprobs, ref_logprobs):
    ratio = ref_logprobs / logprobs
    return named(-ratio.log(), ratio.log() ** 2 / 2, ratio - 1 - ratio.log())
