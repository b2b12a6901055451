"""Weights in foreign clothes are Hugging Face's: its names, its order of rows, its logits."""

import pytest
import torch
import transformers

from course_lib import assets, smollm2
from course_lib.exercises.blocks import load_checks
from course_lib.llm.model import GPT, ModelConfig
from course_lib.study import foreign

SHAPE = dict(d_model=24, n_layer=3, n_head=4, n_kv_head=2, d_ff=10)
HEAD_DIM = 6


def tiny(tied: bool) -> GPT:
    """Return a small model whose weights are large enough to matter, and no two alike."""
    model = GPT(ModelConfig(vocab_size=11, context_length=16, tied_head=tied, **SHAPE))
    generator = torch.Generator().manual_seed(4)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.4, generator=generator)
    return model


def hugging_face(tied: bool) -> transformers.LlamaForCausalLM:
    """Return the model of the same shape in the classes of transformers."""
    config = transformers.LlamaConfig(
        vocab_size=11,
        hidden_size=24,
        intermediate_size=10,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        rms_norm_eps=1e-5,
        tie_word_embeddings=tied,
    )
    return transformers.LlamaForCausalLM(config).eval()


@pytest.mark.parametrize("tied", [True, False])
def test_loading_gives_the_state_back(tied):
    state = tiny(tied).state_dict()
    inputs = {"foreign": foreign.as_foreign(state, HEAD_DIM), "n_layer": 3, "head_dim": HEAD_DIM}
    loaded = load_checks.truth(inputs)
    assert list(loaded) == list(state)
    assert all(torch.equal(loaded[name], state[name]) for name in state)


@pytest.mark.parametrize("tied", [True, False])
@torch.inference_mode()
def test_names_and_logits_are_hugging_faces(tied):
    """Its own matrices are (out, in): only those of the layers are turned back for it."""
    ours, theirs = tiny(tied), hugging_face(tied)
    weights = foreign.as_foreign(ours.state_dict(), HEAD_DIM)
    names = set(theirs.state_dict()) - ({"lm_head.weight"} if tied else set())
    assert set(weights) == names
    turned = {name: weight.T if "_proj" in name else weight for name, weight in weights.items()}
    missing, odd = theirs.load_state_dict(turned, strict=False)
    assert (missing, odd) == (["lm_head.weight"] if tied else [], [])
    theirs.tie_weights()
    ids = torch.randint(11, (2, 9), generator=torch.Generator().manual_seed(5))
    logits = ours(ids)
    assert logits.std() > 0.5
    torch.testing.assert_close(theirs(ids).logits, logits, atol=1e-4, rtol=0)


def test_the_rows_of_a_head_by_hand():
    state = tiny(tied=True).state_dict()
    query = foreign.as_foreign(state, HEAD_DIM)["model.layers.0.self_attn.q_proj.weight"]
    rows = state["blocks.0.attention.query.weight"]
    assert torch.equal(query[:, 6:12].T, rows[[6, 8, 10, 7, 9, 11]])


def test_the_state_is_not_changed():
    model = tiny(tied=True)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    foreign.as_foreign(model.state_dict(), HEAD_DIM)
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())


@pytest.mark.slow
@pytest.mark.skipif(bool(assets.missing()), reason="SmolLM2 is not here: run `course fetch`")
def test_smollm2_comes_without_a_head():
    weights = foreign.weights()
    assert foreign.HEAD_DIM == 64
    assert len(weights) == 2 + 9 * 30
    assert weights["model.layers.29.self_attn.k_proj.weight"].shape == (576, 192)
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    loaded = load_checks.truth({"foreign": weights, "n_layer": 30, "head_dim": 64})
    for name, weight in smollm2.load_model().state_dict().items():
        assert torch.equal(loaded[name], weight), name
