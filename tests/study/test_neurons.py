"""Single neurons: what they add to an answer sums to what their layer adds."""

import pytest
import torch

from course_lib import assets, smollm2
from course_lib.llm.inspection import record
from course_lib.study import neurons, next_token
from course_lib.study.who_does_what import said_by_halves
from tests.llm.models import random_ids, random_model

real_model = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")

PROMPTS = ["The capital of France is", "The capital of Japan is"]
ANSWERS = [" Paris", " Tokyo"]


@torch.inference_mode()
def by_halves(model, ids, rows):
    """Return what halves, and the stream that enters, add to the scores of `rows` at the end.

    The last norm is one scale and a weight for each column: it can be put on each part of the sum.
    """
    with record(model) as trace:
        said = said_by_halves(model, ids)
    end = trace.hidden[-1][0, -1]
    scale = model.norm.weight / (end.square().mean() + model.norm.eps).sqrt()
    parts = said | {"enters": trace.hidden[0]}
    return {name: model.head(scale * part[0, -1])[rows] for name, part in parts.items()}


def against_the_others(scores, right: int) -> float:
    others = [score for place, score in enumerate(scores.tolist()) if place != right]
    return scores[right].item() - sum(others) / len(others)


def check_sums(model, prompts, answers, encode):
    """Check that neurons sum to their layer, and all parts to the model's own scores."""
    found = neurons.toward(prompts, answers)  # (n, n_layer, F)
    ids = [encode(answer)[0] for answer in answers]
    for place, prompt in enumerate(prompts):
        read = torch.tensor([encode(prompt)])
        parts = by_halves(model, read, ids)
        for layer in range(len(model.blocks)):
            expected = against_the_others(parts[layer, "feed_forward"], place)
            assert found[place, layer].sum().item() == pytest.approx(expected, abs=1e-3)
        rest = [part for name, part in parts.items() if "feed_forward" not in name]
        everything = found[place].sum().item() + against_the_others(sum(rest), place)
        logits = model(read)[0, -1, ids]
        assert everything == pytest.approx(against_the_others(logits, place), abs=2e-3)
    return found


class Letters:
    """A tokenizer whose tokens are the letters from A on."""

    def encode_ordinary(self, text):
        return [ord(letter) - ord("A") for letter in text]


@pytest.fixture
def tiny(monkeypatch):
    """Let a tiny random model and its letters stand for SmolLM2."""
    model = random_model()
    monkeypatch.setattr(next_token, "load", lambda: model)
    monkeypatch.setattr(smollm2, "load_tokenizer", Letters)
    return model


def untouched(model) -> bool:
    return not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@torch.inference_mode()
def test_neurons_sum_to_what_their_layer_adds(tiny):
    found = check_sums(tiny, ["CAB", "ABAD", "E"], ["A", "B", "C"], Letters().encode_ordinary)
    assert found.shape == (3, 2, 40)
    assert untouched(tiny)


@torch.inference_mode()
def test_one_neuron_adds_its_own_column_as_much_as_it_fires(tiny):
    found = neurons.toward(["CAB", "B"], ["A", "B"])
    block, layer, place = tiny.blocks[1], 1, 7
    with record(tiny) as trace:
        tiny(torch.tensor([[2, 0, 1]]))
    middle = trace.hidden[1][0] + said_by_halves(tiny, torch.tensor([[2, 0, 1]]))[1, "attention"][0]
    x = block.norm_2(middle)[-1]
    half = block.feed_forward
    gate = torch.dot(half.gate.weight[place], x)
    fires = gate * gate.sigmoid() * torch.dot(half.up.weight[place], x)
    adds = fires * half.down.weight[:, place]
    end = trace.hidden[-1][0, -1]
    scores = tiny.head(adds * tiny.norm.weight / (end.square().mean() + tiny.norm.eps).sqrt())
    assert found[0, layer, place].item() == pytest.approx((scores[0] - scores[1]).item(), abs=1e-5)


@torch.inference_mode()
def test_a_neuron_that_is_off_takes_only_its_column_away(tiny):
    ids, layer, place = random_ids(2, 5), 1, 7
    down = tiny.blocks[layer].feed_forward.down
    fired = []
    hook = down.register_forward_hook(lambda down, inputs, output: fired.append(inputs[0]))
    before = said_by_halves(tiny, ids)
    with neurons.neuron_off((layer, place)):
        off = said_by_halves(tiny, ids)
    hook.remove()
    whole, silenced = fired
    assert (silenced[..., place] == 0).all() and (whole[..., place] != 0).all()
    others = [column for column in range(40) if column != place]
    assert torch.equal(silenced[..., others], whole[..., others])
    column = whole[..., place, None] * down.weight[:, place]
    name = (layer, "feed_forward")
    torch.testing.assert_close(before[name] - off[name], column, atol=1e-4, rtol=1e-4)
    assert torch.equal(off[0, "feed_forward"], before[0, "feed_forward"])
    assert untouched(tiny)


def test_a_neuron_is_on_again_after_an_error(tiny):
    with pytest.raises(KeyError), neurons.neuron_off((0, 3)):
        raise KeyError
    assert untouched(tiny)


def test_the_probability_of_each_answer_after_its_own_prompt(monkeypatch):
    monkeypatch.setattr(next_token, "rank", lambda prompt, answer: (1, len(prompt) + len(answer)))
    assert neurons.answer_probs(["ab", "abc"], ["x", "yz"]) == [3, 5]


@real_model
@pytest.mark.slow
@torch.inference_mode()
def test_neurons_of_smollm2_sum_too():
    encode = smollm2.load_tokenizer().encode_ordinary
    found = check_sums(next_token.load(), PROMPTS, ANSWERS, encode)
    assert found.shape == (2, 30, 1536)
