"""What another library calls the parts of a Llama, and what our `GPT` calls them.

`NAMES` is the table that lesson 04 gives to learners: the parts of one layer. Hugging Face's
LlamaForCausalLM has these names.
"""

NAMES = {
    "input_layernorm": "norm_1",
    "self_attn.q_proj": "attention.query",
    "self_attn.k_proj": "attention.key",
    "self_attn.v_proj": "attention.value",
    "self_attn.o_proj": "attention.output",
    "post_attention_layernorm": "norm_2",
    "mlp.gate_proj": "feed_forward.gate",
    "mlp.up_proj": "feed_forward.up",
    "mlp.down_proj": "feed_forward.down",
}
EMBED, NORM, HEAD = "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"


def sources(n_layer: int) -> dict[str, str]:
    """Return, for each name of a `GPT` of n_layer blocks, in its order, the foreign name."""
    layers = {
        f"blocks.{i}.{our}.weight": f"model.layers.{i}.{foreign}.weight"
        for i in range(n_layer)
        for foreign, our in NAMES.items()
    }
    return {"embed.weight": EMBED, **layers, "norm.weight": NORM, "head.weight": HEAD}
