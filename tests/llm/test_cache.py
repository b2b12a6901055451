"""With a cache a model says what it says without one."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.llm.cache import KVCache
from tests.llm.models import COMBINATIONS, named, random_ids, random_model

chunkings = st.lists(st.integers(1, 6), min_size=1, max_size=12).filter(lambda n: sum(n) <= 24)
MODELS = {named(pieces): random_model(**pieces) for pieces in COMBINATIONS}


@settings(max_examples=150)
@given(st.sampled_from(list(MODELS)), chunkings)
def test_in_any_chunks_the_logits_are_those_of_the_whole(name, chunks):
    model = MODELS[name]
    ids = random_ids(2, sum(chunks))
    with torch.inference_mode():
        cache = model.new_cache(2)
        parts = [model(part, cache) for part in ids.split(chunks, dim=1)]
        torch.testing.assert_close(torch.cat(parts, dim=1), model(ids), atol=2e-5, rtol=2e-5)
    assert [layer.length for layer in cache] == [sum(chunks)] * 2


def test_after_a_cut_the_text_goes_on_another_way():
    model = MODELS["rms-swiglu-pre-rope"]
    ids, other = random_ids(1, 10), random_ids(1, 4, seed=1)
    with torch.inference_mode():
        cache = model.new_cache(1)
        model(ids, cache)
        for layer in cache:
            layer.cut(6)
        logits = model(other, cache)
        whole = model(torch.cat((ids[:, :6], other), dim=1))
    torch.testing.assert_close(logits, whole[:, 6:], atol=2e-5, rtol=2e-5)


def test_a_new_cache_has_room_for_the_context_or_for_so_many_positions():
    model = random_model()
    shapes = [model.new_cache(3)[0].keys.shape, model.new_cache(3, length=5)[-1].values.shape]
    assert [shape[0] for shape in shapes] == [3, 3]
    assert [shape[2] for shape in shapes] == [model.config.context_length, 5]


def test_a_full_cache_and_a_full_context_are_refused():
    model = MODELS["rms-swiglu-pre-rope"]
    cache = model.new_cache(1)
    model(random_ids(1, 20), cache)
    with pytest.raises(ValueError, match="reads at most 24 tokens at once, got 25"):
        model(random_ids(1, 5), cache)
    layer = KVCache(B=1, H=2, context_length=4, D=3)
    layer.append(torch.ones(1, 2, 3, 3), torch.ones(1, 2, 3, 3))
    with pytest.raises(ValueError, match="room for 4 .* holds 3: expected at most 1 more, got 2"):
        layer.append(torch.ones(1, 2, 2, 3), torch.ones(1, 2, 2, 3))
    assert layer.length == 3


def test_appended_keys_and_values_come_back_in_order():
    k, v = torch.randn(2, 3, 7, 4), torch.randn(2, 3, 7, 4)
    layer = KVCache(B=2, H=3, context_length=8, D=4)
    for begin, end in [(0, 2), (2, 3), (3, 7)]:
        keys, values = layer.append(k[:, :, begin:end], v[:, :, begin:end])
        assert torch.equal(keys, k[:, :, :end]) and torch.equal(values, v[:, :, :end])


@pytest.mark.parametrize("length", [-1, 4])
def test_a_cut_keeps_at_most_what_there_is(length):
    layer = KVCache(B=1, H=1, context_length=4, D=2)
    layer.append(torch.ones(1, 1, 3, 2), torch.ones(1, 1, 3, 2))
    with pytest.raises(ValueError, match=f"expected a length of 0 to 3, got {length}"):
        layer.cut(length)
