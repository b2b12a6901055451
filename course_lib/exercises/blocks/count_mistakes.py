"""Ways to count a model's parameters that are not right, and what to say to whoever counted so."""

from collections.abc import Callable
from types import SimpleNamespace

from course_lib.exercises.blocks.count_truth import PARTS, truth
from course_lib.exercises.mistakes import Mistake, known_by_property

# s in a formula holds the sizes of a model by short names: V tokens, P positions, C the width of
# the stream, L blocks, H heads, G heads of keys and values, D the width of one, K = G * D, F the
# inner width, M matrices of a feed-forward half, N tables of tokens.
Formula = Callable[[SimpleNamespace], int]


def _sizes(config: dict) -> SimpleNamespace:
    C, H, G = config["d_model"], config["n_head"], config["n_kv_head"]
    return SimpleNamespace(
        V=config["vocab_size"],
        P=config["n_positions"],
        C=C,
        L=config["n_layer"],
        H=H,
        G=G,
        D=C // H,
        K=C // H * G,
        F=config["d_ff"],
        M=3 if config["gated"] else 2,
        N=1 if config["tied_head"] else 2,
    )


def _in(part: str) -> Callable[[str, Formula, str], Mistake]:
    """Return what makes a mistake in one number: name, formula, cause."""

    def mistake(name: str, formula: Formula, cause: str) -> Mistake:
        def method(inputs: dict) -> dict:
            return {**truth(inputs), part: formula(_sizes(inputs["config"]))}

        return Mistake(name, method, cause)

    return mistake


_attention, _feed_forward, _embeddings, _norms = (_in(part) for part in PARTS)


def _without(part: str) -> Mistake:
    def method(inputs: dict) -> dict:
        right = truth(inputs)
        return {**right, "total": right["total"] - right[part]}

    cause = f'`"{part}"` is missing in the total. It is the sum of all four.'
    return Mistake("total_without_a_part", method, cause)


