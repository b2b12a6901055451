"""Answers to `count_parameters`."""

from types import SimpleNamespace

import torch

from course_lib.llm import model
from tests.answers.book import right, wrong


@right("count_parameters")
def count_by_formula(config):
    C, L = config["d_model"], config["n_layer"]
    kv_width = C // config["n_head"] * config["n_kv_head"]
    counts = {
        "attention": L * (2 * C * C + 2 * C * kv_width),
        "feed_forward": L * (3 if config["gated"] else 2) * C * config["d_ff"],
        "embeddings": config["vocab_size"] * C * (1 if config["tied_head"] else 2)
        + config["n_positions"] * C,
        "norms": (2 * L + 1) * C,
    }
    return counts | {"total": sum(counts.values())}


@right("count_parameters")
def count_block_by_block(config):
    d_model, head_dim = config["d_model"], config["d_model"] // config["n_head"]
    attention = feed_forward = norms = 0
    for _ in range(config["n_layer"]):
        for heads in ("n_head", "n_kv_head", "n_kv_head", "n_head"):
            attention += d_model * config[heads] * head_dim
        for _ in range(2 + config["gated"]):
            feed_forward += d_model * config["d_ff"]
        norms += d_model + d_model
    norms += d_model
    embeddings = d_model * (config["vocab_size"] + config["n_positions"])
    if not config["tied_head"]:
        embeddings += d_model * config["vocab_size"]
    return dict(
        total=attention + feed_forward + embeddings + norms,
        norms=norms,
        embeddings=embeddings,
        feed_forward=feed_forward,
        attention=attention,
    )


@right("count_parameters")
def count_of_the_real_modules(config):
    """Build one block without memory for its numbers, and ask torch how many there are."""
    shape = {name: config[name] for name in ("d_model", "n_layer", "n_head", "n_kv_head", "d_ff")}
    kind = "swiglu" if config["gated"] else "gelu"
    with torch.device("meta"):
        block = model.new_block(
            model.ModelConfig(vocab_size=1, context_length=1, feed_forward=kind, **shape)
        )
        tables = [torch.nn.Embedding(config["vocab_size"], config["d_model"])]
        tables.append(torch.nn.Embedding(config["n_positions"], config["d_model"]))
        if not config["tied_head"]:
            tables.append(torch.nn.Linear(config["d_model"], config["vocab_size"], bias=False))
    count, n_layer = model.count_parameters, config["n_layer"]
    counts = {
        "attention": n_layer * count(block.attention),
        "feed_forward": n_layer * count(block.feed_forward),
        "embeddings": sum(map(count, tables)),
        "norms": n_layer * (count(block.norm_1) + count(block.norm_2)) + config["d_model"],
    }
    return {**counts, "total": sum(counts.values())}


def counted(slips):
    """Make an answer in which some numbers are counted by another formula.

    A formula takes the config with attributes, `kv` for the width of the keys besides, and the
    right number.
    """

    def count_parameters(config):
        counts = count_by_formula(config)
        del counts["total"]
        kv = config["d_model"] // config["n_head"] * config["n_kv_head"]
        c = SimpleNamespace(**config, kv=kv)
        counts |= {part: slip(c, counts[part]) for part, slip in slips.items()}
        return counts | {"total": sum(counts.values())}

    return count_parameters


def wrong_count(misconception, name, **slips):
    wrong("count_parameters", misconception, f"count_{name}")(counted(slips))


def wrong_block(misconception, name, **slips):
    """File an answer whose formulas are those of one block, with no use for the right number."""
    all_blocks = {
        part: lambda c, n, slip=slip: c.n_layer * slip(c, c.d_model) for part, slip in slips.items()
    }
    wrong_count(misconception, name, **all_blocks)


