"""The peer: SmolLM2 in the classes of transformers, from the same file, without a network."""

import torch
import transformers
from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

from course_lib import assets


def load_peer() -> transformers.LlamaForCausalLM:
    """Return transformers' SmolLM2 in float32, with its own reading of the file.

    `from_pretrained(gguf_file=...)` does this too, but asks for a package (accelerate) first.
    """
    path = assets.path("smollm2")
    config = transformers.AutoConfig.from_pretrained(path.parent, gguf_file=path.name)
    config._attn_implementation = "eager"  # the one that can return its weights
    model = transformers.LlamaForCausalLM(config)
    weights = load_gguf_checkpoint(path, return_tensors=True, model_to_load=model)["tensors"]
    missing, unexpected = model.load_state_dict(
        {name: torch.as_tensor(values) for name, values in weights.items()}, strict=False
    )
    assert (missing, unexpected) == (["lm_head.weight"], [])  # the head is the embedding table
    model.tie_weights()
    return model.eval()
