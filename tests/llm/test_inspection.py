"""Looking inside and switching off: what is said is true, and afterwards nothing has happened."""

import pytest
import torch

from course_lib.llm.attention import causal_mask, explicit_attention, fused_attention
from course_lib.llm.generation import stream
from course_lib.llm.inspection import attending, record, replaced, without_heads
from tests.llm.models import random_ids, random_model

IDS = random_ids(2, 7)


@pytest.fixture
def model():
    return random_model()


def untouched(model) -> bool:
    """Whether a model has no hooks and attends as it did at first."""
    hooks = [
        hook
        for module in model.modules()
        for hook in (*module._forward_hooks, *module._forward_pre_hooks)
    ]
    return not hooks and all(b.attention.attend is explicit_attention for b in model.blocks)


def test_hidden_states_are_the_stream_before_and_after_each_block(model):
    with record(model) as trace:
        logits = model(IDS)
    assert len(trace.hidden) == 3
    assert torch.equal(trace.hidden[0], model.embed(IDS))
    allowed = causal_mask(7, 7)
    for layer, block in enumerate(model.blocks):
        after = block(trace.hidden[layer], allowed, model.turns[:7])
        torch.testing.assert_close(after, trace.hidden[layer + 1])
    torch.testing.assert_close(model.head(model.norm(trace.hidden[2])), logits)
    assert torch.equal(logits, model(IDS)), "watched, it says the same"


def test_weights_are_those_by_which_values_are_mixed(model):
    with record(model) as trace:
        model(IDS)
    assert [weights.shape for weights in trace.weights] == [(2, 6, 7, 7)] * 2
    assert not trace.weights[0].requires_grad and not trace.hidden[1].requires_grad
    block = model.blocks[0]
    x = block.norm_1(model.embed(IDS))
    values = block.attention.split_heads(block.attention.value(x))  # (B, 2, T, 4)
    for head in range(6):
        silenced = [(0, other) for other in range(6) if other != head]
        with without_heads(model, silenced):
            said = block.attention(x, causal_mask(7, 7), model.turns[:7])
        mixed = trace.weights[0][:, head] @ values[:, head // 3]  # (B, T, 4)
        columns = block.attention.output.weight[:, 4 * head : 4 * head + 4]
        torch.testing.assert_close(said, mixed @ columns.T, atol=1e-5, rtol=1e-5)


def test_a_trace_is_that_of_the_last_call_also_with_a_cache(model):
    with record(model) as trace:
        model(IDS)
        list(stream(model, [1, 2, 3], 4))
    assert [weights.shape for weights in trace.weights] == [(1, 6, 1, 6)] * 2
    assert [hidden.shape for hidden in trace.hidden] == [(1, 1, 24)] * 3


@pytest.mark.parametrize("part", ["attention", "feed_forward"])
def test_a_replaced_half_says_what_it_is_told(model, part):
    mean = torch.randn(24)
    for output in (0, 0.5, mean):
        with replaced(model, 1, part, output), record(model) as trace:
            model(IDS)
        block, x = model.blocks[1], trace.hidden[1]
        said = torch.as_tensor(output).expand_as(x)
        if part == "attention":
            expected = x + said
            expected = expected + block.feed_forward(block.norm_2(expected))
        else:
            middle = x + block.attention(block.norm_1(x), causal_mask(7, 7), model.turns[:7])
            expected = middle + said
        torch.testing.assert_close(trace.hidden[2], expected)


def test_heads_are_switched_off_one_by_one_and_together(model):
    whole = model(IDS)
    with without_heads(model, [(0, 2)]):
        one = model(IDS)
    with without_heads(model, [(0, 2), (0, 5), (1, 1)]):
        three = model(IDS)
    with without_heads(model, [(1, head) for head in range(6)]):
        layer = model(IDS)
    with replaced(model, 1, "attention", 0):
        torch.testing.assert_close(layer, model(IDS))
    for a, b in ((one, whole), (three, whole), (three, one)):
        assert (a - b).abs().max() > 1e-3

    with torch.no_grad():  # the same by other means: nothing of these heads is written
        model.blocks[0].attention.output.weight[:, 8:12] = 0
    torch.testing.assert_close(model(IDS), one)


def test_inside_attending_the_layers_combine_by_that_function(model):
    expected, calls = model(IDS), []

    def counted(q, k, v, allowed=None):
        calls.append(q.shape)
        return fused_attention(q, k, v, allowed)

    with attending(model, counted):
        torch.testing.assert_close(model(IDS), expected, atol=1e-5, rtol=1e-5)
    assert calls == [(2, 6, 7, 4)] * 2


TOOLS = {
    "record": record,
    "attending": lambda model: attending(model, fused_attention),
    "replaced": lambda model: replaced(model, 0, "attention", 0),
    "without_heads": lambda model: without_heads(model, [(0, 1), (1, 2)]),
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_afterwards_the_model_is_as_it_was_also_after_an_exception(model, tool):
    expected = model(IDS)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    with tool(model):
        model(IDS)
        assert not untouched(model)
    assert untouched(model)
    with pytest.raises(ZeroDivisionError), tool(model):
        model(IDS)
        raise ZeroDivisionError
    with pytest.raises(ValueError, match="reads at most 24"), tool(model):
        model(random_ids(1, 25))
    assert untouched(model)
    assert torch.equal(model(IDS), expected)
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())


def test_what_is_not_there_is_refused_and_leaves_no_hook(model):
    with pytest.raises(ValueError, match='"attention" or "feed_forward", got \'norm_1\''):
        replaced(model, 0, "norm_1", 0).__enter__()
    for head in (-1, 6):
        with pytest.raises(ValueError, match=f"expected a head of 0..5, got {head}"):
            without_heads(model, [(0, 1), (1, head)]).__enter__()
    assert untouched(model)
