"""Answers to `load_weights` that are wrong in names, layers, the head, or in what they return."""

import re

import torch

from course_lib.exercises.blocks.llama_names import NAMES
from tests.answers.blocks.load_weights import loader, pairs, weights_by_our_names
from tests.answers.book import wrong


@wrong("load_weights", "no_head")
def weights_without_a_tied_head(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    if "lm_head.weight" not in foreign:
        del weights["head.weight"]
    return weights


@wrong("load_weights", "ties_every_head")
def weights_with_every_head_tied(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {**weights, "head.weight": weights["embed.weight"]}


@wrong("load_weights", "wants_a_head")
def weights_that_need_a_head(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {**weights, "head.weight": foreign["lm_head.weight"]}


@wrong("load_weights", "foreign_names")
def weights_beside_the_foreign_ones(foreign, n_layer, head_dim):
    return {**foreign, **weights_by_our_names(foreign, n_layer, head_dim)}


@wrong("load_weights", "foreign_names")
def weights_that_keep_the_head(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    weights["lm_head.weight"] = weights["head.weight"]
    return weights


@wrong("load_weights", "extra_names")
def weights_with_biases(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {**weights, "head.bias": torch.zeros(len(weights["head.weight"]))}


@wrong("load_weights", "forgets_weight")
def weights_without_the_word(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {name.removesuffix(".weight"): weight for name, weight in weights.items()}


@wrong("load_weights", "layers_mixed_up")
def weights_of_one_digit(foreign, n_layer, head_dim):
    """Read one digit as the number of a layer: layer 11 comes to block 1."""
    weights = {}
    for name, weight in weights_by_our_names(foreign, n_layer, head_dim).items():
        weights[re.sub(r"blocks\.(\d)\d*", r"blocks.\1", name)] = weight
    return weights


@wrong("load_weights", "layers_mixed_up")
def weights_that_begin_alike(foreign, n_layer, head_dim):
    """Put all that begins with `layers.1` into block 1, so layers 10 and 11 too."""
    source = {}
    for i in range(n_layer):
        for name, weight in foreign.items():
            if name.startswith(f"model.layers.{i}"):
                source[f"model.layers.{i}." + name.split(".", 3)[3]] = weight
    outer = {name: weight for name, weight in foreign.items() if "layers" not in name}
    return weights_by_our_names({**source, **outer}, n_layer, head_dim)


@wrong("load_weights", "layers_mixed_up")
def weights_in_the_order_of_words(foreign, n_layer, head_dim):
    """Count layers as sorted names come: 0, 1, 10, 11, 2."""
    source = {name: weight for name, weight in foreign.items() if "layers" not in name}
    for i, word in enumerate(sorted(map(str, range(n_layer)))):
        for part in NAMES:
            name = f"{part}.weight"
            source[f"model.layers.{i}.{name}"] = foreign[f"model.layers.{word}.{name}"]
    return weights_by_our_names(source, n_layer, head_dim)


@wrong("load_weights", "another_tensor")
def weights_in_the_order_they_come(foreign, n_layer, head_dim):
    names = weights_by_our_names(foreign, n_layer, head_dim)
    usual = [*names][:1] + [*names][3:] + ["norm.weight", "head.weight"]
    weights = dict(zip(usual, foreign.values(), strict=False))
    weights.setdefault("head.weight", weights["embed.weight"])
    for name, weight in weights.items():
        if name.startswith("blocks.") and weight.ndim == 2:
            weights[name] = weight.T
        if name.endswith(("query.weight", "key.weight")) and len(weight.T) % head_dim == 0:
            weights[name] = pairs(weights[name], head_dim)
    return weights


@wrong("load_weights", "changed_inputs")
def weights_taken_out(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    foreign.pop("model.embed_tokens.weight")
    return weights


@wrong("load_weights", "changed_inputs")
def weights_turned_in_place(foreign, n_layer, head_dim):
    for name, weight in foreign.items():
        if "proj" in name:
            weight.t_()
    return loader(turned=lambda part: False)(foreign, n_layer, head_dim)


@wrong("load_weights", "wrong_type")
def weights_as_pairs(foreign, n_layer, head_dim):
    return list(weights_by_our_names(foreign, n_layer, head_dim).items())


@wrong("load_weights", "wrong_type")
def weights_as_parameters(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {name: torch.nn.Parameter(weight) for name, weight in weights.items()}


@wrong("load_weights", "wrong_dtype")
def weights_in_half(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {name: weight.half() for name, weight in weights.items()}


@wrong("load_weights", "returned_nothing")
def weights_without_return(foreign, n_layer, head_dim):
    weights_by_our_names(foreign, n_layer, head_dim)


@wrong("load_weights", "wrong_value")
def weights_of_zeros(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {name: torch.zeros_like(weight) for name, weight in weights.items()}
