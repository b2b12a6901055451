"""SmolLM2's weights as another library would hand them out, for lesson 04 to load.

Hugging Face's names, with two conventions that a loader meets: matrices of the layers are
(in, out), as in GPT-2's Conv1D, and the rows of each query and key head are split in halves, as in
Hugging Face's Llama.
"""

import torch
from torch import Tensor

from course_lib import smollm2
from course_lib.exercises.blocks.llama_names import HEAD, sources

HEAD_DIM = smollm2.config().d_model // smollm2.config().n_head


def weights() -> dict[str, Tensor]:
    """Return SmolLM2's weights by their foreign names, in float32; a new dict each time.

    Its head is tied: there is no `lm_head.weight`.

    Raises:
        AssetError: if the model is not on this computer yet.
    """
    return as_foreign(smollm2.load_model().state_dict(), HEAD_DIM)


def as_foreign(state: dict[str, Tensor], head_dim: int) -> dict[str, Tensor]:
    """Return the weights of a `GPT` of pre-norm, RMSNorm, RoPE and SwiGLU by their foreign names.

    Args:
        state: its `state_dict()`; not modified. Where the head is the embedding table, there will
            be no head. All but queries and keys share their memory with what is returned.
        head_dim: D, an even number.
    """
    n_layer = sum(name.endswith("norm_1.weight") for name in state)
    foreign = {}
    for ours, theirs in sources(n_layer).items():
        weight = state[ours]
        if ours.endswith(("query.weight", "key.weight")):
            pairs = weight.unflatten(0, (-1, head_dim // 2, 2))  # (H, D / 2, 2, C)
            weight = pairs.transpose(1, 2).flatten(0, 2)  # (H * D, C)
        if ours.startswith("blocks.") and weight.dim() == 2:
            weight = weight.T  # (out, in) -> (in, out)
        foreign[theirs] = weight
    if torch.equal(state["head.weight"], state["embed.weight"]):
        del foreign[HEAD]
    return foreign