NO_BIAS = "Biases were counted. None of these models has any: a matrix is all there is."
ONE_LAYER = "This is what one block has. The model has `n_layer` of them."
KV_HEADS = (
    "Keys and values were counted as wide as queries. They have `n_kv_head` heads, and each is "
    "`d_model // n_head` wide."
)
NO_OUTPUT = (
    "What the heads gather goes through one more matrix before it is added to the stream. It is "
    "missing here."
)
OUTPUT_TOO = f"{NO_OUTPUT} And there are fewer heads of keys and values than of queries."
HEAD_DIM = (
    "Each head was counted as wide as the stream. The query heads share `d_model`: one is "
    "`d_model // n_head` wide, and so is one of keys or values."
)
NO_HEAD = (
    "The head is missing. Without a tied head it has a table of its own, as large as that of the "
    "tokens."
)
NO_POSITIONS = "The table of positions is missing: a row of `d_model` numbers for each position."
ONE_NORM = "A block has two norms: one for attention, one for the feed-forward half."
NO_LAST_NORM = "One more norm stands behind the last block, before the head. It is missing here."
MISTAKES = (
    _attention("forgets_kv_heads", lambda s: s.L * 4 * s.C * s.C, KV_HEADS),
    _attention("forgets_the_output", lambda s: s.L * (s.C * s.C + 2 * s.C * s.K), NO_OUTPUT),
    _attention("forgets_the_output", lambda s: s.L * 3 * s.C * s.C, OUTPUT_TOO),
    _attention(
        "keys_or_values_missing",
        lambda s: s.L * (2 * s.C * s.C + s.C * s.K),
        "Keys and values have a matrix each. One of the two is missing.",
    ),
    _attention(
        "one_head_of_keys",
        lambda s: s.L * (2 * s.C * s.C + 2 * s.C * s.D),
        "Keys and values of one head were counted. There are `n_kv_head` of them.",
    ),
    _attention("head_as_wide_as_the_stream", lambda s: s.L * 2 * s.C * (s.C + s.G * s.C), HEAD_DIM),
    _attention("head_as_wide_as_the_stream", lambda s: s.L * 2 * s.C * (s.H + s.G) * s.C, HEAD_DIM),
    _attention(
        "divides_by_kv_heads",
        lambda s: s.L * 2 * s.C * (s.C + s.C // s.G),
        "The width was divided by `n_kv_head`. One head is `d_model // n_head` wide, of queries "
        "and keys alike; `n_kv_head` of them make up the keys.",
    ),
    _attention(
        "kv_heads_everywhere",
        lambda s: s.L * 4 * s.C * s.K,
        "Only keys and values have `n_kv_head` heads. Queries have `n_head`, and so has what comes "
        "back.",
    ),
    _attention("one_layer_only", lambda s: 2 * s.C * (s.C + s.K), ONE_LAYER),
    _attention("counts_biases", lambda s: s.L * 2 * (s.C + 1) * (s.C + s.K), NO_BIAS),
    _attention(
        "counts_biases",
        lambda s: s.L * (2 * s.C * (s.C + s.K) + s.C + 2 * s.K),
        NO_BIAS,
    ),
    _feed_forward(
        "forgets_the_gate",
        lambda s: s.L * 2 * s.C * s.F,
        "These are two matrices a block. If `gated`, there are three: gate, up and down.",
    ),
    _feed_forward(
        "gates_always",
        lambda s: s.L * 3 * s.C * s.F,
        "A gate was counted though there is none. Without `gated` there are two matrices: up and "
        "down.",
    ),
    _feed_forward(
        "forgets_the_way_back",
        lambda s: s.L * s.C * s.F,
        "This is one matrix a block. One leads to `d_ff` numbers, one back, and a gate is a third.",
    ),
    _feed_forward(
        "four_times_the_width",
        lambda s: s.L * s.M * s.C * 4 * s.C,
        "Four times the width is usual, and not what `config` says: the inner width is `d_ff`.",
    ),
    _feed_forward("one_layer_only", lambda s: s.M * s.C * s.F, ONE_LAYER),
    _feed_forward(
        "counts_biases",
        lambda s: s.L * (s.M * s.C * s.F + (s.M - 1) * s.F + s.C),
        NO_BIAS,
    ),
    _embeddings("forgets_the_head", lambda s: (s.V + s.P) * s.C, NO_HEAD),
    _embeddings("forgets_the_positions", lambda s: s.N * s.V * s.C, NO_POSITIONS),
    _embeddings("only_the_tokens", lambda s: s.V * s.C, f"{NO_HEAD} {NO_POSITIONS}"),
    _embeddings(
        "counts_a_tied_head",
        lambda s: (2 * s.V + s.P) * s.C,
        "The head was counted though it is tied: it uses the table of tokens, which counts once.",
    ),
    _embeddings(
        "positions_for_the_head_too",
        lambda s: s.N * (s.V + s.P) * s.C,
        "Positions were counted twice. The head has a table of tokens only.",
    ),
    _embeddings(
        "embeddings_in_each_block",
        lambda s: s.L * (s.N * s.V + s.P) * s.C,
        "The tables stand before the first block and behind the last. They count once, not "
        "`n_layer` times.",
    ),
    _embeddings(
        "rows_without_a_width",
        lambda s: s.N * s.V + s.P,
        "These are rows. Each has `d_model` numbers.",
    ),
    _embeddings("counts_biases", lambda s: (s.N * s.V + s.P) * s.C + s.V, NO_BIAS),
    _norms("forgets_the_last_norm", lambda s: 2 * s.L * s.C, NO_LAST_NORM),
    _norms("one_norm_a_block", lambda s: (s.L + 1) * s.C, ONE_NORM),
    _norms("one_norm_a_block", lambda s: s.L * s.C, f"{ONE_NORM} {NO_LAST_NORM}"),
    _norms(
        "last_norm_in_each_block",
        lambda s: 3 * s.L * s.C,
        "Three norms a block were counted. A block has two; the third stands once, at the end.",
    ),
    *(
        _norms(
            "counts_the_bias_of_norms",
            formula,
            "LayerNorm has a weight and a bias for each number. Here a norm has the weight alone.",
        )
        for formula in (lambda s: 2 * (2 * s.L + 1) * s.C, lambda s: 4 * s.L * s.C)
    ),
    _norms("one_layer_only", lambda s: 3 * s.C, ONE_LAYER),
    _norms(
        "one_weight_a_norm",
        lambda s: 2 * s.L + 1,
        "This is how many norms there are. Each has a weight for every one of the `d_model` "
        "numbers.",
    ),
    _norms("no_norms", lambda s: 0, "The weights of norms are learned too, few as they are."),
    *(_without(part) for part in PARTS),
    Mistake(
        "config_is_a_dict",
        lambda inputs: inputs["config"].d_model,
        '`config` is a dict: write `config["d_model"]`, not `config.d_model`.',
    ),
    Mistake(
        "no_such_key",
        lambda inputs: inputs["config"]["head_dim"],
        "`config` has the keys that you see in the call, and no others. The width of a head, for "
        "one, you work out.",
    ),
)
WRONG_KEYS = Mistake(
    "wrong_keys",
    known_by_property,
    'The keys are "attention", "feed_forward", "embeddings", "norms" and "total", and no others.',
)