wrong_block("forgets_kv_heads", "of_full_keys", attention=lambda c, C: 4 * C * C)
wrong_block("forgets_the_output", "without_output", attention=lambda c, C: C * (C + 2 * c.kv))
wrong_block("forgets_the_output", "of_three_squares", attention=lambda c, C: 3 * C * C)
wrong_block("keys_or_values_missing", "without_values", attention=lambda c, C: C * (2 * C + c.kv))
wrong_block(
    "one_head_of_keys",
    "of_one_head_of_keys",
    attention=lambda c, C: 2 * C * (C + C // c.n_head),
)
wrong_block(
    "head_as_wide_as_the_stream",
    "of_wide_heads",
    attention=lambda c, C: 2 * C * (C + c.n_kv_head * C),
)
wrong_block(
    "divides_by_kv_heads",
    "divided_by_kv_heads",
    attention=lambda c, C: 2 * C * (C + C // c.n_kv_head),
)
wrong_block("kv_heads_everywhere", "of_narrow_queries", attention=lambda c, C: 4 * C * c.kv)
wrong_count("one_layer_only", "of_one_attention", attention=lambda c, n: n // c.n_layer)
wrong_count("one_layer_only", "of_one_feed_forward", feed_forward=lambda c, n: n // c.n_layer)
wrong_count(
    "one_layer_only",
    "of_one_block",
    attention=lambda c, n: n // c.n_layer,
    feed_forward=lambda c, n: n // c.n_layer,
    norms=lambda c, n: 3 * c.d_model,
)
wrong_count(
    "counts_biases",
    "with_biases_in_attention",
    attention=lambda c, n: n + c.n_layer * 2 * (c.d_model + c.kv),
)
wrong_count(
    "counts_biases",
    "with_biases_to_queries_keys_values",
    attention=lambda c, n: n + c.n_layer * (c.d_model + 2 * c.kv),
)
wrong_count(
    "counts_biases",
    "with_biases_in_feed_forward",
    feed_forward=lambda c, n: n + c.n_layer * ((2 if c.gated else 1) * c.d_ff + c.d_model),
)
wrong_count("counts_biases", "with_a_bias_in_the_head", embeddings=lambda c, n: n + c.vocab_size)
wrong_block("forgets_the_gate", "without_gate", feed_forward=lambda c, C: 2 * C * c.d_ff)
wrong_block("gates_always", "with_a_gate_always", feed_forward=lambda c, C: 3 * C * c.d_ff)
wrong_block("forgets_the_way_back", "of_one_matrix", feed_forward=lambda c, C: C * c.d_ff)
wrong_count(
    "four_times_the_width",
    "of_four_times_the_width",
    feed_forward=lambda c, n: n // c.d_ff * 4 * c.d_model,
)
wrong_count(
    "forgets_the_head",
    "without_head",
    embeddings=lambda c, n: (c.vocab_size + c.n_positions) * c.d_model,
)
wrong_count(
    "counts_a_tied_head",
    "with_a_tied_head",
    embeddings=lambda c, n: (2 * c.vocab_size + c.n_positions) * c.d_model,
)
wrong_count(
    "forgets_the_positions",
    "without_positions",
    embeddings=lambda c, n: n - c.n_positions * c.d_model,
)
wrong_count("only_the_tokens", "of_tokens_alone", embeddings=lambda c, n: c.vocab_size * c.d_model)
wrong_count(
    "positions_for_the_head_too",
    "with_positions_twice",
    embeddings=lambda c, n: (c.vocab_size + c.n_positions) * c.d_model * (2 - c.tied_head),
)
wrong_count(
    "embeddings_in_each_block", "with_tables_in_blocks", embeddings=lambda c, n: n * c.n_layer
)
wrong_count("rows_without_a_width", "of_rows", embeddings=lambda c, n: n // c.d_model)
wrong_count("forgets_the_last_norm", "without_last_norm", norms=lambda c, n: n - c.d_model)
wrong_count("one_norm_a_block", "of_one_norm_a_block", norms=lambda c, n: (n + c.d_model) // 2)
wrong_block("one_norm_a_block", "of_one_norm_in_blocks", norms=lambda c, C: C)
wrong_block("last_norm_in_each_block", "of_three_norms_a_block", norms=lambda c, C: 3 * C)
wrong_count("counts_the_bias_of_norms", "with_biases_of_norms", norms=lambda c, n: 2 * n)
wrong_count("one_weight_a_norm", "of_norms", norms=lambda c, n: n // c.d_model)
wrong_count("no_norms", "without_norms", norms=lambda c, n: 0)
wrong_count(
    "forgets_kv_heads",
    "with_three_mistakes",
    attention=lambda c, n: 4.0 * c.n_layer * c.d_model**2,
    embeddings=lambda c, n: c.vocab_size * c.d_model,
    norms=lambda c, n: n - c.d_model,
)
for part in ("attention", "feed_forward", "embeddings", "norms"):

    @wrong("count_parameters", "total_without_a_part", f"count_with_no_{part}_in_the_total")
    def count_with_a_part_missing(config, part=part):
        counts = count_by_formula(config)
        return counts | {"total": counts["total"] - counts[part]}


@wrong("count_parameters", "wrong_inner_type")
def count_in_floats(config):
    config = config | {"n_kv_head": config["n_kv_head"] / 1}
    return count_by_formula(config)


@wrong("count_parameters", "wrong_keys")
def count_without_total(config):
    counts = count_by_formula(config)
    del counts["total"]
    return counts


@wrong("count_parameters", "wrong_keys")
def count_added_to_the_config(config):
    return config | count_by_formula(config)


@wrong("count_parameters", "wrong_type")
def count_of_the_total_alone(config):
    return count_by_formula(config)["total"]


@wrong("count_parameters", "changed_inputs")
def count_that_takes_the_config_apart(config):
    counts = count_by_formula(config)
    config.pop("tied_head")
    return counts


@wrong("count_parameters", "config_is_a_dict")
def count_by_attributes(config):
    return {"attention": config.n_layer * 4 * config.d_model**2}


@wrong("count_parameters", "no_such_key")
def count_with_a_head_dim(config):
    return {"attention": config["n_layer"] * config["head_dim"] * config["d_model"]}


@wrong("count_parameters", "ignores_input")
def count_of_the_example(config):
    parts = {"attention": 36_000, "feed_forward": 72_000, "embeddings": 25_200, "norms": 540}
    return {**parts, "total": 133_740}


@wrong("count_parameters", "wrong_value")
def count_in_millions(config):
    counts = count_by_formula(config)
    return {part: number // 1000 for part, number in counts.items()}
