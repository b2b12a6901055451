"""Answers to `load_weights`. `NAMES` is what a set-up cell of lesson 04 gives to every answer."""

import re

import torch

from course_lib.exercises.blocks.llama_names import NAMES
from tests.answers.book import right, wrong


def pairs(weight, head_dim):
    return weight.unflatten(0, (-1, 2, head_dim // 2)).transpose(1, 2).flatten(0, 2)


@right("load_weights")
def weights_by_our_names(foreign, n_layer, head_dim):
    weights = {
        "embed.weight": foreign["model.embed_tokens.weight"],
        "norm.weight": foreign["model.norm.weight"],
    }
    weights["head.weight"] = foreign.get("lm_head.weight", weights["embed.weight"])
    for i in range(n_layer):
        for theirs, ours in NAMES.items():
            weight = foreign[f"model.layers.{i}.{theirs}.weight"]
            if weight.ndim == 2:
                weight = weight.T
            if ours in ("attention.query", "attention.key"):
                weight = pairs(weight, head_dim)
            weights[f"blocks.{i}.{ours}.weight"] = weight
    return weights


OUTER = {"model.embed_tokens": "embed", "model.norm": "norm", "lm_head": "head"}


@right("load_weights")
def weights_by_their_names(foreign, n_layer, head_dim):
    """Go through what comes, and write the rows of a head one by one into their places."""
    weights = {"head.weight": foreign["model.embed_tokens.weight"].clone()}
    for name, weight in foreign.items():
        name = name.removesuffix(".weight")
        if name in OUTER:
            weights[OUTER[name] + ".weight"] = weight.clone()
            continue
        _, _, layer, part = name.split(".", 3)
        weight = weight.t().clone()
        if part in ("self_attn.q_proj", "self_attn.k_proj"):
            ordered = torch.empty_like(weight)
            for start in range(0, len(weight), head_dim):
                half = start + head_dim // 2
                ordered[start : start + head_dim : 2] = weight[start:half]
                ordered[start + 1 : start + head_dim : 2] = weight[half : start + head_dim]
            weight = ordered
        weights[f"blocks.{int(layer)}.{NAMES[part]}.weight"] = weight
    return weights


@right("load_weights")
def weights_by_an_index(foreign, n_layer, head_dim):
    """Sort our rows by where they stand in the foreign matrix."""
    weights = {}
    for name, weight in foreign.items():
        found = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.weight", name)
        if found is None:
            weights[OUTER[name[: -len(".weight")]] + ".weight"] = weight
            continue
        ours = NAMES[found[2]]
        if "norm" not in ours:
            weight = torch.einsum("io->oi", weight)
        if ours in ("attention.query", "attention.key"):
            row = torch.arange(len(weight))
            number = row % head_dim
            weight = weight[row - number + number // 2 + number % 2 * (head_dim // 2)]
        weights[f"blocks.{found[1]}.{ours}.weight"] = weight
    if "head.weight" not in weights:
        weights["head.weight"] = weights["embed.weight"]
    return weights


def loader(turned=lambda part: "norm" not in part, before=None, order=pairs,
           ordered=("attention.query", "attention.key"), names=NAMES, layers=range):  # fmt: skip
    """Make an answer in which one step may be wrong."""

    def load_weights(foreign, n_layer, head_dim):
        weights = {"embed.weight": foreign["model.embed_tokens.weight"]}
        weights["norm.weight"] = foreign["model.norm.weight"]
        weights["head.weight"] = foreign.get("lm_head.weight", weights["embed.weight"])
        for i in layers(n_layer):
            for theirs, ours in names.items():
                weight = foreign[f"model.layers.{i}.{theirs}.weight"]
                if before and ours in ordered:
                    weight = before(weight, head_dim)
                weight = weight.T if turned(ours) else weight
                if ours in ordered:
                    weight = order(weight, head_dim)
                weights[f"blocks.{i}.{ours}.weight"] = weight
        return weights

    return load_weights


def wrong_loader(misconception, name, **steps):
    wrong("load_weights", misconception, name)(loader(**steps))


def halves(weight, head_dim):
    return weight.unflatten(0, (-1, head_dim // 2, 2)).transpose(1, 2).flatten(0, 2)


def as_it_is(weight, head_dim):
    return weight


def all_at_once(weight, head_dim):
    return pairs(weight, len(weight))


def by_strides(weight, head_dim):
    return torch.cat([weight[0::2], weight[1::2]])


def seconds_first(weight, head_dim):
    heads = weight.unflatten(0, (-1, 2, head_dim // 2))
    return torch.stack([heads[:, 1], heads[:, 0]], dim=2).flatten(0, 2)


def swapped(one, other):
    return {**NAMES, one: NAMES[other], other: NAMES[one]}


NORM_1, NORM_2 = "input_layernorm", "post_attention_layernorm"
VALUES_TOO = ("attention.query", "attention.key", "attention.value")
OUTPUT_TOO = ("attention.query", "attention.key", "attention.output")

wrong_loader("norms_swapped", "weights_with_norms_swapped", names=swapped(NORM_1, NORM_2))
wrong_loader(
    "gate_and_up_swapped",
    "weights_with_up_as_gate",
    names=swapped("mlp.gate_proj", "mlp.up_proj"),
)
wrong_loader(
    "another_tensor",
    "weights_with_keys_as_values",
    names=swapped("self_attn.k_proj", "self_attn.v_proj"),
)
wrong_loader("not_transposed", "weights_without_T", turned=lambda part: False, order=as_it_is)
wrong_loader("not_transposed", "weights_ordered_without_T", turned=lambda part: False)
wrong_loader(
    "not_transposed",
    "weights_of_ordered_columns_without_T",
    turned=lambda part: False,
    order=lambda weight, head_dim: pairs(weight.T, head_dim).T,
)
wrong_loader(
    "some_not_transposed",
    "weights_without_T_in_attention_output",
    turned=lambda part: "norm" not in part and part != "attention.output",
)
wrong_loader(
    "some_not_transposed",
    "weights_with_T_in_attention_alone",
    turned=lambda part: part.startswith("attention"),
)
wrong_loader(
    "some_not_transposed",
    "weights_with_T_in_feed_forward_alone",
    turned=lambda part: part.startswith("feed"),
)
wrong_loader("order_as_before", "weights_in_halves", order=as_it_is)
wrong_loader("order_as_before", "weights_with_keys_alone_in_pairs", ordered=("attention.key",))
wrong_loader("order_backwards", "weights_split_in_halves_again", order=halves)
wrong_loader("all_heads_at_once", "weights_of_one_long_head", order=all_at_once)
wrong_loader("all_heads_at_once", "weights_by_even_and_odd_rows", order=by_strides)
wrong_loader("order_of_the_columns", "weights_ordered_before_T", before=pairs, order=as_it_is)
wrong_loader("second_before_first", "weights_with_second_rows_first", order=seconds_first)
wrong_loader("only_queries_in_order", "weights_with_queries_alone", ordered=("attention.query",))
wrong_loader("reorders_too_much", "weights_with_values_in_pairs", ordered=VALUES_TOO)
wrong_loader("reorders_too_much", "weights_with_output_in_pairs", ordered=OUTPUT_TOO)
wrong_loader("layers_missing", "weights_without_block_0", layers=lambda n_layer: range(1, n_layer))
wrong_loader(
    "layers_missing", "weights_without_the_last", layers=lambda n_layer: range(n_layer - 1)
)
wrong_loader(
    "foreign_names",
    "weights_that_keep_the_parts",
    names={part: part for part in NAMES},
    ordered=("self_attn.q_proj", "self_attn.k_proj"),
    turned=lambda part: "norm" not in part,
)
wrong_loader("wrong_names", "weights_with_other_words", names={**NAMES, NORM_1: "norm1"})
wrong_loader("raised", "weights_with_too_many_layers", layers=lambda n_layer: range(n_layer + 1))


@wrong("load_weights", "layers_from_one")
def weights_counted_from_one(foreign, n_layer, head_dim):
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {
        re.sub(r"blocks\.(\d+)", lambda found: f"blocks.{int(found[1]) + 1}", name): weight
        for name, weight in weights.items()
    }


@wrong("load_weights", "transposes_the_tables")
def weights_with_tables_turned(foreign, n_layer, head_dim):
    """Turn all that has two axes, the tables too."""
    weights = weights_by_our_names(foreign, n_layer, head_dim)
    return {
        name: weight.T if name in ("embed.weight", "head.weight") else weight
        for name, weight in weights.items()
    }
