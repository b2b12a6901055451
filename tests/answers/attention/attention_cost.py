"""Answers to `attention_cost`."""

from tests.answers.book import right, wrong


@right("attention_cost")
def cost_by_formula(B, T, H, D, bytes_per_value):
    return {"flops": 4 * B * H * T * T * D, "score_bytes": B * H * T * T * bytes_per_value}


@right("attention_cost")
def cost_product_by_product(B, T, H, D, bytes_per_value):
    def product(rows, inner, columns):
        return 2 * rows * inner * columns

    one_head = product(T, D, T) + product(T, T, D)
    return {"score_bytes": bytes_per_value * T**2 * B * H, "flops": B * H * one_head}


@right("attention_cost")
def cost_by_addition(B, T, H, D, bytes_per_value):
    flops = score_bytes = 0
    for _ in range(B * H):
        score_bytes += T * T * bytes_per_value
        flops += 2 * T * T * D  # q k^T
        flops += 2 * T * T * D  # weights v
    return dict(flops=flops, score_bytes=score_bytes)


def cost(flops=None, score_bytes=None):
    """Make an answer in which one of the two may be wrong."""

    def attention_cost(B, T, H, D, bytes_per_value):
        right = cost_by_formula(B, T, H, D, bytes_per_value)
        given = {"B": B, "T": T, "H": H, "D": D, "size": bytes_per_value}
        return {
            "flops": flops(**given) if flops else right["flops"],
            "score_bytes": score_bytes(**given) if score_bytes else right["score_bytes"],
        }

    return attention_cost


def wrong_cost(misconception, name, **parts):
    wrong("attention_cost", misconception, name)(cost(**parts))


wrong_cost(
    "half_of_the_flops",
    "cost_of_multiply_adds",
    flops=lambda B, T, H, D, size: 2 * B * H * T * T * D,
)
wrong_cost(
    "a_quarter_of_the_flops",
    "cost_of_one_product_in_multiply_adds",
    flops=lambda B, T, H, D, size: B * H * T * T * D,
)
wrong_cost(
    "forgets_the_heads", "cost_of_one_head", flops=lambda B, T, H, D, size: 4 * B * T * T * D
)
wrong_cost(
    "forgets_the_heads",
    "cost_with_scores_of_one_head",
    score_bytes=lambda B, T, H, D, size: B * T * T * size,
)
wrong_cost("forgets_the_batch", "cost_of_one_row", flops=lambda B, T, H, D, size: 4 * H * T * T * D)
wrong_cost(
    "forgets_the_batch",
    "cost_with_scores_of_one_row",
    score_bytes=lambda B, T, H, D, size: H * T * T * size,
)
wrong_cost(
    "a_quarter_of_the_flops", "cost_of_pairs", flops=lambda B, T, H, D, size: 4 * B * H * T * T
)
wrong_cost(
    "counts_the_width_twice",
    "cost_with_heads_twice",
    flops=lambda B, T, H, D, size: 4 * B * H * T * T * (H * D),
)
wrong_cost(
    "grows_with_T",
    "cost_that_is_linear",
    flops=lambda B, T, H, D, size: 4 * B * H * T * D,
    score_bytes=lambda B, T, H, D, size: B * H * T * size,
)
wrong_cost(
    "saves_the_masked",
    "cost_of_causal_pairs",
    flops=lambda B, T, H, D, size: 2 * B * H * T * (T + 1) * D,
)
wrong_cost(
    "saves_the_masked",
    "cost_of_causal_pairs_and_scores",
    flops=lambda B, T, H, D, size: 2 * B * H * T * (T + 1) * D,
    score_bytes=lambda B, T, H, D, size: B * H * T * (T + 1) // 2 * size,
)
wrong_cost(
    "counts_the_softmax",
    "cost_with_softmax",
    flops=lambda B, T, H, D, size: 4 * B * H * T * T * D + 5 * B * H * T * T,
)
wrong_cost(
    "bytes_of_the_vectors",
    "cost_of_keeping_queries",
    score_bytes=lambda B, T, H, D, size: B * H * T * D * size,
)
wrong_cost(
    "bytes_with_the_width",
    "cost_with_bytes_of_products",
    score_bytes=lambda B, T, H, D, size: B * H * T * T * D * size,
)
wrong_cost(
    "counts_values_not_bytes",
    "cost_without_bytes",
    score_bytes=lambda B, T, H, D, size: B * H * T * T,
)
wrong_cost(
    "counts_bits", "cost_in_bits", score_bytes=lambda B, T, H, D, size: 8 * B * H * T * T * size
)
wrong_cost(
    "counts_scores_and_weights",
    "cost_of_scores_and_weights",
    score_bytes=lambda B, T, H, D, size: 2 * B * H * T * T * size,
)
wrong_cost(
    "rounded",
    "cost_through_floats",
    flops=lambda B, T, H, D, size: int(4.0 * B * H * T * T * D),
)
wrong_cost(
    "wrong_inner_type",
    "cost_in_floats",
    flops=lambda B, T, H, D, size: 4 * B * H * T * T * D / 1,
)


@wrong("attention_cost", "wrong_keys")
def cost_with_capital_keys(B, T, H, D, bytes_per_value):
    right = cost_by_formula(B, T, H, D, bytes_per_value)
    return {"FLOPs": right["flops"], "bytes": right["score_bytes"]}


@wrong("attention_cost", "wrong_type")
def cost_as_a_pair(B, T, H, D, bytes_per_value):
    return 4 * B * H * T * T * D, B * H * T * T * bytes_per_value


@wrong("attention_cost", "ignores_input")
def cost_of_the_example(B, T, H, D, bytes_per_value):
    return {"flops": 144, "score_bytes": 18}


@wrong("attention_cost", "printed_instead")
def cost_that_is_printed(B, T, H, D, bytes_per_value):
    print(cost_by_formula(B, T, H, D, bytes_per_value))
