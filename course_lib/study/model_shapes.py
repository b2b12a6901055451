"""The shapes of known models, as `count_parameters` takes them.

GPT-2 (1.5B): Radford et al., 2019. GPT-3: Brown et al., 2020, table 2.1. Llama 3 (8B) and 3.1
(405B): Dubey et al., 2024, table 3. SmolLM2: its file. A model that turns queries and keys (RoPE)
has no table of positions: n_positions is 0.
"""

NAMES = (
    "vocab_size",
    "n_positions",
    "d_model",
    "n_layer",
    "n_head",
    "n_kv_head",
    "d_ff",
    "gated",
    "tied_head",
)

SHAPES = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "SmolLM2-135M": (49_152, 0, 576, 30, 9, 3, 1536, True, True),
        "GPT-2 1.5B": (50_257, 1024, 1600, 48, 25, 25, 6400, False, True),
        "GPT-3 175B": (50_257, 2048, 12_288, 96, 96, 96, 49_152, False, True),
        "Llama 3 8B": (128_256, 0, 4096, 32, 32, 8, 14_336, True, False),
        "Llama 3.1 405B": (128_256, 0, 16_384, 126, 128, 8, 53_248, True, False),
    }.items()
}
